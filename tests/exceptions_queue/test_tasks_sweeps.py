from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from exceptions_queue import actions, tasks
from exceptions_queue.models import Case, Incident
from shipments.playback import playing
from tests.exceptions_queue.people import history
from tests.factories import NOW, make_case, make_event, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        yield


def test_leases_that_are_over_are_ended_until_none_is_left():
    case = make_case(claimed_by=make_user())
    tasks.expire_leases()
    assert history(case) == ["lease_ended"]
    assert case.history.latest("id").at == timezone.now()


def test_waits_that_are_over_are_ended_until_none_is_left():
    case = make_case(state="waiting", due_at=NOW)
    tasks.wake_due()
    assert history(case) == ["woken"]


@pytest.mark.django_db(transaction=True)
def test_incidents_are_offered_and_what_is_ordered_for_them_is_done():
    for _ in range(10):
        make_event(make_case(opened_at=NOW).shipment)
    tasks.offer_incidents()
    incident = Incident.objects.get()
    act = actions.order_act(incident_id=incident.pk, kind="note", note="Snow.", by=make_user("manager"), now=NOW)
    tasks.work_on_acts()
    act.refresh_from_db()
    assert act.finished_at == timezone.now()
    assert history(Case.objects.first()) == ["note"]


@pytest.fixture
def _a_clock_plays(monkeypatch):
    elsewhere = connection.copy()
    monkeypatch.setattr("shipments.playback.connection", elsewhere)
    with playing():
        monkeypatch.setattr("shipments.playback.connection", connection)
        yield
        monkeypatch.setattr("shipments.playback.connection", elsewhere)
    elsewhere.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_a_clock_plays")
def test_nobody_is_woken_let_go_or_put_together_by_the_real_clock_while_a_simulated_one_plays():
    held, waiting = make_case(claimed_by=make_user()), make_case(state="waiting", due_at=NOW)
    for _ in range(10):
        make_event(make_case(opened_at=NOW).shipment)
    tasks.expire_leases()
    tasks.wake_due()
    tasks.offer_incidents()
    assert (history(held), history(waiting)) == ([], [])
    assert not Incident.objects.exists()
