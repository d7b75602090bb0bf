import csv
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.models import MessageState, Problem, Replay
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import Role
from reporting.exports import harmless
from shipments.facts import State
from tests.factories import (
    NOW,
    make_case,
    make_conversation,
    make_event,
    make_message,
    make_order,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def manager():
    client = Client()
    client.force_login(make_user(Role.MANAGER))
    with time_machine.travel(NOW, tick=False):
        yield client


def _page(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def _attempted(**overrides):
    shipment = make_shipment(state=State.ATTEMPTED, **overrides)
    make_event(shipment, state=State.ATTEMPTED, occurred_at=NOW - 3 * HOUR)
    return make_case(shipment=shipment, headline=FindingKind.ATTEMPTED, opened_at=NOW - HOUR)


def _csv(client, address, **query):
    answer = client.get(address, query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_strangers_are_sent_to_sign_in():
    for address in ("/scorecard/", "/scorecard/updates/", "/scorecard/updates.csv"):
        assert Client().get(address).status_code == 302


def test_empty_scorecard_is_honest(manager):
    page = _page(manager, "/scorecard/")
    assert page.count("No case was opened in this period") == 2
    assert "No update was received in this period" in page


def test_scorecard_says_its_figures_and_opens_their_rows(manager):
    case = _attempted()
    make_conversation(shipment=case.shipment, opened_at=NOW)
    make_message(state=MessageState.FAILED, problem=Problem.UNREADABLE, processed_at=NOW)
    page = _page(manager, "/scorecard/")
    for words in (
        "100 % of exceptions were routed before the customer asked",
        "Half of the cases were open within 2 h",
        "1 messages failed and 0 scans are unmapped",
        "5 Feb 2026 to 4 Mar 2026, compared with 8 Jan 2026 to 4 Feb 2026",
        "/scorecard/routed-first/?first=2026-02-05",
    ):
        assert words in page


@pytest.mark.parametrize(
    "query, said",
    [
        (
            {"first": "2026-03-01", "last": "2026-03-02"},
            "1 Mar 2026 to 2 Mar 2026, compared with 27 Feb 2026 to 28 Feb",
        ),
        ({"first": "2026-03-01", "last": "2026-03-02", "compare": "year"}, "compared with 2 Mar 2025 to 3 Mar 2025"),
        ({"first": "2026-03-01"}, "1 Mar 2026 to 4 Mar 2026"),
        ({"last": "2026-03-01"}, "2 Feb 2026 to 1 Mar 2026"),
        ({"first": "2026-03-09"}, "9 Mar 2026 to 9 Mar 2026"),
        ({"first": "x"}, "Enter a valid date"),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "before the first day"),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "at most 366 days"),
        ({"first": "0001-01-01"}, "Choose a year from 2000 on"),
        ({"carrier": "fedex", "storefront": "x", "team": "support"}, "Routed to Support"),
        ({"team": "nobody"}, "5 Feb 2026 to 4 Mar 2026"),
    ],
)
def test_period_and_filters_are_taken_from_the_address(manager, query, said):
    assert said in _page(manager, "/scorecard/", **query)


def test_carrier_narrows_the_figures(manager):
    _attempted(carrier="fedex")
    assert "No case was opened" in _page(manager, "/scorecard/", carrier="ups")
    assert "100 % of exceptions" in _page(manager, "/scorecard/", carrier="fedex")


@pytest.mark.parametrize(
    "figure, rows, said",
    [
        ("routed-first", "all", ["Routed first", "Customer asked first", "No order linked", "customer never asked"]),
        ("routed-first", "asked", ["Customer asked first"]),
        ("routed-first", "routed", ["Routed first", "customer never asked"]),
        ("routed-first", "unlinked", ["No order linked"]),
        ("time-to-case", "all", ["2 h"]),
        ("time-to-case", "nonsense", ["2 h"]),
        ("updates", "failed", ["Nothing in it could be read"]),
        ("updates", "unmapped", ["X:QQ"]),
        ("updates", "replayed", ["command"]),
    ],
)
def test_every_list_shows_its_rows_and_its_file_the_same(manager, figure, rows, said):
    asked, routed = _attempted(), _attempted()
    make_conversation(shipment=asked.shipment, opened_at=NOW - 9 * HOUR)
    make_conversation(shipment=routed.shipment, opened_at=NOW)
    _attempted()
    _attempted(order=None)
    message = make_message(state=MessageState.FAILED, problem=Problem.UNREADABLE, processed_at=NOW)
    Replay.objects.create(message=message, at=NOW, problem_before=Problem.UNREADABLE)
    make_event(received_at=NOW, mapped=False, raw_code="X:QQ")
    page = _page(manager, f"/scorecard/{figure}/", rows=rows)
    lines = _csv(manager, f"/scorecard/{figure}.csv", rows=rows)
    assert all(words in page for words in said)
    assert page.count("<tr>") == len(lines) > 1


def test_empty_list_says_so(manager):
    assert "Nothing of this kind in the period" in _page(manager, "/scorecard/updates/")


def test_unknown_figure_is_404(manager):
    assert manager.get("/scorecard/nonsense/").status_code == 404
    assert manager.get("/scorecard/nonsense.csv").status_code == 404


def test_list_pages_on(manager):
    for number in range(51):
        make_case(opened_at=NOW - timedelta(minutes=number), shipment=make_shipment(order=None))
    page = _page(manager, "/scorecard/routed-first/")
    after = page.split("after=")[1].split('"')[0]
    assert page.count("<tr>") == 51
    assert _page(manager, "/scorecard/routed-first/", after=after).count("<tr>") == 2


def test_file_holds_instants_seconds_and_no_formula(manager):
    case = _attempted(order=make_order(order_id="=HYPERLINK(1)"))
    header, line = _csv(manager, "/scorecard/time-to-case.csv")
    assert header[-2:] == ["Carrier’s scan", "Scan to case, seconds"]
    assert line == [
        "2026-03-04T14:00:00+00:00",
        case.shipment.tracking_number,
        "Delivery attempted",
        "Support",
        "'=HYPERLINK(1)",
        "2026-03-04T12:00:00+00:00",
        "7200",
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "  =1", "＝1"])
def test_formulas_are_made_harmless(text):
    assert harmless(text) == f"'{text}"


def test_plain_text_stays_as_it_is():
    assert harmless("1Z9 =") == "1Z9 ="


@pytest.mark.parametrize("address", ["/scorecard/", "/scorecard/routed-first/", "/scorecard/time-to-case/"])
def test_queries_are_few_and_constant(manager, address):
    counts = []
    for more in (5, 20):
        for _ in range(more):
            _attempted()
        _page(manager, address)
        with CaptureQueriesContext(connection) as queries:
            _page(manager, address)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
