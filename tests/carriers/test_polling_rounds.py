"""A spell of polling: carriers side by side, a slow one holds up only itself, one poller at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from carriers import polling, tasks
from carriers.clients import ups
from carriers.models import Account, InboundMessage
from carriers.polling import Polled
from tests.carriers.simulated_answers import journey
from tests.carriers.simulator import Simulator
from tests.factories import NOW, make_shipment
from tests.flows.test_polling import open_polled

pytestmark = pytest.mark.django_db(transaction=True)


def parcels(carrier: str, count: int, simulator: Simulator, **overrides: object) -> None:
    open_polled(carrier, simulator)
    for n in range(count):
        number = f"{carrier.upper()}{n}"
        make_shipment(carrier=carrier, tracking_number=number, **overrides)
        simulator.parcels[number] = journey(NOW - timedelta(hours=9), "label", "moving")


def test_a_spell_asks_once_for_all_that_is_due_and_counts_it():
    with Simulator(NOW) as simulator:
        parcels("ups", 2, simulator)
        parcels("fedex", 5, simulator)
        polling.plan(now=NOW)
        assert polling.poll(clock=lambda: NOW) == Polled(calls=3, answered=7, new=7)
        assert polling.poll(clock=lambda: NOW) == Polled()


def test_nothing_is_begun_after_the_spell():
    with Simulator(NOW) as simulator:
        parcels("ups", 1, simulator)
        polling.plan(now=NOW)
        assert polling.poll(clock=lambda: NOW, may_begin=lambda: False) == Polled()
        assert simulator.calls == []


def test_a_carrier_that_answers_slowly_holds_up_only_itself(monkeypatch):
    fetch, others_done = ups.fetch, threading.Event()

    def slowly(*args):
        assert others_done.wait(30)
        return fetch(*args)

    monkeypatch.setattr(ups, "fetch", slowly)
    store = polling.rounds.store

    def see(*, outcomes, now):
        new = store(outcomes=outcomes, now=now)
        if InboundMessage.objects.filter(source="fedex").count() == 5:
            others_done.set()
        return new

    monkeypatch.setattr(polling.rounds, "store", see)
    with Simulator(NOW) as simulator:
        parcels("ups", 2, simulator)
        parcels("fedex", 5, simulator)
        polling.plan(now=NOW)
        assert polling.poll(clock=lambda: NOW).answered == 7


def test_a_fault_of_our_own_is_a_failure_and_ends_no_spell(monkeypatch):
    monkeypatch.setattr(ups, "fetch", lambda line, numbers: 1 / 0)
    with Simulator(NOW) as simulator:
        parcels("ups", 1, simulator)
        parcels("fedex", 1, simulator)
        polling.plan(now=NOW)
        assert polling.poll(clock=lambda: NOW) == Polled(calls=2, answered=1, new=1, failed=1)
    assert "went wrong on our side (ZeroDivisionError)" in Account.objects.get(source="ups").last_error


@pytest.mark.parametrize(
    ("overrides", "words"),
    [({"sealed_credentials": ""}, "lack client_id, client_secret"), ({"sealed_credentials": "x"}, "another key")],
)
def test_credentials_that_cannot_be_had_are_a_refusal_without_a_call(overrides, words):
    with Simulator(NOW) as simulator:
        parcels("ups", 1, simulator)
        Account.objects.update(**overrides)
        polling.plan(now=NOW)
        assert polling.poll(clock=lambda: NOW).failed == 1
        assert simulator.calls == []
    account = Account.objects.get()
    assert words in account.last_error
    assert account.open_until == NOW + timedelta(minutes=15)


def test_only_one_process_polls_at_a_time():
    def another() -> bool:
        try:
            with polling.alone() as mine:
                return mine
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with polling.alone() as mine:
            assert mine
            assert not pool.submit(another).result()
        assert pool.submit(another).result()


def test_the_tasks_plan_and_poll_by_the_real_clock():
    now = timezone.now()
    with Simulator(now) as simulator:
        parcels("ups", 1, simulator, last_event_at=now)
        tasks.plan_polls()
        tasks.poll_due()
    assert InboundMessage.objects.get().subject_number == "UPS0"
