"""Plain situations for the policy's tests; Wednesday 4 November 2026 is an ordinary working day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from exceptions_queue.policy.lessons import Lesson, Lessons, Spell, lane_of
from exceptions_queue.policy.risk import LearnedRisk, learned
from exceptions_queue.policy.situation import Situation
from shipments.facts import State

NOW = datetime(2026, 11, 4, 15, 0, tzinfo=UTC)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """Return an instant of November 2026; the 1st is a Sunday, the 26th Thanksgiving."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def make_situation(**overrides: Any) -> Situation:
    """Return a ground parcel on its way, scanned this morning and promised for the Wednesday after."""
    facts: dict[str, Any] = {
        "carrier": "ups",
        "tracking_number": "1Z999AA10123456784",
        "state": State.IN_TRANSIT,
        "known_since": at(2, 9),
        "service": "UPS Ground",
        "state_since": at(3, 9),
        "last_event_at": at(4, 9),
        "first_physical_at": at(2, 18),
        "last_physical_at": at(4, 9),
        "promised_at": at(11, 20),
    }
    return Situation(**(facts | overrides))


def make_label(**overrides: Any) -> Situation:
    """Return a label from Monday noon whose parcel nobody has scanned."""
    facts: dict[str, Any] = {
        "state": State.LABEL_CREATED,
        "known_since": at(2),
        "state_since": at(2),
        "last_event_at": at(2),
        "first_physical_at": None,
        "last_physical_at": None,
    }
    return make_situation(**(facts | overrides))


def make_risk(
    state: State = State.IN_TRANSIT,
    totals: Iterable[float | None] = (),
    *,
    scanned_after: float | None = None,
    due_in: float | None = None,
    carrier: str = "ups",
    service: str = "UPS Ground",
    version: int = 7,
) -> LearnedRisk:
    """Return odds learned from parcels that took so many days from a scan in `state` to their delivery (None: never).

    They were scanned again after `scanned_after` days, or only when they arrived, and promised `due_in` days after that
    scan, or not at all.
    """
    lessons = Lessons()
    for total in totals:
        until = 60.0 if total is None else total
        spell = Spell(state, 0.0, until if scanned_after is None else min(scanned_after, until), total, due_in)
        lessons.add(Lesson(lane_of(carrier, service), at(1), at(1), (spell,)))
    return learned(lessons, version=version, learned_at=at(1, 0))
