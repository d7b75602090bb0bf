"""What became of a promise, in words (pure)."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo

from shipments.facts import State
from shipments.spoken import Clock, day_promised, duration, is_date, lateness


def promised(at: datetime) -> datetime:
    """Return a promise as it is stored, in UTC: one for midnight of its own zone is a date, and stays that date.

    Dates are stored as their midnight in UTC, wherever they were written.
    """
    if at.timetz().replace(tzinfo=None) == time():
        return at.replace(tzinfo=UTC)
    return at.astimezone(UTC)


def promise_clock(
    *, promised_at: datetime | None, state: str, delivered_at: datetime | None, now: datetime, zone: tzinfo = UTC
) -> Clock | None:
    """Return how a parcel stands to its promise: "in 2 d", "1 d late", "3 h late", "on time", "not kept".

    Days are calendar days in `zone`, that of the parcel's carrier in the policy. None where nothing was promised or the
    parcel was cancelled.
    """
    if promised_at is None or state == State.CANCELLED:
        return None
    if state in (State.RETURNED, State.LOST):
        return Clock("not kept")
    if delivered_at is None:
        return lateness(promised_at, now, zone)
    days = (delivered_at.astimezone(zone).date() - day_promised(promised_at, zone)).days
    if days > 0:
        return Clock(f"{days} d late", "high")
    if delivered_at > promised_at and not is_date(promised_at, zone):
        return Clock(f"{duration(delivered_at - promised_at)} late", "high")
    return Clock("on time")
