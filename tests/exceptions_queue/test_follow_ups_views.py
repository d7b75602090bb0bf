import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages

from exceptions_queue.models import FollowUp
from exceptions_queue.transitions import Role
from tests.factories import (
    NOW,
    document_in,
    make_case,
    make_follow_up,
    make_order,
    make_policy,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db
LIST = "/follow-ups/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def farah():
    return make_user(Role.FULFILLMENT, first_name="Farah", last_name="Lindqvist")


@pytest.fixture
def lead(client, farah):
    client.force_login(farah)
    return client


def asked(**overrides):
    """Save a follow-up about a parcel of its own and return it."""
    shipment = make_shipment(carrier=overrides.get("carrier", "ups"))
    return make_follow_up(make_case(state="waiting", shipment=shipment), **overrides)


def shown(client, **query):
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [row.pk for row in response.context["page"].rows]


def said(response):
    return [str(each) for each in get_messages(response.wsgi_request)]


class TestList:
    def test_what_waits_for_an_answer_stands_by_its_promised_reply(self, lead):
        late, soon = (
            asked(promised_reply_at=NOW - timedelta(hours=1)),
            asked(promised_reply_at=NOW + timedelta(hours=1)),
        )
        later = asked(promised_reply_at=NOW + timedelta(days=1))
        asked(closed_at=NOW)
        assert shown(lead) == [late.pk, soon.pk, later.pk]

    def test_it_narrows_by_everything_and_says_so_in_words(self, lead, farah):
        mine = asked(carrier="fedex", kind="claim", assigned_to=farah, promised_reply_at=NOW - timedelta(hours=1))
        free, closed = asked(), asked(closed_at=NOW, assigned_to=farah)
        assert shown(lead, carrier="fedex") == [mine.pk]
        assert shown(lead, kind="claim") == [mine.pk]
        assert shown(lead, overdue="yes") == [mine.pk]
        assert shown(lead, overdue="no") == [free.pk]
        assert shown(lead, assignee="me") == [mine.pk]
        assert shown(lead, assignee="nobody") == [free.pk]
        assert shown(lead, assignee=farah.pk) == [mine.pk]
        assert shown(lead, state="closed") == [closed.pk]
        assert set(shown(lead, state="all")) == {mine.pk, free.pk, closed.pk}
        words = [word.label for word in lead.get(LIST, {"assignee": farah.pk, "carrier": "fedex"}).context["words"]]
        assert words == ["Carrier: FedEx", "Chased by: Farah Lindqvist"]

    @pytest.mark.parametrize("query", [{"assignee": "x"}, {"assignee": "9" * 30}, {"carrier": "nobody"}, {"kind": "x"}])
    def test_a_value_nobody_knows_finds_nothing_or_everything_but_never_breaks(self, lead, query):
        asked()
        assert lead.get(LIST, query).status_code == 200

    @pytest.mark.parametrize("sort", ["reply", "nudge", "oldest", "newest"])
    def test_pages_hold_every_follow_up_once_there_and_back(self, lead, sort, monkeypatch):
        monkeypatch.setattr("exceptions_queue.follow_up_queries.FollowUpQuerySet.for_list.__defaults__", (2,))
        made = {
            asked(promised_reply_at=NOW + timedelta(hours=n // 2), next_nudge_at=(n % 2 and NOW) or None).pk
            for n in range(5)
        }
        query, seen = {"sort": sort}, []
        while query:
            page = lead.get(LIST, query).context["page"]
            seen.append([row.pk for row in page.rows])
            query = {"sort": sort, "after": page.next} if page.next else None
        assert [len(each) for each in seen] == [2, 2, 1]
        assert {pk for each in seen for pk in each} == made
        back = lead.get(LIST, {"sort": sort, "before": page.previous}).context["page"]
        assert [row.pk for row in back.rows] == seen[1]

    def test_a_place_that_cannot_be_read_shows_the_first_page_and_says_so(self, lead):
        asked()
        response = lead.get(LIST, {"after": "nonsense"})
        assert response.status_code == 400
        assert "could not be read" in response.text

    def test_htmx_gets_the_results_alone(self, lead):
        asked()
        response = lead.get(LIST, headers=HTMX)
        assert "<html" not in response.text
        assert response["Vary"].count("HX-Request") == 1

    def test_the_page_needs_few_queries_however_long_it_is(self, lead, farah, django_assert_max_num_queries):
        for _ in range(12):
            asked(assigned_to=farah)
        with django_assert_max_num_queries(12):
            lead.get(LIST)

    @pytest.mark.parametrize(
        ("query", "rows", "says"),
        [
            ({}, [], "No carrier was asked anything yet"),
            ({}, [{"closed_at": NOW}], "No carrier owes us an answer"),
            ({"kind": "claim"}, [{}], "No follow-up fits these filters"),
        ],
    )
    def test_an_empty_list_says_what_it_means(self, lead, query, rows, says):
        for overrides in rows:
            asked(**overrides)
        assert says in lead.get(LIST, query).text

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.OPERATIONS])
    def test_others_may_look_but_not_assign(self, client, role):
        follow_up = asked()
        client.force_login(make_user(role))
        response = client.get(LIST)
        assert follow_up in response.context["page"].rows
        assert 'id="bulk"' not in response.text

    def test_without_a_role_there_is_nothing_to_see(self, client):
        follow_up = asked()
        client.force_login(make_user(None))
        assert shown(client) == []
        assert client.get(f"{LIST}{follow_up.pk}/").status_code == 404

    def test_a_stranger_is_sent_to_sign_in(self, client):
        assert urlsplit(client.get(LIST)["Location"]).path == "/accounts/login/"


class TestAssign:
    def test_it_says_how_many_were_done_and_which_were_not_and_why(self, lead, farah):
        ids = [asked().pk, asked().pk, asked(closed_at=NOW).pk, asked(assigned_to=farah).pk, asked(closed_at=NOW).pk]
        back = f"{LIST}?carrier=ups"
        response = lead.post(f"{LIST}assign/", {"follow_up": ids, "to": farah.pk, "back": back})
        assert response["Location"] == back
        assert said(response) == [
            "2 assigned to Farah Lindqvist. 3 skipped: it is already closed (2 times); Farah Lindqvist already has it."
        ]
        assert FollowUp.objects.filter(assigned_to=farah, closed_at=None).count() == 3

    def test_none_assigned_is_said_in_words(self, lead, farah):
        response = lead.post(f"{LIST}assign/", {"follow_up": [asked(assigned_to=farah).pk], "to": farah.pk})
        told = "Nothing was assigned to Farah Lindqvist. 1 skipped: Farah Lindqvist already has it."
        assert said(response) == [told]

    @pytest.mark.parametrize("given", [{}, {"follow_up": ["x", "9" * 40]}])
    def test_nothing_chosen_does_nothing(self, lead, farah, given):
        assert "Nothing was assigned" in said(lead.post(f"{LIST}assign/", {"to": farah.pk, **given}))[0]

    def test_only_people_who_chase_can_be_given_one(self, lead):
        follow_up = asked()
        lead.post(f"{LIST}assign/", {"follow_up": [follow_up.pk], "to": make_user(Role.SUPPORT).pk})
        follow_up.refresh_from_db()
        assert follow_up.assigned_to is None

    def test_others_are_refused_in_a_sentence(self, client, farah):
        follow_up = asked()
        client.force_login(make_user(Role.SUPPORT))
        response = client.post(f"{LIST}assign/", {"follow_up": [follow_up.pk], "to": farah.pk})
        assert said(response) == ["Follow-ups are assigned by a fulfillment lead."]

    def test_a_way_back_to_another_site_is_not_taken(self, lead, farah):
        data = {"follow_up": [asked().pk], "to": farah.pk, "back": "https://elsewhere.example/"}
        assert lead.post(f"{LIST}assign/", data)["Location"] == LIST

    def test_looking_at_the_address_does_nothing(self, lead):
        assert lead.get(f"{LIST}assign/").status_code == 405


class TestOne:
    def test_its_page_tells_what_was_asked_and_done(self, lead, django_assert_max_num_queries):
        follow_up = asked(note="Where is it?", reference="TR-77")
        lead.post(f"{LIST}{follow_up.pk}/nudge/", {"next_nudge_at": "2026-03-06T09:00", "note": "They look"})
        with django_assert_max_num_queries(12):
            page = lead.get(f"{LIST}{follow_up.pk}/").text
        for words in ("Where is it?", "TR-77", "reminded UPS", "They look", "Fri 6 Mar 2026, 09:00 UTC"):
            assert words in page

    def test_when_to_remind_again_is_typed_on_the_clock_of_the_cases_team(self, lead):
        there = make_policy(state="retired", document=document_in("America/New_York"))
        follow_up = make_follow_up(make_case(state="waiting", policy=there))
        page = lead.get(f"{LIST}{follow_up.pk}/").text
        assert "Remind it again at (New York time)" in page
        assert f'value="{NOW + timedelta(days=1):%Y-%m-%d}T09:00"' in page
        lead.post(f"{LIST}{follow_up.pk}/nudge/", {"next_nudge_at": "2026-03-06T09:00", "note": ""})
        follow_up.refresh_from_db()
        assert follow_up.next_nudge_at == NOW.replace(day=6, hour=14, minute=0)

    @pytest.mark.parametrize(
        ("verb", "data"), [("nudge", {"next_nudge_at": "2026-03-06T09:00"}), ("close", {"outcome": "found"})]
    )
    def test_what_a_double_enter_sends_twice_is_done_once(self, lead, verb, data):
        follow_up = asked()
        page = lead.get(f"{LIST}{follow_up.pk}/").text
        once = re.search(r'name="once" value="([^"]+)"', page)[1]
        for _ in range(2):
            response = lead.post(f"{LIST}{follow_up.pk}/{verb}/", {**data, "note": "They look", "once": once})
            assert response["Location"] == LIST
        assert follow_up.case.history.filter(kind="follow_up").count() == 1
        assert said(response)[-1].startswith("This was sent twice and is done once")

    def test_no_answer_is_chosen_before_the_person_does(self, lead):
        page = lead.get(f"{LIST}{asked().pk}/").text
        assert '<option value="" selected>Choose what it said</option>' in page

    def test_its_parcel_and_order_open_from_it(self, lead):
        parcel = make_shipment(order=make_order())
        follow_up = make_follow_up(make_case(shipment=parcel, state="waiting"))
        page = lead.get(f"{LIST}{follow_up.pk}/").text
        assert f'href="/shipments/{parcel.pk}/"' in page
        assert f'href="/shipments/?q={parcel.order.order_id}"' in page

    def test_the_answer_is_written_down_and_the_case_comes_back(self, lead):
        follow_up = asked()
        response = lead.post(f"{LIST}{follow_up.pk}/close/", {"outcome": "found", "note": "In Reno"})
        assert response["Location"] == LIST
        follow_up.refresh_from_db()
        assert (follow_up.outcome, follow_up.outcome_note) == ("found", "In Reno")
        assert follow_up.case.state == "open"
        assert "In Reno" in lead.get(f"{LIST}{follow_up.pk}/").text

    @pytest.mark.parametrize(
        ("verb", "data"),
        [
            ("close", {"outcome": "dance"}),
            ("close", {"outcome": ""}),
            ("nudge", {}),
            ("nudge", {"next_nudge_at": "2026-03-04T14:00"}),
        ],
    )
    def test_what_cannot_be_used_is_shown_again_with_what_was_typed(self, lead, verb, data):
        follow_up = asked()
        response = lead.post(f"{LIST}{follow_up.pk}/{verb}/", {**data, "note": "my words"})
        assert response.status_code == 422
        assert "my words" in response.text
        assert not follow_up.case.history.filter(kind="follow_up").exists()

    def test_a_refusal_is_a_sentence_on_a_fresh_page(self, client):
        follow_up = asked()
        client.force_login(make_user(Role.SUPPORT))
        response = client.post(f"{LIST}{follow_up.pk}/close/", {"outcome": "found", "note": "kept"})
        assert response.status_code == 409
        assert "ask a fulfillment lead" in response.text

    def test_closing_twice_is_refused_in_a_sentence(self, lead):
        follow_up = asked()
        for expected in (302, 409):
            assert lead.post(f"{LIST}{follow_up.pk}/close/", {"outcome": "found"}).status_code == expected

    def test_who_may_not_work_on_it_sees_no_form(self, client):
        follow_up = asked()
        client.force_login(make_user(Role.SUPPORT))
        page = client.get(f"{LIST}{follow_up.pk}/").text
        assert "Nobody chases it yet." in page
        assert f"{LIST}{follow_up.pk}/close/" not in page

    def test_one_that_is_not_there_is_not_found(self, lead):
        assert lead.get(f"{LIST}404/").status_code == 404
        assert lead.post(f"{LIST}404/close/", {"outcome": "found"}).status_code == 404


def test_the_order_stays_while_filtering_and_the_filter_while_ordering(lead):
    asked(kind="claim")
    orders = lead.get(LIST, {"kind": "claim", "sort": "newest"}).context["orders"]
    assert parse_qs(urlsplit(orders["nudge"].url).query) == {"kind": ["claim"], "sort": ["nudge"]}
    assert orders["newest"].current
