"""What comes after parcels reached their end: questions about delivered ones, money given before or still owed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.models import CarrierClaim, Case, Decision
from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import DecisionKind, Role
from exceptions_queue.triage import triage_due
from exceptions_queue.viewpoint import compensations_of
from shipments.contracts import parse_conversation
from shipments.facts import Direction, State
from shipments.models import Shipment
from shipments.orders import record_conversations
from tests.factories import NOW, make_case, make_conversation, make_order, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _policy():
    make_policy()


def judge(now=NOW) -> None:
    while triage_due(now=now).judged:
        pass


def delivered(**overrides) -> Shipment:
    values = {"state": State.DELIVERED, "delivered_at": NOW - DAY, "state_since": NOW - DAY, "review_due_at": NOW}
    return make_shipment(**values | overrides)


def headlines() -> dict[str, str]:
    cases = Case.objects.exclude(state="closed").select_related("shipment")
    return {case.shipment.tracking_number: case.headline for case in cases}


def decide(shipment: Shipment, kind: str, *, at=NOW - 3 * DAY, amount=None, role=Role.FINANCE) -> Case:
    """Decide a lost parcel's case as its team would."""
    case = make_case(shipment=shipment, headline="lost", owner_team=role.value, opened_at=at)
    by = make_user(role)
    actions.claim_case(case_id=case.pk, by=by, now=at)
    actions.decide(case_id=case.pk, kind=kind, amount=amount, currency="USD" if amount else "", by=by, now=at)
    return case


def test_a_question_about_a_delivered_parcel_makes_it_due_and_opens_a_case():
    shipment = delivered(review_due_at=None)
    said = {
        "conversation_id": "Z-1",
        "tracking_number": shipment.tracking_number,
        "topic": "wismo",
        "opened_at": (NOW - timedelta(hours=1)).isoformat(),
    }
    record_conversations(conversations=[parse_conversation(said)], now=NOW)
    judge()
    assert headlines() == {shipment.tracking_number: "delivered_not_received"}


def test_the_case_outlives_its_conversation_and_heals_when_asking_back_brings_no_word():
    shipment = delivered()
    make_conversation(shipment=shipment, opened_at=NOW - timedelta(hours=2), closed_at=NOW)
    judge()
    case = Case.objects.get()
    assert "in a conversation that ended Wed 4 Mar: day 0 of 3" in case.summary
    judge(NOW + 6 * DAY)
    case.refresh_from_db()
    assert (case.state, case.severity) == ("open", Severity.MEDIUM)
    assert case.summary.endswith("so ask whether it came.")
    judge(NOW + 7 * DAY)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "self_healed")


def test_two_conversations_end_with_the_later_and_not_while_one_is_open():
    first, second = delivered(delivered_at=NOW - 4 * DAY), delivered(delivered_at=NOW - 4 * DAY)
    make_conversation(shipment=first, opened_at=NOW - 3 * DAY, closed_at=NOW - 2 * DAY)
    make_conversation(order=first.order, opened_at=NOW - 2 * DAY, closed_at=NOW - DAY)
    make_conversation(shipment=second, opened_at=NOW - 3 * DAY, closed_at=NOW - 2 * DAY)
    make_conversation(order=second.order)
    judge()
    said = dict(Case.objects.values_list("shipment", "summary"))
    assert "asked for it on Sun 1 Mar, in a conversation that ended Tue 3 Mar" in said[first.pk]
    assert "asks for it since Sun 1 Mar 15:00 UTC" in said[second.pk]


def test_a_question_long_answered_opens_nothing():
    shipment = delivered(delivered_at=NOW - 30 * DAY)
    make_conversation(shipment=shipment, opened_at=NOW - 29 * DAY, closed_at=NOW - 28 * DAY)
    judge()
    assert headlines() == {}


def close(case: Case, *, at) -> None:
    by = make_user(Role(case.owner_team))
    actions.claim_case(case_id=case.pk, by=by, now=at)
    actions.decide(case_id=case.pk, kind=DecisionKind.NOT_WORTH_A_CASE, by=by, now=at)


def test_what_people_closed_is_settled_however_long_its_conversation_stays_open():
    shipment = delivered()
    make_conversation(shipment=shipment)
    judge()
    close(Case.objects.get(), at=NOW)
    Shipment.objects.update(review_due_at=NOW + 9 * DAY)
    judge(NOW + 9 * DAY)
    assert headlines() == {}


def test_who_asks_again_after_people_closed_the_case_opens_another():
    shipment = delivered()
    make_conversation(shipment=shipment)
    judge()
    close(Case.objects.get(), at=NOW)
    make_conversation(shipment=shipment, opened_at=NOW + DAY)
    Shipment.objects.update(review_due_at=NOW + DAY)
    judge(NOW + DAY)
    case = Case.objects.get(state="open")
    assert "asks for it since Thu 5 Mar 15:00 UTC: day 0 of 3" in case.summary


def test_who_asks_again_after_the_case_healed_waits_no_longer():
    shipment = delivered(delivered_at=NOW - 30 * DAY)
    make_conversation(shipment=shipment, opened_at=NOW - 29 * DAY, closed_at=NOW - 28 * DAY)
    make_conversation(shipment=shipment)
    judge()
    assert Case.objects.get().summary.endswith("the wait for it to turn up is over, so decide now.")


@pytest.mark.parametrize(
    "talk",
    [{"topic": "return"}, {"opened_at": NOW - 2 * DAY}],
    ids=["about something else", "asked before it came"],
)
def test_other_conversations_are_no_missing_parcel(talk):
    make_conversation(shipment=delivered(), **talk)
    judge()
    assert headlines() == {}


def test_a_question_about_an_order_is_about_the_parcel_that_came_last_once_all_came():
    order = make_order()
    first = delivered(order=order, delivered_at=NOW - 2 * DAY)
    last = delivered(order=order)
    make_conversation(order=order)
    judge()
    assert headlines() == {last.tracking_number: "delivered_not_received"}
    assert first.tracking_number not in headlines()


def test_a_question_about_an_order_whose_parcels_came_together_opens_one_case():
    order = make_order()
    for _ in range(3):
        delivered(order=order)
    make_conversation(order=order)
    judge()
    assert len(headlines()) == 1


def test_a_question_about_an_order_still_on_its_way_misses_no_delivered_parcel():
    order = make_order()
    delivered(order=order)
    make_shipment(order=order, promised_at=NOW + 9 * DAY, review_due_at=None)
    make_conversation(order=order)
    judge()
    assert headlines() == {}


def test_a_parcel_delivered_after_its_refund_goes_to_finance():
    shipment = delivered(review_due_at=None)
    decide(shipment, DecisionKind.REFUND, amount=Decimal(80))
    Shipment.objects.update(review_due_at=NOW)
    judge()
    case = Case.objects.get(state="open")
    assert (case.headline, case.owner_team) == ("later_delivered", "finance")
    assert "after a refund of USD 80.00" in case.summary


@pytest.mark.parametrize(("known", "found"), [(False, ["later_delivered"]), (True, [])])
def test_a_refund_before_the_scan_of_an_earlier_delivery_came_in_goes_to_finance(known, found):
    shipment = delivered(review_due_at=None) if known else make_shipment(review_due_at=None)
    decide(shipment, DecisionKind.REFUND, amount=Decimal(80), at=NOW - timedelta(hours=1))
    end = {"state": State.DELIVERED, "delivered_at": NOW - DAY, "state_since": NOW - DAY}
    Shipment.objects.update(review_due_at=NOW, **end)
    judge()
    assert [case.headline for case in Case.objects.filter(state="open")] == found


def review(case: Case, kind: str) -> None:
    by = make_user(Role.FINANCE)
    actions.claim_case(case_id=case.pk, by=by, now=NOW)
    actions.decide(case_id=case.pk, kind=kind, by=by, now=NOW)
    Shipment.objects.update(review_due_at=NOW + DAY)
    judge(NOW + DAY)


@pytest.mark.parametrize(
    ("kind", "still_settled"), [(DecisionKind.REVERSE_COMPENSATION, False), (DecisionKind.KEEP_COMPENSATION, True)]
)
def test_what_was_looked_at_is_not_found_again_and_settles_only_what_was_kept(kind, still_settled):
    shipment = delivered(review_due_at=None)
    decide(shipment, DecisionKind.REFUND, amount=Decimal(80))
    Shipment.objects.update(review_due_at=NOW)
    judge()
    case = Case.objects.get(state="open")
    review(case, kind)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "decided")
    assert headlines() == {}
    assert compensations_of(case).exists() is still_settled
    decided = case.history.get(kind="decided").data
    assert [each["kind"] for each in decided["looked_at"]] == ["refund"]


def test_taking_back_withdraws_what_the_carrier_was_asked_for():
    shipment = delivered(review_due_at=None)
    by = make_user(Role.FINANCE)
    claim = CarrierClaim.objects.create(
        shipment=shipment, kind="lost", amount=Decimal(60), currency="USD", opened_at=NOW - 3 * DAY, opened_by=by
    )
    decide(shipment, DecisionKind.REFUND, amount=Decimal(80))
    Shipment.objects.update(review_due_at=NOW)
    judge()
    review(Case.objects.get(state="open"), DecisionKind.REVERSE_COMPENSATION)
    claim.refresh_from_db()
    assert claim.state == "dropped"


def test_support_may_neither_take_money_back_nor_close_what_finance_has_to_look_at():
    shipment = delivered(review_due_at=None)
    decide(shipment, DecisionKind.REFUND, amount=Decimal(80))
    Shipment.objects.update(review_due_at=NOW)
    judge()
    case = Case.objects.get(state="open")
    Case.objects.filter(pk=case.pk).update(owner_team="support")
    by = make_user(Role.SUPPORT)
    actions.claim_case(case_id=case.pk, by=by, now=NOW)
    with pytest.raises(actions.DecisionRefused):
        actions.decide(case_id=case.pk, kind=DecisionKind.REVERSE_COMPENSATION, by=by, now=NOW)
    assert Decision.objects.filter(kind=DecisionKind.REVERSE_COMPENSATION).count() == 0
    with pytest.raises(actions.NotYourTeam, match="finance looks at that first"):
        actions.close_case(case_id=case.pk, reason="The parcel came.", by=by, now=NOW)


def test_a_return_that_is_in_waits_for_its_refund_and_lets_go_when_the_order_gets_it():
    order = make_order()
    parcel = delivered(order=order, delivered_at=NOW - 20 * DAY, review_due_at=None)
    back = delivered(order=order, direction=Direction.RETURN, delivered_at=NOW - 10 * DAY)
    judge()
    assert headlines() == {back.tracking_number: "refund_overdue"}
    decide(parcel, DecisionKind.REFUND, amount=Decimal(80), at=NOW)
    assert Shipment.objects.get(pk=back.pk).review_due_at == NOW
    judge()
    assert headlines() == {}


def test_judging_takes_as_many_statements_for_any_number_of_ended_parcels():
    def statements(count: int) -> int:
        for _ in range(count):
            make_conversation(shipment=delivered())
        with CaptureQueriesContext(connection) as caught:
            assert triage_due(now=NOW).opened == count
        return len(caught)

    statements(1)
    assert statements(2) == statements(30)
