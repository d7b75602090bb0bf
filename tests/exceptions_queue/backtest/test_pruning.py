"""Old backtests let their parcels go and keep their figures; what somebody still expects to open stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import tasks
from exceptions_queue.backtest import pruning
from exceptions_queue.backtest_rows import Which, counts
from exceptions_queue.models import Backtest, BacktestFinding, BacktestParcel, BacktestState, PolicyVersion, Trial
from tests.exceptions_queue.backtest.test_jobs import make_history, nothing_remembered  # noqa: F401
from tests.exceptions_queue.people import at_once
from tests.exceptions_queue.test_actions_backtests import ask, document, finish, make_draft
from tests.factories import NOW, make_policy

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = timedelta(days=90)
LATER = NOW + KEPT + timedelta(minutes=1)


def retire(trial: Trial) -> Trial:
    """Let nobody work on or by the version of a finished trial any more."""
    PolicyVersion.objects.filter(pk=trial.policy_id).update(state="discarded")
    return trial


def make_old(parcels: int = 3) -> Trial:
    """Return a trial whose version nobody works on any more, done at NOW."""
    make_history(parcels)
    trial = ask(make_draft())
    finish()
    return retire(trial)


def prune(now: datetime = LATER) -> int:
    """Take every step there is to take, and return the rows that were deleted."""
    rows = 0
    while step := pruning.prune(kept=KEPT, now=now):
        rows += step.rows
    return rows


def rows_of(*backtests: Backtest) -> int:
    return sum(each.objects.filter(backtest__in=backtests).count() for each in (BacktestFinding, BacktestParcel))


def test_the_rows_of_an_old_backtest_go_and_its_figures_stay():
    trial = make_old()
    both, figures = counts(trial), Backtest.objects.order_by("pk").values_list("results", flat=True)
    before, rows = list(figures), rows_of(trial.tried, trial.beside)
    assert prune() == rows > 6
    assert rows_of(trial.tried, trial.beside) == 0
    assert list(figures.all()) == before
    trial = Trial.objects.get()
    assert (trial.tried.rows_let_go_at, trial.beside.rows_let_go_at) == (LATER, LATER)
    assert (trial.tried.rows_gone_at, trial.beside.rows_gone_at) == (LATER, LATER)
    assert counts(trial) == both == {Which.ONLY_TRIED: 0, Which.ONLY_BESIDE: 0, Which.BOTH: 3}


def test_nothing_goes_before_its_time():
    trial = make_old()
    rows = rows_of(trial.tried, trial.beside)
    assert pruning.prune(kept=KEPT, now=LATER - timedelta(minutes=2)) is None
    assert rows_of(trial.tried, trial.beside) == rows
    assert not Backtest.objects.filter(rows_let_go_at__isnull=False).exists()


@pytest.mark.parametrize("state", ["draft", "shadow"])
def test_the_newest_backtest_of_a_version_that_is_worked_on_keeps_its_rows(state: str):
    make_history(1)
    trial = ask(make_draft())
    finish()
    PolicyVersion.objects.filter(pk=trial.policy_id).update(state=state, shadow_at=NOW)
    assert prune() == 0


def test_the_newest_backtest_of_the_version_in_force_keeps_its_rows():
    make_history(1)
    ask(make_policy())
    finish()
    assert prune() == 0


def test_an_earlier_backtest_of_a_draft_goes_and_the_newest_stays_with_both_its_sides():
    make_history(1)
    draft = make_draft()
    first = ask(draft)
    finish()
    PolicyVersion.objects.filter(pk=draft.pk).update(document=document("Changed"))
    second = ask(draft, now=NOW + timedelta(minutes=1))
    finish(NOW + timedelta(minutes=1))
    assert second.beside == first.beside
    prune(LATER + timedelta(days=1))
    assert (rows_of(first.tried), bool(rows_of(second.tried)), bool(rows_of(second.beside))) == (0, True, True)


@pytest.mark.parametrize("state", [BacktestState.FAILED, BacktestState.WAITING])
def test_a_newer_backtest_that_tells_nothing_yet_protects_not_itself_but_the_last_that_does(state: str):
    make_history(1)
    draft = make_draft()
    first = ask(draft)
    finish()
    PolicyVersion.objects.filter(pk=draft.pk).update(document=document("Changed"))
    second = ask(draft, now=NOW + timedelta(minutes=1))
    over = NOW if state == BacktestState.FAILED else None
    Backtest.objects.filter(pk=second.tried_id).update(state=state, finished_at=over)
    prune(LATER + timedelta(days=1))
    assert rows_of(first.tried) > 0
    assert (Backtest.objects.get(pk=second.tried_id).rows_let_go_at is None) == (state == BacktestState.WAITING)


def test_what_was_asked_for_again_lately_stays():
    trial = make_old()
    Trial.objects.update(requested_at=LATER - timedelta(days=2))
    assert prune() == 0
    assert rows_of(trial.tried) > 0


def test_what_an_unfinished_trial_waits_for_stays():
    trial = make_old()
    Backtest.objects.filter(pk=trial.tried_id).update(state=BacktestState.WAITING, finished_at=None)
    assert prune() == 0


def test_a_cancelled_trial_keeps_nothing():
    trial = make_old()
    Trial.objects.update(requested_at=LATER, cancelled_at=LATER, cancelled_by=trial.requested_by)
    assert prune() > 0


def test_rows_go_in_bounded_batches_one_transaction_each(monkeypatch: pytest.MonkeyPatch):
    trial = make_old()
    monkeypatch.setattr(pruning, "BATCH", 4)
    left, said = rows_of(trial.tried, trial.beside), []
    while step := pruning.prune(kept=KEPT, now=LATER):
        said.append(step.rows)
        assert rows_of(trial.tried, trial.beside) == left - sum(said)
    assert max(said) == 4
    assert rows_of(trial.tried, trial.beside) == 0


def test_a_batch_is_one_statement_a_table_however_many_rows():
    make_old(6)
    pruning.prune(kept=KEPT, now=LATER)
    with CaptureQueriesContext(connection) as caught:
        step = pruning.prune(kept=KEPT, now=LATER)
    assert step.rows > 6
    assert sum(each["sql"].startswith("DELETE") for each in caught) == 2


def test_a_step_that_is_killed_changes_nothing_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch):
    trial = make_old()
    pruning.prune(kept=KEPT, now=LATER)
    rows = rows_of(trial.tried, trial.beside)

    def killed(*_: object) -> int:
        deleted(*_)
        raise KeyboardInterrupt

    deleted = pruning._delete
    monkeypatch.setattr(pruning, "_delete", killed)
    with pytest.raises(KeyboardInterrupt):
        prune()
    assert rows_of(trial.tried, trial.beside) == rows
    monkeypatch.setattr(pruning, "_delete", deleted)
    assert prune() == rows


def test_two_workers_at_once_delete_each_row_once():
    trial = make_old()
    rows = rows_of(trial.tried, trial.beside)
    assert sum(at_once(prune, prune)) == rows
    assert rows_of(trial.tried, trial.beside) == 0


def test_what_was_let_go_is_replayed_anew_when_it_is_asked_for_again():
    begins, ends = NOW - timedelta(days=200), NOW - timedelta(days=100)
    trial = ask(make_draft(), begins_at=begins, ends_at=ends)
    finish()
    assert ask(trial.policy, begins_at=begins, ends_at=ends, now=LATER) == trial
    Trial.objects.update(requested_at=NOW)
    PolicyVersion.objects.filter(pk=trial.policy_id).update(state="discarded")
    prune()
    again = ask(trial.policy, begins_at=begins, ends_at=ends, now=LATER)
    assert {again.tried_id, again.beside_id}.isdisjoint({trial.tried_id, trial.beside_id})


def test_the_wake_up_keeps_rows_for_as_long_as_the_setting_says(settings):
    trial = make_old()
    settings.WAYPOST_BACKTEST_DAYS = 7
    with time_machine.travel(NOW + timedelta(days=6), tick=False):
        tasks.prune_backtests()
    assert rows_of(trial.tried) > 0
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        tasks.prune_backtests()
    assert rows_of(trial.tried, trial.beside) == 0
