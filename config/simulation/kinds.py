"""What a carrier can say about a parcel, in the world's own words; writers spell them in carriers' codes (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import instant
from config.simulation.places import Place
from shipments.facts import Meaning, Reason, State
from shipments.timeline import Scanned, fold


class Kind(StrEnum):
    """One kind of scan."""

    LABEL = "label"
    PICKUP = "pickup"
    DEPART = "depart"
    ARRIVE = "arrive"
    SORTED = "sorted"
    AT_DESTINATION = "at_destination"
    OUT = "out"
    DELIVERED = "delivered"
    ATTEMPT = "attempt"
    LAST_ATTEMPT = "last_attempt"
    REFUSED = "refused"
    HELD = "held"
    ADDRESS = "address"
    MISSED = "missed"
    WEATHER = "weather"
    CUSTOMS = "customs"
    CLEARED = "cleared"
    DAMAGED = "damaged"
    DAMAGE_REPORTED = "damage_reported"
    LOST = "lost"
    RETURNING = "returning"
    RETURN_MOVES = "return_moves"
    RETURNED = "returned"
    NEW_CODE = "new_code"


class Scan(NamedTuple):
    """One scan as it happened: when (seconds since 1970), what, and where."""

    at: int
    kind: Kind
    place: Place


def _moving(reason: str = "") -> Meaning:
    return Meaning(State.IN_TRANSIT, reason)


MEANING: Final = MappingProxyType(
    {
        Kind.LABEL: Meaning(State.LABEL_CREATED, physical=False),
        Kind.PICKUP: Meaning(State.PICKED_UP),
        Kind.DEPART: _moving(),
        Kind.ARRIVE: _moving(),
        Kind.SORTED: _moving(),
        Kind.AT_DESTINATION: _moving(),
        Kind.OUT: Meaning(State.OUT_FOR_DELIVERY),
        Kind.DELIVERED: Meaning(State.DELIVERED),
        Kind.ATTEMPT: Meaning(State.ATTEMPTED, Reason.RECIPIENT_UNAVAILABLE),
        Kind.LAST_ATTEMPT: Meaning(State.ATTEMPTED, Reason.RECIPIENT_UNAVAILABLE),
        Kind.REFUSED: Meaning(State.ATTEMPTED, Reason.REFUSED),
        Kind.HELD: Meaning(State.AVAILABLE_FOR_PICKUP, Reason.HELD_AT_LOCATION),
        Kind.ADDRESS: Meaning(State.DELAYED, Reason.ADDRESS_ISSUE),
        Kind.MISSED: Meaning(State.DELAYED, Reason.MISSED_CONNECTION),
        Kind.WEATHER: Meaning(State.DELAYED, Reason.WEATHER),
        Kind.CUSTOMS: Meaning(State.DELAYED, Reason.CUSTOMS_HOLD),
        Kind.CLEARED: _moving(),
        Kind.DAMAGED: Meaning(State.DAMAGED, Reason.DAMAGED),
        Kind.DAMAGE_REPORTED: Meaning(State.DAMAGED, Reason.DAMAGED),
        Kind.LOST: Meaning(State.LOST, Reason.LOST),
        Kind.RETURNING: Meaning(State.RETURNING, Reason.OTHER),
        Kind.RETURN_MOVES: _moving(),
        Kind.RETURNED: Meaning(State.RETURNED, Reason.OTHER),
        Kind.NEW_CODE: Meaning(State.UNKNOWN, physical=False),
    }
)
"""What the world means by each kind; a carrier may be less exact (FedEx calls a bad address a failed delivery)."""

QUIET: Final = frozenset({Kind.DEPART, Kind.SORTED, Kind.RETURN_MOVES, Kind.CLEARED})
"""Scans that sources often fold into the next message."""


def state_of(scans: Iterable[Scan]) -> State:
    """Return the state that scans add up to, as the world means them."""
    return fold(
        Scanned(instant(at), f"{number:032x}", MEANING[kind].state, MEANING[kind].reason, MEANING[kind].physical)
        for number, (at, kind, _) in enumerate(scans)
    ).state
