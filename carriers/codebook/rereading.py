"""Carry published meanings into history, a batch of parcels a transaction; the row is the queue and knows its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from carriers.code_table import current_table
from carriers.codebook.turns import may_read
from carriers.models import HeardCode, Rereading
from shipments import rereading
from shipments.facts import Meaning
from shipments.setwise import outlast_deadlocks, run

BATCH: Final = 200
"""Parcels a transaction: about a tenth of a second, so nobody waits long for their row locks."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch came to; `publication` is None when nothing waits."""

    publication: int | None = None
    parcels: int = 0
    events: int = 0
    moved: int = 0


@outlast_deadlocks
@transaction.atomic(durable=True)
def reread_history(*, now: datetime, limit: int = BATCH) -> Step:
    """Read the next parcels of the oldest publication that is not in history yet by today's table.

    A step that dies leaves its row where it was; another worker goes on from there. What a later publication changed
    again is left to that one.
    """
    if not may_read():
        return Step()
    waiting = Rereading.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    work = waiting.filter(finished_at=None).order_by("publication").first()
    if work is None:
        return Step()
    meanings = _meanings(work)
    parcels = _next_parcels(list(meanings), work.cursor, limit)
    done = rereading.reread(parcels, meanings, publication=work.pk, now=now) if parcels else rereading.NOTHING_READ
    work.started_at = work.started_at or now
    work.finished_at = now if len(parcels) < limit else None
    work.cursor = parcels[-1] if parcels else work.cursor
    work.parcels_read += len(parcels)
    work.events_seen += done.seen
    work.events_changed += done.events
    work.parcels_moved += done.shipments
    work.save()
    return Step(work.pk, len(parcels), done.events, done.shipments)


def _meanings(work: Rereading) -> Mapping[int, Meaning | None]:
    """Return what the publication's spellings mean today, without those that a later one changed again."""
    later = Rereading.objects.filter(publication__gt=work.pk).values_list("spellings", flat=True)
    own = set(work.spellings).difference(*later)
    table = current_table()
    heard = HeardCode.objects.filter(pk__in=own).values_list("id", "system", "keys")
    return {pk: table.meaning(system, keys) for pk, system, keys in heard}


def _next_parcels(spellings: Sequence[int], after: int, limit: int) -> list[int]:
    """Return the next parcels in the order of their ids that were told any of the spellings."""
    rows = run(
        """
        SELECT DISTINCT told.shipment_id
          FROM unnest(%b::bigint[]) AS spelling(id),
               LATERAL (SELECT DISTINCT e.shipment_id FROM shipments_trackingevent e
                         WHERE e.heard_as = spelling.id AND e.shipment_id > %b
                         ORDER BY e.shipment_id LIMIT %b) AS told
         ORDER BY told.shipment_id LIMIT %b
        """,
        [list(spellings), after, limit, limit],
    )
    return [row[0] for row in rows]
