"""What waits for a second person, on the page of its case and in the list of who may approve it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from exceptions_queue import actions
from exceptions_queue.models import Approval, Case, CaseEvent, Decision
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import everything, publish
from tests.factories import NOW, make_case, make_order, make_shipment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sam():
    return make_user(Role.SUPPORT, first_name="Sam", last_name="Rivera")


@pytest.fixture
def finn():
    return make_user(Role.FINANCE, first_name="Finn", last_name="Okafor")


@pytest.fixture
def maya():
    return make_user(Role.MANAGER, first_name="Maya", last_name="Chen")


def as_person(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def refund(case: Case, by, amount: str, **more):
    posted = {"kind": "refund", "amount": amount, "currency": "USD", "note": "With duty.", "then": "stay"} | more
    return as_person(by).post(f"/queue/{case.pk}/decide/", posted, follow=True)


@pytest.fixture
def waiting(sam, finn) -> Approval:
    """Return 700 dollars that support proposed; only a manager may decide as much."""
    case = make_case(claimed_by=sam, shipment=make_shipment(order=make_order(value=Decimal(900))))
    refund(case, sam, "700")
    return case.approvals.get()


def text_of(case: Case, by) -> str:
    return as_person(by).get(f"/queue/{case.pk}/").content.decode()


def test_the_page_tells_who_proposed_what_and_who_is_needed(waiting, finn):
    text = text_of(waiting.case, finn)
    for words in (
        "Waits for a second person",
        "USD 700.00",
        "Sam Rivera proposed it",
        "It needs a manager",
        "With duty.",
    ):
        assert words in text
    assert "You may decide up to USD 500.00 alone; USD 700.00 needs a manager." in text


@pytest.mark.parametrize(
    ("person", "approves", "refuses"),
    [("sam", False, False), ("finn", False, True), ("maya", True, True)],
)
def test_what_is_offered_is_what_is_accepted(request, waiting, person, approves, refuses):
    by, at = request.getfixturevalue(person), f"/queue/{waiting.case_id}/"
    text = text_of(waiting.case, by)
    assert (f'action="{at}approve/"' in text, f'action="{at}refuse/"' in text) == (approves, refuses)
    before = everything()
    for verb, accepted in (("approve", approves), ("refuse", refuses)):
        if not accepted:
            posted = {"approval_id": waiting.pk, "note": "", "reason": "x"}
            assert as_person(by).post(f"{at}{verb}/", posted).status_code == 409
    assert everything() == before


def test_support_proposes_finance_cannot_and_a_manager_approves(waiting, finn, maya):
    response = as_person(maya).post(
        f"/queue/{waiting.case_id}/approve/",
        {"approval_id": waiting.pk, "note": "Seen.", "worth_it": "yes"},
        follow=True,
    )
    text = response.content.decode()
    assert "approved: refund, USD 700.00, as Sam Rivera proposed" in text
    assert "proposed: refund, USD 700.00" in text
    case = Case.objects.get(pk=waiting.case_id)
    assert (case.state, case.closed_by, case.worth_it) == ("closed", maya, True)


def test_finance_decides_more_than_alone_and_hears_where_it_goes(finn, maya):
    case = make_case(claimed_by=finn, owner_team=Team.FINANCE)
    assert "More than USD 500.00 goes to a second person." in text_of(case, finn)
    text = refund(case, finn, "640").content.decode()
    assert f"Case {case.pk}: refund proposed; it needs a manager." in text
    assert "You proposed it; a second person has to answer." in text
    assert 'id="proposed"' in text_of(case, maya)


def test_a_refusal_sends_it_back_with_the_reason_in_the_story(waiting, maya, sam):
    assert "The case goes back to support: ask the carrier where it is." in text_of(waiting.case, maya)
    posted = {"approval_id": waiting.pk, "reason": "The carrier still looks."}
    as_person(maya).post(f"/queue/{waiting.case_id}/refuse/", posted)
    text = text_of(waiting.case, sam)
    assert "refused what Sam Rivera proposed: refund, USD 700.00" in text
    assert "The carrier still looks." in text
    assert "Waits for a second person" not in text


def test_an_amount_that_was_refused_is_not_offered_again(waiting, maya, finn):
    posted = {"approval_id": waiting.pk, "reason": "Only what the goods are worth."}
    as_person(maya).post(f"/queue/{waiting.case_id}/refuse/", posted)
    Case.objects.filter(pk=waiting.case_id).update(owner_team=Team.FINANCE)
    as_person(finn).post(f"/queue/{waiting.case_id}/claim/")
    text = text_of(waiting.case, finn)
    assert 'name="amount"' in text
    assert 'value="700.00"' not in text


def test_a_refusal_without_a_reason_is_shown_again(waiting, maya):
    response = as_person(maya).post(f"/queue/{waiting.case_id}/refuse/", {"approval_id": waiting.pk, "reason": " "})
    assert response.status_code == 422
    assert Approval.objects.get().state == "waiting"


def test_words_to_a_proposal_that_was_answered_meanwhile_are_kept(waiting, maya):
    other = make_user(Role.MANAGER)
    as_person(other).post(f"/queue/{waiting.case_id}/refuse/", {"approval_id": waiting.pk, "reason": "No."})
    posted = {"approval_id": waiting.pk, "reason": "Long thought"}
    response = as_person(maya).post(f"/queue/{waiting.case_id}/refuse/", posted)
    assert response.status_code == 409
    assert "Long thought" in response.content.decode()
    assert "does not wait any more" in response.content.decode()


def test_an_approval_sent_twice_decides_once(waiting, maya):
    posted = {"approval_id": waiting.pk, "note": "", "once": "6f1c2f4e-6f53-4c62-9d6d-0d3f4c8a2b11"}
    pages = [as_person(maya).post(f"/queue/{waiting.case_id}/approve/", posted) for _ in range(2)]
    assert [each.status_code for each in pages] == [302, 302]
    assert Decision.objects.filter(proposal=False).count() == 1


def test_an_order_compensated_meanwhile_asks_the_approver_why(waiting, finn, maya):
    other = make_case(claimed_by=finn, shipment=make_shipment(order=waiting.case.shipment.order))
    as_person(finn).post(f"/queue/{other.pk}/decide/", {"kind": "replacement", "note": "", "then": "stay"})
    assert "Why compensate this order once more" in text_of(waiting.case, maya)
    posted = {"approval_id": waiting.pk, "note": ""}
    assert as_person(maya).post(f"/queue/{waiting.case_id}/approve/", posted).status_code == 422
    posted["override_reason"] = "Both were lost."
    assert as_person(maya).post(f"/queue/{waiting.case_id}/approve/", posted).status_code == 302


@pytest.mark.parametrize(("person", "count"), [("maya", 1), ("finn", 0), ("sam", 0)])
def test_the_list_holds_what_one_may_approve_and_the_rail_counts_it(request, waiting, person, count):
    response = as_person(request.getfixturevalue(person)).get("/queue/to-approve/")
    assert len(response.context["page"].rows) == count
    assert response.context["total"] == ("1 case" if count == 1 else "0 cases")


def test_the_list_says_what_is_proposed_and_how_much(waiting, maya):
    text = as_person(maya).get("/queue/to-approve/").content.decode()
    assert "needs a manager: refund, USD 700.00" in text


def test_a_case_that_waits_meanwhile_says_it_too(waiting, maya):
    until = NOW + timedelta(days=1)
    actions.claim_case(case_id=waiting.case_id, by=maya, now=NOW)
    actions.wait_on(case_id=waiting.case_id, waiting_on="customer", until=until, note="", by=maya, now=NOW)
    text = " ".join(as_person(maya).get("/queue/to-approve/").content.decode().split())
    assert "needs a manager: refund, USD 700.00" in text


def test_a_proposal_from_before_approvals_is_decided_as_it_was(sam, finn):
    case = make_case(claimed_by=finn, owner_team=Team.FINANCE)
    told = {"kind": "refund", "amount": "31.50", "currency": "USD", "proposal": True}
    CaseEvent.objects.create(case=case, at=NOW, kind="decided", by=sam, data=told)
    text = text_of(case, finn)
    assert 'value="31.50"' in text
    assert "Waits for a second person" not in text
    refund(case, finn, "31.50")
    assert not Decision.objects.get().proposal


def test_my_day_shows_what_waits_for_my_approval(waiting, finn, maya):
    assert "Waits for your approval" in as_person(maya).get("/").content.decode()
    assert "Waits for your approval" not in as_person(finn).get("/").content.decode()


def test_goods_too_dear_are_offered_as_a_proposal_where_the_policy_says_so(sam):
    publish(limits={"support": 50, "finance": 500, "manager": None}, goods=True)
    case = make_case(claimed_by=sam)
    assert "Propose: send a replacement" in text_of(case, sam)
    as_person(sam).post(f"/queue/{case.pk}/decide/", {"kind": "replacement", "note": "", "then": "stay"})
    assert "It counts as what the order is worth." in text_of(case, sam)
