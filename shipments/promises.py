"""What became of a promise, in words (pure)."""

from __future__ import annotations

from datetime import UTC, datetime

from shipments.facts import TERMINAL, State
from shipments.spoken import Clock, lateness


def promise_clock(
    *, promised_at: datetime | None, state: str, delivered_at: datetime | None, now: datetime
) -> Clock | None:
    """Return how a parcel stands to its promise: "in 2 d", "1 d late", "on time"; None where there is nothing to say.

    Days are calendar days in UTC. A parcel that ended without a delivery has no promise left to keep.
    """
    if promised_at is None or (state in TERMINAL and state != State.DELIVERED):
        return None
    if delivered_at is None:
        return lateness(promised_at, now)
    days = (delivered_at.astimezone(UTC).date() - promised_at.astimezone(UTC).date()).days
    return Clock(f"{days} d late", "high") if days > 0 else Clock("on time", "")
