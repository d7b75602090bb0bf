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

_ASKED: Final = """
    SELECT s.id, min(c.opened_at), CASE WHEN bool_and(c.closed_at IS NOT NULL) THEN max(c.closed_at) END
      FROM shipments_shipment s
"""
_AFTER_IT_CAME: Final = """
     WHERE s.id = ANY(%b::bigint[]) AND c.topic = 'wismo' AND c.opened_at > s.delivered_at
       AND NOT EXISTS (SELECT FROM exceptions_queue_case k
                         JOIN exceptions_queue_finding f ON f.case_id = k.id
                        WHERE k.shipment_id = s.id AND k.state = 'closed' AND k.outcome <> 'self_healed'
                          AND f.kind = 'delivered_not_received' AND k.closed_at >= c.opened_at)
"""
"""What people closed a case on is settled, whether or not the conversation goes on; what is asked later is not."""

_MISSED: Final = f"""
    {_ASKED}
      JOIN shipments_conversation c ON c.shipment_id = s.id
    {_AFTER_IT_CAME}
     GROUP BY s.id
     UNION ALL
    {_ASKED}
      JOIN shipments_conversation c ON c.order_id = s.order_id AND c.shipment_id IS NULL
    {_AFTER_IT_CAME}
       AND NOT EXISTS (SELECT FROM shipments_shipment other
                        WHERE other.order_id = s.order_id AND other.id <> s.id AND other.direction = 'outbound'
                          AND other.state <> 'cancelled'
                          AND (other.delivered_at IS NULL
                               OR (other.delivered_at, other.id) > (s.delivered_at, s.id)))
     GROUP BY s.id
"""
"""A question about an order is one about its parcel that came last, and only once all of them have come.

Of parcels that came together the one heard of last stands for all of them: one question is one case.
"""

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
    missed_until: datetime | None = None
    settled: tuple[Compensation, ...] = ()
    order_settled_at: datetime | None = None


NOTHING_CAME: Final = Aftermath()


def aftermaths(shipments: Iterable[Ended]) -> Mapping[int, Aftermath]:
    """Return what came after the parcels that are delivered or back; those still on their way have no line."""
    ended = [each for each in shipments if not each.states.isdisjoint(_ENDS)]
    if not ended:
        return {}
    ids = [each.shipment_id for each in ended]
    missed = _missed(ids)
    of_order, of_shipment = _given(ended)
    return {
        each.shipment_id: Aftermath(
            *missed.get(each.shipment_id, (None, None)),
            not_looked_at(of_shipment[each.shipment_id]),
            last_given_at(of_order[each.order_id] if each.order_id else of_shipment[each.shipment_id]),
        )
        for each in ended
    }


def _missed(ids: list[int]) -> Mapping[int, tuple[datetime, datetime | None]]:
    """Return since when parcels are missed, and when the last conversation about it ended (None: one is open)."""
    missed: dict[int, tuple[datetime, datetime | None]] = {}
    for shipment, asked_at, ended_at in run(_MISSED, [ids, ids]):
        first_at, last_at = missed.get(shipment, (asked_at, ended_at))
        until = max(ended_at, last_at) if ended_at is not None and last_at is not None else None
        missed[shipment] = min(asked_at, first_at), until
    return missed


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
