"""Send failed messages through the inbox again; each replay is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from carriers.models import InboundMessage, MessageState, Replay


@transaction.atomic(durable=True)
def replay(*, message_ids: Sequence[int], by: User | None, now: datetime) -> int:
    """Put failed messages back in the queue and return how many; others are left alone.

    The bodies are unchanged, so reading one again cannot double an event. Quarantined messages stay where they are.
    """
    failed = list(
        InboundMessage.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=message_ids, state=MessageState.FAILED)
        .order_by("pk")
        .only("pk", "problem", "problem_detail")
    )
    Replay.objects.bulk_create(
        [
            Replay(
                message_id=message.pk,
                at=now,
                by=by,
                problem_before=message.problem,
                detail_before=message.problem_detail,
            )
            for message in failed
        ]
    )
    InboundMessage.objects.filter(pk__in=[message.pk for message in failed]).update(
        state=MessageState.RECEIVED, problem="", problem_detail="", processed_at=None
    )
    return len(failed)
