"""Append facts to shipments' timelines: a few set-based statements a batch, under the shipments' row locks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shipments.facts import UNMAPPED, EventFact, Meaning
from shipments.folded import ARRAYS, ASSIGNED, COLUMNS, NAMES, READ_NOW, histories, state_from, values_of
from shipments.setwise import columns, run
from shipments.timeline import Scanned, ShipmentState, advance, continues, fold

Parcel = tuple[str, str]
"""Carrier and tracking number."""


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
    first_source: str
    has_more_sources: bool
    state: ShipmentState


def append(facts: Sequence[EventFact], *, now: datetime) -> Appended:
    """Append facts in any order, repeats allowed, fold their shipments anew and make them due for review.

    Takes the shipments' row locks in the order of their ids; call it inside a transaction.
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


@dataclass(frozen=True, slots=True)
class Reread:
    """What a batch came to: events the meanings are about, those that read differently, shipments in another state."""

    seen: int
    events: int
    shipments: int


NOTHING_READ: Final = Reread(0, 0, 0)


def reread(
    shipment_ids: Collection[int], meanings: Mapping[int, Meaning | None], *, publication: int, now: datetime
) -> Reread:
    """Give events of these shipments the meaning their spelling has now; repeats change nothing.

    `meanings` goes by `heard_as`, None where no table knows it any more. A shipment that folds differently is due for
    review. Takes the shipments' row locks in the order of their ids; call it inside a transaction.
    Raises: OutsideTransaction.
    """
    locked = run(
        f"SELECT id, {COLUMNS} FROM shipments_shipment WHERE id = ANY(%b::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        [sorted(shipment_ids)],
    )
    known = {pk: state_from(folded) for pk, *folded in locked}
    seen, events, parcels = _insert_readings(list(known), meanings, publication=publication, now=now)
    changed = histories(parcels)
    folded = {pk: fold(told) for pk, told in changed.items()}
    moved = {pk: state for pk, state in folded.items() if state != known[pk]}
    if moved:
        run(
            f"""
            UPDATE shipments_shipment AS s SET review_due_at = %b, {ASSIGNED}
              FROM unnest(%b::bigint[], {ARRAYS}) AS fresh(id, {COLUMNS})
             WHERE s.id = fresh.id
            """,
            [now, *columns([(pk, *values_of(state)) for pk, state in moved.items()], 1 + len(NAMES))],
        )
    stands = sum((state.state, state.reason) != (known[pk].state, known[pk].reason) for pk, state in moved.items())
    return Reread(seen=seen, events=events, shipments=stands)


def _insert_readings(
    shipment_ids: Sequence[int], meanings: Mapping[int, Meaning | None], *, publication: int, now: datetime
) -> tuple[int, int, list[int]]:
    """Write a reading for each event that reads differently now.

    Return how many events the meanings are about, how many read differently, and the shipments of those.
    """
    rows = [
        (heard_as, said.state.value, str(said.reason), said.physical, meaning is not None)
        for heard_as, meaning in meanings.items()
        for said in (meaning or UNMAPPED,)
    ]
    ((seen, events, parcels),) = run(
        f"""
        WITH spoken AS (
            SELECT e.id, e.shipment_id, said.state, said.reason, said.physical, said.mapped,
                   (coalesce(r.state, e.state), coalesce(r.reason, e.reason), coalesce(r.physical, e.physical),
                    coalesce(r.mapped, e.mapped))
                   IS DISTINCT FROM (said.state, said.reason, said.physical, said.mapped) AS differs
              FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bool[], %b::bool[])
                   AS said(heard_as, state, reason, physical, mapped)
              JOIN shipments_trackingevent e USING (heard_as) {READ_NOW}
             WHERE e.shipment_id = ANY(%b::bigint[])
        ), written AS (
            INSERT INTO shipments_eventreading (event_id, state, reason, physical, mapped, publication, at)
            SELECT id, state, reason, physical, mapped, %b, %b FROM spoken WHERE differs
        )
        SELECT count(*), count(*) FILTER (WHERE differs),
               coalesce(array_agg(DISTINCT shipment_id) FILTER (WHERE differs), '{{}}')
          FROM spoken
        """,
        [*columns(rows, 5), list(shipment_ids), publication, now],
    )
    return seen, events, parcels


def _lock(parcels: Iterable[Parcel]) -> dict[Parcel, _Known]:
    """Lock the shipments that exist, in the order of their ids, and return what is known of each."""
    wanted = columns(sorted(parcels), 2)
    rows = run(
        f"""
        SELECT s.carrier, s.tracking_number, s.id, s.order_id, s.service, s.first_source, s.has_more_sources,
               {", ".join(f"s.{name}" for name in NAMES)}
          FROM unnest(%b::text[], %b::text[]) AS wanted(carrier, tracking_number)
          JOIN shipments_shipment s USING (carrier, tracking_number)
         ORDER BY s.id
           FOR NO KEY UPDATE OF s
        """,
        wanted,
    )
    return {(row[0], row[1]): _Known(*row[2:7], state_from(row[7:])) for row in rows}


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
                first_seen,
                now,
                *_sources("", False, news),
                *values_of(state),
            )
        )
    born = run(
        f"""
        INSERT INTO shipments_shipment
               (carrier, tracking_number, order_id, service, first_seen_at, review_due_at, first_source,
                has_more_sources, direction, {COLUMNS})
        SELECT carrier, tracking_number, order_id, service, first_seen_at, review_due_at, first_source,
               has_more_sources, 'outbound', {COLUMNS}
          FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::timestamptz[], %b::timestamptz[],
                      %b::text[], %b::bool[], {ARRAYS})
               AS fresh(carrier, tracking_number, order_id, service, first_seen_at, review_due_at, first_source,
                        has_more_sources, {COLUMNS})
            ON CONFLICT (carrier, tracking_number) DO NOTHING
        RETURNING carrier, tracking_number, id
        """,
        columns(rows, 8 + len(NAMES)),
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
            fact.heard_as,
        )
        for parcel, news in new.items()
        for identity, fact in news.items()
    ]
    if rows:
        run(
            """
            INSERT INTO shipments_trackingevent
                   (shipment_id, identity, occurred_at, received_at, time_confidence, state, reason, physical, mapped,
                    raw_code, raw_description, location, promised_at, source, message_id, heard_as)
            SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::timestamptz[], %b::timestamptz[], %b::text[],
                                 %b::text[], %b::text[], %b::bool[], %b::bool[], %b::text[], %b::text[], %b::text[],
                                 %b::timestamptz[], %b::text[], %b::bigint[], %b::bigint[])
            """,
            columns(rows, 16),
        )


def _update_shipments(
    known: Mapping[Parcel, _Known], moved: Mapping[Parcel, Mapping[UUID, EventFact]], *, now: datetime
) -> None:
    """Write the new state of the shipments that got new events."""
    if not moved:
        return
    again = [known[parcel].id for parcel, news in moved.items() if not continues(known[parcel].state, _scanned(news))]
    whole = histories(again)
    orders = _order_ids(fact for news in moved.values() for fact in news.values())
    rows = []
    for parcel, news in moved.items():
        shipment = known[parcel]
        told = whole.get(shipment.id)
        state = fold(told) if told else advance(shipment.state, _scanned(news))
        order = shipment.order_id or _order(news, orders)
        sources = _sources(shipment.first_source, shipment.has_more_sources, news)
        rows.append((shipment.id, order, shipment.service or _service(news), now, *sources, *values_of(state)))
    run(
        f"""
        UPDATE shipments_shipment AS s
           SET order_id = fresh.order_id, service = fresh.service, review_due_at = fresh.review_due_at,
               first_source = fresh.first_source, has_more_sources = fresh.has_more_sources, {ASSIGNED}
          FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[], %b::text[], %b::bool[], {ARRAYS})
               AS fresh(id, order_id, service, review_due_at, first_source, has_more_sources, {COLUMNS})
         WHERE s.id = fresh.id
        """,
        columns(rows, 6 + len(NAMES)),
    )


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


def _sources(first: str, more: bool, news: Mapping[UUID, EventFact]) -> tuple[str, bool]:
    """Return which source told of a shipment first, and whether another has too."""
    first = first or next((fact.source for fact in news.values()), "")
    return first, more or any(fact.source != first for fact in news.values())


def _service(news: Mapping[UUID, EventFact]) -> str:
    return next((fact.service for fact in news.values() if fact.service), "")


def _order(news: Mapping[UUID, EventFact], orders: Mapping[str, int]) -> int | None:
    return next((orders[fact.order_id] for fact in news.values() if fact.order_id in orders), None)
