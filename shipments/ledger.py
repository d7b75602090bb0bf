"""Append facts to shipments' timelines: a few set-based statements a batch, under the shipments' row locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from shipments.facts import EventFact, State
from shipments.setwise import columns, run
from shipments.timeline import Scanned, ShipmentState, advance, continues, fold

Parcel = tuple[str, str]
"""Carrier and tracking number."""

_STATES: Final = {state.value: state for state in State}
_FOLDED: Final = tuple(field.name for field in fields(ShipmentState))
_STATE_AT: Final = tuple(i for i, name in enumerate(_FOLDED) if name in ("state", "last_known_state"))
_TYPES: Final = {
    name: "timestamptz" if name.endswith(("_at", "_since")) else "int" if name == "attempts" else "text"
    for name in _FOLDED
}

_COLUMNS: Final = ", ".join(_FOLDED)
_ARRAYS: Final = ", ".join(f"%b::{_TYPES[name]}[]" for name in _FOLDED)
_read_folded: Final = attrgetter(*_FOLDED)
_KNOWN: Final = ", ".join(
    f"s.{name}" for name in ("id", "order_id", "service", "stated_order", "superseded_by_id", *_FOLDED)
)
"""The columns of a `_Known`, in its order."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What a batch of facts changed: the identities that were new, and how many shipments moved or appeared."""

    new: frozenset[UUID]
    shipments: int


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    order_id: int | None
    service: str
    stated_order: str
    superseded_by: int | None
    state: ShipmentState


def append(facts: Sequence[EventFact], *, now: datetime) -> Appended:
    """Append facts in any order, repeats allowed, fold their shipments anew and make them due for review.

    What is heard under a carrier that a person corrected stays with the number it was heard as and is folded into the
    parcel it really is. Takes the shipments' row locks in the order of their ids; call it inside a transaction.
    Raises: OutsideTransaction.
    """
    by_parcel: dict[Parcel, dict[UUID, EventFact]] = {}
    for fact in facts:
        by_parcel.setdefault((fact.carrier, fact.tracking_number), {}).setdefault(fact.identity, fact)
    known = _lock(by_parcel)
    missing = {parcel: news for parcel, news in by_parcel.items() if parcel not in known}
    born = _insert_shipments(missing, now=now)
    if len(born) < len(missing):  # another worker made some of them a moment ago
        known |= _lock([parcel for parcel in missing if parcel not in born])
    had = _told_before(identity for parcel in known for identity in by_parcel[parcel])
    moved = {
        parcel: fresh
        for parcel in known
        if (fresh := {identity: fact for identity, fact in by_parcel[parcel].items() if identity not in had})
    }
    ids = {parcel: shipment.id for parcel, shipment in known.items()} | born
    new = moved | {parcel: by_parcel[parcel] for parcel in born}
    _insert_events(new, ids)
    _update_shipments(known, moved, now=now)
    return Appended(new=frozenset(identity for news in new.values() for identity in news), shipments=len(new))


def refold(shipment_ids: Sequence[int], *, now: datetime) -> None:
    """Fold shipments from all their events and make them due for review: what counts among their events has changed.

    Takes the row locks in the order of the ids; call it inside a transaction. Raises: OutsideTransaction.
    """
    known = _lock_ids(shipment_ids)
    histories = _histories(list(known))
    _write([(each, each.order_id, "", "", fold(histories.get(pk, ()))) for pk, each in known.items()], now=now)


def _lock(parcels: Iterable[Parcel]) -> dict[Parcel, _Known]:
    """Lock the shipments that exist, in the order of their ids, and return what is known of each."""
    rows = run(
        f"""
        SELECT s.carrier, s.tracking_number, {_KNOWN}
          FROM unnest(%b::text[], %b::text[]) AS wanted(carrier, tracking_number)
          JOIN shipments_shipment s USING (carrier, tracking_number)
         ORDER BY s.id
           FOR NO KEY UPDATE OF s
        """,
        columns(sorted(parcels), 2),
    )
    return {(row[0], row[1]): _known(row[2:]) for row in rows}


def _lock_ids(shipment_ids: Sequence[int]) -> dict[int, _Known]:
    """Lock shipments in the order of their ids and return what is known of each."""
    if not shipment_ids:
        return {}
    rows = run(
        f"SELECT {_KNOWN} FROM shipments_shipment s WHERE s.id = ANY(%b::bigint[]) ORDER BY s.id FOR NO KEY UPDATE",
        [list(shipment_ids)],
    )
    return {row[0]: _known(row) for row in rows}


def _known(row: Sequence[Any]) -> _Known:
    return _Known(*row[:5], _state(row[5:]))


def _state(values: Sequence[Any]) -> ShipmentState:
    typed = list(values)
    for i in _STATE_AT:
        typed[i] = _STATES[typed[i]]
    return ShipmentState(*typed)


def _insert_shipments(missing: Mapping[Parcel, Mapping[UUID, EventFact]], *, now: datetime) -> dict[Parcel, int]:
    """Insert shipments nobody knew with their folded state; return the ids of those that are ours."""
    if not missing:
        return {}
    orders = _order_ids(fact for news in missing.values() for fact in news.values())
    rows = []
    for (carrier, number), news in sorted(missing.items()):
        state = fold(_scanned(news))
        first_seen = min(fact.received_at for fact in news.values())
        rows.append(
            (
                carrier,
                number,
                _order(news, orders),
                _service(news),
                _stated_order(news),
                first_seen,
                now,
                *_values(state),
            )
        )
    born = run(
        f"""
        INSERT INTO shipments_shipment
               (carrier, tracking_number, order_id, service, stated_order, first_seen_at, review_due_at, direction,
                {_COLUMNS})
        SELECT carrier, tracking_number, order_id, service, stated_order, first_seen_at, review_due_at, 'outbound',
               {_COLUMNS}
          FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[],
                      %b::timestamptz[], {_ARRAYS})
               AS fresh(carrier, tracking_number, order_id, service, stated_order, first_seen_at, review_due_at,
                        {_COLUMNS})
            ON CONFLICT (carrier, tracking_number) DO NOTHING
        RETURNING carrier, tracking_number, id
        """,
        columns(rows, 7 + len(_FOLDED)),
    )
    return {(carrier, number): pk for carrier, number, pk in born}


def _told_before(identities: Iterable[UUID]) -> set[UUID]:
    """Return which of the events are already there; exact, for their shipments are locked."""
    wanted = list(identities)
    if not wanted:
        return set()
    rows = run("SELECT identity FROM shipments_trackingevent WHERE identity = ANY(%b::uuid[])", [wanted])
    return {row[0] for row in rows}


def _insert_events(new: Mapping[Parcel, Mapping[UUID, EventFact]], ids: Mapping[Parcel, int]) -> None:
    """Insert events nobody told before; a carrier repeats its history, so there are few beside what was told."""
    rows = [
        (
            ids[parcel],
            identity,
            fact.occurred_at,
            fact.received_at,
            fact.time_confidence.value,
            fact.state.value,
            str(fact.reason),
            fact.physical,
            fact.mapped,
            fact.raw_code,
            fact.raw_description,
            fact.location,
            fact.promised_at,
            fact.source,
            fact.message_id,
        )
        for parcel, news in new.items()
        for identity, fact in news.items()
    ]
    if rows:
        run(
            """
            INSERT INTO shipments_trackingevent
                   (shipment_id, identity, occurred_at, received_at, time_confidence, state, reason, physical, mapped,
                    raw_code, raw_description, location, promised_at, source, message_id)
            SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::timestamptz[], %b::timestamptz[], %b::text[],
                                 %b::text[], %b::text[], %b::bool[], %b::bool[], %b::text[], %b::text[], %b::text[],
                                 %b::timestamptz[], %b::text[], %b::bigint[])
            """,
            columns(rows, 15),
        )


def _update_shipments(
    known: Mapping[Parcel, _Known], moved: Mapping[Parcel, Mapping[UUID, EventFact]], *, now: datetime
) -> None:
    """Write the new state of the shipments that got new events."""
    if not moved:
        return
    told = _by_what_they_are(known, moved)
    again = [pk for pk, (shipment, news) in told.items() if not continues(shipment.state, _scanned(news))]
    histories = _histories(again)
    orders = _order_ids(fact for news in moved.values() for fact in news.values())
    rows = []
    for pk, (shipment, news) in told.items():
        history = histories.get(pk)
        state = fold(history) if history else advance(shipment.state, _scanned(news))
        order = shipment.order_id or _order(news, orders)
        rows.append((shipment, order, _service(news), _stated_order(news), state))
    _write(rows, now=now)


def _by_what_they_are(
    known: Mapping[Parcel, _Known], moved: Mapping[Parcel, Mapping[UUID, EventFact]]
) -> dict[int, tuple[_Known, dict[UUID, EventFact]]]:
    """Return the news by the shipment they are folded into: the one heard of, or the one it was corrected to.

    The latter are locked late, which can cross another batch; the one the database ends begins anew.
    """
    by_id = {shipment.id: shipment for shipment in known.values()}
    others = {known[parcel].superseded_by for parcel in moved} - {None, *by_id}
    by_id |= _lock_ids(sorted(pk for pk in others if pk is not None))
    told: dict[int, tuple[_Known, dict[UUID, EventFact]]] = {}
    for parcel, news in moved.items():
        shipment = by_id[known[parcel].superseded_by or known[parcel].id]
        told.setdefault(shipment.id, (shipment, {}))[1].update(news)
    return told


def _write(rows: Iterable[tuple[_Known, int | None, str, str, ShipmentState]], *, now: datetime) -> None:
    """Write shipments' order and state, and their service and stated order where none was known; they are due now."""
    fresh = [
        (known.id, order, known.service or service, known.stated_order or stated, now, *_values(state))
        for known, order, service, stated, state in rows
    ]
    run(
        f"""
        UPDATE shipments_shipment AS s
           SET order_id = fresh.order_id, service = fresh.service, stated_order = fresh.stated_order,
               review_due_at = fresh.review_due_at,
               {", ".join(f"{name} = fresh.{name}" for name in _FOLDED)}
          FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], {_ARRAYS})
               AS fresh(id, order_id, service, stated_order, review_due_at, {_COLUMNS})
         WHERE s.id = fresh.id
        """,
        columns(fresh, 5 + len(_FOLDED)),
    )


def _histories(shipment_ids: Sequence[int]) -> dict[int, list[Scanned]]:
    """Return every event of the shipments that must be folded from the start, also those heard as another carrier's."""
    if not shipment_ids:
        return {}
    histories: dict[int, list[Scanned]] = {}
    for pk, at, identity, state, *rest in run(
        """
        SELECT coalesce(s.superseded_by_id, s.id), e.occurred_at, e.identity, e.state, e.reason, e.physical, e.mapped,
               e.promised_at, e.raw_code, e.raw_description
          FROM shipments_shipment s
          JOIN shipments_trackingevent e ON e.shipment_id = s.id
         WHERE (s.id = ANY(%b::bigint[]) AND s.superseded_by_id IS NULL) OR s.superseded_by_id = ANY(%b::bigint[])
        """,
        [list(shipment_ids), list(shipment_ids)],
    ):
        histories.setdefault(pk, []).append(Scanned(at, identity, _STATES[state], *rest))
    return histories


def _order_ids(facts: Iterable[EventFact]) -> dict[str, int]:
    """Return our ids of the orders the facts name; most sources name none."""
    names = sorted({fact.order_id for fact in facts if fact.order_id})
    if not names:
        return {}
    rows = run("SELECT order_id, id FROM shipments_order WHERE order_id = ANY(%b::text[])", [names])
    return dict(rows)


def _scanned(news: Mapping[UUID, EventFact]) -> list[Scanned]:
    return [
        Scanned(
            fact.occurred_at,
            identity,
            fact.state,
            fact.reason,
            fact.physical,
            fact.mapped,
            fact.promised_at,
            fact.raw_code,
            fact.raw_description,
        )
        for identity, fact in news.items()
    ]


def _values(state: ShipmentState) -> tuple[Any, ...]:
    values = list(_read_folded(state))
    for i in _STATE_AT:
        values[i] = values[i].value
    return tuple(values)


def _service(news: Mapping[UUID, EventFact]) -> str:
    return next((fact.service for fact in news.values() if fact.service), "")


def _stated_order(news: Mapping[UUID, EventFact]) -> str:
    return next((fact.order_id for fact in news.values() if fact.order_id), "")


def _order(news: Mapping[UUID, EventFact], orders: Mapping[str, int]) -> int | None:
    return next((orders[fact.order_id] for fact in news.values() if fact.order_id in orders), None)
