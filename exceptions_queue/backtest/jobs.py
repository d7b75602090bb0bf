"""Work on backtests: ask for one, take its lease, and go on slice by slice from the last checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, Final
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from exceptions_queue.backtest.outcome import outcome
from exceptions_queue.backtest.parcels import Fate
from exceptions_queue.backtest.reading import Group, groups_placed, lessons, parcels
from exceptions_queue.backtest.replay import Replayed, replay
from exceptions_queue.backtest.results import results
from exceptions_queue.backtest.tables import LearnedTables
from exceptions_queue.backtest.tally import Tally, flag_of, from_data, tally
from exceptions_queue.models import (
    Backtest,
    BacktestFinding,
    BacktestParcel,
    BacktestState,
    PolicyVersion,
    Trial,
)
from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.lessons import REMEMBERED

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=5)
"""How long a worker has for one slice before another may take over; a slice takes seconds."""
FOLLOWED: Final = timedelta(days=60)
"""How long parcels are followed after the period. Source: claim windows end then, and so does anybody's patience."""
SLICE: Final = 500
"""Parcels judged between two checkpoints, or a few more."""

_UNFINISHED: Final = [BacktestState.WAITING, BacktestState.RUNNING]


class LeaseLost(RuntimeError):
    """Another worker took the backtest over, or it was cancelled; nothing of this slice was written."""


@dataclass(frozen=True, slots=True)
class _Work:
    """All that a backtest needs again and again: its policy, its groups of parcels, and the odds day by day."""

    policy: Policy
    groups: Sequence[Group]
    tables: LearnedTables


@transaction.atomic(durable=True)
def request_backtest(
    *,
    policy: PolicyVersion,
    begins_at: datetime,
    ends_at: datetime,
    by: User | None,
    now: datetime,
    minutes_a_case: int | None = None,
    taken: bool = False,
) -> Backtest:
    """Ask for a backtest of a policy version as it reads now, over parcels placed from `begins_at` to before `ends_at`.

    `taken` gives its lease to the caller, who goes on with `work_on`. Raises: PolicyError where the document does not
    read.
    """
    row = new_backtest(
        policy=policy,
        begins_at=begins_at,
        ends_at=ends_at,
        until=followed_until(begins_at, ends_at, now),
        by=by,
        now=now,
        minutes_a_case=minutes_a_case,
    )
    if taken:
        _give(row, now=now)
    Trial.objects.create(policy=policy, tried=row, requested_at=now, requested_by=by)
    return row


def followed_until(begins_at: datetime, ends_at: datetime, now: datetime) -> datetime:
    """Return until when the parcels of a period can be followed by now."""
    return max(begins_at, min(ends_at + FOLLOWED, now))


def new_backtest(
    *,
    policy: PolicyVersion,
    begins_at: datetime,
    ends_at: datetime,
    until: datetime,
    by: User | None,
    now: datetime,
    minutes_a_case: int | None = None,
) -> Backtest:
    """Save a backtest that waits for a worker. Raises: PolicyError where the document does not read."""
    return Backtest.objects.create(
        policy=policy,
        document=policy.document,
        digest=parse_policy(policy.document).digest,
        begins_at=begins_at,
        ends_at=ends_at,
        until=until,
        minutes_a_case=minutes_a_case,
        requested_at=now,
        requested_by=by,
        went_on_at=now,
    )


@transaction.atomic(durable=True)
def take_backtest(*, now: datetime) -> Backtest | None:
    """Take the lease of the oldest unfinished backtest nobody works on; None where there is none."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    waiting = Backtest.objects.filter(free, state__in=_UNFINISHED).order_by("pk")
    row = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if row is None:
        return None
    _give(row, now=now)
    return row


def _give(row: Backtest, *, now: datetime) -> None:
    row.lease, row.leased_until = uuid4(), now + LEASE
    row.state, row.started_at = BacktestState.RUNNING, row.started_at or now
    row.save(update_fields=["lease", "leased_until", "state", "started_at"])


def work_on(row: Backtest, *, now: datetime) -> Backtest:
    """Judge the next slice of a backtest whose lease is held, write its checkpoint, and return it as it is then.

    A slice that cannot be judged ends the backtest with its problem. Raises: LeaseLost; OperationalError.
    """
    work = _work(row.pk)
    slice_ = list(_slice(work.groups, row.done_to))
    try:
        replayed = list(chain.from_iterable(_replay(row, work, slice_)))
    except Exception as problem:
        log.exception("backtest %d could not go on", row.pk)
        return _fail(row, f"{type(problem).__name__}: {problem}", now=now)
    return _checkpoint(row, work, slice_, replayed, now=now)


def _replay(row: Backtest, work: _Work, groups: Sequence[Group]) -> Iterator[list[Replayed]]:
    ids = [pk for group in groups for pk in group.shipment_ids]
    known = {parcel.id: parcel for parcel in parcels(ids)} if ids else {}
    for group in groups:
        yield replay([known[pk] for pk in group.shipment_ids], work.policy, work.tables.at, row.until)


@transaction.atomic(durable=True)
def let_go(row: Backtest) -> None:
    """Give the lease back, so that any worker may go on at once. Raises: LeaseLost."""
    held = _held(row)
    held.lease = held.leased_until = None
    held.save(update_fields=["lease", "leased_until"])


@transaction.atomic(durable=True)
def _checkpoint(
    row: Backtest, work: _Work, groups: Sequence[Group], replayed: Sequence[Replayed], *, now: datetime
) -> Backtest:
    """Write what a slice came to, and the figures once it was the last."""
    held = _held(row)
    became = [(each, each.fate(held.until)) for each in replayed]
    findings = [finding for each, end in became for finding in _findings(held, each, end)]
    BacktestFinding.objects.bulk_create(findings, batch_size=2000)
    BacktestParcel.objects.bulk_create([told for each, end in became for told in _told(held, each, end)])
    held.parcels = sum(len(group.shipment_ids) for group in work.groups)
    held.parcels_done += len(replayed)
    total = from_data(held.tally) + tally(replayed, held.until) if held.tally else tally(replayed, held.until)
    held.tally, held.leased_until, held.went_on_at = total.to_data(), now + LEASE, now
    if groups:
        held.done_to = groups[-1].key
    if not groups or groups[-1] == work.groups[-1]:
        _finish(held, total, now=now)
    held.save()
    return held


def _finish(row: Backtest, total: Tally, *, now: datetime) -> None:
    workload = parse_policy(row.document).workload
    row.results = results(total, minutes_a_case=row.minutes_a_case, workload=workload)
    row.state, row.finished_at = BacktestState.DONE, now
    row.lease = row.leased_until = None


@transaction.atomic(durable=True)
def _fail(row: Backtest, problem: str, *, now: datetime) -> Backtest:
    held = _held(row)
    held.problem, held.state, held.finished_at = problem, BacktestState.FAILED, now
    held.lease = held.leased_until = None
    held.save()
    return held


def _held(row: Backtest) -> Backtest:
    """Lock the backtest again. Raises: LeaseLost."""
    held = Backtest.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if held.lease != row.lease or held.done_to != row.done_to:
        raise LeaseLost(f"backtest {row.pk} is in other hands")
    return held


def _slice(groups: Sequence[Group], done_to: int | None) -> Iterator[Group]:
    """Yield the groups after the last checkpoint, about `SLICE` parcels of them."""
    taken = 0
    for group in groups:
        if done_to is not None and group.key <= done_to:
            continue
        if taken >= SLICE:
            return
        taken += len(group.shipment_ids)
        yield group


@lru_cache(maxsize=1)
def _work(backtest_id: int) -> _Work:
    """Read what a backtest needs throughout, once a process: what was finished before and during it, to learn from."""
    row = Backtest.objects.get(pk=backtest_id)
    taught = lessons(since=row.begins_at - REMEMBERED, until=row.until)
    return _Work(
        parse_policy(row.document),
        groups_placed(row.begins_at, row.ends_at),
        LearnedTables(taught, begins_at=row.begins_at),
    )


def _told(row: Backtest, replayed: Replayed, became: Fate) -> Iterator[BacktestParcel]:
    told = outcome(replayed, became)
    if told is not None:
        yield BacktestParcel(backtest=row, shipment_id=replayed.parcel.id, **told._asdict())


def _findings(row: Backtest, replayed: Replayed, became: Fate) -> Iterator[BacktestFinding]:
    flag = flag_of(replayed.findings, became)
    for each in replayed.findings:
        yield BacktestFinding(
            backtest=row,
            shipment_id=replayed.parcel.id,
            case=each.case,
            kind=each.kind,
            team=each.team,
            severity=each.severity,
            score=each.score,
            opened_at=each.opened_at,
            cleared_at=each.cleared_at,
            is_flag=each is flag,
            late=became.late,
        )


def cases(row: Backtest) -> Iterator[dict[str, Any]]:
    """Yield each finding a backtest opened as the line of a file, in the order in which they were opened."""
    found = BacktestFinding.objects.filter(backtest=row).order_by("opened_at", "pk")
    for order_id, number, kind, opened_at, score, cleared_at in found.values_list(
        "shipment__order__order_id", "shipment__tracking_number", "kind", "opened_at", "score", "cleared_at"
    ).iterator(chunk_size=2000):
        yield {
            "order_id": order_id,
            "tracking_number": number,
            "finding": kind,
            "opened_at": opened_at.isoformat(),
            "score": score,
            "cleared_at": cleared_at and cleared_at.isoformat(),
        }
