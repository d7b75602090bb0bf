from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shipments.contracts import ConversationFact, CustomerFact, OrderFact, ParcelFact
from shipments.facts import Channel, Direction, State, Topic
from shipments.models import Conversation, Customer, Order, Shipment
from shipments.orders import BATCH, Recorded, RecordedConversations, record_conversations, record_orders
from tests.factories import NOW, make_conversation, make_customer, make_order, make_shipment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)

ORDER = OrderFact(
    order_id="O-1",
    storefront="main",
    placed_at=NOW,
    promised_at=LATER,
    value=Decimal("49.90"),
    currency="EUR",
    channel=Channel.MARKETPLACE,
    customer=CustomerFact("C-1", "gold", "ann@example.com", "Ann", "de"),
    shipments=(ParcelFact("ups", "1Z1", "ground", Direction.OUTBOUND, LATER), ParcelFact("ups", "1Z2")),
)


def test_new_order_makes_customer_order_and_parcels_due_now():
    assert record_orders(orders=[ORDER], now=NOW) == Recorded(orders=1, shipments=2)
    order = Order.objects.select_related("customer").get()
    assert (order.order_id, order.value, order.currency, order.channel) == (
        "O-1",
        Decimal("49.90"),
        "EUR",
        "marketplace",
    )
    assert (order.customer.customer_id, order.customer.tier) == ("C-1", "gold")
    first, second = Shipment.objects.order_by("tracking_number")
    assert (first.order, first.service, first.promised_at) == (order, "ground", LATER)
    assert (first.review_due_at, first.first_seen_at, first.state) == (NOW, NOW, State.UNKNOWN)
    assert (second.order, second.direction, second.promised_at) == (order, "outbound", None)


def test_same_order_again_changes_nothing():
    record_orders(orders=[ORDER], now=NOW)
    assert record_orders(orders=[ORDER], now=LATER) == Recorded(unchanged=1)
    assert set(Shipment.objects.values_list("review_due_at", flat=True)) == {NOW}


def test_what_is_not_said_erases_nothing():
    record_orders(orders=[ORDER], now=NOW)
    silent = OrderFact("O-1", customer=CustomerFact("C-1"), shipments=(ParcelFact("ups", "1Z1"),))
    assert record_orders(orders=[silent], now=LATER) == Recorded(unchanged=1)
    assert Order.objects.get().channel == "marketplace"
    assert Shipment.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"promised_at": LATER + timedelta(days=1)},
        {"value": Decimal("50")},
        {"currency": "USD"},
        {"channel": Channel.DIRECT},
        {"storefront": "other"},
        {"event_date": LATER},
        {"customer": CustomerFact("C-1", "silver")},
        {"customer": CustomerFact("C-2")},
        {"shipments": (ParcelFact("ups", "1Z1", promised_at=NOW),)},
    ],
)
def test_change_of_an_order_makes_all_its_parcels_due(changes):
    record_orders(orders=[ORDER], now=NOW)
    assert record_orders(orders=[replace(ORDER, **changes)], now=LATER) == Recorded(orders=1)
    assert set(Shipment.objects.values_list("review_due_at", flat=True)) == {LATER}


def test_unclaimed_parcel_joins_the_order_with_its_conversations():
    parcel = make_shipment(order=None, tracking_number="1Z2", state=State.DELAYED)
    talk = make_conversation(shipment=parcel, order=None, customer=None)
    assert record_orders(orders=[ORDER], now=NOW) == Recorded(orders=1, shipments=1, attached=1)
    parcel.refresh_from_db()
    talk.refresh_from_db()
    assert (parcel.order.order_id, parcel.state, parcel.review_due_at) == ("O-1", State.DELAYED, NOW)
    assert talk.order == parcel.order


def test_parcel_of_another_order_stays_there():
    parcel = make_shipment(tracking_number="1Z2", service="air")
    other = parcel.order
    taker = replace(ORDER, shipments=(ParcelFact("ups", "1Z2", "ground"),))
    assert record_orders(orders=[taker], now=NOW) == Recorded(orders=1, claimed_elsewhere=1)
    parcel.refresh_from_db()
    assert (parcel.order, parcel.service, parcel.review_due_at) == (other, "air", None)


def test_parcel_two_new_orders_name_belongs_to_the_first():
    orders = [OrderFact(name, shipments=(ParcelFact("ups", "1"),)) for name in ("O-1", "O-2")]
    assert record_orders(orders=orders, now=NOW) == Recorded(orders=2, shipments=1, claimed_elsewhere=1)
    assert Shipment.objects.get().order.order_id == "O-1"
    assert record_orders(orders=orders, now=NOW) == Recorded(unchanged=2, claimed_elsewhere=1)


def test_new_parcel_of_a_known_order_counts_the_order_as_changed():
    record_orders(orders=[OrderFact("O-1")], now=NOW)
    later = OrderFact("O-1", shipments=(ParcelFact("ups", "1"),))
    assert record_orders(orders=[later], now=NOW) == Recorded(orders=1, shipments=1)


def test_order_twice_in_a_batch_is_one_with_the_later_word():
    record_orders(orders=[ORDER, OrderFact("O-1", storefront="other", shipments=(ParcelFact("ups", "1Z3"),))], now=NOW)
    assert Order.objects.get().storefront == "other"
    assert Shipment.objects.count() == 3


def test_nothing_to_record_writes_nothing():
    assert record_orders(orders=[], now=NOW) == Recorded()
    assert record_orders(orders=[OrderFact("O-1")], now=NOW) == Recorded(orders=1)


def _orders(count):
    return [
        OrderFact(f"O-{n}", customer=CustomerFact(f"C-{n}"), shipments=(ParcelFact("ups", f"1Z{n}"),))
        for n in range(count)
    ]


@pytest.mark.parametrize("count, batches", [(1, 1), (BATCH, 1), (BATCH + 1, 2)])
def test_statements_are_as_many_for_any_batch(count, batches):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record_orders(orders=_orders(count), now=NOW)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 8 * batches
    assert Shipment.objects.count() == Customer.objects.count() == count


TALK = ConversationFact("Z-1", NOW, topic=Topic.WISMO, url="https://desk.example.com/1")


def test_conversation_is_linked_by_order_and_number_and_makes_all_parcels_due():
    record_orders(orders=[ORDER], now=NOW)
    said = replace(TALK, order_id="O-1", tracking_number="1Z2")
    assert record_conversations(conversations=[said], now=LATER) == RecordedConversations(conversations=1)
    talk = Conversation.objects.get()
    assert (talk.order.order_id, talk.shipment.tracking_number) == ("O-1", "1Z2")
    assert (talk.customer.customer_id, talk.topic) == ("C-1", "wismo")
    assert set(Shipment.objects.values_list("review_due_at", flat=True)) == {LATER}


def test_same_conversation_again_changes_nothing():
    record_orders(orders=[ORDER], now=NOW)
    said = replace(TALK, order_id="O-1")
    record_conversations(conversations=[said], now=NOW)
    again = record_conversations(conversations=[said, replace(said, topic=None, url="")], now=LATER)
    assert again == RecordedConversations(unchanged=1)
    assert set(Shipment.objects.values_list("review_due_at", flat=True)) == {NOW}


def test_reply_and_closing_are_added():
    record_conversations(conversations=[TALK], now=NOW)
    closed = ConversationFact("Z-1", NOW, first_reply_at=LATER, first_reply_state=State.DELAYED, closed_at=LATER)
    assert record_conversations(conversations=[closed], now=LATER).conversations == 1
    talk = Conversation.objects.get()
    assert (talk.first_reply_at, talk.first_reply_state, talk.closed_at) == (LATER, "delayed", LATER)
    assert (talk.topic, talk.url) == ("wismo", TALK.url)


@pytest.mark.parametrize("number", ["", "1Z8"], ids=["order alone", "with its parcel"])
def test_conversation_that_turns_out_to_be_about_another_order_leaves_the_first_and_makes_both_due(number):
    wrong, right = make_shipment(tracking_number="1Z9"), make_shipment(tracking_number="1Z8")
    record_conversations(conversations=[replace(TALK, tracking_number="1Z9")], now=NOW)
    Shipment.objects.update(review_due_at=None)
    said = replace(TALK, order_id=right.order.order_id, tracking_number=number)
    record_conversations(conversations=[said], now=LATER)
    talk = Conversation.objects.get()
    assert (talk.order, talk.shipment) == (right.order, right if number else None)
    assert dict(Shipment.objects.values_list("pk", "review_due_at")) == {wrong.pk: LATER, right.pk: LATER}
    assert record_conversations(conversations=[said], now=LATER) == RecordedConversations(unchanged=1)


def test_conversation_that_turns_out_to_be_about_another_parcel_makes_the_first_due_too():
    _, second = (make_shipment(tracking_number=number, order=None) for number in ("1Z8", "1Z9"))
    for number in ("1Z8", "1Z9"):
        record_conversations(conversations=[replace(TALK, tracking_number=number)], now=NOW)
        assert Shipment.objects.get(tracking_number="1Z8").review_due_at == NOW
        Shipment.objects.update(review_due_at=None)
    assert Conversation.objects.get().shipment == second


def test_number_alone_finds_parcel_order_and_customer():
    parcel = make_shipment(tracking_number="1Z9")
    record_conversations(conversations=[replace(TALK, tracking_number="1Z9")], now=NOW)
    talk = Conversation.objects.get()
    assert (talk.shipment, talk.order, talk.customer) == (parcel, parcel.order, parcel.order.customer)


def test_number_two_carriers_use_means_the_parcel_of_the_stated_order():
    wanted = make_shipment(carrier="ups", tracking_number="7")
    make_shipment(carrier="fedex", tracking_number="7")
    said = replace(TALK, tracking_number="7", order_id=wanted.order.order_id)
    record_conversations(conversations=[said], now=NOW)
    assert Conversation.objects.get().shipment == wanted


def test_number_of_another_order_is_not_linked():
    parcel, order = make_shipment(tracking_number="7"), make_order()
    record_conversations(conversations=[replace(TALK, tracking_number="7", order_id=order.order_id)], now=NOW)
    talk = Conversation.objects.get()
    assert (talk.order, talk.shipment) == (order, None)
    parcel.refresh_from_db()
    assert parcel.review_due_at is None


def test_conversation_nobody_can_place_is_counted_until_its_order_comes():
    said = replace(TALK, order_id="O-1")
    assert record_conversations(conversations=[said], now=NOW) == RecordedConversations(1, 0, 1)
    assert record_conversations(conversations=[said], now=NOW) == RecordedConversations(0, 1, 1)
    make_order(order_id="O-1")
    assert record_conversations(conversations=[said], now=NOW) == RecordedConversations(1, 0, 0)


def test_customer_is_linked_by_the_stated_id():
    person = make_customer(customer_id="C-9")
    record_conversations(conversations=[replace(TALK, customer_id="C-9")], now=NOW)
    assert Conversation.objects.get().customer == person


@pytest.mark.parametrize("count", [1, 200])
def test_conversation_statements_are_as_many_for_any_batch(count):
    record_orders(orders=_orders(count), now=NOW)
    said = [replace(TALK, conversation_id=f"Z-{n}", order_id=f"O-{n}") for n in range(count)]
    with CaptureQueriesContext(connection) as queries:
        record_conversations(conversations=said, now=LATER)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 4
