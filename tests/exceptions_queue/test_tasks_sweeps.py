from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from exceptions_queue import tasks
from tests.exceptions_queue.people import history
from tests.factories import NOW, make_case, make_user

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
