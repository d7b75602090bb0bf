"""Store raw messages once, before anything is understood."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carriers.models import Account, InboundMessage, MessageState, Problem
from shipments.setwise import columns, run


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message is kept, and whether it was new."""

    message_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One raw message on its way in; an empty `key` means the hash of the body identifies it."""

    account_id: int
    source: str
    received_at: datetime
    body: bytes
    key: str = ""
    subject_number: str = ""
    subject_carrier: str = ""


@transaction.atomic(durable=True)
def receive(
    *, account: Account, body: bytes, key: str = "", now: datetime, subject_number: str = "", subject_carrier: str = ""
) -> Received:
    """Store one message and return where it is kept; one told before is not stored again."""
    message = NewMessage(account.pk, account.source, now, body, key, subject_number, subject_carrier)
    new = _insert([message])
    if new:
        return Received(message_id=new[0], is_new=True)
    known = InboundMessage.objects.only("pk").get(account=account, idempotency_key=_key(message))
    return Received(message_id=known.pk, is_new=False)


@transaction.atomic(durable=True)
def receive_many(*, messages: Sequence[NewMessage], now: datetime) -> list[int]:
    """Store messages in one statement; return the ids of those that were new, in no order.

    `now` bounds their `received_at`: nothing can have been received later.
    """
    late = next((message for message in messages if message.received_at > now), None)
    if late:
        raise ValueError(f"A message of {late.source} says it was received at {late.received_at}, after {now}.")
    return _insert(messages)


@transaction.atomic(durable=True)
def quarantine(*, account: Account, body: bytes, why: str, problem: Problem, now: datetime) -> None:
    """Keep a message that must not be read, once a body, so that it can be seen and counted."""
    refused = MessageState.QUARANTINED if problem is Problem.NOT_AUTHENTIC else MessageState.FAILED
    InboundMessage.objects.bulk_create(
        [
            InboundMessage(
                account=account,
                source=account.source,
                idempotency_key=f"{refused.value}:{hashlib.sha256(body).hexdigest()}",
                received_at=now,
                body=body,
                state=refused,
                problem=problem,
                problem_detail=why,
                processed_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _insert(messages: Sequence[NewMessage]) -> list[int]:
    rows = [
        (
            message.account_id,
            message.source,
            _key(message),
            message.received_at,
            message.body,
            message.subject_number,
            message.subject_carrier,
        )
        for message in messages
    ]
    stored = run(
        """
        INSERT INTO carriers_inboundmessage
               (account_id, source, idempotency_key, received_at, body, subject_number, subject_carrier,
                state, problem, problem_detail, attempts, events, duplicates, unmapped)
        SELECT account_id, source, key, received_at, body, subject_number, subject_carrier,
               'received', '', '', 0, 0, 0, 0
          FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::bytea[], %b::text[], %b::text[])
               AS fresh(account_id, source, key, received_at, body, subject_number, subject_carrier)
            ON CONFLICT (account_id, idempotency_key) DO NOTHING
        RETURNING id
        """,
        columns(rows, 7),
    )
    return [row[0] for row in stored]


def _key(message: NewMessage) -> str:
    return message.key or hashlib.sha256(message.body).hexdigest()
