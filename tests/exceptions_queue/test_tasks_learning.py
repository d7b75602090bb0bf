"""The wake-ups that learn and replay; each looks for work and leaves what it cannot finish to the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from exceptions_queue import tasks
from exceptions_queue.backtest import jobs
from exceptions_queue.models import Backtest, BacktestState, RiskTable
from tests.exceptions_queue.backtest.test_jobs import make_history, nothing_remembered, request  # noqa: F401
from tests.exceptions_queue.test_risk_tables import finish
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def test_todays_risk_is_learned_once():
    finish(1, days=3)
    tasks.learn_risk()
    tasks.learn_risk()
    assert RiskTable.objects.count() == 1


def test_a_waiting_backtest_is_worked_on_until_it_is_done():
    make_history(3)
    row = request()
    tasks.work_on_backtests()
    row.refresh_from_db()
    assert (row.state, row.parcels_done, row.finished_at) == (BacktestState.DONE, 3, NOW)


def test_a_spell_that_is_over_gives_the_lease_back(monkeypatch):
    make_history(3)
    row = request()
    monkeypatch.setattr(jobs, "SLICE", 1)
    monkeypatch.setattr(tasks, "SPELL_SECONDS", 0.0)
    tasks.work_on_backtests()
    row.refresh_from_db()
    assert (row.state, row.lease) == (BacktestState.RUNNING, None)
    monkeypatch.setattr(tasks, "SPELL_SECONDS", 20.0)
    tasks.work_on_backtests()
    row.refresh_from_db()
    assert row.state == BacktestState.DONE


def test_nothing_to_do_writes_nothing():
    tasks.learn_risk()
    tasks.work_on_backtests()
    assert (RiskTable.objects.count(), Backtest.objects.count()) == (0, 0)


def test_a_backtest_somebody_else_works_on_is_left_to_them():
    make_history(1)
    row = request(taken=True)
    tasks.work_on_backtests()
    row.refresh_from_db()
    assert (row.parcels_done, row.leased_until) == (0, NOW + timedelta(minutes=5))
