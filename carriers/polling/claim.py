"""Claim calls to make: what is due, as far as the account's limits, pauses and breaker let it be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from carriers.breaker import Breaker, calls_allowed, is_trial, trial_begun
from carriers.clients.registry import CLIENTS
from carriers.models import Account
from carriers.pacing import Allowance, Limits, calls_left, refilled, spent
from shipments.facts import State
from shipments.playback import may_work
from shipments.setwise import run

LEASE: Final = timedelta(minutes=3)
"""Longer than any call with its sign-in may take; after it the numbers of a killed worker are due again."""


@dataclass(frozen=True, slots=True)
class Target:
    """One number to ask about; `last_change_at` is the parcel's latest scan, else when it became known."""

    shipment_id: int
    carrier: str
    number: str
    state: State
    last_event_at: datetime | None
    first_seen_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Errand:
    """One call to make, with the account as it was when it was claimed."""

    account: Account
    targets: tuple[Target, ...]
    leased_until: datetime
    is_trial: bool


@transaction.atomic(durable=True)
def accounts_with_work(*, now: datetime) -> list[int]:
    """Return the accounts that may ask now and have something to ask, by their ids."""
    rows = run(
        """
        SELECT a.id
          FROM carriers_account a
         WHERE a.is_active AND a.is_polled AND a.polling_held_at IS NULL
           AND (a.paused_until IS NULL OR a.paused_until <= %b)
           AND (a.open_until IS NULL OR a.open_until <= %b)
           AND EXISTS (SELECT FROM carriers_polltarget t
                        WHERE t.carrier = ANY (CASE WHEN a.carriers = '{}' THEN ARRAY[a.source] ELSE a.carriers END)
                          AND t.next_poll_at <= %b AND (t.leased_until IS NULL OR t.leased_until <= %b))
         ORDER BY a.id
        """,
        [now] * 4,
    )
    return [row[0] for row in rows]


@transaction.atomic(durable=True)
def claim(*, account_id: int, most_calls: int, now: datetime) -> list[Errand]:
    """Lease what is due for one account and take its calls from the allowance; empty when it must wait."""
    if not may_work():
        return []
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)
    limits = Limits(account.calls_a_minute or 1, account.calls_a_day)
    allowance = refilled(Allowance(account.minute_left, account.day_left, account.calls_counted_at), limits, now)
    breaker = breaker_of(account)
    calls = calls_allowed(breaker, min(most_calls, calls_left(allowance, limits)), now)
    if not calls or _must_wait(account, now):
        return []
    numbers = CLIENTS[account.source].NUMBERS_A_CALL
    targets = _lease(account, calls * numbers, now)
    groups = [tuple(targets[at : at + numbers]) for at in range(0, len(targets), numbers)]
    if groups:
        trial = is_trial(breaker, now)
        put_allowance(account, spent(allowance, len(groups)))
        put_breaker(account, trial_begun(breaker, now) if trial else breaker)
        account.save(update_fields=[*ALLOWANCE_COLUMNS, *BREAKER_COLUMNS])
        return [Errand(account, group, now + LEASE, trial) for group in groups]
    return []


ALLOWANCE_COLUMNS: Final = ("minute_left", "day_left", "calls_counted_at")
BREAKER_COLUMNS: Final = ("failures", "breaker_trips", "open_until")


def breaker_of(account: Account) -> Breaker:
    """Return the account's breaker as a value."""
    return Breaker(account.failures, account.breaker_trips, account.open_until)


def put_breaker(account: Account, breaker: Breaker) -> None:
    """Write a breaker into the account's columns."""
    account.failures, account.breaker_trips, account.open_until = breaker.failures, breaker.trips, breaker.open_until


def put_allowance(account: Account, allowance: Allowance) -> None:
    """Write an allowance into the account's columns."""
    account.minute_left, account.day_left = allowance.minute_left, allowance.day_left
    account.calls_counted_at = allowance.counted_at


def _must_wait(account: Account, now: datetime) -> bool:
    """Tell whether the account was stopped since it was found to have work."""
    told_to_wait = account.paused_until is not None and account.paused_until > now
    usable = account.is_active and account.is_polled and account.source in CLIENTS
    return told_to_wait or account.polling_held_at is not None or not usable


def _lease(account: Account, most: int, now: datetime) -> Sequence[Target]:
    """Lease the numbers that have waited longest; numbers another worker holds are left to it."""
    rows = run(
        """
        WITH due AS (
            SELECT longest.shipment_id, longest.next_poll_at
              FROM unnest(%b::text[]) AS ours(carrier)
             CROSS JOIN LATERAL (SELECT t.shipment_id, t.next_poll_at
                                   FROM carriers_polltarget t
                                  WHERE t.carrier = ours.carrier AND t.next_poll_at <= %b
                                    AND (t.leased_until IS NULL OR t.leased_until <= %b)
                                  ORDER BY t.next_poll_at
                                  LIMIT %b
                                    FOR NO KEY UPDATE SKIP LOCKED) AS longest
             ORDER BY longest.next_poll_at
             LIMIT %b
        )
        UPDATE carriers_polltarget AS t
           SET leased_until = %b
          FROM due JOIN shipments_shipment s ON s.id = due.shipment_id
         WHERE t.shipment_id = due.shipment_id
        RETURNING due.next_poll_at, t.shipment_id, t.carrier, s.tracking_number, s.state, s.last_event_at,
                  s.first_seen_at, t.attempts
        """,
        [list(account.carriers or [account.source]), now, now, most, most, now + LEASE],
    )
    return [Target(pk, carrier, number, State(state), *rest) for _, pk, carrier, number, state, *rest in sorted(rows)]
