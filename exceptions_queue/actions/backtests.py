"""Trying a policy on stored history: ask for a trial, or stop one. The rows are the queue; nothing is replayed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from exceptions_queue.actions.case_rows import Refused
from exceptions_queue.actions.policy_versions import CannotBeRead, VersionGone, lock_policy
from exceptions_queue.backtest.jobs import followed_until, new_backtest
from exceptions_queue.models import Backtest, BacktestFinding, BacktestParcel, BacktestState, PolicyVersion, Trial
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.reading import PolicyError

FRESH: Final = timedelta(days=1)
"""How much of what happened since may be missing from a backtest that is used again. Source: our own rule."""

_USABLE: Final = (BacktestState.WAITING, BacktestState.RUNNING, BacktestState.DONE)
_UNFINISHED: Final = (BacktestState.WAITING, BacktestState.RUNNING)


class NothingToCompare(Refused):
    """The version means the same as the one in force."""


class PeriodEmpty(Refused):
    """The period ends before it begins, or has not begun."""


class TrialGone(Refused):
    """There is no such trial."""


class TrialOver(Refused):
    """The trial is done, failed or cancelled already."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one trial asks of each of its sides."""

    begins_at: datetime
    ends_at: datetime
    minutes_a_case: int | None
    by: User
    now: datetime


@transaction.atomic(durable=True)
def ask_trial(
    *, number: int, begins_at: datetime, ends_at: datetime, minutes_a_case: int | None, by: User, now: datetime
) -> Trial:
    """Ask what a version would have done with parcels placed in a period, beside the version in force.

    A backtest of the same document, period and minutes that is done or under way is used again, and so is the trial of
    the same two. The version in force is tried alone. `minutes_a_case` None: each version's own workload.

    Raises: NoRole, VersionGone, PeriodEmpty, CannotBeRead, NothingToCompare.
    """
    lock_policy(by)
    if not begins_at < ends_at or begins_at > now:
        raise PeriodEmpty("This period holds no day that is over. Choose a first day before the last one.")
    version = PolicyVersion.objects.filter(number=number).first()
    if version is None:
        raise VersionGone(f"There is no version {number} of the policy.")
    against = PolicyVersion.objects.published()
    versions = (version,) if version == against else (version, against)
    digests = [_digest(each) for each in versions]
    if len(set(digests)) < len(digests):
        said = f"Version {number} says what version {against.number}, in force, says. Change a sentence first."
        raise NothingToCompare(said)
    asked = _Asked(begins_at, ends_at, minutes_a_case, by, now)
    rows = _backtests(versions, digests, asked)
    return _trial(versions, rows, asked)


@transaction.atomic(durable=True)
def cancel_trial(*, trial_id: int, by: User, now: datetime) -> Trial:
    """Stop a trial; what it found so far is put away. A backtest that another trial waits for goes on.

    Raises: NoRole, TrialGone, TrialOver.
    """
    lock_policy(by)
    trial = Trial.objects.with_state().filter(pk=trial_id).first()
    if trial is None:
        raise TrialGone("There is no such backtest.")
    if trial.state not in _UNFINISHED:
        raise TrialOver("This backtest is over already; there is nothing to cancel.")
    trial.cancelled_at, trial.cancelled_by = now, by
    trial.save(update_fields=["cancelled_at", "cancelled_by"])
    for backtest_id in filter(None, (trial.tried_id, trial.beside_id)):
        if not Trial.objects.that_need(backtest_id).exists():
            _stop(backtest_id, now=now)
    return trial


def _digest(version: PolicyVersion) -> str:
    try:
        return parse_policy(version.document).digest
    except PolicyError as problem:
        raise CannotBeRead(f"Version {version.number} cannot be used: {problem}.") from problem


def _backtests(versions: Iterable[PolicyVersion], digests: list[str], asked: _Asked) -> list[Backtest]:
    """Return one backtest for each version, all followed to the same instant, so that they can be compared."""
    latest = followed_until(asked.begins_at, asked.ends_at, asked.now)
    usable = Backtest.objects.filter(
        digest__in=digests,
        begins_at=asked.begins_at,
        ends_at=asked.ends_at,
        minutes_a_case=asked.minutes_a_case,
        state__in=_USABLE,
        until__gt=latest - FRESH,
        went_on_at__isnull=False,
        rows_let_go_at__isnull=True,
    ).defer("document", "tally")
    known: dict[datetime, dict[str, Backtest]] = {}
    for row in usable.order_by("pk"):
        known.setdefault(row.until, {})[row.digest] = row
    until = max(known, key=lambda at: (len(known[at]), at), default=latest)
    kept = known.get(until, {})
    return [kept.get(digest) or _new(version, until, asked) for version, digest in zip(versions, digests, strict=True)]


def _new(version: PolicyVersion, until: datetime, asked: _Asked) -> Backtest:
    return new_backtest(
        policy=version,
        begins_at=asked.begins_at,
        ends_at=asked.ends_at,
        until=until,
        by=asked.by,
        now=asked.now,
        minutes_a_case=asked.minutes_a_case,
    )


def _trial(versions: tuple[PolicyVersion, ...], rows: list[Backtest], asked: _Asked) -> Trial:
    """Return the trial of these backtests, a new one where nobody asked for it before."""
    policy, against = (*versions, None)[:2]
    tried, beside = (*rows, None)[:2]
    same = Trial.objects.filter(
        Q(cancelled_at__isnull=True), policy=policy, tried=tried, against=against, beside=beside
    )
    return same.first() or Trial.objects.create(
        policy=policy,
        tried=tried,
        against=against,
        beside=beside,
        requested_at=asked.now,
        requested_by=asked.by,
    )


def _stop(backtest_id: int, *, now: datetime) -> None:
    """End a backtest that is not finished; the worker that holds its lease finds it gone and writes nothing more."""
    row = Backtest.objects.select_for_update(of=("self",), no_key=True).get(pk=backtest_id)
    if row.state not in _UNFINISHED:
        return
    row.state, row.finished_at, row.lease, row.leased_until = BacktestState.CANCELLED, now, None, None
    row.save(update_fields=["state", "finished_at", "lease", "leased_until"])
    BacktestFinding.objects.filter(backtest=row).delete()
    BacktestParcel.objects.filter(backtest=row).delete()
