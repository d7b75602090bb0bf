"""The wire form of every normalized event: one JSON object, the same everywhere (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shipments.facts import EventFact


def event_contract(fact: EventFact, *, previous_state: str | None) -> dict[str, Any]:
    """Return an event as JSON values; times are ISO 8601 with offset, what is not known is null."""
    return {
        "carrier": fact.carrier,
        "tracking_number": fact.tracking_number,
        "order_id": fact.order_id or None,
        "customer_id": fact.customer_id or None,
        "state": fact.state.value,
        "previous_state": previous_state,
        "reason": str(fact.reason),
        "occurred_at": _iso(fact.occurred_at),
        "received_at": _iso(fact.received_at),
        "time_confidence": fact.time_confidence.value,
        "promised_at": _iso(fact.promised_at),
        "raw_code": fact.raw_code,
        "raw_description": fact.raw_description,
        "location": fact.location or None,
        "physical": fact.physical,
        "source": fact.source,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
