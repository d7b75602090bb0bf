from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now, TruncDay
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions_queue.models import Case, CaseOutcome, Leg
from exceptions_queue.policies import policy_of
from exceptions_queue.policy.situation import Severity, Team
from exceptions_queue.sorting import SORTS, URGENCY, Slice
from exceptions_queue.transitions import CaseState, Role
from shipments.models import Shipment
from tests.factories import (
    NOW,
    document_in,
    make_case,
    make_customer,
    make_order,
    make_policy,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agent(client: Client) -> Client:
    client.force_login(make_user(Role.SUPPORT))
    return client


def shown(client: Client, address: str, **headers: Any) -> list[int]:
    return [case.pk for case in client.get(address, headers=headers).context["page"].rows]


_numbers = count(1)


def many(number: int) -> None:
    """Save cases of their own parcels in few statements."""
    model, order = Case.objects.first() or make_case(), make_order()
    parcels = Shipment.objects.bulk_create(
        Shipment(carrier="ups", tracking_number=f"1ZMANY{next(_numbers):06}", order=order, first_seen_at=NOW)
        for _ in range(number)
    )
    copied = {name: getattr(model, name) for name in ("headline", "summary", "score", "next_action", "policy_id")}
    cases = Case.objects.bulk_create(
        Case(
            **copied,
            shipment=parcel,
            severity=tuple(Severity)[n % 4],
            owner_team=Team.values[n % 4],
            due_at=NOW + timedelta(minutes=n % 17),
            opened_at=NOW,
            changed_at=NOW,
        )
        for n, parcel in enumerate(parcels)
    )
    Leg.objects.bulk_create(
        Leg(case=case, team=case.owner_team, next_action=case.next_action, started_at=NOW, due_at=case.due_at)
        for case in cases
    )


def queries_of(client: Client, address: str) -> int:
    """Count the queries of a page by a process that has read the policy, as it does once in its life."""
    policy_of(make_policy().pk)
    cache.clear()
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("address", ["/queue/", "/queue/?severity=10&sort=value", "/"])
def test_page_needs_as_few_queries_at_a_thousand_cases_as_at_ten(agent, address):
    many(10)
    at_ten = queries_of(agent, address)
    many(990)
    assert queries_of(agent, address) == at_ten
    assert at_ten <= 12


@pytest.mark.parametrize("sort", SORTS)
def test_paging_forward_and_back_shows_every_case_once(agent, sort):
    many(119)
    address, pages = f"/queue/?sort={sort}", []
    while address:
        page = agent.get(address).context["page"]
        pages.append([case.pk for case in page.rows])
        address = page.next and f"/queue/?sort={sort}&after={page.next}"
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({pk for page in pages for pk in page}) == 120
    assert shown(agent, f"/queue/?sort={sort}&before={page.previous}") == pages[1]


def test_a_deep_page_is_found_by_its_place_in_the_index(agent):
    many(200)
    place = (-Severity.LOW, NOW + timedelta(minutes=5), 1)
    with CaptureQueriesContext(connection) as caught:
        Case.objects.active().for_queue(URGENCY, Slice(after=place))
    with connection.cursor() as cursor:
        # With so few rows everything is cheap; a plan without the index would still have to sort.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {caught[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "case_urgency" in plan
    assert "Index Cond: (ROW(" in plan
    assert "Sort" not in plan


def test_first_page_reached_from_behind_has_no_previous(agent):
    many(59)
    second = agent.get(f"/queue/?after={agent.get('/queue/').context['page'].next}").context["page"]
    first = agent.get(f"/queue/?before={second.previous}").context["page"]
    assert (len(first.rows), first.previous, bool(first.next)) == (50, None, True)


def test_urgency_puts_the_worst_first_and_then_what_is_due_first(agent):
    later = make_case(severity=Severity.HIGH, due_at=NOW + timedelta(hours=2))
    low = make_case(severity=Severity.LOW, due_at=NOW)
    sooner = make_case(severity=Severity.HIGH, due_at=NOW + timedelta(hours=1))
    assert shown(agent, "/queue/") == [sooner.pk, later.pk, low.pk]


def test_value_and_promise_put_unknown_last(agent):
    poor = make_case(shipment=make_shipment(order=make_order(value=Decimal(5)), promised_at=NOW + timedelta(days=2)))
    none = make_case(shipment=make_shipment(order=None, promised_at=None))
    rich = make_case(shipment=make_shipment(order=make_order(value=Decimal(900)), promised_at=NOW - timedelta(days=2)))
    assert shown(agent, "/queue/?sort=value") == [rich.pk, poor.pk, none.pk]
    assert shown(agent, "/queue/?sort=promise") == [rich.pk, poor.pk, none.pk]


@pytest.mark.parametrize("cursor", ["after=nonsense", "before=1~2", "after=%00", "after=-40~0~99999999999999999999"])
def test_an_address_that_names_no_page_is_a_400_with_the_first_page(agent, cursor):
    case = make_case()
    response = agent.get(f"/queue/?{cursor}")
    assert response.status_code == 400
    assert [row.pk for row in response.context["page"].rows] == [case.pk]
    assert "could not be read" in response.content.decode()


def test_each_list_shows_its_cases(client):
    me = make_user(Role.SUPPORT)
    client.force_login(me)
    mine = make_case(claimed_by=me)
    lapsed = make_case(claimed_by=make_user(), claim_expires_at=NOW - timedelta(minutes=1))
    overdue = make_case(due_at=NOW - timedelta(hours=1), owner_team=Team.FINANCE)
    waiting = make_case(state=CaseState.WAITING)
    recovered = make_case(state=CaseState.RECOVERED)
    closed = make_case(state=CaseState.CLOSED)
    expected = {
        "mine": {mine},
        "my-team": {mine, lapsed},
        "finance": {overdue},
        "overdue": {overdue},
        "waiting": {waiting},
        "recovered": {recovered},
        "closed": {closed},
        "open": {mine, lapsed, overdue, waiting, recovered},
    }
    assert {slug: set(shown(client, f"/queue/{slug}/")) for slug in expected} == {
        slug: {case.pk for case in cases} for slug, cases in expected.items()
    }


def test_filters_narrow_the_list_and_stand_there_as_words(agent):
    wanted = make_case(
        severity=Severity.CRITICAL,
        shipment=make_shipment(
            carrier="fedex",
            promised_at=NOW - timedelta(days=1),
            order=make_order(storefront="outlet", customer=make_customer(tier="vip", name="Ada Marsh")),
        ),
    )
    make_case()
    narrow = "carrier=fedex&finding=stalled&severity=30&owner=support&claimed=nobody&promise=late"
    address = f"/queue/?{narrow}&storefront=outlet&tier=vip&text=marsh"
    response = agent.get(address)
    assert [case.pk for case in response.context["page"].rows] == [wanted.pk]
    words = {word.label: word.url for word in response.context["words"]}
    assert {"Carrier: FedEx", "At least: High", "Promise: Late", "Claimed by: Nobody"} <= set(words)
    assert "carrier" not in words["Carrier: FedEx"]
    assert response.context["total"] == "1 case"


@pytest.mark.parametrize("query", ["severity=x", "finding=x", "sort=x", "carrier=x%00y", "text=%00"])
def test_a_filter_nobody_offers_breaks_nothing(agent, query):
    make_case()
    assert agent.get(f"/queue/?{query}").status_code == 200


def test_htmx_gets_the_results_alone(agent):
    make_case()
    content = agent.get("/queue/", headers={"HX-Request": "true"}).content.decode()
    assert "<table" in content
    assert "<html" not in content


def test_new_cases_are_announced_and_silence_is_a_204(agent):
    make_case(opened_at=NOW - timedelta(hours=2))
    since = (NOW - timedelta(hours=1)).timestamp()
    assert agent.get(f"/queue/open/new/?since={since}").status_code == 204
    make_case(opened_at=NOW)
    assert "1 new" in agent.get(f"/queue/open/new/?since={since}").content.decode()
    assert agent.get("/queue/open/new/?since=nan").status_code == 404


def test_an_unknown_list_is_a_404(agent):
    assert agent.get("/queue/nowhere/").status_code == 404


def test_an_empty_list_says_what_that_means(agent):
    make_case(state=CaseState.WAITING)
    content = agent.get("/queue/my-team/").content.decode()
    assert "Nothing waits for your team" in content
    assert "1 case is open in all teams. 1 of them waits for somebody outside." in content


def test_without_a_role_nothing_is_seen(client):
    make_case()
    client.force_login(make_user(None))
    assert shown(client, "/queue/") == []


def test_strangers_are_sent_to_sign_in(client):
    assert client.get("/queue/")["Location"].startswith("/accounts/login/")


def test_bulk_says_how_many_were_done_and_why_others_were_not(client):
    me, other = make_user(Role.SUPPORT), make_user(Role.SUPPORT, first_name="Ana")
    client.force_login(me)
    free, held, closed = make_case(), make_case(claimed_by=other), make_case(state=CaseState.CLOSED)
    chosen = {"do": "claim", "case": [free.pk, held.pk, closed.pk], "back": "/queue/my-team/"}
    response = client.post("/queue/bulk/", chosen, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said[0] == "1 case taken."
    assert said[1].startswith("2 left as they were.")
    assert "Ana" in said[1]
    assert response.redirect_chain == [("/queue/my-team/", 302)]
    free.refresh_from_db()
    assert free.claimed_by == me


@pytest.mark.parametrize(
    "posted",
    [
        {"do": "claim"},
        {"do": "explode", "case": "1"},
        {"do": "hand_over", "case": "1", "to_team": "support"},
        {"do": "hand_over", "case": "1", "to_team": "nobody", "note": "x"},
        {"do": "claim", "case": "999", "back": "https://elsewhere.example/"},
        {"do": "claim", "case": "x"},
    ],
)
def test_bulk_with_nothing_sensible_changes_nothing_and_stays_here(agent, posted):
    response = agent.post("/queue/bulk/", posted)
    assert (response.status_code, response["Location"]) == (302, "/queue/")


@pytest.mark.parametrize(
    ("parcel", "words"),
    [
        ({"state": "delivered", "delivered_at": NOW - timedelta(days=9)}, "on time"),
        ({"state": "delivered", "delivered_at": NOW - timedelta(days=7)}, "1 d late"),
        ({"state": "in_transit"}, "8 d late"),
        ({"state": "lost"}, "not kept"),
    ],
)
def test_a_promise_is_told_by_what_became_of_the_parcel(agent, parcel, words):
    case = make_case(shipment=make_shipment(promised_at=NOW - timedelta(days=8), **parcel))
    for address in ("/queue/", f"/queue/{case.pk}/"):
        assert words in agent.get(address).content.decode().lower()


def test_days_of_a_promise_are_those_of_the_policy_that_judged_the_case(agent):
    there = make_policy(state="retired", document=document_in("America/New_York"))
    day = datetime.combine(NOW, time(), UTC)
    case = make_case(shipment=make_shipment(promised_at=day), policy=there)
    with time_machine.travel(day + timedelta(days=1, hours=3), tick=False):
        for address in ("/queue/", f"/queue/{case.pk}/"):
            assert ">today<" in agent.get(address).content.decode().lower()
    with time_machine.travel(day + timedelta(days=1, hours=6), tick=False):
        assert ">1 d late<" in agent.get("/queue/").content.decode()


@pytest.mark.parametrize("said", ["late", "kept"])
def test_a_promised_date_is_late_for_the_filter_once_that_day_is_over(agent, said):
    today, yesterday, whole = (make_case(shipment=make_shipment(order=None)) for _ in range(3))
    for case, days in ((today, 0), (yesterday, 1)):
        Shipment.objects.filter(pk=case.shipment_id).update(promised_at=TruncDay(Now()) - timedelta(days=days))
    Shipment.objects.filter(pk=whole.shipment_id).update(promised_at=None)
    assert shown(agent, f"/queue/?promise={said}") == [(yesterday if said == "late" else today).pk]


def test_a_closed_case_is_due_no_more_and_says_how_it_ended(agent):
    ended = {"state": CaseState.CLOSED, "outcome": CaseOutcome.SELF_HEALED, "closed_at": NOW - timedelta(hours=1)}
    case = make_case(due_at=NOW - timedelta(hours=6), **ended)
    text = agent.get("/queue/closed/").content.decode()
    row = text[text.index("<tr data-row>") :].split("</tr>")[0]
    assert f"Closed: {case.get_outcome_display().lower()}" in row
    assert "1 h ago" in row
    assert "overdue" not in row
    assert f"Choose case {case.pk}" not in row
