"""Read waiting messages in batches: claim rows, read them with pure adapters, append what they say."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import add
from typing import Final

from django.db import DatabaseError, transaction

from carriers.code_table import current_table
from carriers.codebook.heard import note_heard
from carriers.codebook.turns import may_read
from carriers.codes import Spelling, spelling_of
from carriers.inbox.counting import COUNT_HOURS, lag_of_news, note_carriers
from carriers.inbox.reading import Reading, Waiting, crash_sentence, read_message
from carriers.models import MessageState, Problem
from shipments import ledger
from shipments.facts import EventFact
from shipments.setwise import columns, outlast_deadlocks, passes, run

log = logging.getLogger(__name__)

BATCH: Final = 500
"""Messages a transaction; 2,000 gains 5 %, 100 loses 10 % (measured on two cores)."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What one batch came to; `taken` is 0 when nothing waits."""

    taken: int = 0
    done: int = 0
    failed: int = 0
    events: int = 0
    duplicates: int = 0
    unmapped: int = 0

    def __add__(self, other: Drained) -> Drained:
        return Drained(
            *(
                add(getattr(self, name), getattr(other, name))
                for name in ("taken", "done", "failed", "events", "duplicates", "unmapped")
            )
        )


@outlast_deadlocks
def drain(*, now: datetime, limit: int = BATCH, only: Sequence[int] | None = None) -> Drained:
    """Read one batch of waiting messages; messages another worker holds are left to it.

    A message that makes its batch fail is found by halving, marked failed with its reason, and holds nothing up.
    Raises: OperationalError when the database is away or busy; nothing is lost, call again.
    """
    claimed: list[int] = []
    try:
        return _drain(now=now, limit=limit, only=only, claimed=claimed)
    except Exception as problem:
        if passes(problem):
            raise
        if len(claimed) <= 1:
            return _set_aside(claimed, problem, now=now)
        log.warning("a batch of %d messages failed and is halved: %s", len(claimed), problem)
    middle = len(claimed) // 2
    return drain(now=now, only=claimed[:middle]) + drain(now=now, only=claimed[middle:])


@transaction.atomic(durable=True)
def _drain(*, now: datetime, limit: int, only: Sequence[int] | None, claimed: list[int]) -> Drained:
    waiting = _claim(limit=limit, only=only) if may_read() else []
    claimed += [message.id for message in waiting]
    if not waiting:
        return Drained()
    table = current_table()
    read = [read_message(message, table) for message in waiting]
    fresh, spellings = _append(read, now=now)
    _beat(waiting)
    _mark(read, now=now)
    note_carriers(_heard(read))
    note_heard(fresh, spellings, table)
    failed = sum(bool(each.problem) for each in read)
    facts = sum(len(each.facts) for each in read)
    new = sum(each.new for each in read)
    return Drained(
        taken=len(read),
        done=len(read) - failed,
        failed=failed,
        events=new,
        duplicates=facts - new,
        unmapped=sum(each.unmapped for each in read),
    )


def _claim(*, limit: int, only: Sequence[int] | None) -> list[Waiting]:
    narrowed = "" if only is None else "AND id = ANY(%b::bigint[])"
    rows = run(
        f"""
        SELECT id, account_id, source, received_at, body, subject_number, subject_carrier
          FROM carriers_inboundmessage
         WHERE state = 'received' {narrowed}
         ORDER BY id
         LIMIT %b
           FOR NO KEY UPDATE SKIP LOCKED
        """,
        [limit] if only is None else [list(only), limit],
    )
    return [Waiting(*row) for row in rows]


def _append(read: Iterable[Reading], *, now: datetime) -> tuple[list[EventFact], dict[int, Spelling]]:
    """Append the facts of all messages and note on each how many were new; return those and how they were spelled."""
    facts = [fact for each in read for fact in each.facts]
    if not facts:
        return [], {}
    unclaimed = set(ledger.append(facts, now=now).new)
    fresh: list[EventFact] = []
    spellings: dict[int, Spelling] = {}
    for each in read:
        if unclaimed.isdisjoint(fact.identity for fact in each.facts):
            continue
        mine = {
            fact.identity: (fact, scan)
            for fact, scan in zip(each.facts, each.scans, strict=True)
            if fact.identity in unclaimed
        }
        each.new = len(mine)
        each.lag = lag_of_news(fact for fact, _ in mine.values())
        unclaimed -= mine.keys()
        fresh += (fact for fact, _ in mine.values())
        told = (spelling_of(scan, each.system) for _, scan in mine.values())
        spellings |= {spelling.id: spelling for spelling in told if spelling}
    return fresh, spellings


def _mark(read: Iterable[Reading], *, now: datetime) -> None:
    """Write what became of each message and count it in its feed's hour; one read again was counted before.

    Of a message read before, its own events are no duplicates. Call after the accounts' heartbeats moved: their locks
    keep the order.
    """
    rows = [
        (
            each.message.id,
            MessageState.FAILED.value if each.problem else MessageState.DONE.value,
            each.problem,
            each.detail,
            each.new,
            len(each.facts) - each.new,
            each.unmapped,
            each.lag,
        )
        for each in read
    ]
    run(
        f"""
        WITH marked AS (
            UPDATE carriers_inboundmessage AS m
               SET state = fresh.state, problem = fresh.problem, problem_detail = fresh.detail, processed_at = %b,
                   attempts = m.attempts + 1, events = m.events + fresh.events,
                   duplicates = greatest(fresh.duplicates - m.events, 0), unmapped = fresh.unmapped
              FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::int[], %b::int[])
                   AS fresh(id, state, problem, detail, events, duplicates, unmapped, lag)
             WHERE m.id = fresh.id
         RETURNING m.account_id, m.received_at, m.unmapped, m.attempts, fresh.lag
        )
        {COUNT_HOURS}
        """,
        [now, *columns(rows, 8)],
    )


def _beat(waiting: Iterable[Waiting]) -> None:
    """Move the heartbeat of each account these messages came from; accounts in the order of their ids."""
    latest: dict[int, datetime] = {}
    for message in waiting:
        latest[message.account_id] = max(message.received_at, latest.get(message.account_id, message.received_at))
    run(
        """
        WITH heard AS (
            SELECT a.id, fresh.at
              FROM unnest(%b::bigint[], %b::timestamptz[]) AS fresh(id, at)
              JOIN carriers_account a USING (id)
             ORDER BY a.id
               FOR NO KEY UPDATE OF a
        )
        UPDATE carriers_account AS a SET last_message_at = heard.at
          FROM heard
         WHERE a.id = heard.id AND (a.last_message_at IS NULL OR a.last_message_at < heard.at)
        """,
        columns(sorted(latest.items()), 2),
    )


def _heard(read: Iterable[Reading]) -> dict[tuple[int, str], datetime]:
    """Return which carriers each account told of, and when last."""
    heard: dict[tuple[int, str], datetime] = {}
    for each in read:
        for carrier in {fact.carrier for fact in each.facts}:
            told = each.message.account_id, carrier
            heard[told] = max(each.message.received_at, heard.get(told, each.message.received_at))
    return heard


@transaction.atomic(durable=True)
def _set_aside(claimed: Sequence[int], problem: Exception, *, now: datetime) -> Drained:
    """Mark the one message that makes every batch fail; raise what is no message's fault."""
    if not claimed:
        raise problem
    kind = Problem.REFUSED if isinstance(problem, DatabaseError) else Problem.CRASHED
    detail = _refusal_sentence(problem) if kind is Problem.REFUSED else crash_sentence(problem)
    run(
        """
        UPDATE carriers_inboundmessage
           SET state = 'failed', problem = %b, problem_detail = %b, processed_at = %b, attempts = attempts + 1
         WHERE id = ANY(%b::bigint[]) AND state = 'received'
        """,
        [kind.value, detail, now, list(claimed)],
    )
    return Drained(taken=1, failed=1)


def _refusal_sentence(problem: Exception) -> str:
    first = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    return f"The database refused what it says: {first}. Correct the body or ask operations."
