"""Append facts to shipments' timelines: a few set-based statements a batch, under the shipments' row locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shipments.facts import EventFact
from shipments.folded import ARRAYS, COLUMNS, NAMES, histories, values_of
from shipments.parcel_rows import Known, Moved, Parcel, lock, lock_ids, write
from shipments.setwise import columns, run
from shipments.timeline import Scanned, advance, continues, fold

News = Mapping[str, EventFact]
"""A parcel's events nobody told before, by their identity."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What a batch of facts changed: the identities that were new, and how many shipments moved or appeared."""

    new: frozenset[str]
    shipments: int


def append(facts: Sequence[EventFact], *, now: datetime) -> Appended:
    """Append facts in any order, repeats allowed, fold their shipments anew and make them due for review.

    What is heard under a carrier that a person corrected stays with the number it was heard as and is folded into the
    parcel it really is. Takes the shipments' row locks in the order of their ids; call it inside a transaction.
    Raises: OutsideTransaction.
    """
    by_parcel: dict[Parcel, dict[str, EventFact]] = {}
    for fact in facts:
        by_parcel.setdefault((fact.carrier, fact.tracking_number), {}).setdefault(fact.identity, fact)
    known = lock(by_parcel)
    missing = {parcel: news for parcel, news in by_parcel.items() if parcel not in known}
    born = _insert_shipments(missing, now=now)
    if len(born) < len(missing):  # another worker made some of them a moment ago
        known |= lock([parcel for parcel in missing if parcel not in born])
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
    known = lock_ids(shipment_ids)
    whole = histories(list(known))
    write(
        [
            Moved(each, each.order_id, "", "", (each.first_source, each.has_more_sources), fold(whole.get(pk, ())))
            for pk, each in known.items()
        ],
        now=now,
    )


def _insert_shipments(missing: Mapping[Parcel, News], *, now: datetime) -> dict[Parcel, int]:
    """Insert shipments nobody knew with their folded state; return the ids of those that are ours."""
    if not missing:
        return {}
    orders = _order_ids(fact for news in missing.values() for fact in news.values())
    rows = []
    for (carrier, number), news in sorted(missing.items()):
        told = (_order(news, orders), _service(news), _stated_order(news), *_sources("", False, news))
        first_seen = min(fact.received_at for fact in news.values())
        rows.append((carrier, number, *told, first_seen, now, *values_of(fold(_scanned(news)))))
    born = run(
        f"""
        INSERT INTO shipments_shipment
               (carrier, tracking_number, order_id, service, stated_order, first_source, has_more_sources,
                first_seen_at, review_due_at, direction, {COLUMNS})
        SELECT carrier, tracking_number, order_id, service, stated_order, first_source, has_more_sources,
               first_seen_at, review_due_at, 'outbound', {COLUMNS}
          FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bool[],
                      %b::timestamptz[], %b::timestamptz[], {ARRAYS})
               AS fresh(carrier, tracking_number, order_id, service, stated_order, first_source, has_more_sources,
                        first_seen_at, review_due_at, {COLUMNS})
            ON CONFLICT (carrier, tracking_number) DO NOTHING
        RETURNING carrier, tracking_number, id
        """,
        columns(rows, 9 + len(NAMES)),
    )
    return {(carrier, number): pk for carrier, number, pk in born}


def _told_before(identities: Iterable[str]) -> set[str]:
    """Return which of the events are already there; exact, for their shipments are locked."""
    wanted = list(identities)
    if not wanted:
        return set()
    rows = run(
        """
        SELECT wanted.place
          FROM unnest(%b::text[]::uuid[]) WITH ORDINALITY AS wanted(identity, place)
          JOIN shipments_trackingevent USING (identity)
        """,
        [wanted],
    )
    return {wanted[place - 1] for (place,) in rows}


def _insert_events(new: Mapping[Parcel, News], ids: Mapping[Parcel, int]) -> None:
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
            SELECT * FROM unnest(%b::bigint[], %b::text[]::uuid[], %b::timestamptz[], %b::timestamptz[], %b::text[],
                                 %b::text[], %b::text[], %b::bool[], %b::bool[], %b::text[], %b::text[], %b::text[],
                                 %b::timestamptz[], %b::text[], %b::bigint[], %b::bigint[])
            """,
            columns(rows, 16),
        )


def _update_shipments(known: Mapping[Parcel, Known], moved: Mapping[Parcel, News], *, now: datetime) -> None:
    """Write the new state of the shipments that got new events."""
    if not moved:
        return
    told = _by_what_they_are(known, moved)
    again = [pk for pk, (shipment, news) in told.items() if not continues(shipment.state, _scanned(news))]
    whole = histories(again)
    orders = _order_ids(fact for news in moved.values() for fact in news.values())
    rows = []
    for pk, (shipment, news) in told.items():
        history = whole.get(pk)
        state = fold(history) if history else advance(shipment.state, _scanned(news))
        order = shipment.order_id or _order(news, orders)
        sources = _sources(shipment.first_source, shipment.has_more_sources, news)
        rows.append(Moved(shipment, order, _service(news), _stated_order(news), sources, state))
    write(rows, now=now)


def _by_what_they_are(
    known: Mapping[Parcel, Known], moved: Mapping[Parcel, News]
) -> dict[int, tuple[Known, dict[str, EventFact]]]:
    """Return the news by the shipment they are folded into: the one heard of, or the one it was corrected to.

    The latter are locked late, which can cross another batch; the one the database ends begins anew.
    """
    by_id = {shipment.id: shipment for shipment in known.values()}
    others = {known[parcel].superseded_by for parcel in moved} - {None, *by_id}
    by_id |= lock_ids(sorted(pk for pk in others if pk is not None))
    told: dict[int, tuple[Known, dict[str, EventFact]]] = {}
    for parcel, news in moved.items():
        shipment = by_id[known[parcel].superseded_by or known[parcel].id]
        told.setdefault(shipment.id, (shipment, {}))[1].update(news)
    return told


def _order_ids(facts: Iterable[EventFact]) -> dict[str, int]:
    """Return our ids of the orders the facts name; most sources name none."""
    names = sorted({fact.order_id for fact in facts if fact.order_id})
    if not names:
        return {}
    rows = run("SELECT order_id, id FROM shipments_order WHERE order_id = ANY(%b::text[])", [names])
    return dict(rows)


def _scanned(news: News) -> list[Scanned]:
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


def _sources(first: str, more: bool, news: News) -> tuple[str, bool]:
    """Return which source told of a shipment first, and whether another has too."""
    first = first or next((fact.source for fact in news.values()), "")
    return first, more or any(fact.source != first for fact in news.values())


def _service(news: News) -> str:
    return next((fact.service for fact in news.values() if fact.service), "")


def _stated_order(news: News) -> str:
    return next((fact.order_id for fact in news.values() if fact.order_id), "")


def _order(news: News, orders: Mapping[str, int]) -> int | None:
    return next((orders[fact.order_id] for fact in news.values() if fact.order_id in orders), None)
