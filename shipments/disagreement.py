"""What each source tells of one parcel, and where two of them cannot both be right (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final, NamedTuple

from django.db.models import TextChoices

from shipments.facts import Reason, State
from shipments.timeline import NOTHING_YET, Scanned, ShipmentState, advance, order_of


class Part(TextChoices):
    """The part of its life a parcel is in: what two sources must agree on."""

    NOT_KNOWN = "not_known", "does not know it"
    MOVING = "moving", "on its way"
    BACK = "back", "on its way back"
    DELIVERED = "delivered", "delivered"
    RETURNED = "returned", "returned"
    LOST = "lost", "lost"
    CANCELLED = "cancelled", "cancelled"


_PARTS: Final = {
    State.PICKED_UP: Part.MOVING,
    State.IN_TRANSIT: Part.MOVING,
    State.OUT_FOR_DELIVERY: Part.MOVING,
    State.AVAILABLE_FOR_PICKUP: Part.MOVING,
    State.ATTEMPTED: Part.MOVING,
    State.DELAYED: Part.MOVING,
    State.DAMAGED: Part.MOVING,
    State.RETURNING: Part.BACK,
    State.DELIVERED: Part.DELIVERED,
    State.RETURNED: Part.RETURNED,
    State.LOST: Part.LOST,
    State.CANCELLED: Part.CANCELLED,
}
"""A label says nothing of the parcel, and neither does a code without a meaning."""

_UNDER_WAY: Final = frozenset({Part.MOVING, Part.BACK})
"""These two agree: many sources tell the way back as ordinary movement."""


class Told(NamedTuple):
    """One event of a parcel: which source told it, when we received it (aware), and what it says."""

    source: str
    received_at: datetime
    scan: Scanned


@dataclass(frozen=True, slots=True)
class Telling:
    """What one source's events add up to.

    `since` is the carrier's instant at which the state began, `last_at` that of the last event; `told_at` is when we
    first received that the parcel is in this part of its life. `part` is None where the source says nothing of it.
    """

    source: str
    state: State
    part: Part | None
    since: datetime
    last_at: datetime
    told_at: datetime
    was_scanned: bool


class Contradiction(NamedTuple):
    """Two sources that cannot both be right, since we know of it.

    `first` is the one whose news is later. `is_behind` says that `second` may merely not know it yet.
    """

    first: Telling
    second: Telling
    since: datetime
    is_behind: bool


def tellings(events: Iterable[Told]) -> tuple[Telling, ...]:
    """Return what each source tells of a parcel, by the source's name; events come in any order."""
    by_source: dict[str, list[Told]] = {}
    for event in events:
        by_source.setdefault(event.source, []).append(event)
    return tuple(_telling(source, told) for source, told in sorted(by_source.items()))


def contradictions(told: Iterable[Telling]) -> tuple[Contradiction, ...]:
    """Return every pair of sources that cannot both be right, by their names."""
    return tuple(_contradiction(one, other) for one, other in combinations(told, 2) if _contradict(one, other))


def _telling(source: str, told: Iterable[Told]) -> Telling:
    known, part = NOTHING_YET, None
    told_at: datetime | None = None
    for event in sorted(told, key=lambda event: order_of(event.scan)):
        known = advance(known, [event.scan])
        now_in = _part(known)
        if told_at is None or now_in is not part:
            part, told_at = now_in, event.received_at
    assert told_at is not None
    assert known.last_event_at is not None
    return Telling(
        source=source,
        state=_last_known(known),
        part=part,
        since=known.state_since or known.last_event_at,
        last_at=known.last_event_at,
        told_at=told_at,
        was_scanned=known.first_physical_at is not None,
    )


def _part(known: ShipmentState) -> Part | None:
    if known.state is State.UNKNOWN and known.reason == Reason.INVALID_TRACKING_NUMBER:
        return Part.NOT_KNOWN
    return _PARTS.get(_last_known(known))


def _last_known(known: ShipmentState) -> State:
    """Return the state; a scan nobody understands does not undo what was known before it."""
    return known.last_known_state if known.state is State.UNKNOWN else known.state


def _contradict(one: Telling, other: Telling) -> bool:
    if one.part is None or other.part is None or one.part is other.part:
        return False
    if Part.NOT_KNOWN in (one.part, other.part):
        return one.was_scanned or other.was_scanned
    return not {one.part, other.part} <= _UNDER_WAY


def _contradiction(one: Telling, other: Telling) -> Contradiction:
    second, first = sorted((one, other), key=lambda each: (each.part is not Part.NOT_KNOWN, each.last_at, each.source))
    waits = second.part is Part.NOT_KNOWN or (second.part in _UNDER_WAY and second.last_at <= first.since)
    return Contradiction(first, second, max(first.told_at, second.told_at), waits)
