"""Parcels no order claims: attached, corrected to another carrier, and all of it taken back."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from exceptions_queue.models import Case
from exceptions_queue.seed import seed_policy
from exceptions_queue.transitions import CaseState
from exceptions_queue.triage import triage_due
from shipments import matching
from shipments.contracts import OrderFact, ParcelFact
from shipments.facts import State
from shipments.models import Conversation, ParcelAct, Shipment, TrackingEvent
from shipments.orders import Recorded, record_orders
from tests.factories import NOW, make_case, make_conversation, make_order, make_shipment, make_user

LATER = NOW + timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


def hear(*told: tuple[str, str, str, float], **fields: object) -> None:
    """Let events arrive: carrier, number, state and hours after the day before yesterday."""
    account = ensure_account(source="events", name="shop")
    bodies = [
        json.dumps(
            {
                "carrier": carrier,
                "tracking_number": number,
                "state": state,
                "occurred_at": (NOW - timedelta(days=2) + timedelta(hours=hours)).isoformat(),
                "raw_code": state,
            }
            | fields
        ).encode()
        for carrier, number, state, hours in told
    ]
    receive_many(messages=[NewMessage(account.pk, "events", NOW, body) for body in bodies], now=NOW)
    assert drain(now=NOW).failed == 0


def parcel(carrier: str, number: str = "X1") -> Shipment:
    return Shipment.objects.get(carrier=carrier, tracking_number=number)


def order_of(*parcels: tuple[str, str], order_id: str = "O-1") -> OrderFact:
    return OrderFact(order_id=order_id, shipments=tuple(ParcelFact(*each) for each in parcels))


def everything() -> list[list[dict[str, object]]]:
    return [list(model.objects.order_by("pk").values()) for model in (Shipment, ParcelAct, Conversation, TrackingEvent)]


def test_events_before_their_order_wait_and_attach_when_it_arrives():
    hear(("ups", "X1", "in_transit", 0))
    assert parcel("ups").order is None
    assert record_orders(orders=[order_of(("ups", "X1"))], now=LATER) == Recorded(orders=1, attached=1)
    assert (parcel("ups").order.order_id, parcel("ups").state, parcel("ups").review_due_at) == (
        "O-1",
        "in_transit",
        LATER,
    )


def test_of_a_number_two_carriers_use_the_order_takes_only_its_own():
    hear(("ups", "X1", "in_transit", 0), ("fedex", "X1", "delivered", 1))
    record_orders(orders=[order_of(("fedex", "X1"))], now=LATER)
    assert parcel("ups").order is None
    assert parcel("fedex").order.order_id == "O-1"


def test_a_parcel_whose_messages_name_an_unknown_order_attaches_when_it_arrives_without_parcels():
    hear(("ups", "X1", "in_transit", 0), order_id="O-1")
    hear(("ups", "X2", "in_transit", 0))
    hear(("ups", "X2", "in_transit", 5), order_id="O-1")
    assert record_orders(orders=[order_of()], now=LATER) == Recorded(orders=1, attached=2)
    assert {each.order.order_id for each in Shipment.objects.all()} == {"O-1"}


def test_attaching_joins_conversations_and_makes_the_whole_order_due():
    hear(("ups", "X1", "in_transit", 0))
    order, by = make_order(order_id="O-7"), make_user("operations")
    other = make_shipment(order=order)
    talk = make_conversation(shipment=parcel("ups"))
    done = matching.attach_to_order(shipment_ids=[parcel("ups").pk], order_id=" O-7 ", by=by, reason="asked", now=LATER)
    talk.refresh_from_db()
    other.refresh_from_db()
    assert (len(done.acts), done.skipped, parcel("ups").order, talk.order) == (1, (), order, order)
    assert (parcel("ups").review_due_at, other.review_due_at) == (LATER, LATER)
    act = ParcelAct.objects.get()
    assert (act.kind, act.order, act.by, act.reason) == ("attached", order, by, "asked")


def test_attaching_again_writes_nothing():
    hear(("ups", "X1", "in_transit", 0))
    make_order(order_id="O-7")
    by, pk = make_user("operations"), parcel("ups").pk
    matching.attach_to_order(shipment_ids=[pk], order_id="O-7", by=by, now=LATER)
    before = everything()
    again = matching.attach_to_order(shipment_ids=[pk], order_id="O-7", by=by, now=LATER)
    assert (again.acts, again.skipped) == ((), ("X1 has an order already.",))
    assert everything() == before


def test_an_unknown_order_is_refused_and_nothing_is_written():
    hear(("ups", "X1", "in_transit", 0))
    before = everything()
    with pytest.raises(matching.NoSuchOrder, match="no order “O-9”"):
        matching.attach_to_order(shipment_ids=[parcel("ups").pk], order_id="O-9", by=make_user(), now=LATER)
    assert everything() == before


def test_too_many_parcels_at_once_are_refused():
    with pytest.raises(matching.TooMany, match="at most 500"):
        matching.attach_to_order(shipment_ids=range(501), order_id="O-9", by=make_user(), now=LATER)
    with pytest.raises(matching.TooMany):
        matching.correct_carrier(shipment_ids=range(501), carrier="ups", by=make_user(), now=LATER)


def test_undoing_an_attachment_brings_back_what_was_and_only_once():
    hear(("ups", "X1", "in_transit", 0))
    make_order(order_id="O-7")
    talk, by = make_conversation(shipment=parcel("ups")), make_user("operations")
    (act,) = matching.attach_to_order(shipment_ids=[parcel("ups").pk], order_id="O-7", by=by, now=NOW).acts
    assert matching.undo(act_id=act.pk, by=by, now=LATER).kind == "detached"
    talk.refresh_from_db()
    assert (parcel("ups").order, talk.order, parcel("ups").review_due_at) == (None, None, LATER)
    before = everything()
    with pytest.raises(matching.NothingToUndo, match="already"):
        matching.undo(act_id=act.pk, by=by, now=LATER)
    assert everything() == before


def test_an_attachment_the_parcel_has_outgrown_is_not_undone():
    hear(("ups", "X1", "in_transit", 0))
    make_order(order_id="O-7")
    by = make_user("operations")
    (act,) = matching.attach_to_order(shipment_ids=[parcel("ups").pk], order_id="O-7", by=by, now=NOW).acts
    Shipment.objects.update(order=make_order())
    with pytest.raises(matching.NothingToUndo, match="another order"):
        matching.undo(act_id=act.pk, by=by, now=LATER)


def correct(carrier: str = "fedex", heard: str = "ups", now=LATER) -> ParcelAct:
    done = matching.correct_carrier(shipment_ids=[parcel(heard).pk], carrier=carrier, by=make_user(), now=now)
    assert done.skipped == ()
    return done.acts[0]


def test_a_corrected_parcel_becomes_one_with_the_parcel_of_the_order():
    record_orders(orders=[order_of(("fedex", "X1"))], now=NOW)
    hear(("ups", "X1", "picked_up", 0), ("ups", "X1", "out_for_delivery", 9))
    correct()
    right, wrong = parcel("fedex"), parcel("ups")
    assert (right.state, right.order.order_id, right.review_due_at) == ("out_for_delivery", "O-1", LATER)
    assert (wrong.superseded_by, wrong.order, right.scans.count(), TrackingEvent.objects.count()) == (right, None, 2, 2)


def test_a_corrected_parcel_nobody_knew_is_made_and_takes_order_and_promise():
    order = make_order()
    wrong = make_shipment(order=order, carrier="ups", tracking_number="X1", promised_at=LATER)
    make_conversation(shipment=wrong)
    correct()
    right = parcel("fedex")
    assert (right.order, right.promised_at, right.service, right.first_seen_at) == (
        order, LATER, "ground", wrong.first_seen_at,
    )  # fmt: skip
    assert Conversation.objects.get().shipment == right


def test_what_is_heard_under_the_wrong_carrier_later_is_folded_into_the_right_parcel_once():
    hear(("ups", "X1", "picked_up", 0))
    correct()
    hear(("ups", "X1", "picked_up", 0), ("ups", "X1", "attempted", 20), ("fedex", "X1", "out_for_delivery", 15))
    hear(("ups", "X1", "in_transit", 3))
    right = parcel("fedex")
    assert (right.state, right.attempts, right.scans.count()) == ("attempted", 1, 4)
    assert (parcel("ups").state, parcel("ups").events.count()) == ("picked_up", 3)


def test_an_order_that_names_the_wrong_carrier_gets_the_right_parcel():
    hear(("ups", "X1", "picked_up", 0))
    correct()
    assert record_orders(orders=[order_of(("ups", "X1"))], now=LATER) == Recorded(orders=1, attached=1)
    assert (parcel("fedex").order.order_id, parcel("ups").order) == ("O-1", None)


def test_an_undone_correction_leaves_nothing_behind():
    record_orders(orders=[order_of(("fedex", "X1"))], now=NOW)
    hear(("ups", "X1", "picked_up", 0))
    act = correct()
    hear(("ups", "X1", "delivered", 30))
    assert parcel("fedex").state == "delivered"
    matching.undo(act_id=act.pk, by=make_user(), now=LATER)
    right, wrong = parcel("fedex"), parcel("ups")
    assert (right.state, right.last_event_at, right.scans.count()) == (State.UNKNOWN, None, 0)
    assert (wrong.state, wrong.superseded_by, wrong.scans.count()) == ("delivered", None, 2)
    assert right.order.order_id == "O-1"


def test_undoing_takes_away_the_parcel_that_was_made_and_returns_the_order():
    order = make_order()
    make_shipment(order=order, carrier="ups", tracking_number="X1")
    talk = make_conversation(shipment=parcel("ups"))
    act = correct()
    matching.undo(act_id=act.pk, by=make_user(), now=LATER)
    talk.refresh_from_db()
    assert (parcel("ups").order, talk.shipment) == (order, parcel("ups"))
    assert not Shipment.objects.filter(carrier="fedex").exists()
    assert list(ParcelAct.objects.order_by("pk").values_list("kind", flat=True)) == ["corrected", "restored"]


def test_a_parcel_that_was_made_and_then_heard_of_stays_after_the_undo():
    hear(("ups", "X1", "picked_up", 0))
    act = correct()
    hear(("fedex", "X1", "in_transit", 3))
    matching.undo(act_id=act.pk, by=make_user(), now=LATER)
    assert (parcel("fedex").state, parcel("ups").state) == ("in_transit", "picked_up")


def test_a_correction_of_a_correction_carries_the_first_along_and_is_undone_in_order():
    hear(("ups", "X1", "picked_up", 0))
    first = correct("fedex")
    second = correct("usps", heard="fedex")
    assert (parcel("ups").superseded_by, parcel("usps").state) == (parcel("usps"), "picked_up")
    with pytest.raises(matching.NothingToUndo, match="later correction first"):
        matching.undo(act_id=first.pk, by=make_user(), now=LATER)
    matching.undo(act_id=second.pk, by=make_user(), now=LATER)
    assert (parcel("ups").superseded_by, parcel("fedex").state) == (parcel("fedex"), "picked_up")
    matching.undo(act_id=first.pk, by=make_user(), now=LATER)
    assert (parcel("ups").state, parcel("ups").superseded_by) == ("picked_up", None)
    assert (parcel("fedex").state, parcel("fedex").scans.count()) == (State.UNKNOWN, 0)


def test_parcels_that_cannot_be_corrected_are_left_alone_with_the_reason():
    make_shipment(carrier="ups", tracking_number="X1", order=make_order())
    make_shipment(carrier="fedex", tracking_number="X1", order=make_order())
    make_shipment(carrier="fedex", tracking_number="X2")
    hear(("ups", "X3", "in_transit", 0), ("dhl_express", "X4", "in_transit", 0), ("usps", "X4", "in_transit", 0))
    gone = parcel("ups", "X3")
    matching.correct_carrier(shipment_ids=[gone.pk], carrier="fedex", by=make_user(), now=NOW)
    ids = [parcel("ups").pk, parcel("fedex", "X2").pk, gone.pk, parcel("dhl_express", "X4").pk, parcel("usps", "X4").pk]
    before = ParcelAct.objects.count()
    done = matching.correct_carrier(shipment_ids=ids, carrier="fedex", by=make_user(), now=LATER)
    assert [why.split()[0] for why in done.skipped] == ["X1", "X2", "X3", "X4"]
    assert [act.shipment.carrier for act in done.acts] == ["dhl_express"]
    assert ParcelAct.objects.count() == before + 1


def test_a_superseded_parcels_case_closes_and_no_other_opens():
    seed_policy()
    hear(("ups", "X1", "delivered", 0))
    case = make_case(shipment=parcel("ups"))
    correct()
    assert triage_due(now=LATER + timedelta(minutes=1)).judged == 2
    case.refresh_from_db()
    assert (case.state, Case.objects.exclude(state=CaseState.CLOSED).filter(shipment=parcel("ups")).count()) == (
        "closed",
        0,
    )
    assert parcel("ups").review_due_at is None


@pytest.mark.parametrize("statement", ["UPDATE {0} SET reason = ''", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_database_refuses_to_change_an_act(statement):
    hear(("ups", "X1", "picked_up", 0))
    correct()
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format("shipments_parcelact"))
