import json
from datetime import timedelta
from decimal import Decimal

import pytest

from exceptions_queue.evidence import MOST_EVENTS, snapshot, words_for
from exceptions_queue.models import Decision
from tests.factories import (
    NOW,
    make_case,
    make_conversation,
    make_customer,
    make_event,
    make_finding,
    make_order,
    make_reading,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db


def rich_case():
    order = make_order(value=Decimal("120.50"), currency="EUR", customer=make_customer(customer_id="C-9", tier="vip"))
    shipment = make_shipment(order=order, promised_at=NOW + timedelta(days=2))
    case = make_case(shipment=shipment, explanation={"matched": ["silent for 3 days"], "points": []})
    make_finding(case)
    make_event(shipment, state="attempted", reason="recipient_unavailable", raw_code="X:48", occurred_at=NOW)
    make_event(shipment, occurred_at=NOW - timedelta(days=2))
    make_conversation(shipment=shipment, conversation_id="Z-1")
    make_conversation(order=order, conversation_id="Z-2", opened_at=NOW)
    Decision.objects.create(case=case, kind="keep_waiting", at=NOW, by=make_user(username="sam"), evidence={})
    return case


def test_a_snapshot_holds_all_that_a_decision_rests_on():
    case = rich_case()
    kept = snapshot(case, NOW)
    assert json.loads(json.dumps(kept)) == kept
    assert kept["at"] == NOW.isoformat()
    assert kept["policy"] == {"version": case.policy.number, "explanation": case.explanation}
    assert kept["case"]["headline_words"] == "Stalled"
    assert {each["kind"] for each in kept["findings"]} == {"stalled", "promise_at_risk"}
    assert kept["promise"]["promised_at"] == (NOW + timedelta(days=2)).isoformat()
    assert (kept["order"]["value"], kept["order"]["currency"]) == ("120.50", "EUR")
    assert (kept["order"]["customer_id"], kept["order"]["customer_tier"]) == ("C-9", "vip")
    assert [each["conversation_id"] for each in kept["conversations"]] == ["Z-2", "Z-1"]
    assert [(each["kind"], each["by"], each["case"]) for each in kept["decisions"]] == [
        ("keep_waiting", "sam", case.pk)
    ]


def test_scans_are_told_in_our_words_and_raw_newest_first():
    newest, older = snapshot(rich_case(), NOW)["events"]
    assert newest["words"] == "Delivery attempted: nobody there to receive it"
    assert (newest["raw_code"], newest["raw_description"]) == ("X:48", "Arrived at facility")
    assert newest["occurred_at"] > older["occurred_at"]


def test_a_scan_is_kept_as_it_is_read_now_and_says_since_which_publication():
    case = make_case()
    make_reading(make_event(case.shipment, state="unknown", mapped=False), publication=3)
    (scan,) = snapshot(case, NOW)["events"]
    assert (scan["words"], scan["corrected_by_publication"]) == ("Delivered", 3)


def test_no_name_and_no_address_of_the_customer_is_kept():
    case = rich_case()
    customer = case.shipment.order.customer
    kept = json.dumps(snapshot(case, NOW))
    assert customer.name not in kept
    assert customer.email not in kept


def test_only_the_newest_scans_are_kept_and_all_are_counted():
    case = make_case()
    for hours in range(MOST_EVENTS + 3):
        make_event(case.shipment, occurred_at=NOW - timedelta(hours=hours))
    kept = snapshot(case, NOW)
    assert (len(kept["events"]), kept["events_total"]) == (MOST_EVENTS, MOST_EVENTS + 3)
    assert kept["events"][0]["occurred_at"] == NOW.isoformat()


def test_a_parcel_without_order_or_scans_has_evidence_too():
    kept = snapshot(make_case(shipment=make_shipment(order=None, promised_at=None)), NOW)
    assert (kept["order"], kept["events"], kept["conversations"], kept["decisions"]) == (None, [], [], [])
    assert kept["promise"] == {"promised_at": None, "promised_for": "", "carrier_estimate_at": None}


def test_decisions_on_the_orders_other_parcels_are_evidence():
    first = rich_case()
    second = make_case(shipment=make_shipment(order=first.shipment.order))
    assert [each["case"] for each in snapshot(second, NOW)["decisions"]] == [first.pk]


def test_it_takes_few_queries_whatever_there_is(django_assert_max_num_queries):
    case = rich_case()
    case.refresh_from_db()
    with django_assert_max_num_queries(7):
        snapshot(case, NOW)


def test_words_without_a_reason_are_the_state_alone():
    assert words_for("in_transit", "") == "In transit"
