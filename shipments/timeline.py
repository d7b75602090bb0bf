"""The fold: what state a shipment is in, computed from its events in carrier time (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shipments.facts import TERMINAL, Reason, State

_ATTEMPT_GAP: Final = timedelta(hours=4)
"""Two attempt scans closer than this are one visit told twice (carriers repeat the scan when the van is unloaded)."""

_PROGRESS: Final = {
    State.UNKNOWN: 0,
    State.LABEL_CREATED: 1,
    State.PICKED_UP: 2,
    State.IN_TRANSIT: 3,
    State.DELAYED: 4,
    State.DAMAGED: 5,
    State.OUT_FOR_DELIVERY: 6,
    State.ATTEMPTED: 7,
    State.AVAILABLE_FOR_PICKUP: 8,
    State.RETURNING: 9,
    State.CANCELLED: 10,
    State.LOST: 11,
    State.DELIVERED: 12,
    State.RETURNED: 13,
}
"""Which of two scans of the same instant came later in a parcel's life."""

_MOVEMENT: Final = frozenset({State.PICKED_UP, State.IN_TRANSIT, State.OUT_FOR_DELIVERY})
_ROUTINE: Final = frozenset({State.LABEL_CREATED, State.PICKED_UP, State.IN_TRANSIT})
"""States that data alone may report but that never overrule a physical scan."""

_CORRECTS: Final = {
    State.DELIVERED: frozenset(
        {
            State.IN_TRANSIT,
            State.OUT_FOR_DELIVERY,
            State.ATTEMPTED,
            State.AVAILABLE_FOR_PICKUP,
            State.DAMAGED,
            State.RETURNING,
            State.RETURNED,
            State.LOST,
        }
    ),
    State.RETURNED: frozenset({State.IN_TRANSIT, State.OUT_FOR_DELIVERY, State.DELIVERED}),
    State.LOST: frozenset(set(State) - {State.LABEL_CREATED, State.UNKNOWN, State.LOST}),
    State.CANCELLED: frozenset(set(State) - {State.LABEL_CREATED, State.UNKNOWN, State.CANCELLED}),
}
"""Which later-dated scans correct a terminal state; a pickup scan entered after the delivery is only late paperwork."""


class Scanned(NamedTuple):
    """One event as the fold sees it. `occurred_at` is the carrier's instant, aware."""

    occurred_at: datetime
    identity: str
    state: State
    reason: str
    physical: bool
    mapped: bool = True
    promised_at: datetime | None = None
    raw_code: str = ""
    description: str = ""


class ShipmentState(NamedTuple):
    """What a shipment's events add up to; every instant is the carrier's.

    `state_since` is when the present state was first reported, `reason_since` when its reason was. `last_known_state`
    is what it was before an unknown scan, `last_known_since` since when, as if the unknown scan were not there.
    `corrected_from` is the terminal state a later scan corrected, `estimated_at` the carrier's latest word.
    """

    state: State = State.UNKNOWN
    reason: str = ""
    state_since: datetime | None = None
    reason_since: datetime | None = None
    last_known_state: State = State.UNKNOWN
    last_known_since: datetime | None = None
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    first_physical_at: datetime | None = None
    last_physical_at: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    damaged_at: datetime | None = None
    returning_at: datetime | None = None
    delivered_at: datetime | None = None
    corrected_from: str = ""
    corrected_at: datetime | None = None
    estimated_at: datetime | None = None
    unmapped_code: str = ""
    last_description: str = ""


NOTHING_YET: Final = ShipmentState()


def fold(events: Iterable[Scanned]) -> ShipmentState:
    """Return the state that events in any order, with repeats, add up to."""
    told = {event.identity: event for event in events}
    return advance(NOTHING_YET, told.values())


def advance(known: ShipmentState, events: Iterable[Scanned]) -> ShipmentState:
    """Return `known` carried on by events that are all later than its `last_event_at`; any order among them."""
    for event in in_order(events):
        known = _step(known, event)
    return known


def in_order(events: Iterable[Scanned]) -> list[Scanned]:
    """Return events in carrier time; of the same instant, those of a parcel's later life come last."""
    return sorted(events, key=order_of)


def continues(known: ShipmentState, events: Iterable[Scanned]) -> bool:
    """Say whether `advance` may be used; otherwise the whole timeline has to be folded again."""
    return known.last_event_at is None or all(event.occurred_at > known.last_event_at for event in events)


def order_of(event: Scanned) -> tuple[datetime, int, str]:
    """Return the place of an event among others: by the carrier's instant, then by progress."""
    return event.occurred_at, _PROGRESS[event.state], event.identity


def _step(known: ShipmentState, event: Scanned) -> ShipmentState:
    changes: dict[str, Any] = {
        "last_event_at": event.occurred_at,
        "first_event_at": known.first_event_at or event.occurred_at,
    }
    if event.description:
        changes["last_description"] = event.description
    if event.promised_at is not None:
        changes["estimated_at"] = event.promised_at
    if event.physical:
        changes["first_physical_at"] = known.first_physical_at or event.occurred_at
        changes["last_physical_at"] = event.occurred_at
    changes |= _marks(known, event)
    if _speaks(known, event):
        changes |= _move(known, event)
    return known._replace(**changes)


def _marks(known: ShipmentState, event: Scanned) -> dict[str, Any]:
    """Return what the event adds whether or not it moves the state: attempts, damage, the way back."""
    marks: dict[str, Any] = {}
    if event.state is State.ATTEMPTED and (
        known.last_attempt_at is None or event.occurred_at - known.last_attempt_at >= _ATTEMPT_GAP
    ):
        marks["attempts"] = known.attempts + 1
        marks["last_attempt_at"] = event.occurred_at
    if event.state is State.DAMAGED:
        marks["damaged_at"] = known.damaged_at or event.occurred_at
    if event.state in (State.RETURNING, State.RETURNED):
        marks["returning_at"] = known.returning_at or event.occurred_at
    return marks


def _speaks(known: ShipmentState, event: Scanned) -> bool:
    """Say whether the event may set the state."""
    if known.state in TERMINAL:
        if event.state in _ROUTINE and not event.physical:
            return False
        return event.state is known.state or event.state in _CORRECTS[known.state]
    if event.state is State.UNKNOWN and event.mapped and known.first_physical_at is not None:
        return False  # the carrier does not find a parcel it has scanned: its search failed, not the parcel
    if known.first_physical_at is not None and not event.physical and event.state in _ROUTINE:
        return known.state is State.UNKNOWN and known.last_known_state is State.UNKNOWN
    return not (event.state is State.LABEL_CREATED and known.state not in (State.UNKNOWN, State.LABEL_CREATED))


def _move(known: ShipmentState, event: Scanned) -> dict[str, Any]:
    state = _on_the_way_back(known, event)
    moved: dict[str, Any] = {"state": state, "reason": _reason(known, event, state)}
    moved["unmapped_code"] = "" if event.mapped else event.raw_code or event.description
    if state is not State.UNKNOWN:
        moved["last_known_state"] = state
        if state is not known.last_known_state:
            moved["last_known_since"] = event.occurred_at
        elif known.last_known_since is None:  # folded before this was kept
            moved["last_known_since"] = known.state_since
    if state is not known.state or known.state_since is None:
        moved["state_since"] = event.occurred_at
    if moved["reason"] != known.reason:
        moved["reason_since"] = event.occurred_at if moved["reason"] else None
    moved["delivered_at"] = (known.delivered_at or event.occurred_at) if state is State.DELIVERED else None
    if known.state in TERMINAL and state is not known.state:
        moved |= {"corrected_from": known.state, "corrected_at": event.occurred_at}
    return moved


def _reason(known: ShipmentState, event: Scanned, state: State) -> str:
    """Return the event's reason, or the one before where the event says nothing of it: a scan that nobody understands,
    and movement on the way back."""
    keeps = state is State.RETURNING and event.state is not State.RETURNING
    if not event.mapped and state is State.UNKNOWN:
        keeps = known.reason != Reason.INVALID_TRACKING_NUMBER
    return event.reason or known.reason if keeps else event.reason


def _on_the_way_back(known: ShipmentState, event: Scanned) -> State:
    """Return the event's state as it reads on a parcel that was already turned round.

    Movement is then movement towards us, and a delivery is a delivery to us: carriers seldom say so in the code.
    """
    if State.RETURNING not in (known.state, known.last_known_state) or known.state in TERMINAL:
        return event.state
    if event.state in _MOVEMENT or event.state is State.DELAYED:
        return State.RETURNING
    return State.RETURNED if event.state is State.DELIVERED else event.state
