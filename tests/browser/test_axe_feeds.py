"""The pages of feeds and their incidents, and a parcel told by two sources: no barrier in light, dark and narrow."""

from datetime import timedelta

import pytest

from carriers.models import FeedCarrier, FeedIncident, MessageState, Problem
from carriers.watch import watch_feeds
from exceptions_queue.transitions import Role
from tests import factories as make
from tests.browser.barriers import trouble_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages() -> list[str]:
    """Return the pages of a silent feed, a feed whose polls are in trouble, and a parcel two sources tell of."""
    hour = timedelta(hours=1)
    silent = make.make_account(silent_after_minutes=60, last_message_at=make.NOW - 5 * hour)
    FeedCarrier.objects.create(account=silent, carrier="ups", last_heard_at=make.NOW - 5 * hour)
    polled = {"is_polled": True, "calls_a_minute": 5, "failing_since": make.NOW - hour, "last_error_at": make.NOW}
    broken = make.make_account(source="ups", open_until=make.NOW + hour, last_error="No answer.", **polled)
    unread = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "processed_at": make.NOW}
    make.make_message(account=silent, received_at=make.NOW - 5 * hour, problem_detail="It is not JSON.", **unread)
    case = make.make_case()
    make.make_event(case.shipment)
    make.make_event(case.shipment, source="easypost", state="delivered", occurred_at=make.NOW - hour)
    watch_feeds(now=make.NOW)
    incident = FeedIncident.objects.get()
    return [
        "/inbox/feeds/",
        "/inbox/feeds/?text=nowhere",
        f"/inbox/feeds/{silent.pk}/",
        f"/inbox/feeds/{broken.pk}/?show=failed",
        "/incidents/feeds/",
        f"/incidents/feeds/{incident.pk}/",
        f"/queue/{case.pk}/",
        f"/shipments/{case.shipment_id}/",
    ]


def test_no_page_of_feeds_has_a_barrier(console, pages):
    console.sign_in(make.make_user(Role.OPERATIONS, first_name="Olga", last_name="Berg"))
    assert trouble_on(console, pages) == {}
