"""Send messages through the inbox again; each run of replays and each message in it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from carriers.models import MessageState, ReplayRun
from shipments.setwise import run

MOST: Final = 10_000
"""Messages one run may take; a longer list is replayed in several."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The run, None where nothing was taken, and how many messages it took."""

    run_id: int | None
    taken: int


@transaction.atomic(durable=True)
def replay(
    *,
    message_ids: Sequence[int],
    by: User | None,
    now: datetime,
    how: ReplayRun.How = ReplayRun.How.COMMAND,
    reason: str = "",
    also_read: bool = False,
) -> Replayed:
    """Put failed messages back in the queue, with `also_read` those that could be read too; others are left alone.

    The bodies are unchanged, so reading one again cannot double an event. Quarantined messages stay where they are.
    Takes the first `MOST` of the messages.
    """
    states = [MessageState.FAILED.value, *([MessageState.DONE.value] if also_read else [])]
    chosen = sorted(set(message_ids))[:MOST]
    locked = run(
        """
        SELECT id, problem, problem_detail FROM carriers_inboundmessage
         WHERE id = ANY(%b::bigint[]) AND state = ANY(%b::text[])
         ORDER BY id FOR NO KEY UPDATE
        """,
        [chosen, states],
    )
    if not locked:
        return Replayed(None, 0)
    noted = ReplayRun.objects.create(at=now, by=by, how=how, reason=reason, chosen=len(chosen))
    ids, problems, details = (list(column) for column in zip(*locked, strict=True))
    run(
        """
        INSERT INTO carriers_replay (run_id, message_id, at, by_id, problem_before, detail_before)
        SELECT %b, id, %b, %b, problem, detail
          FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS locked(id, problem, detail)
        """,
        [noted.pk, now, by and by.pk, ids, problems, details],
    )
    run(
        """
        UPDATE carriers_inboundmessage
           SET state = 'received', problem = '', problem_detail = '', processed_at = NULL
         WHERE id = ANY(%b::bigint[])
        """,
        [ids],
    )
    return Replayed(noted.pk, len(ids))
