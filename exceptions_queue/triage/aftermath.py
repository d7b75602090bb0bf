"""What came after parcels reached their end: who still asks for them, what was given for them; two reads a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from exceptions_queue.policy.giving import GIVING, Given, last_given_at, not_looked_at
from exceptions_queue.policy.situation import Compensation
from shipments.facts import State
from shipments.setwise import run

_MISSED: Final = """
    SELECT s.id, min(c.opened_at)
      FROM shipments_shipment s
      JOIN shipments_conversation c ON c.shipment_id = s.id
     WHERE s.id = ANY(%b::bigint[]) AND c.topic = 'wismo' AND c.closed_at IS NULL AND c.opened_at > s.delivered_at
     GROUP BY s.id
     UNION ALL
    SELECT s.id, min(c.opened_at)
      FROM shipments_shipment s
      JOIN shipments_conversation c ON c.order_id = s.order_id AND c.shipment_id IS NULL
     WHERE s.id = ANY(%b::bigint[]) AND c.topic = 'wismo' AND c.closed_at IS NULL AND c.opened_at > s.delivered_at
       AND NOT EXISTS (SELECT FROM shipments_shipment other
                        WHERE other.order_id = s.order_id AND other.id <> s.id AND other.direction = 'outbound'
                          AND other.state <> 'cancelled'
                          AND (other.delivered_at IS NULL OR other.delivered_at > s.delivered_at))
     GROUP BY s.id
"""
"""A question about an order is one about its parcel that came last, and only once all of them have come."""

_GIVEN: Final = """
    SELECT s.order_id, s.id, d.kind, d.at, d.amount, d.currency,
           coalesce(jsonb_typeof(d.evidence #> '{shipment,delivered_at}') = 'null', false)
      FROM exceptions_queue_case c
      JOIN exceptions_queue_decision d ON d.case_id = c.id
      JOIN shipments_shipment s ON s.id = c.shipment_id
     WHERE c.shipment_id = ANY(ARRAY(
               SELECT unnest(%b::bigint[])
               UNION SELECT id FROM shipments_shipment WHERE order_id = ANY(%b::bigint[])))
       AND NOT d.proposal AND d.kind = ANY(%b::text[])
     ORDER BY d.at, d.id
"""

_ENDS: Final = frozenset({State.DELIVERED, State.RETURNED})


class Ended(NamedTuple):
    """A shipment that may have reached its end, with its order and its state as stored."""

    shipment_id: int
    order_id: int | None
    states: frozenset[str]


class Aftermath(NamedTuple):
    """What came after one parcel's end, as `Situation` says it."""

    missed_since: datetime | None = None
    settled: tuple[Compensation, ...] = ()
    order_settled_at: datetime | None = None


NOTHING_CAME: Final = Aftermath()


def aftermaths(shipments: Iterable[Ended]) -> Mapping[int, Aftermath]:
    """Return what came after the parcels that are delivered or back; those still on their way have no line."""
    ended = [each for each in shipments if not each.states.isdisjoint(_ENDS)]
    if not ended:
        return {}
    ids = [each.shipment_id for each in ended]
    missed: dict[int, datetime] = {}
    for shipment, asked_at in run(_MISSED, [ids, ids]):
        missed[shipment] = min(asked_at, missed.get(shipment, asked_at))
    of_order, of_shipment = _given(ended)
    return {
        each.shipment_id: Aftermath(
            missed.get(each.shipment_id),
            not_looked_at(of_shipment[each.shipment_id]),
            last_given_at(of_order[each.order_id] if each.order_id else of_shipment[each.shipment_id]),
        )
        for each in ended
    }


def _given(ended: Iterable[Ended]) -> tuple[Mapping[int, list[Given]], Mapping[int, list[Given]]]:
    """Return what was given by order and by shipment, earliest first."""
    of_order: dict[int, list[Given]] = defaultdict(list)
    of_shipment: dict[int, list[Given]] = defaultdict(list)
    orders = sorted({each.order_id for each in ended if each.order_id})
    for order, shipment, *told in run(_GIVEN, [[each.shipment_id for each in ended], orders, list(GIVING)]):
        given = Given(shipment, *told)
        of_shipment[shipment].append(given)
        if order:
            of_order[order].append(given)
    return of_order, of_shipment
