"""The pages of feeds and incidents: what they say, whose work they are, and that they stay quick."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.models import Account, FeedCarrier, FeedEvent, FeedHour, FeedIncident, MessageState, PollTarget, Problem
from carriers.rhythm import LAG_CLASSES
from carriers.watch import watch_feeds
from exceptions_queue.transitions import Role
from shipments.models import CarrierSilence
from tests.factories import NOW, make_account, make_case, make_event, make_message, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def client_of(role: Role | None) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


@pytest.fixture
def operator():
    return client_of(Role.OPERATIONS)


def make_feed(hours: float = 5, *, after: int | None = 60, carrier: str = "ups", **fields: object) -> Account:
    """Save a feed with one hour of messages, told of a carrier, heard some hours ago."""
    heard_at = NOW - HOUR * hours
    account = make_account(silent_after_minutes=after, last_message_at=heard_at, **fields)
    FeedCarrier.objects.create(account=account, carrier=carrier, last_heard_at=heard_at)
    lags = [3, *[0] * (LAG_CLASSES - 2), 1]
    hour = heard_at.replace(minute=0)
    FeedHour.objects.create(
        account=account, hour=hour, messages=4, unmapped=2, lags=lags, first_at=heard_at, last_at=heard_at
    )
    return account


def make_trouble(account: Account, state: MessageState, problem: Problem, count: int) -> None:
    for _ in range(count):
        make_message(account=account, state=state, problem=problem, processed_at=NOW, received_at=NOW - HOUR)


def silence_ups() -> FeedIncident:
    """Let one watched feed be silent and return its incident."""
    make_feed()
    watch_feeds(now=NOW)
    return FeedIncident.objects.get()


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


ADDRESSES = ("/inbox/feeds/", "/incidents/feeds/", "/inbox/feeds/{feed}/", "/incidents/feeds/{incident}/")


@pytest.mark.parametrize("role", [*Role, None])
def test_everybody_who_signed_in_may_read(role):
    incident = silence_ups()
    client = client_of(role)
    for address in ADDRESSES:
        page(client, address.format(feed=incident.account_id, incident=incident.pk))


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_are_sent_to_sign_in(address):
    incident = silence_ups()
    answer = Client().get(address.format(feed=incident.account_id, incident=incident.pk))
    assert (answer.status_code, "login" in answer.headers["Location"]) == (302, True)


def test_the_list_says_how_each_feed_is_heard(operator):
    account = make_feed()
    make_trouble(account, MessageState.FAILED, Problem.UNREADABLE, 3)
    make_trouble(account, MessageState.QUARANTINED, Problem.NOT_AUTHENTIC, 1)
    watch_feeds(now=NOW)
    text = page(operator, "/inbox/feeds/")
    for words in (
        "1 of 1 silent, 1 watched",
        str(account),
        "Silent",
        "5 h ago",
        "5 min",
        "over 2 d",
        f'href="/inbox/feeds/{account.pk}/?show=failed">3</a>',
        f'href="/inbox/feeds/{account.pk}/?show=quarantined">1</a>',
        f'href="/inbox/feeds/{account.pk}/?show=unmapped">2</a>',
        "<rect",
    ):
        assert words in text


def test_the_dot_agrees_with_the_list_and_leads_to_it(operator):
    make_feed()
    text = page(operator, "/incidents/feeds/")
    assert "1 of 1 feeds silent" in text
    assert 'href="/inbox/feeds/">Open the feeds' in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"after": None}, "Feeds not watched"),
        ({"hours": 0.5}, "Feeds heard"),
        ({"is_active": False}, "No feeds"),
    ],
)
def test_the_dot_says_no_more_than_is_known(operator, fields, words):
    make_feed(**fields)
    assert words in page(operator, "/inbox/feeds/")


POLLED = {"is_polled": True, "calls_a_minute": 10, "source": "ups"}


@pytest.mark.parametrize(
    ("fields", "mark", "dot"),
    [
        ({"open_until": NOW + HOUR, "failing_since": NOW - HOUR, "failures": 5}, "Not answering", "in trouble"),
        ({"failing_since": NOW - HOUR, "failures": 2}, "Failing", "in trouble"),
        ({"polling_held_at": NOW}, "Polling paused", "Feeds heard"),
        ({"paused_until": NOW + HOUR / 2}, "Told to wait", "Feeds heard"),
        ({"is_polled": False, "failing_since": NOW - HOUR}, "Heard", "Feeds heard"),
    ],
)
def test_trouble_with_polls_is_said_in_the_list_and_by_the_dot(operator, fields, mark, dot):
    account = make_feed(0.5, **POLLED | fields)
    text = page(operator, "/inbox/feeds/")
    assert f"{mark}</span>" in text
    assert dot in text
    assert f"{mark}</span>" in page(operator, f"/inbox/feeds/{account.pk}/")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "in 2 h"),
        ({"carriers": ["usps"]}, "due now"),
        ({"carriers": ["dhl"]}, "none due"),
        ({"paused_until": NOW + 5 * HOUR}, "in 5 h"),
        ({"open_until": NOW + 3 * HOUR}, "in 3 h"),
        ({"polling_held_at": NOW}, "paused"),
        ({"is_polled": False}, "by webhook"),
    ],
)
def test_the_next_poll_is_when_the_first_parcel_may_be_asked_about(operator, fields, words):
    make_feed(0.5, **POLLED | fields)
    for carrier, at in (("ups", NOW + 2 * HOUR), ("ups", NOW + 9 * HOUR), ("usps", NOW - HOUR)):
        parcel = make_shipment(carrier=carrier)
        PollTarget.objects.create(shipment=parcel, carrier=carrier, next_poll_at=at, planned_state=parcel.state)
    cell = page(operator, "/inbox/feeds/").split('class="col-poll cut">')[1].split("</td>")[0]
    assert words in cell


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("watch=silent", ["silent"]),
        ("watch=watched", ["heard", "silent"]),
        ("watch=unwatched", ["unwatched"]),
        ("text=unw", ["unwatched"]),
        ("carrier=usps", ["unwatched"]),
        ("carrier=nobody", []),
        ("sort=silent", ["heard", "silent", "unwatched"]),
        ("sort=latest&after=x", ["heard", "silent", "unwatched"]),
    ],
)
def test_filters_keep_what_they_name(operator, query, found):
    make_feed(name="silent")
    make_feed(0.5, name="heard")
    make_feed(name="unwatched", after=None, carrier="usps")
    watch_feeds(now=NOW)
    answer = operator.get(f"/inbox/feeds/?{query}", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert sorted(name for name in ("silent", "heard", "unwatched") if f"/{name}</a>" in text) == found


def test_a_long_list_is_paged_by_place(operator):
    for number in range(51):
        make_account(name=f"feed-{number:02}")
    first = page(operator, "/inbox/feeds/")
    assert "feed-49" in first
    assert "feed-50" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "feed-50" in page(operator, f"/inbox/feeds/?after={after}")


def test_a_feed_shows_its_messages_by_what_became_of_them(operator):
    account = make_feed()
    make_trouble(account, MessageState.FAILED, Problem.UNREADABLE, 1)
    make_message(account=account)
    everything = page(operator, f"/inbox/feeds/{account.pk}/")
    assert "Waiting to be read" in everything
    assert "Could not be read: nothing in it could be read" in everything
    failed = page(operator, f"/inbox/feeds/{account.pk}/?show=failed")
    assert "Waiting to be read" not in failed
    assert "None of its messages is like that" in page(operator, f"/inbox/feeds/{account.pk}/?show=unmapped")


def test_a_suggestion_comes_from_the_feeds_own_rhythm_and_sets_nothing_by_itself(operator):
    account = make_feed(after=None)
    for day in range(1, 15):
        at = (NOW - timedelta(days=day)).replace(hour=9)
        FeedHour.objects.create(
            account=account, hour=at, messages=1, unmapped=0, lags=[0] * LAG_CLASSES, first_at=at, last_at=at
        )
    text = page(operator, f"/inbox/feeds/{account.pk}/")
    assert "Use 38 h" in text
    account.refresh_from_db()
    assert account.silent_after_minutes is None
    assert operator.post(f"/inbox/feeds/{account.pk}/silence/", {"hours": "38"}).status_code == 302
    account.refresh_from_db()
    assert account.silent_after_minutes == 38 * 60
    assert "An incident after 38 hours of silence; before, never." in page(operator, f"/inbox/feeds/{account.pk}/")


def test_too_little_history_suggests_nothing(operator):
    account = make_feed()
    assert "a week is needed" in page(operator, f"/inbox/feeds/{account.pk}/")


@pytest.mark.parametrize(
    ("typed", "words"),
    [("0", "Write 1 hour or more"), ("9999", "Write 1440 hours or fewer"), ("soon", "Write whole hours such as 6")],
)
def test_a_wrong_number_of_hours_is_refused_by_name_and_sets_nothing(operator, typed, words):
    account = make_feed()
    answer = operator.post(f"/inbox/feeds/{account.pk}/silence/", {"hours": typed})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    account.refresh_from_db()
    assert (account.silent_after_minutes, FeedEvent.objects.count()) == (60, 0)


ACTS = (
    ("/inbox/feeds/{feed}/silence/", {"hours": "9"}),
    ("/incidents/feeds/{incident}/seen/", {}),
    ("/incidents/feeds/{incident}/note/", {"text": "x"}),
)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATIONS])
@pytest.mark.parametrize(("address", "typed"), ACTS)
def test_only_operations_acts_and_others_change_nothing(role, address, typed):
    incident = silence_ups()
    before = FeedEvent.objects.count()
    client = client_of(role)
    answer = client.post(address.format(feed=incident.account_id, incident=incident.pk), typed)
    assert answer.status_code == 403
    incident.refresh_from_db()
    assert (FeedEvent.objects.count(), incident.seen_at) == (before, None)
    assert "See to it" not in page(client, f"/incidents/feeds/{incident.pk}/")


@pytest.mark.parametrize(("address", "typed"), ACTS)
def test_an_act_is_never_a_get(operator, address, typed):
    incident = silence_ups()
    assert operator.get(address.format(feed=incident.account_id, incident=incident.pk)).status_code == 405


def test_an_incident_names_its_carriers_parcels_and_what_stands_still(operator):
    for _ in range(3):
        make_shipment(review_due_at=NOW + HOUR)
    make_shipment(review_due_at=None)
    incident = silence_ups()
    text = page(operator, f"/incidents/feeds/{incident.pk}/")
    assert "3 parcels still watched" in text
    assert "its clocks of silence stand still" in text
    assert "What stands still" in text
    assert "3 shipments" in page(operator, "/shipments/?carrier=ups&watch=yes")


def test_an_incident_says_who_else_tells_of_a_carrier(operator):
    other = make_feed(0, after=None)
    incident = silence_ups_beside(other)
    text = page(operator, f"/incidents/feeds/{incident.pk}/")
    assert f"Also told by {other}, so its clocks go on." in text
    assert "What stands still" not in text


def silence_ups_beside(other: Account) -> FeedIncident:
    make_feed()
    watch_feeds(now=NOW)
    return FeedIncident.objects.exclude(account=other).get()


def test_an_ended_incident_tells_what_came_after(operator):
    incident = silence_ups()
    Account.objects.update(last_message_at=NOW)
    watch_feeds(now=NOW)
    case = make_case(opened_at=NOW + HOUR, due_at=NOW + 9 * HOUR, summary="Nobody has scanned it.")
    make_case(opened_at=NOW - HOUR, summary="It was there before.")
    text = page(operator, f"/incidents/feeds/{incident.pk}/")
    assert "1 case of these carriers opened" in text
    assert f"/queue/{case.pk}/" in text
    assert "It was there before." not in text
    assert "Heard again" in text


def test_seeing_to_an_incident_and_writing_it_down_shows_on_it(operator):
    incident = silence_ups()
    assert operator.post(f"/incidents/feeds/{incident.pk}/seen/").status_code == 302
    operator.post(f"/incidents/feeds/{incident.pk}/note/", {"text": "Their webhook is off."})
    text = page(operator, f"/incidents/feeds/{incident.pk}/")
    assert "sees to it" in text
    assert "Their webhook is off." in text


def test_an_empty_note_is_refused_and_nothing_written(operator):
    incident = silence_ups()
    before = FeedEvent.objects.count()
    answer = operator.post(f"/incidents/feeds/{incident.pk}/note/", {"text": " "})
    assert answer.status_code == 422
    assert "Write what was found or done." in answer.content.decode()
    assert FeedEvent.objects.count() == before


def test_seeing_to_an_ended_incident_says_why_not(operator):
    incident = silence_ups()
    Account.objects.update(last_message_at=NOW)
    watch_feeds(now=NOW)
    answer = operator.post(f"/incidents/feeds/{incident.pk}/seen/", follow=True)
    assert "It has ended already" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"), [("", 2), ("state=open", 1), ("state=ended", 1), ("seen=somebody", 0), ("feed=nobody", 0)]
)
def test_incidents_are_filtered(operator, query, found):
    silence_ups()
    Account.objects.update(last_message_at=NOW)
    watch_feeds(now=NOW)
    watch_feeds(now=NOW + 3 * HOUR)
    assert page(operator, f"/incidents/feeds/?{query}").count("data-row") == found


def test_no_incident_says_what_that_means(operator):
    assert "No incident yet" in page(operator, "/incidents/feeds/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_queries_are_few_and_constant(operator, address):
    incident = silence_ups()
    Account.objects.update(is_polled=True, calls_a_minute=10)
    address = address.format(feed=incident.account_id, incident=incident.pk)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(operator, address)
        return len(caught)

    asked()
    few = asked()
    for number in range(12):
        make_feed(carrier=f"carrier{number}")
        make_message(account=incident.account, state=MessageState.DONE, processed_at=NOW)
        make_event(make_shipment(review_due_at=NOW + HOUR))
        FeedEvent.objects.create(account=incident.account, incident=incident, at=NOW, kind="note", text="Again.")
    watch_feeds(now=NOW)
    assert asked() == few <= 12


@pytest.mark.parametrize("kind", ["case", "shipment"])
def test_a_parcel_of_a_silent_carrier_says_so_on_its_page(operator, kind):
    case = make_case()
    address = f"/queue/{case.pk}/" if kind == "case" else f"/shipments/{case.shipment_id}/"
    assert "nobody tells us of this carrier" not in page(operator, address)
    CarrierSilence.objects.create(carrier="ups", since=NOW - 5 * HOUR)
    assert "nobody tells us of this carrier" in page(operator, address)


@pytest.mark.parametrize("kind", ["case", "shipment"])
def test_both_stories_stand_side_by_side(operator, kind):
    case = make_case()
    make_event(case.shipment, source="ups")
    address = f"/queue/{case.pk}/" if kind == "case" else f"/shipments/{case.shipment_id}/"
    assert "What each source says" not in page(operator, address)
    make_event(case.shipment, source="easypost", state="delivered", occurred_at=NOW - HOUR)
    text = page(operator, address)
    assert "They cannot all be right" in text
    assert text.count('class="is-apart"') == 2
