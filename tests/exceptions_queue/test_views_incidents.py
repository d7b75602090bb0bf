"""The incident pages: the list with both kinds, one incident, and what people have done to all its cases."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.mass_acts import UNDO_WINDOW
from exceptions_queue.models import Case, Incident, IncidentAct, PolicyVersion
from exceptions_queue.policies import policy_of
from exceptions_queue.transitions import Role
from tests.factories import NOW, document_in, make_account, make_case, make_event, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def make_incident(number: int = 10, *, location: str = "Louisville, KY, US") -> Incident:
    """Save an incident with its cases, as the pass that offers them leaves it."""
    cases = [make_case(opened_at=NOW - timedelta(hours=1)) for _ in range(number)]
    for case in cases:
        make_event(case.shipment, location=location)
    actions.offer_incidents(now=NOW)
    return Incident.objects.latest("id")


def client_of(*roles: Role) -> Client:
    client = Client()
    client.force_login(make_user(*roles))
    return client


@pytest.fixture
def manager() -> Client:
    return client_of(Role.MANAGER)


def page(client: Client, address: str, **more) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheList:
    def test_it_shows_what_is_one_matter_with_its_cases(self, manager):
        make_incident(12)
        text = page(manager, "/incidents/")
        assert "UPS, Louisville, KY, US: stalled" in text
        assert ">12<" in text.replace(" ", "").replace("Cases</span>12", ">12<")

    def test_silent_feeds_stand_above_it(self, manager):
        account = make_account(silent_after_minutes=30, last_message_at=NOW - timedelta(hours=2))
        text = page(manager, "/incidents/")
        assert "Silent feeds now" in text
        assert f"/inbox/feeds/{account.pk}/" in text

    def test_each_kind_leads_to_the_other(self, manager):
        assert 'href="/incidents/feeds/"' in page(manager, "/incidents/")
        assert 'href="/incidents/"' in page(manager, "/incidents/feeds/")

    def test_an_empty_list_says_what_that_means(self, manager):
        assert "No incident is open" in page(manager, "/incidents/")
        assert "No incident fits" in page(manager, "/incidents/?place=Memphis")

    @pytest.mark.parametrize(
        ("query", "found"),
        [("", 1), ("state=over", 1), ("state=all", 2), ("place=louis", 1), ("carrier=fedex", 0), ("sort=oldest", 1)],
    )
    def test_it_is_narrowed_by_words_that_can_be_removed(self, manager, query, found):
        make_incident()
        over = make_incident(location="Memphis, TN")
        Incident.objects.filter(pk=over.pk).update(closed_at=NOW)
        assert page(manager, f"/incidents/?{query}").count("data-row") == found

    def test_asked_by_htmx_only_the_results_come(self, manager):
        text = page(manager, "/incidents/", headers={"HX-Request": "true"})
        assert "<html" not in text

    def test_somebody_without_a_role_sees_none(self):
        incident = make_incident()
        client = client_of(None)
        assert "data-row" not in page(client, "/incidents/")
        assert client.get(f"/incidents/{incident.pk}/").status_code == 404

    def test_it_needs_few_queries_however_long_it_is(self, manager):
        def queries() -> int:
            with CaptureQueriesContext(connection) as caught:
                page(manager, "/incidents/")
            return len(caught)

        make_incident()
        one = queries()
        for number in range(5):
            make_incident(location=f"Depot {number}")
        assert one == queries() <= 12


class TestOneIncident:
    def test_it_shows_its_facts_its_cases_and_what_may_be_done(self, manager):
        incident = make_incident()
        text = page(manager, f"/incidents/{incident.pk}/")
        assert "10 open" in text
        assert "USD 800.00" in text
        assert text.count("data-row") == 10
        for words in ("Refund the orders", "Keep waiting", "Take it apart"):
            assert words in text

    def test_a_figure_opens_its_rows(self, manager):
        incident = make_incident()
        make_case()
        assert f'href="/queue/?incident={incident.pk}"' in page(manager, f"/incidents/{incident.pk}/")
        assert page(manager, f"/queue/?incident={incident.pk}").count("data-row") == 10

    def test_support_is_offered_what_support_decides(self):
        text = page(client_of(Role.SUPPORT), f"/incidents/{make_incident().pk}/")
        assert "Message the customers" in text
        assert "Take it apart" not in text
        assert "File claims" not in text

    def test_its_cases_tell_of_it(self, manager):
        incident = make_incident()
        case = Case.objects.first()
        assert f"/incidents/{incident.pk}/" in page(manager, f"/queue/{case.pk}/")
        Incident.objects.update(closed_at=NOW)
        assert f"/incidents/{incident.pk}/" not in page(manager, f"/queue/{case.pk}/")

    def test_it_needs_few_queries_however_many_cases_it_has(self, manager):
        def queries(incident: Incident) -> int:
            actions.order_act(incident_id=incident.pk, kind="note", note="x", by=make_user(Role.MANAGER), now=NOW)
            with CaptureQueriesContext(connection) as caught:
                page(manager, f"/incidents/{incident.pk}/")
            return len(caught)

        policy_of(make_policy().pk)  # A process reads it once in its life.
        assert queries(make_incident()) == queries(make_incident(40, location="Depot")) <= 12

    def test_a_long_one_is_paged(self, manager):
        incident = make_incident(60)
        text = page(manager, f"/incidents/{incident.pk}/")
        assert text.count("data-row") == 50
        after = text.split("?after=")[1].split('"')[0]
        assert page(manager, f"/incidents/{incident.pk}/?after={after}").count("data-row") == 10


class TestActs:
    def post(self, client: Client, incident: Incident, **data):
        return client.post(f"/incidents/{incident.pk}/act/", data)

    def test_money_is_ordered_with_time_to_undo_it(self, manager):
        incident = make_incident()
        assert self.post(manager, incident, kind="refund").status_code == 302
        act = IncidentAct.objects.get()
        assert act.starts_at == NOW + UNDO_WINDOW
        text = page(manager, f"/incidents/{incident.pk}/")
        assert "Begins" in text
        assert "Undo</button>" in text
        answer = manager.post(f"/incidents/{incident.pk}/acts/{act.pk}/undo/", follow=True)
        assert "It is undone" in answer.content.decode()
        assert actions.work_on_acts(now=NOW + UNDO_WINDOW) == 0

    def test_until_when_cases_wait_is_typed_on_the_clock_of_the_persons_team(self, manager):
        incident = make_incident()
        PolicyVersion.objects.filter(state="published").update(state="retired")
        make_policy(document=document_in("America/New_York"))
        assert "Until (New York time)" in page(manager, f"/incidents/{incident.pk}/")
        self.post(manager, incident, kind="keep_waiting", until="2026-03-06T09:00")
        assert IncidentAct.objects.get().until == NOW.replace(day=6, hour=14, minute=0)

    def test_how_far_it_is_is_told_while_it_runs_and_why_some_were_left(self, manager):
        incident = make_incident()
        Case.objects.filter(pk=Case.objects.first().pk).update(state="recovered")
        self.post(manager, incident, kind="keep_waiting", until="2026-03-06T09:00")
        text = page(manager, f"/incidents/{incident.pk}/acts/")
        assert "10 still to do" in text
        assert 'hx-trigger="every 2s"' in text
        actions.work_on_acts(now=NOW, limit=99)
        text = page(manager, f"/incidents/{incident.pk}/acts/")
        assert "9 done, 1 skipped." in text
        assert "is not for a case that is recovered" in text
        assert "hx-trigger" not in text
        polled = manager.get(f"/incidents/{incident.pk}/acts/", headers={"HX-Request": "true"})
        assert polled.headers["HX-Refresh"] == "true"
        assert "Skipped" in page(manager, f"/incidents/{incident.pk}/")

    @pytest.mark.parametrize(
        ("data", "status", "said"),
        [
            ({"kind": "message_customer", "note": " "}, 422, "This field is required"),
            ({"kind": "keep_waiting", "until": "2026-03-01T09:00"}, 422, "choose a later one"),
            ({"kind": "hand_over", "to_team": "nobody", "note": "x"}, 422, "not one of the available choices"),
            ({"kind": "no such thing"}, 404, ""),
        ],
    )
    def test_what_is_missing_is_named_and_nothing_is_ordered(self, manager, data, status, said):
        answer = self.post(manager, make_incident(), **data)
        assert answer.status_code == status
        assert said in answer.content.decode()
        assert not IncidentAct.objects.exists()

    def test_an_act_that_is_not_ones_own_is_refused_on_a_fresh_page(self):
        client = client_of(Role.OPERATIONS)
        answer = self.post(client, make_incident(), kind="message_customer", note="Sorry.")
        assert answer.status_code == 409
        assert "not yours to decide" in answer.content.decode()
        assert not IncidentAct.objects.exists()

    def test_one_that_cannot_be_undone_any_more_says_so(self, manager):
        incident = make_incident()
        self.post(manager, incident, kind="note", note="Snow.")
        act = IncidentAct.objects.get()
        answer = manager.post(f"/incidents/{incident.pk}/acts/{act.pk}/undo/", follow=True)
        assert "cannot be undone any more" in answer.content.decode()

    def test_what_was_done_to_no_case_is_not_offered_to_be_undone(self):
        lead, incident = client_of(Role.FULFILLMENT), make_incident()
        self.post(lead, incident, kind="keep_waiting", until="2026-03-06T09:00")
        assert "Undo</button>" in page(lead, f"/incidents/{incident.pk}/")
        actions.work_on_acts(now=NOW, limit=99)
        text = page(lead, f"/incidents/{incident.pk}/")
        assert "10 skipped." in text
        assert "Undo</button>" not in text
        act = IncidentAct.objects.get()
        answer = lead.post(f"/incidents/{incident.pk}/acts/{act.pk}/undo/", follow=True)
        assert "Nothing was done, so there is nothing to undo." in answer.content.decode()
        assert not IncidentAct.objects.exclude(undone_at=None).exists()

    def test_it_says_beforehand_which_cases_are_another_teams(self, manager):
        incident = make_incident()
        Case.objects.filter(pk__in=Case.objects.values("pk")[:3]).update(owner_team="fulfillment")
        assert "7 cases are with Support" in page(client_of(Role.FULFILLMENT), f"/incidents/{incident.pk}/")
        assert "3 cases are with Fulfillment" in page(client_of(Role.SUPPORT), f"/incidents/{incident.pk}/")
        assert "cases are with" not in page(manager, f"/incidents/{incident.pk}/")

    def test_an_incident_is_taken_apart_by_a_lead_alone(self, manager):
        incident = make_incident()
        address = f"/incidents/{incident.pk}/dismiss/"
        refused = client_of(Role.SUPPORT).post(address, follow=True)
        assert "fulfillment lead" in refused.content.decode()
        assert Incident.objects.get().closed_at is None
        manager.post(address)
        assert Incident.objects.get().closed_at == NOW

    @pytest.mark.parametrize("address", ["act", "dismiss"])
    def test_nothing_happens_by_a_link(self, manager, address):
        assert manager.get(f"/incidents/{make_incident().pk}/{address}/").status_code == 405


def test_a_siblings_trouble_is_told_on_the_case(manager):
    case = make_case()
    sibling = make_case(shipment=make_shipment(order=case.shipment.order), summary="Damaged in the hub.")
    text = page(manager, f"/queue/{case.pk}/")
    assert "Damaged in the hub." in text
    assert f"/queue/{sibling.pk}/" in text


def test_what_to_have_is_listed_on_the_case(manager):
    case = make_case(headline="delivered_not_received")
    assert "proof of delivery" in page(manager, f"/queue/{case.pk}/")


def test_a_hand_over_of_all_cases_says_to_which_team(manager):
    incident = make_incident()
    manager.post(f"/incidents/{incident.pk}/act/", {"kind": "hand_over", "to_team": "finance", "note": "Pay them."})
    assert "Hand over to finance" in page(manager, f"/incidents/{incident.pk}/")
