"""A feed falls silent: one incident instead of hundreds of cases; it speaks, and what is true comes out."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from carriers.models import Account, FeedCarrier, FeedHour, FeedIncident
from carriers.watch import watch_feeds
from exceptions_queue.models import Case
from exceptions_queue.triage import triage_due
from shipments.silence import wake_shipments

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PARCELS = 400
LATER = MONDAY + timedelta(days=8)
"""After five operating days of silence, which stall a parcel of no named service."""

pytestmark = pytest.mark.django_db(transaction=True)


def tell(account: Account, numbers: range, state: str, at: datetime, **more: object) -> None:
    """Let the feed tell one scan of each parcel, and read it."""
    facts = [
        {
            "carrier": "ups",
            "tracking_number": f"P{number}",
            "state": state,
            "occurred_at": at.isoformat(),
            "raw_code": f"code-{state}",
            "physical": True,
            "source": "ups",
        }
        | more
        for number in numbers
    ]
    receive_many(messages=[NewMessage(account.pk, "events", at, json.dumps(facts).encode())], now=at)
    while drain(now=at).taken:
        pass


def look(now: datetime) -> None:
    """Do what the beat does: watch, wake, judge."""
    watch_feeds(now=now)
    while wake_shipments(now=now):
        pass
    while triage_due(now=now).judged:
        pass


@pytest.fixture
def account(transactional_db):
    account = ensure_account(source="events", name="shop")
    Account.objects.update(silent_after_minutes=180)
    tell(account, range(PARCELS), "in_transit", MONDAY)
    look(MONDAY)
    return account


def walk(since: datetime, until: datetime) -> None:
    """Look at every third hour up to an instant."""
    while since < until:
        since = min(since + timedelta(hours=3), until)
        look(since)


def test_four_hundred_parcels_of_a_silent_feed_are_one_incident_and_no_case(account):
    walk(MONDAY, LATER)
    incident = FeedIncident.objects.get()
    assert (incident.closed_at, incident.last_heard_at) == (None, MONDAY)
    assert Case.objects.count() == 0


def test_when_the_feed_speaks_the_incident_ends_and_true_stalls_open(account):
    walk(MONDAY, LATER)
    tell(account, range(10), "out_for_delivery", LATER + timedelta(minutes=10))
    look(LATER + timedelta(minutes=11))
    assert FeedIncident.objects.get().heard_at == LATER + timedelta(minutes=10)
    assert Case.objects.filter(headline="stalled").count() == PARCELS - 10
    assert not Case.objects.filter(shipment__tracking_number__in=[f"P{number}" for number in range(10)]).exists()


def test_the_same_silence_of_an_unwatched_feed_opens_the_cases(account):
    Account.objects.update(silent_after_minutes=None)
    walk(MONDAY, LATER)
    assert FeedIncident.objects.count() == 0
    assert Case.objects.filter(headline="stalled").count() == PARCELS


def test_a_paused_parcel_says_since_when_its_clock_stands_still(account):
    promise = MONDAY + timedelta(days=7, hours=6)
    tell(account, range(1), "out_for_delivery", MONDAY + timedelta(minutes=2), promised_at=promise.isoformat())
    walk(MONDAY, LATER)
    case = Case.objects.get()
    assert case.headline == "promise_missed"
    assert "UPS's feed has been silent since Mon 2 Nov 12:02 UTC, so this clock stands still." in [
        miss["sentence"] for miss in case.explanation["near_misses"]
    ]


def test_the_drain_counts_each_message_once_in_its_hour(account):
    tell(account, range(5), "out_for_delivery", MONDAY + timedelta(minutes=30))
    tell(account, range(5), "delivered", MONDAY + timedelta(hours=2))
    hours = list(FeedHour.objects.order_by("hour").values_list("hour", "messages", "unmapped", "first_at", "last_at"))
    assert hours == [
        (MONDAY, 2, 0, MONDAY, MONDAY + timedelta(minutes=30)),
        (MONDAY + timedelta(hours=2), 1, 0, MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=2)),
    ]
    assert FeedHour.objects.order_by("hour").first().lags[0] == 2
    assert list(FeedCarrier.objects.values_list("carrier", "last_heard_at")) == [("ups", MONDAY + timedelta(hours=2))]
