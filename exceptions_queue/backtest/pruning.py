"""What is kept of old backtests: the figures for good, the parcels behind them for a while.

A backtest's rows are let go in one step, from which on no page shows them, and then deleted batch by batch. Each batch
is a transaction of its own, and the next one begins where the last ended, whoever does it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from exceptions_queue.actions.policy_versions import hold_policy
from exceptions_queue.backtest_rows import counts
from exceptions_queue.models import (
    Backtest,
    BacktestFinding,
    BacktestParcel,
    BacktestState,
    PolicyState,
    Trial,
)

BATCH: Final = 5000
"""Rows deleted in one transaction. Source: our own, some tens of milliseconds."""

_UNFINISHED: Final = [BacktestState.WAITING, BacktestState.RUNNING]
_LIVING: Final = [PolicyState.DRAFT, PolicyState.SHADOW, PolicyState.PUBLISHED]


class Pruned(NamedTuple):
    """One step of pruning: of which backtest, and how many rows were deleted."""

    backtest_id: int
    rows: int


def prune(*, kept: timedelta, now: datetime) -> Pruned | None:
    """Take one step: let a backtest's rows go, or delete a batch of what was let go; None where nothing is to do.

    Rows stay for `kept` after the backtest was finished and after it was last asked for, while a trial waits for it,
    and for as long as it is the newest that is done of a draft, of the version in shadow or of the one in force.
    """
    return _delete_batch(now=now) or _let_go(before=now - kept, now=now)


@transaction.atomic(durable=True)
def _delete_batch(*, now: datetime) -> Pruned | None:
    going = Backtest.objects.filter(rows_let_go_at__isnull=False, rows_gone_at__isnull=True).order_by("pk").only("pk")
    row = going.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if row is None:
        return None
    deleted = _delete(BacktestFinding.objects.filter(backtest=row), BATCH)
    deleted += _delete(BacktestParcel.objects.filter(backtest=row), BATCH - deleted)
    if deleted < BATCH:
        row.rows_gone_at = now
        row.save(update_fields=["rows_gone_at"])
    return Pruned(row.pk, deleted)


def _delete(rows: QuerySet[BacktestFinding] | QuerySet[BacktestParcel], most: int) -> int:
    """Delete so many of these rows, or as many as there are, by one statement."""
    some = rows.order_by("shipment")[:most].values("pk")
    return rows.model.objects.filter(pk__in=some).delete()[0] if most else 0


@transaction.atomic(durable=True)
def _let_go(*, before: datetime, now: datetime) -> Pruned | None:
    """Say of one old backtest that its rows are gone; its trials keep what is counted from them."""
    hold_policy()  # Nobody asks for a trial meanwhile, which would use the very rows again.
    row = _old(before).order_by("finished_at", "pk").select_for_update(of=("self",), no_key=True).first()
    if row is None:
        return None
    for trial in _trials_of(row.pk).with_state().filter(state=BacktestState.DONE, counts__isnull=True):
        trial.counts = {which.value: number for which, number in counts(trial).items()}
        trial.save(update_fields=["counts"])
    row.rows_let_go_at = now
    row.save(update_fields=["rows_let_go_at"])
    return Pruned(row.pk, 0)


def _old(before: datetime) -> QuerySet[Backtest]:
    """Return the backtests with rows that nobody expects any more."""
    asked = Trial.objects.filter(cancelled_at__isnull=True).with_state()
    wanted = asked.filter(Q(requested_at__gt=before) | Q(state__in=_UNFINISHED) | Q(pk__in=_newest()))
    mine = wanted.filter(Q(tried=OuterRef("pk")) | Q(beside=OuterRef("pk")))
    rows = Backtest.objects.filter(finished_at__lte=before, rows_let_go_at__isnull=True, rows_gone_at__isnull=True)
    return rows.filter(~Exists(mine)).defer("document", "tally", "results")


def _newest() -> QuerySet[Trial]:
    """Return the newest trial that is done of each version people work on or by."""
    done = Trial.objects.with_state().filter(state=BacktestState.DONE, policy__state__in=_LIVING)
    return done.order_by("policy", "-requested_at", "-pk").distinct("policy").values("pk")


def _trials_of(backtest_id: int) -> QuerySet[Trial]:
    return Trial.objects.filter(Q(tried=backtest_id) | Q(beside=backtest_id))
