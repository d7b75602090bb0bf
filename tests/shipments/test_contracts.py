from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shipments.contracts import (
    ContractError,
    ConversationFact,
    CustomerFact,
    OrderFact,
    ParcelFact,
    merged,
    parse_conversation,
    parse_order,
)
from shipments.facts import Channel, Direction, State, Topic

ORDER = {
    "order_id": "O-1",
    "storefront": "main",
    "placed_at": "2026-03-01T10:00:00+01:00",
    "promised_at": "2026-03-05T17:00:00Z",
    "value": "49.90",
    "currency": "eur",
    "channel": "marketplace",
    "replaces": "O-0",
    "event_date": "2026-03-08",
    "customer": {"customer_id": "C-1", "tier": "gold", "email": "a@example.com", "name": "Ann", "locale": "de"},
    "shipments": [
        {
            "carrier": "DHLExpress",
            "tracking_number": " 12 34 ab",
            "service": "express",
            "direction": "return",
            "promised_at": None,
        }
    ],
}
CONVERSATION = {
    "conversation_id": "Z-1",
    "order_id": "O-1",
    "customer_id": "C-1",
    "tracking_number": "1z 9",
    "topic": "wismo",
    "opened_at": "2026-03-04T10:00:00+00:00",
    "first_reply_at": "2026-03-04T11:00:00+00:00",
    "first_reply_state": "in_transit",
    "closed_at": None,
    "url": "https://helpdesk.example.com/1",
}


def test_whole_order_becomes_its_fact():
    assert parse_order(ORDER) == OrderFact(
        order_id="O-1",
        storefront="main",
        placed_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
        promised_at=datetime(2026, 3, 5, 17, tzinfo=UTC),
        value=Decimal("49.90"),
        currency="EUR",
        channel=Channel.MARKETPLACE,
        replaces="O-0",
        event_date=datetime(2026, 3, 8, tzinfo=UTC),
        customer=CustomerFact("C-1", "gold", "a@example.com", "Ann", "de"),
        shipments=(ParcelFact("dhl_express", "1234AB", "express", Direction.RETURN, None),),
    )


def test_order_of_nothing_but_its_id_is_enough():
    nothing = dict.fromkeys(ORDER) | {"order_id": "O-1"}
    assert parse_order({"order_id": "O-1"}) == parse_order(nothing) == OrderFact("O-1")


def test_whole_conversation_becomes_its_fact():
    assert parse_conversation(CONVERSATION) == ConversationFact(
        conversation_id="Z-1",
        opened_at=datetime(2026, 3, 4, 10, tzinfo=UTC),
        order_id="O-1",
        customer_id="C-1",
        tracking_number="1Z9",
        topic=Topic.WISMO,
        first_reply_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        first_reply_state=State.IN_TRANSIT,
        url="https://helpdesk.example.com/1",
    )


@pytest.mark.parametrize(
    "changes, field, fix",
    [
        ({"order_id": None}, "order_id", "is missing"),
        ({"order_id": "  "}, "order_id", "is missing"),
        ({"order_id": 7}, "order_id", 'put it in quotes: "7"'),
        ({"order_id": "x" * 201}, "order_id", "shorten it to at most 200"),
        ({"order_id": "a\0b"}, "order_id", "NUL"),
        ({"order_id": "a\ud800"}, "order_id", "UTF-8"),
        ({"storfront": "main"}, "storfront", "did you mean storefront?"),
        ({"zzz": 1}, "zzz", "it may hold order_id, storefront"),
        ({"value": "a lot"}, "value", "write an amount"),
        ({"value": True}, "value", "write an amount"),
        ({"value": "NaN"}, "value", "write an amount"),
        ({"value": -1}, "value", "from 0"),
        ({"value": "1e12"}, "value", "from 0"),
        ({"value": "1.005"}, "value", "round it to two decimals"),
        ({"currency": None}, "currency", "while there is a value"),
        ({"channel": "shop"}, "channel", "write one of direct, marketplace, replacement, return"),
        ({"placed_at": "2026-03-01T10:00:00"}, "placed_at", "without an offset"),
        ({"placed_at": "2026-03-01"}, "placed_at", "without an offset"),
        ({"placed_at": "yesterday"}, "placed_at", "write 2026-11-23T10:00:00+00:00"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at", "the year must be from 1970"),
        ({"customer": "Ann"}, "customer", "must be one JSON object"),
        ({"customer": {}}, "customer.customer_id", "is missing"),
        ({"customer": {"customer_id": "C", "mail": ""}}, "customer.mail", "did you mean email?"),
        ({"shipments": {}}, "shipments", "must be a list"),
        ({"shipments": [1]}, "shipments[0]", "must be one JSON object"),
        ({"shipments": [{"tracking_number": "1"}]}, "shipments[0].carrier", "is missing"),
        ({"shipments": [{"carrier": "...", "tracking_number": "1"}]}, "shipments[0].carrier", "name the carrier"),
        ({"shipments": [{"carrier": "ups"}]}, "shipments[0].tracking_number", "is missing"),
        (
            {"shipments": [{"carrier": "ups", "tracking_number": "1", "direction": "up"}]},
            "shipments[0].direction",
            "write one of outbound, return",
        ),
    ],
)
def test_broken_order_is_refused_by_field_and_fix(changes, field, fix):
    with pytest.raises(ContractError) as refusal:
        parse_order(ORDER | changes)
    assert refusal.value.field == field
    assert fix in refusal.value.fix
    assert str(refusal.value) == f"{field}: {refusal.value.fix}"


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"opened_at": None}, "opened_at"),
        ({"first_reply_at": "2026-03-04T09:00:00Z"}, "first_reply_at"),
        ({"closed_at": "2026-03-04T09:00:00Z"}, "closed_at"),
        ({"first_reply_state": "moving"}, "first_reply_state"),
        ({"topic": "hello"}, "topic"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"state": "x"}, "state"),
    ],
)
def test_broken_conversation_is_refused_by_field(changes, field):
    with pytest.raises(ContractError) as refusal:
        parse_conversation(CONVERSATION | changes)
    assert refusal.value.field == field


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_anything_but_an_object_is_refused(data):
    with pytest.raises(ContractError, match="must be one JSON object"):
        parse_order(data)


@pytest.mark.parametrize("value, expected", [(49.9, "49.90"), (0, "0.00"), (Decimal("12.5"), "12.50"), ("7", "7.00")])
def test_money_is_exact_however_it_was_written(value, expected):
    assert str(parse_order({"order_id": "O", "value": value, "currency": "USD"}).value) == expected


def test_currency_without_value_says_nothing():
    assert parse_order({"order_id": "O", "currency": "USD"}).currency == ""


def test_parcel_named_twice_is_one_with_the_later_word():
    parcels = [{"carrier": "ups", "tracking_number": "1", "service": "air"}, {"carrier": "UPS", "tracking_number": "1"}]
    assert parse_order({"order_id": "O", "shipments": parcels}).shipments == (ParcelFact("ups", "1", "air"),)


def test_later_word_is_put_on_top_and_parcels_are_joined():
    known = parse_order(ORDER)
    later = parse_order(
        {
            "order_id": "O-1",
            "storefront": "other",
            "customer": {"customer_id": "C-1", "tier": "silver"},
            "shipments": [{"carrier": "ups", "tracking_number": "2"}],
        }
    )
    both = merged(known, later)
    assert (both.storefront, both.value) == ("other", Decimal("49.90"))
    assert both.customer == CustomerFact("C-1", "silver", "a@example.com", "Ann", "de")
    assert [parcel.key for parcel in both.shipments] == [("dhl_express", "1234AB"), ("ups", "2")]
