"""Which parcels are asked about: open ones that a polled account speaks for, planned anew when they have news."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.models import PollTarget
from carriers.polling import plan
from carriers.polling.planning import Planned
from shipments.facts import State
from shipments.playback import playing
from tests.factories import NOW, make_account, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)


def polled(source: str = "ups", **overrides):
    return make_account(source=source, is_polled=True, calls_a_minute=60, **overrides)


def test_open_parcels_of_a_polled_carrier_are_taken_up_once_and_due_at_once():
    polled()
    parcels = [make_shipment(carrier="ups"), make_shipment(carrier="ups", state=State.OUT_FOR_DELIVERY)]
    make_shipment(carrier="fedex")
    assert plan(now=NOW) == Planned(added=2)
    assert {target.shipment for target in PollTarget.objects.filter(next_poll_at=NOW)} == set(parcels)
    assert plan(now=NOW) == Planned()


@pytest.mark.parametrize("state", [State.DELIVERED, State.RETURNED, State.LOST, State.CANCELLED])
def test_finished_parcels_are_not_taken_up(state):
    polled()
    make_shipment(state=state)
    assert plan(now=NOW) == Planned()


def test_a_parcel_silent_beyond_every_claim_is_not_taken_up():
    polled()
    long_ago = NOW - timedelta(days=100)
    make_shipment(first_seen_at=long_ago, last_event_at=long_ago)
    make_shipment(first_seen_at=long_ago)
    assert plan(now=NOW).added == 1


@pytest.mark.parametrize("overrides", [{"is_active": False}, {"is_polled": False}])
def test_an_account_that_is_not_polled_takes_nothing_up(overrides):
    make_account(**{"source": "ups", "is_polled": True, "calls_a_minute": 60} | overrides)
    make_shipment(carrier="ups")
    assert plan(now=NOW) == Planned()


def test_an_account_may_speak_for_other_carriers():
    polled("dhl_universal", carriers=["dhl", "dhl_ecommerce"])
    make_shipment(carrier="dhl")
    make_shipment(carrier="dhl_universal")
    plan(now=NOW)
    assert PollTarget.objects.get().carrier == "dhl"


def test_a_parcel_that_goes_out_for_delivery_is_asked_about_sooner():
    polled()
    parcel = make_shipment(last_event_at=NOW)
    plan(now=NOW)
    PollTarget.objects.update(next_poll_at=NOW + timedelta(hours=2))
    parcel.state, parcel.last_event_at = State.OUT_FOR_DELIVERY, NOW + timedelta(minutes=1)
    parcel.save()
    assert plan(now=NOW) == Planned(changed=1)
    target = PollTarget.objects.get()
    assert NOW + timedelta(minutes=18) <= target.next_poll_at <= NOW + timedelta(minutes=22)
    assert plan(now=NOW) == Planned()


def test_news_never_puts_off_a_poll_that_is_due():
    polled()
    parcel = make_shipment()
    plan(now=NOW)
    parcel.state, parcel.delivered_at, parcel.last_event_at = State.DELIVERED, NOW, NOW
    parcel.save()
    plan(now=NOW)
    assert PollTarget.objects.get().next_poll_at == NOW


def test_a_parcel_that_ended_long_ago_is_let_go():
    polled()
    parcel = make_shipment()
    plan(now=NOW)
    parcel.state, parcel.delivered_at, parcel.last_event_at = State.DELIVERED, NOW, NOW - timedelta(days=9)
    parcel.save()
    assert plan(now=NOW) == Planned(ended=1)
    assert not PollTarget.objects.exists()


def test_an_old_parcel_that_is_open_again_is_taken_up_by_a_thorough_plan(monkeypatch):
    monkeypatch.setattr("carriers.polling.planning._RECENT", 1)
    polled()
    old = make_shipment(state=State.DELIVERED)
    make_shipment()
    make_shipment()
    plan(now=NOW)
    old.state, old.delivered_at = State.IN_TRANSIT, None
    old.save()
    assert plan(now=NOW) == Planned()
    assert plan(now=NOW, thorough=True) == Planned(added=1)


def test_an_accounts_own_cadence_is_kept():
    polled(cadence={"moving_minutes": 30})
    parcel = make_shipment(last_event_at=NOW)
    plan(now=NOW)
    PollTarget.objects.update(next_poll_at=NOW + timedelta(hours=9))
    parcel.last_event_at = NOW + timedelta(minutes=1)
    parcel.save()
    plan(now=NOW)
    assert PollTarget.objects.get().next_poll_at < NOW + timedelta(minutes=34)


def test_nothing_is_planned_while_a_simulated_clock_plays(monkeypatch):
    polled()
    make_shipment()
    elsewhere = connection.copy()
    monkeypatch.setattr("shipments.playback.connection", elsewhere)
    with playing():
        monkeypatch.setattr("shipments.playback.connection", connection)
        assert plan(now=NOW) == Planned()
        monkeypatch.setattr("shipments.playback.connection", elsewhere)
    elsewhere.close()
    monkeypatch.setattr("shipments.playback.connection", connection)
    assert plan(now=NOW).added == 1


def test_planning_takes_the_same_few_statements_for_3_and_60_parcels():
    polled()

    def queries(count: int) -> int:
        for _ in range(count):
            make_shipment(carrier="ups")
        with CaptureQueriesContext(connection) as captured:
            assert plan(now=NOW).added == count
        return len(captured)

    assert queries(3) == queries(60) <= 8
