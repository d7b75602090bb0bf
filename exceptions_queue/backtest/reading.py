"""Read parcels with all that is stored of them, a slice at a time: three set-based reads each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from django.db import connection

from exceptions_queue.backtest.parcels import Parcel, Talk
from exceptions_queue.policy.lessons import REMEMBERED, Heard, Lesson, heard
from shipments.facts import Direction, State, Topic
from shipments.folded import READ_NOW
from shipments.timeline import Scanned

SLICE: Final = 1000
MOST_TAUGHT: Final = 100_000
"""How many finished parcels teach at most, the newest first. Source: our own rule; a lane that has a thousandth of them
still has 100, and learning them anew takes less than a minute."""

_STATES: Final = {state.value: state for state in State}

_PLACED: Final = "coalesce(o.placed_at, s.first_event_at, s.first_seen_at)"

_GROUPS: Final = f"""
    SELECT coalesce(o.customer_id, -s.id), s.id
      FROM shipments_shipment s
      LEFT JOIN shipments_order o ON o.id = s.order_id
     WHERE {_PLACED} >= %s AND {_PLACED} < %s AND s.superseded_by_id IS NULL
     ORDER BY 1, 2
"""

_PERIOD: Final = f"""
    SELECT min({_PLACED}), max({_PLACED})
      FROM shipments_shipment s
      LEFT JOIN shipments_order o ON o.id = s.order_id
"""

_FINISHED: Final = """
    SELECT id FROM shipments_shipment
     WHERE superseded_by_id IS NULL AND direction = 'outbound' AND state IN ('delivered', 'returned', 'lost')
       AND coalesce(delivered_at, state_since) >= %s AND coalesce(delivered_at, state_since) < %s
     ORDER BY coalesce(delivered_at, state_since) DESC
     LIMIT %s
"""

_PARCELS: Final = """
    SELECT s.id, coalesce(o.customer_id, -s.id), s.carrier, s.tracking_number, s.service, s.direction, s.first_seen_at,
           coalesce(s.promised_at, o.promised_at), coalesce(o.order_id, ''), coalesce(o.storefront, ''),
           coalesce(o.channel, ''), coalesce(c.tier, ''), o.placed_at, o.event_date, o.value, coalesce(o.currency, ''),
           s.order_id
      FROM shipments_shipment s
      LEFT JOIN shipments_order o ON o.id = s.order_id
      LEFT JOIN shipments_customer c ON c.id = o.customer_id
     WHERE s.id = ANY(%s)
     ORDER BY s.id
"""

_EVENTS: Final = f"""
    SELECT coalesce(s.superseded_by_id, s.id), e.received_at, e.occurred_at, e.identity, coalesce(r.state, e.state),
           coalesce(r.reason, e.reason), coalesce(r.physical, e.physical), coalesce(r.mapped, e.mapped), e.promised_at,
           e.raw_code, e.raw_description
      FROM shipments_shipment s
      JOIN shipments_trackingevent e ON e.shipment_id = s.id {READ_NOW}
     WHERE (s.id = ANY(%s) AND s.superseded_by_id IS NULL) OR s.superseded_by_id = ANY(%s)
"""
"""What was heard under a wrong carrier counts where it belongs.

The newest reading counts, from the instant of the scan on: a backtest asks what a policy would do with what is
understood today, not with the gaps that a table of codes had then. Those gaps were mended, a policy cannot mend them.
"""

_TALKS: Final = """
    SELECT order_id, shipment_id, opened_at, closed_at, topic, first_reply_at
      FROM shipments_conversation
     WHERE order_id = ANY(%s) OR (order_id IS NULL AND shipment_id = ANY(%s))
     ORDER BY id
"""


class Group(NamedTuple):
    """The parcels of one customer, or one parcel whose customer nobody knows; they are replayed together."""

    key: int
    shipment_ids: tuple[int, ...]


def groups_placed(begins_at: datetime, ends_at: datetime) -> list[Group]:
    """Return the groups of parcels placed in a period, in the order of their keys."""
    groups: dict[int, list[int]] = {}
    for key, pk in _rows(_GROUPS, [begins_at, ends_at]):
        groups.setdefault(key, []).append(pk)
    return [Group(key, tuple(ids)) for key, ids in groups.items()]


def stored_period() -> tuple[datetime, datetime] | None:
    """Return when the first and the last parcel were placed; None where there is none."""
    first, last = _rows(_PERIOD, [])[0]
    return None if first is None else (first, last)


def parcels(shipment_ids: Sequence[int]) -> list[Parcel]:
    """Return parcels with their orders, events and conversations."""
    rows = _rows(_PARCELS, [list(shipment_ids)])
    sightings = {row[0]: row[6] for row in rows}
    events = _events(sightings)
    of_orders, of_parcels = _talks(sorted({row[16] for row in rows if row[16] is not None}), list(sightings))
    return [
        Parcel(
            *row[:5],
            Direction(row[5]),
            *row[6:16],
            events=tuple(events.get(row[0], ())),
            talks=(*of_orders.get(row[16], ()), *of_parcels.get(row[0], ())),
        )
        for row in rows
    ]


def lessons(*, since: datetime, until: datetime) -> Iterator[Lesson]:
    """Yield what parcels teach that were finished from `since` to before `until`, at most the newest `MOST_TAUGHT`.

    Only a slice of them is in memory at a time.
    """
    for ids in _slices([row[0] for row in _rows(_FINISHED, [since, until, MOST_TAUGHT])]):
        yield from (each for parcel in parcels(ids) if (each := parcel.lesson()) is not None)


def lessons_before(at: datetime) -> Iterator[Lesson]:
    """Yield what counts in a table learned at an instant, and perhaps a little more."""
    yield from lessons(since=at - REMEMBERED, until=at)


def _events(sightings: dict[int, datetime]) -> dict[int, list[Heard]]:
    """Return the events of parcels, given when each was first seen."""
    events: dict[int, list[Heard]] = {}
    for pk, received_at, occurred_at, identity, state, *rest in _rows(_EVENTS, [list(sightings)] * 2):
        scan = Scanned(occurred_at, identity, _STATES[state], *rest)
        events.setdefault(pk, []).append(heard(scan, received_at=received_at, first_seen_at=sightings[pk]))
    return events


def _talks(
    order_ids: Sequence[int], shipment_ids: Sequence[int]
) -> tuple[dict[int, list[Talk]], dict[int, list[Talk]]]:
    """Return the conversations by order, and those of no order by the parcel they are about."""
    of_orders: dict[int, list[Talk]] = {}
    of_parcels: dict[int, list[Talk]] = {}
    for order, about, opened_at, closed_at, topic, answered_at in _rows(_TALKS, [order_ids, shipment_ids]):
        talk = Talk(opened_at, closed_at, topic == Topic.WISMO, answered_at, about)
        kept, key = (of_parcels, about) if order is None else (of_orders, order)
        kept.setdefault(key, []).append(talk)
    return of_orders, of_parcels


def _slices(ids: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(ids)
    while batch := list(islice(waiting, SLICE)):
        yield batch


def _rows(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
