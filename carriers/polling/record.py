"""Keep what came of calls: answers into the inbox, then the account's health and the next polls, each in one step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from carriers.accounts import sealed_token
from carriers.breaker import Breaker, failed, refused
from carriers.cadence import cadence_of, next_poll_at, retry_at
from carriers.clients import CarrierUnavailable
from carriers.clients.tokens import Token
from carriers.inbox import NewMessage, receive_many
from carriers.models import Account, InboundMessage, MessageState, Problem
from carriers.pacing import Allowance, spent
from carriers.polling.claim import Target, breaker_of, put_allowance, put_breaker
from carriers.polling.outcome import Bad, Outcome
from carriers.sources.reading import Unreadable
from shipments.setwise import columns, run

LONGEST_PAUSE: Final = timedelta(days=1)
"""A carrier that asks for more means its daily limit; a day later we look again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many numbers were answered, and how many calls failed."""

    answered: int = 0
    failed: int = 0


def store(*, outcomes: Sequence[Outcome], now: datetime) -> list[int]:
    """Put news into the inbox and return the ids of what was new; the same answer to the same number is kept once."""
    messages = [
        NewMessage(
            outcome.errand.account.pk,
            outcome.errand.account.source,
            now,
            body,
            key=f"poll:{target.carrier}:{target.number}:{hashlib.sha256(body).hexdigest()}",
            subject_number=target.number,
            subject_carrier=target.carrier,
        )
        for outcome in outcomes
        for target, body in outcome.news
    ]
    return receive_many(messages=messages, now=now) if messages else []


@transaction.atomic(durable=True)
def record(
    *, account_id: int, outcomes: Sequence[Outcome], calls_made_twice: int, token: Token | None, now: datetime
) -> Recorded:
    """Note on the account how its calls went, in their order, and on each number when to ask again.

    Numbers whose lease has gone to another worker are left to it.
    """
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)
    for outcome in outcomes:
        # What other credentials met says nothing of those a person has set meanwhile.
        if outcome.errand.account.sealed_credentials == account.sealed_credentials:
            account.sealed_token = sealed_token(token) or account.sealed_token
            _note(account, outcome, now)
    if calls_made_twice:
        allowance = Allowance(account.minute_left, account.day_left, account.calls_counted_at)
        put_allowance(account, spent(allowance, calls_made_twice))
    account.save(update_fields=_WRITTEN)
    _keep_bad(account, [bad for outcome in outcomes for bad in outcome.bad], now)
    _reschedule(account, outcomes, now)
    return Recorded(
        sum(len(outcome.news) for outcome in outcomes), sum(outcome.problem is not None for outcome in outcomes)
    )


_WRITTEN: Final = (
    *("failures", "breaker_trips", "open_until", "paused_until", "minute_left", "day_left", "calls_counted_at"),
    *("last_polled_at", "last_message_at", "failing_since", "last_error", "last_error_at", "sealed_token"),
)


def _note(account: Account, outcome: Outcome, now: datetime) -> None:
    """Let one call change the account's health; an answer that tells nothing new is a sign of life too."""
    account.last_polled_at = now
    if outcome.news:
        account.last_message_at = max(now, account.last_message_at or now)
    if outcome.problem is None:
        put_breaker(account, Breaker())
        account.failing_since = None
    else:
        breaker = breaker_of(account)
        fallen = refused(breaker, now) if outcome.is_refusal else failed(breaker, now, trial=outcome.errand.is_trial)
        put_breaker(account, fallen)
        account.failing_since = account.failing_since or now
        account.paused_until = _pause(account, outcome, now)
    if trouble := outcome.problem or next((bad.trouble for bad in outcome.bad), None):
        account.last_error, account.last_error_at = str(trouble) or type(trouble).__name__, now


def _pause(account: Account, outcome: Outcome, now: datetime) -> datetime | None:
    asked = outcome.problem.retry_after if isinstance(outcome.problem, CarrierUnavailable) else None
    if asked is None:
        return account.paused_until
    return max(now + min(asked, LONGEST_PAUSE), account.paused_until or now)


def _keep_bad(account: Account, bad: Sequence[Bad], now: datetime) -> None:
    """Keep what could not be read as failed messages: one a day of each kind, one of each number that is refused."""
    InboundMessage.objects.bulk_create(
        [
            InboundMessage(
                account=account,
                source=account.source,
                idempotency_key=_bad_key(each, now),
                received_at=now,
                body=each.body,
                subject_number=each.target.number,
                subject_carrier=each.target.carrier,
                state=MessageState.FAILED,
                problem=_problem(each),
                problem_detail=str(each.trouble),
                processed_at=now,
            )
            for each in bad
        ],
        ignore_conflicts=True,
    )


def _bad_key(bad: Bad, now: datetime) -> str:
    which = f"{bad.target.carrier}:{bad.target.number}" if bad.about_number else f"{now:%Y-%m-%d}"
    return f"poll:{_problem(bad).value}:{which}"


def _problem(bad: Bad) -> Problem:
    return Problem.UNREADABLE if isinstance(bad.trouble, Unreadable) else Problem.FEED_TROUBLE


def _reschedule(account: Account, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Say of each number when to ask again; it is let go when no answer can matter any more."""
    cadence = cadence_of(account.cadence)
    again, ended = [], []
    for outcome in outcomes:
        answered = {target.shipment_id for target, _ in outcome.news}
        answered |= {bad.target.shipment_id for bad in outcome.bad if bad.about_number}
        for target in outcome.errand.targets:
            lease, attempts = outcome.errand.leased_until, 0
            if target.shipment_id in answered:
                heard_at = target.last_event_at or target.first_seen_at
                at = next_poll_at(target.state, heard_at, cadence, now=now, seed=target.number)
            elif outcome.is_refusal:  # no fault of the number: it stays first in line
                at, attempts = now, target.attempts
            else:
                attempts = min(target.attempts + 1, 30_000)
                at = retry_at(attempts, now=now, seed=target.number)
            if at is None:
                ended.append((target.shipment_id, lease))
            else:
                again.append((target.shipment_id, lease, at, attempts, *_basis(target)))
    _write(again, ended, now)


def _basis(target: Target) -> tuple[str, datetime | None]:
    return target.state.value, target.last_event_at


def _write(again: list[tuple], ended: list[tuple], now: datetime) -> None:
    run(
        """
        UPDATE carriers_polltarget AS t
           SET next_poll_at = fresh.at, leased_until = NULL, attempts = fresh.attempts, last_polled_at = %b,
               planned_state = fresh.state, planned_change_at = fresh.changed_at
          FROM unnest(%b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::smallint[], %b::text[],
                      %b::timestamptz[]) AS fresh(id, lease, at, attempts, state, changed_at)
         WHERE t.shipment_id = fresh.id AND t.leased_until = fresh.lease
        """,
        [now, *columns(again, 6)],
    )
    if ended:
        run(
            """
            DELETE FROM carriers_polltarget AS t
             USING unnest(%b::bigint[], %b::timestamptz[]) AS fresh(id, lease)
             WHERE t.shipment_id = fresh.id AND t.leased_until = fresh.lease
            """,
            columns(ended, 2),
        )
