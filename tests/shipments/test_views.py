from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now, TruncDay
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions_queue.models import PolicyVersion
from exceptions_queue.policies import policy_of
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import CaseState
from shipments.facts import State
from shipments.models import Shipment
from tests.factories import (
    NOW,
    make_case,
    make_conversation,
    make_event,
    make_order,
    make_policy,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    client = Client()
    client.force_login(make_user())
    return client


def _page(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_are_sent_to_sign_in():
    for address in ("/shipments/", f"/shipments/{make_shipment().pk}/"):
        answer = Client().get(address)
        assert (answer.status_code, "login" in answer.headers["Location"]) == (302, True)


def test_search_finds_and_links_the_parcel(agent):
    parcel, other = make_shipment(tracking_number="1Z9"), make_shipment(tracking_number="2Z9")
    page = _page(agent, "/shipments/", q="1z 9")
    assert f"/shipments/{parcel.pk}/" in page
    assert other.tracking_number not in page
    assert "1 shipment" in page


def test_list_shows_newest_first_and_pages_on(agent):
    numbers = [make_shipment(order=None, tracking_number=f"N{n:03}").tracking_number for n in range(51)]
    page = _page(agent, "/shipments/")
    assert numbers[50] in page
    assert numbers[0] not in page
    after = page.split("after=")[1].split('"')[0]
    assert numbers[0] in _page(agent, "/shipments/", after=after)


@pytest.mark.parametrize(
    "query, found",
    [
        ({"carrier": "fedex"}, ["other"]),
        ({"carrier": "nobody"}, []),
        ({"state": "delivered"}, ["done"]),
        ({"state": "nonsense"}, ["case", "done", "other"]),
        ({"direction": "return"}, ["other"]),
        ({"promise": "late"}, ["case"]),
        ({"promise": "kept"}, ["done"]),
        ({"promise": "none"}, ["other"]),
        ({"case": "open"}, ["case"]),
        ({"case": "none"}, ["done", "other"]),
        ({"sort": "promise"}, ["case", "done", "other"]),
        ({"sort": "silent"}, ["case", "done", "other"]),
        ({"sort": "x", "after": "x"}, ["case", "done", "other"]),
    ],
)
def test_filters_keep_what_they_name(agent, query, found):
    case = make_shipment(tracking_number="CASE", promised_at=NOW - timedelta(days=400))
    make_case(shipment=case)
    done = make_shipment(tracking_number="DONE", state=State.DELIVERED)
    make_case(shipment=done, state=CaseState.CLOSED)
    make_shipment(tracking_number="OTHER", carrier="fedex", direction="return", promised_at=None, order=None)
    page = _page(agent, "/shipments/", **query)
    assert [name for name in ("case", "done", "other") if f">{name.upper()}</a>" in page] == found


@pytest.mark.parametrize("said", ["late", "kept"])
def test_a_promised_date_is_late_for_the_filter_once_that_day_is_over(agent, said):
    today, yesterday = (make_shipment(tracking_number=name, order=None) for name in ("TODAY", "YESTERDAY"))
    Shipment.objects.filter(pk=today.pk).update(promised_at=TruncDay(Now()))
    Shipment.objects.filter(pk=yesterday.pk).update(promised_at=TruncDay(Now()) - timedelta(days=1))
    page = _page(agent, "/shipments/", promise=said)
    assert (">TODAY</a>" in page, ">YESTERDAY</a>" in page) == (said == "kept", said == "late")


def in_new_york() -> dict[str, Any]:
    """Return the default policy for a carrier whose express days, and no others, are those of New York."""
    clocks = DEFAULT_POLICY["calendars"]
    lane = clocks["carriers"]["default"] | {"zone": "America/New_York"}
    return DEFAULT_POLICY | {"calendars": clocks | {"carriers": clocks["carriers"] | {"ups/express": lane}}}


@pytest.mark.parametrize(("service", "words"), [("Next Day Air", "today"), ("Ground", "1 d late")])
def test_days_of_a_promise_are_those_of_its_lane_in_the_policy_in_force(agent, service, words):
    PolicyVersion.objects.update(state="retired")
    make_policy(document=in_new_york())
    order, day = make_order(), datetime.combine(NOW, time(), UTC)
    parcel, _ = (make_shipment(order=order, promised_at=day, service=service) for _ in range(2))
    with time_machine.travel(day + timedelta(days=1, hours=3), tick=False):
        row, page = _page(agent, "/shipments/"), _page(agent, f"/shipments/{parcel.pk}/")
    assert row.count(f">{words}</time>") == 2
    assert f">{words.capitalize()}</span>" in page
    assert f"UPS · {words}</span>" in page


def test_filter_is_a_word_that_can_be_removed(agent):
    make_shipment()
    page = _page(agent, "/shipments/", carrier="ups", q="1Z")
    assert "Carrier: UPS" in page
    assert 'href="?q=1Z"' in page


def test_htmx_gets_only_the_results(agent):
    make_shipment()
    page = agent.get("/shipments/", headers={"HX-Request": "true"}).content.decode()
    assert "<table" in page
    assert "<html" not in page


@pytest.mark.parametrize(
    "query, words",
    [
        ({}, "No shipment is known yet"),
        ({"q": "ab"}, "at least three characters"),
        ({"q": "abc"}, "Nothing matches that"),
        ({"q": "abc", "state": "lost"}, "Remove one of the words"),
        ({"state": "lost"}, "No shipment fits these filters"),
    ],
)
def test_empty_list_says_what_that_means(agent, query, words):
    assert words in _page(agent, "/shipments/", **query)


def test_list_escapes_what_people_type(agent):
    assert "<script>alert" not in _page(agent, "/shipments/", q="<script>alert(1)</script>")


def test_list_queries_are_few_and_constant(agent):
    counts = []
    for more in (10, 40):
        for _ in range(more):
            make_case()
        _page(agent, "/shipments/", q="1Z999")
        with CaptureQueriesContext(connection) as queries:
            _page(agent, "/shipments/", q="1Z999")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def _full_parcel():
    order = make_order(order_id="SO-7")
    parcel = make_shipment(order=order, state=State.ATTEMPTED, tracking_number="1Z7")
    make_shipment(order=order, tracking_number="1Z8", carrier="fedex")
    make_event(parcel, state=State.ATTEMPTED, reason="recipient_unavailable", raw_code="X:DE", raw_description="NI")
    make_event(parcel, occurred_at=NOW - timedelta(days=9))
    make_case(shipment=parcel, state=CaseState.CLOSED, summary="An old trouble.")
    make_case(shipment=parcel, summary="A new trouble.")
    make_conversation(shipment=parcel)
    return parcel


def test_parcel_page_tells_everything(agent):
    parcel = _full_parcel()
    page = _page(agent, f"/shipments/{parcel.pk}/")
    for words in (
        'data-copy="1Z7"',
        "Delivery attempted: nobody there to receive it",
        "X:DE “NI”",
        "6 days without a physical scan",
        "SO-7",
        "1Z8",
        "Where is my order",
        "Ground",
    ):
        assert words in page
    assert page.index("A new trouble.") < page.index("An old trouble.")


def test_parcel_with_nothing_says_so(agent):
    bare = make_shipment(order=None, service="", promised_at=None, last_event_at=None)
    page = _page(agent, f"/shipments/{bare.pk}/")
    for words in ("Nothing is known yet", "No case was ever opened", "Not linked to an order", "None known"):
        assert words in page


def test_unknown_parcel_is_404(agent):
    assert agent.get("/shipments/987654/").status_code == 404


def test_parcel_queries_are_few_and_constant(agent):
    parcel, counts = _full_parcel(), []
    policy_of(make_policy().pk)  # A process reads it once in its life.
    for more in (0, 10):
        for number in range(more):
            make_event(parcel, occurred_at=NOW - timedelta(hours=number))
            make_shipment(order=parcel.order)
            make_conversation(shipment=parcel)
        with CaptureQueriesContext(connection) as queries:
            _page(agent, f"/shipments/{parcel.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize(("others", "told"), [(20, False), (21, True)])
def test_an_order_of_many_parcels_opens_all_of_them(agent, others, told):
    order = make_order()
    parcel = make_shipment(order=order)
    case = make_case(shipment=parcel)
    for _ in range(others):
        make_shipment(order=order)
    for address in (f"/shipments/{parcel.pk}/", f"/queue/{case.pk}/"):
        assert (f"Show all parcels of order {order.order_id}" in _page(agent, address)) is told
