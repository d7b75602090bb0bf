"""The folded columns of a shipment, and its events as they are read now, in the form set-based statements take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shipments.facts import Meaning, State
from shipments.setwise import run
from shipments.timeline import Scanned, ShipmentState

NAMES: Final = ShipmentState._fields
COLUMNS: Final = ", ".join(NAMES)
_TYPES: Final = {
    name: "timestamptz" if name.endswith(("_at", "_since")) else "int" if name == "attempts" else "text"
    for name in NAMES
}
ARRAYS: Final = ", ".join(f"%b::{_TYPES[name]}[]" for name in NAMES)
ASSIGNED: Final = ", ".join(f"{name} = fresh.{name}" for name in NAMES)

READ_NOW: Final = """
    LEFT JOIN LATERAL (
        SELECT given.state, given.reason, given.physical, given.mapped
          FROM shipments_eventreading given WHERE given.event_id = e.id ORDER BY given.id DESC LIMIT 1
    ) r ON true
"""
"""Joins to an event `e` its newest reading `r`, if it was ever read anew."""

_STATES: Final = {state.value: state for state in State}
_STATE_AT: Final = tuple(i for i, name in enumerate(NAMES) if name in ("state", "last_known_state"))


def state_from(values: Sequence[Any]) -> ShipmentState:
    """Return the state that a row's folded columns hold."""
    typed = list(values)
    for i in _STATE_AT:
        typed[i] = _STATES[typed[i]]
    return ShipmentState(*typed)


def values_of(state: ShipmentState) -> tuple[Any, ...]:
    """Return a state as the folded columns keep it."""
    values: list[Any] = list(state)
    for i in _STATE_AT:
        values[i] = values[i].value
    return tuple(values)


def histories(
    shipment_ids: Sequence[int], *, supposing: Mapping[int, Meaning | None] | None = None
) -> dict[int, list[Scanned]]:
    """Return every event of the shipments as it is read now, also those heard as another carrier's, to be folded.

    `supposing` gives other meanings to spellings (by `heard_as`; None: no table knows it), for a look ahead.
    """
    if not shipment_ids:
        return {}
    supposed = supposing or {}
    told: dict[int, list[Scanned]] = {}
    for pk, heard_as, at, identity, state, *rest in run(
        f"""
        SELECT coalesce(s.superseded_by_id, s.id), e.heard_as, e.occurred_at, replace(e.identity::text, '-', ''),
               coalesce(r.state, e.state),
               coalesce(r.reason, e.reason), coalesce(r.physical, e.physical), coalesce(r.mapped, e.mapped),
               e.promised_at, e.raw_code, e.raw_description
          FROM shipments_shipment s
          JOIN shipments_trackingevent e ON e.shipment_id = s.id {READ_NOW}
         WHERE (s.id = ANY(%b::bigint[]) AND s.superseded_by_id IS NULL) OR s.superseded_by_id = ANY(%b::bigint[])
        """,
        [list(shipment_ids), list(shipment_ids)],
    ):
        scanned = Scanned(at, identity, _STATES[state], *rest)
        if heard_as in supposed:
            scanned = _read_as(scanned, supposed[heard_as])
        told.setdefault(pk, []).append(scanned)
    return told


def _read_as(scanned: Scanned, meaning: Meaning | None) -> Scanned:
    said = meaning or Meaning(State.UNKNOWN, "", physical=False)
    return scanned._replace(state=said.state, reason=said.reason, physical=said.physical, mapped=meaning is not None)
