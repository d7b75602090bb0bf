"""A backtest is worked on slice by slice, by whoever holds its lease, and goes on from its last checkpoint."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exceptions_queue.backtest import jobs
from exceptions_queue.models import Backtest, BacktestFinding, BacktestState
from exceptions_queue.policy.reading import PolicyError
from shipments.facts import State
from tests.factories import NOW, make_event, make_order, make_policy, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)

BEGINS = NOW - timedelta(days=30)


@pytest.fixture(autouse=True)
def nothing_remembered():
    jobs._work.cache_clear()
    yield
    jobs._work.cache_clear()


def make_history(parcels: int) -> None:
    """Save parcels that were tried once without success and never arrived, each of a customer of its own."""
    for number in range(parcels):
        order = make_order(placed_at=BEGINS + timedelta(days=1), promised_at=NOW - timedelta(days=9))
        shipment = make_shipment(order=order, promised_at=None, first_seen_at=BEGINS + timedelta(days=1))
        for state, days in ((State.IN_TRANSIT, 3), (State.ATTEMPTED, 4 + number)):
            at = BEGINS + timedelta(days=days)
            make_event(shipment, state=state, occurred_at=at, received_at=at)


def request(**overrides: Any) -> Backtest:
    values = {"policy": make_policy(), "begins_at": BEGINS, "ends_at": NOW, "by": None, "now": NOW}
    return jobs.request_backtest(**(values | overrides))


def finish(row: Backtest) -> Backtest:
    while row.finished_at is None:
        row = jobs.work_on(row, now=NOW)
    return row


def found(row: Backtest) -> list[tuple[Any, ...]]:
    fields = ("shipment_id", "kind", "case", "opened_at", "cleared_at", "score", "is_flag", "late")
    return sorted(BacktestFinding.objects.filter(backtest=row).values_list(*fields), key=str)


def test_a_request_keeps_the_document_and_waits():
    row = request()
    assert (row.state, row.lease, row.document) == (BacktestState.WAITING, None, make_policy().document)
    assert row.until == NOW


def test_an_old_period_is_followed_for_two_months():
    row = request(begins_at=NOW - timedelta(days=300), ends_at=NOW - timedelta(days=200))
    assert row.until == NOW - timedelta(days=140)


def test_a_document_that_does_not_read_is_refused_and_nothing_is_asked_for():
    draft = make_policy(state="draft", document={"format": 1})
    with pytest.raises(PolicyError):
        request(policy=draft)
    assert Backtest.objects.count() == 0


def test_a_backtest_done_in_one_go_has_its_figures_and_its_findings():
    make_history(3)
    row = finish(request(taken=True))
    assert (row.state, row.lease, row.parcels, row.parcels_done) == (BacktestState.DONE, None, 3, 3)
    assert (row.results["shipments"], row.results["late"], row.results["cases"]) == (3, 3, 3)
    kinds = {kind for _, kind, *_ in found(row)}
    assert {"attempted"} <= kinds


def test_slices_add_up_to_the_same_as_one(monkeypatch):
    make_history(5)
    whole = finish(request(taken=True))
    monkeypatch.setattr(jobs, "SLICE", 2)
    row, steps = request(taken=True), 0
    while row.finished_at is None:
        row, steps = jobs.work_on(row, now=NOW), steps + 1
    assert steps == 3
    assert row.results == whole.results
    assert found(row) == found(whole)


def test_another_worker_goes_on_after_the_last_checkpoint(monkeypatch):
    make_history(5)
    whole = finish(request(taken=True))
    monkeypatch.setattr(jobs, "SLICE", 2)
    row = request(taken=True)
    jobs.work_on(row, now=NOW)
    assert jobs.take_backtest(now=NOW + timedelta(minutes=1)) is None
    jobs._work.cache_clear()
    taken = jobs.take_backtest(now=NOW + jobs.LEASE + timedelta(minutes=1))
    assert (taken.pk, taken.parcels_done) == (row.pk, 2)
    done = finish(taken)
    assert done.results == whole.results
    assert found(done) == found(whole)


def test_a_worker_that_lost_its_lease_writes_nothing():
    make_history(2)
    lost = request(taken=True)
    jobs.take_backtest(now=NOW + jobs.LEASE + timedelta(minutes=1))
    with pytest.raises(jobs.LeaseLost):
        jobs.work_on(lost, now=NOW)
    assert BacktestFinding.objects.count() == 0
    assert Backtest.objects.get().parcels_done == 0


def test_a_lease_given_back_is_free_at_once():
    row = request(taken=True)
    jobs.let_go(row)
    assert jobs.take_backtest(now=NOW).pk == row.pk


def test_the_oldest_waiting_backtest_is_taken_first_and_a_finished_one_never():
    first, second = request(), request()
    assert finish(jobs.take_backtest(now=NOW)).pk == first.pk
    assert finish(jobs.take_backtest(now=NOW)).pk == second.pk
    assert jobs.take_backtest(now=NOW + timedelta(days=1)) is None


def test_a_backtest_of_nothing_is_done_at_once():
    row = finish(request(taken=True))
    assert (row.state, row.results["shipments"], row.results["precision"]) == (BacktestState.DONE, 0, None)


def test_a_slice_that_cannot_be_judged_ends_it_with_the_reason(monkeypatch):
    make_history(1)
    row = request(taken=True)

    def refuse(*_: Any) -> None:
        raise ValueError("no such day")

    monkeypatch.setattr(jobs, "replay", refuse)
    row = jobs.work_on(row, now=NOW)
    assert (row.state, row.problem, row.lease) == (BacktestState.FAILED, "ValueError: no such day", None)
    assert BacktestFinding.objects.count() == 0


def test_parcels_of_one_customer_stay_in_one_slice(monkeypatch):
    monkeypatch.setattr(jobs, "SLICE", 1)
    make_history(1)
    order = make_order(placed_at=BEGINS + timedelta(days=1))
    for _ in range(2):
        make_shipment(order=order)
    row = jobs.work_on(request(taken=True), now=NOW)
    second = jobs.work_on(row, now=NOW)
    assert {row.parcels_done, second.parcels_done - row.parcels_done} == {1, 2}
