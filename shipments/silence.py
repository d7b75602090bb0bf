"""Which carriers nobody tells us about now: marked while it lasts, and their shipments judged again once it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from shipments.playback import may_work
from shipments.setwise import columns, outlast_deadlocks, run

BATCH: Final = 2000
"""Shipments a transaction; their locks are held for some ten milliseconds."""


def mark(silent: Mapping[str, datetime], *, now: datetime) -> None:
    """Write down which carriers are silent, each with since when, and that all others are not.

    Two statements; call inside a transaction. Raises: OutsideTransaction.
    """
    rows = sorted(silent.items())
    run(
        """
        INSERT INTO shipments_carriersilence AS known (carrier, since, woken_to)
        SELECT carrier, since, 0 FROM unnest(%b::text[], %b::timestamptz[]) AS fresh(carrier, since)
            ON CONFLICT (carrier) DO UPDATE SET since = excluded.since, ended_at = NULL, woken_to = 0
                  WHERE known.ended_at IS NOT NULL OR known.since <> excluded.since
        """,
        columns(rows, 2),
    )
    run(
        "UPDATE shipments_carriersilence SET ended_at = %b WHERE ended_at IS NULL AND carrier <> ALL(%b::text[])",
        [now, list(silent)],
    )


def silent_since(carriers: list[str]) -> dict[str, datetime]:
    """Return since when nobody tells us about these carriers; heard ones are left out. One statement."""
    rows = run(
        "SELECT carrier, since FROM shipments_carriersilence WHERE carrier = ANY(%b::text[]) AND ended_at IS NULL",
        [carriers],
    )
    return dict(rows)


@outlast_deadlocks
@transaction.atomic(durable=True)
def wake_shipments(*, now: datetime, limit: int = BATCH) -> bool:
    """Make one batch of shipments due whose carrier is heard again; return whether there was anything to do.

    Shipments of which nothing can become news are left alone. Interrupted, it goes on after the last whole batch.
    """
    if not may_work():
        return False
    ended = run(
        """
        SELECT id, carrier, woken_to FROM shipments_carriersilence
         WHERE ended_at IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
        """
    )
    if not ended:
        return False
    silence, carrier, woken_to = ended[0]
    # Those already due are locked as well: who judges one at this moment may still have read of the silence.
    woken = run(
        """
        WITH waiting AS (
            SELECT id FROM shipments_shipment
             WHERE carrier = %b AND id > %b AND review_due_at IS NOT NULL
             ORDER BY id LIMIT %b FOR NO KEY UPDATE
        )
        UPDATE shipments_shipment AS s SET review_due_at = least(s.review_due_at, %b)
          FROM waiting WHERE s.id = waiting.id
        RETURNING s.id
        """,
        [carrier, woken_to, limit, now],
    )
    if len(woken) < limit:
        run("DELETE FROM shipments_carriersilence WHERE id = %b", [silence])
    else:
        run("UPDATE shipments_carriersilence SET woken_to = %b WHERE id = %b", [max(row[0] for row in woken), silence])
    return True
