"""Let a policy that has just begun to judge see every open parcel, slice by slice, without a flood."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from shipments.facts import TERMINAL
from shipments.playback import may_work
from shipments.setwise import outlast_deadlocks, run

SLICE: Final = 5_000

_VERSION: Final = """
    SELECT id, sweep_after FROM exceptions_queue_policyversion
     WHERE sweep_after IS NOT NULL AND state IN ('published', 'shadow')
     ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""

_UPTO: Final = """
    SELECT max(id), count(*) FROM (SELECT id FROM shipments_shipment WHERE id > %b ORDER BY id LIMIT %b) AS slice
"""

_MAKE_DUE: Final = """
    WITH open AS (
        SELECT s.id FROM shipments_shipment s
         WHERE s.id > %b AND s.id <= %b
           AND (s.review_due_at > %b
                OR (s.review_due_at IS NULL
                    AND (s.state <> ALL(%b::text[])
                         OR EXISTS (SELECT FROM exceptions_queue_case c
                                     WHERE c.shipment_id = s.id AND c.state <> 'closed')
                         OR EXISTS (SELECT FROM exceptions_queue_observation o
                                     WHERE o.shipment_id = s.id AND o.cleared_at IS NULL))))
         ORDER BY s.id
           FOR NO KEY UPDATE OF s
    )
    UPDATE shipments_shipment AS s SET review_due_at = %b FROM open WHERE s.id = open.id
"""
"""Ended parcels without a case, and without anything that silence could still make news, are left alone."""


@outlast_deadlocks
@transaction.atomic(durable=True)
def sweep_policy(*, now: datetime, limit: int = SLICE) -> int:
    """Make the next slice of parcels due and return how many parcels were looked at; 0 when every policy saw all.

    A batch that still judges by the policy before holds its parcels until it has written: the slice waits for it.
    """
    if not may_work():
        return 0
    found = run(_VERSION)
    if not found:
        return 0
    version_id, after = found[0]
    upto, count = run(_UPTO, [after, limit])[0]
    if count:
        run(_MAKE_DUE, [after, upto, now, [state.value for state in TERMINAL], now])
    reached = upto if count == limit else None
    run("UPDATE exceptions_queue_policyversion SET sweep_after = %b WHERE id = %b", [reached, version_id])
    return int(count)
