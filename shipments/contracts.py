"""The plain contracts for orders and conversations: one JSON object in, one frozen value out (pure).

Absent, null and empty text mean the same: not said. `orders.py` never lets "not said" erase what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from shipments.facts import Channel, Direction, State, Topic, carrier_slug, clean_tracking_number
from shipments.stated import LONGEST_ID, LONGEST_TEXT, ContractError, Stated

__all__ = [
    "ContractError",
    "ConversationFact",
    "CustomerFact",
    "OrderFact",
    "ParcelFact",
    "merged",
    "parse_conversation",
    "parse_order",
]


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """What a shop says about a person; empty text is "not said"."""

    customer_id: str
    tier: str = ""
    email: str = ""
    name: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class ParcelFact:
    """A parcel an order names; `direction` is None where the shop did not say."""

    carrier: str
    tracking_number: str
    service: str = ""
    direction: Direction | None = None
    promised_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes two parcels the same."""
        return self.carrier, self.tracking_number


@dataclass(frozen=True, slots=True)
class OrderFact:
    """What a shop says about one order; instants are aware and in UTC, `value` is exact, each parcel is named once."""

    order_id: str
    storefront: str = ""
    placed_at: datetime | None = None
    promised_at: datetime | None = None
    value: Decimal | None = None
    currency: str = ""
    channel: Channel | None = None
    replaces: str = ""
    event_date: datetime | None = None
    customer: CustomerFact | None = None
    shipments: tuple[ParcelFact, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationFact:
    """What a helpdesk says about one conversation; instants are aware and in UTC."""

    conversation_id: str
    opened_at: datetime
    order_id: str = ""
    customer_id: str = ""
    tracking_number: str = ""
    topic: Topic | None = None
    first_reply_at: datetime | None = None
    first_reply_state: State | None = None
    closed_at: datetime | None = None
    url: str = ""


F = TypeVar("F", CustomerFact, ParcelFact, OrderFact, ConversationFact)


def parse_order(data: Any) -> OrderFact:
    """Return the order that one object of the plain contract states. Raises: ContractError."""
    said = Stated(data, _names(OrderFact), "order")
    value, currency = said.money("value"), said.text("currency", LONGEST_ID).upper()
    if value is not None and not currency:
        raise ContractError(said.at("currency"), 'is missing while there is a value; name it, for example "EUR"')
    customer = data.get("customer")
    return OrderFact(
        order_id=said.identifier("order_id"),
        storefront=said.text("storefront", LONGEST_ID),
        placed_at=said.time("placed_at"),
        promised_at=said.promise("promised_at"),
        value=value,
        currency=currency if value is not None else "",
        channel=said.choice("channel", Channel),
        replaces=said.text("replaces", LONGEST_ID),
        event_date=said.time("event_date", day_is_enough=True),
        customer=None if customer is None else _customer(customer),
        shipments=_parcels(data.get("shipments")),
    )


def parse_conversation(data: Any) -> ConversationFact:
    """Return the conversation that one object of the plain contract states. Raises: ContractError."""
    said = Stated(data, _names(ConversationFact), "conversation")
    opened_at = said.time("opened_at")
    if opened_at is None:
        raise ContractError("opened_at", "is missing; say when the customer opened the conversation")
    for name in ("first_reply_at", "closed_at"):
        later = said.time(name)
        if later is not None and later < opened_at:
            raise ContractError(name, "is before opened_at; check both times and their offsets")
    return ConversationFact(
        conversation_id=said.identifier("conversation_id"),
        opened_at=opened_at,
        order_id=said.text("order_id", LONGEST_ID),
        customer_id=said.text("customer_id", LONGEST_ID),
        tracking_number=clean_tracking_number(said.text("tracking_number", LONGEST_ID)),
        topic=said.choice("topic", Topic),
        first_reply_at=said.time("first_reply_at"),
        first_reply_state=said.choice("first_reply_state", State),
        closed_at=said.time("closed_at"),
        url=said.link("url"),
    )


def merged(known: F, later: F) -> F:
    """Return `known` with everything `later` says on top; parcels of an order are joined, never dropped."""
    said = {field.name: getattr(later, field.name) for field in fields(later)}
    news = {name: value for name, value in said.items() if value is not None and value != "" and value != ()}
    if isinstance(known, OrderFact) and isinstance(later, OrderFact):
        news["shipments"] = _joined(*known.shipments, *later.shipments)
        if known.customer and later.customer and known.customer.customer_id == later.customer.customer_id:
            news["customer"] = merged(known.customer, later.customer)
    return replace(known, **news)


def _names(contract: type) -> list[str]:
    return [field.name for field in fields(contract)]


def _customer(data: Any) -> CustomerFact:
    said = Stated(data, _names(CustomerFact), "customer", "customer.")
    return CustomerFact(
        customer_id=said.identifier("customer_id"),
        **{name: said.text(name, LONGEST_TEXT) for name in ("tier", "email", "name", "locale")},
    )


def _parcels(data: Any) -> tuple[ParcelFact, ...]:
    if data is None:
        return ()
    if not isinstance(data, list):
        raise ContractError("shipments", "must be a list of objects, one for each parcel")
    return _joined(*(_parcel(item, f"shipments[{index}].") for index, item in enumerate(data)))


def _parcel(data: Any, where: str) -> ParcelFact:
    said = Stated(data, _names(ParcelFact), "parcel", where)
    carrier = carrier_slug(said.identifier("carrier"))
    number = clean_tracking_number(said.identifier("tracking_number"))
    if not carrier:
        raise ContractError(f"{where}carrier", 'has no letter or digit; name the carrier, for example "ups"')
    direction = said.choice("direction", Direction)
    return ParcelFact(carrier, number, said.text("service", LONGEST_ID), direction, said.promise("promised_at"))


def _joined(*parcels: ParcelFact) -> tuple[ParcelFact, ...]:
    """Return each parcel once, in the order first named, the later word on top."""
    once: dict[tuple[str, str], ParcelFact] = {}
    for parcel in parcels:
        once[parcel.key] = merged(once[parcel.key], parcel) if parcel.key in once else parcel
    return tuple(once.values())
