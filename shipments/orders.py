"""What shops and helpdesks tell: orders with their parcels, and conversations, recorded in set-based batches.

"Not said" never erases what is known, saying the same again writes nothing, and an order never loses a parcel.
Rows are locked in one order: customers, orders, then shipments by id. Only a number that is new to two transactions at
once can cross it; the one the database ends begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import connection, transaction

from shipments import orders_sql as sql
from shipments.contracts import ConversationFact, CustomerFact, OrderFact, ParcelFact, merged
from shipments.setwise import outlast_deadlocks

BATCH: Final = 500
T = TypeVar("T")
F = TypeVar("F", OrderFact, ConversationFact)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a call changed.

    `orders` are new or changed ones, `shipments` new parcels, `attached` known parcels nobody had claimed, and
    `claimed_elsewhere` parcels that already belong to another order and stay there.
    """

    orders: int = 0
    shipments: int = 0
    attached: int = 0
    unchanged: int = 0
    claimed_elsewhere: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return _sum(self, other)


@dataclass(frozen=True, slots=True)
class RecordedConversations:
    """What a call changed; `unlinked` name no order and no parcel that is known (record them again when it is)."""

    conversations: int = 0
    unchanged: int = 0
    unlinked: int = 0

    def __add__(self, other: RecordedConversations) -> RecordedConversations:
        return _sum(self, other)


def record_orders(*, orders: Sequence[OrderFact], now: datetime) -> Recorded:
    """Record orders, their customers and parcels; every shipment that something changed for is due for review now.

    Any order, repeats allowed (the later word counts); one transaction for each batch of 500.
    """
    return sum((_record_orders(batch, now) for batch in _batches(orders)), Recorded())


def record_conversations(*, conversations: Sequence[ConversationFact], now: datetime) -> RecordedConversations:
    """Record conversations and link each to its order and parcel, which are due for review now, as are those it leaves.

    A number that several carriers use means the parcel of the stated order, else the newest. Any order, repeats
    allowed (the later word counts); one transaction for each batch of 500.
    """
    return sum((_record_conversations(batch, now) for batch in _batches(conversations)), RecordedConversations())


@outlast_deadlocks
@transaction.atomic(durable=True)
def _record_orders(batch: Sequence[OrderFact], now: datetime) -> Recorded:
    orders = _once(batch, "order_id")
    with connection.cursor() as cursor:
        orders = _by_right_carrier(cursor, orders)
        owners = _owners(orders)
        parcels = _parcel_columns(owners) | {"now": now, "orders": [order.order_id for order in orders]}
        cursor.execute(sql.CUSTOMERS, _customer_columns(orders))
        customers = {row[0] for row in cursor.fetchall()}
        cursor.execute(sql.ORDERS, _order_columns(orders))
        changed = {row[0] for row in cursor.fetchall()}
        changed |= {order.order_id for order in orders if order.customer and order.customer.customer_id in customers}
        cursor.execute(sql.NEW_PARCELS, parcels)
        created = {row[0] for row in cursor.fetchall()}
        cursor.execute(sql.LOCK_PARCELS, parcels)
        known = {(carrier, number): (pk, owner) for pk, carrier, number, owner in cursor.fetchall()}
        cursor.execute(sql.TELL_PARCELS, parcels)
        changed |= {row[0] for row in cursor.fetchall()}
        cursor.execute(sql.TAKE_WAITING, parcels)
        waited = dict(cursor.fetchall())
        changed |= set(waited.values())
        attached = [*(known[key][0] for key in owners if known[key][1] is None), *waited]
        cursor.execute(sql.REVIEW, {"changed": list(changed), "attached": attached, "now": now})
    named = [(parcel.key, order.order_id) for order in orders for parcel in order.shipments]
    changed |= {order_id for key, order_id in named if known[key][0] in created and owners[key][0] == order_id}
    return Recorded(
        orders=len(changed & {order.order_id for order in orders}),
        shipments=len(created),
        attached=len(attached),
        unchanged=sum(order.order_id not in changed for order in orders),
        claimed_elsewhere=sum((known[key][1] or owners[key][0]) != order_id for key, order_id in named),
    )


@outlast_deadlocks
@transaction.atomic(durable=True)
def _record_conversations(batch: Sequence[ConversationFact], now: datetime) -> RecordedConversations:
    told = _once(batch, "conversation_id")
    ids = {"conversation_id": [each.conversation_id for each in told]}
    with connection.cursor() as cursor:
        cursor.execute(sql.KNOWN_ABOUT, ids)
        before = {row[0]: row for row in cursor.fetchall()}
        cursor.execute(sql.CONVERSATIONS, _columns(told, ConversationFact))
        changed = cursor.fetchall()
        rows = [*changed, *(before[row[0]] for row in changed if row[0] in before)]
        about = {"orders": [row[1] for row in rows], "parcels": [row[2] for row in rows]}
        cursor.execute(sql.REVIEW_ABOUT, about | {"now": now})
        cursor.execute(sql.UNLINKED, ids)
        unlinked = cursor.fetchone()[0]
    return RecordedConversations(len(changed), len(told) - len(changed), unlinked)


def _once(batch: Sequence[F], key: str) -> list[F]:
    """Return each order or conversation once, the later word on top."""
    once: dict[str, F] = {}
    for fact in batch:
        name = getattr(fact, key)
        once[name] = merged(once[name], fact) if name in once else fact
    return list(once.values())


def _by_right_carrier(cursor: Any, orders: Sequence[OrderFact]) -> list[OrderFact]:
    """Return the orders with their parcels under the carriers that people corrected them to."""
    named = [parcel for order in orders for parcel in order.shipments]
    cursor.execute(sql.CORRECTED, _columns(named, ParcelFact))
    right = {(carrier, number): other for carrier, number, other in cursor.fetchall()}
    if not right:
        return list(orders)
    return [
        replace(
            order,
            shipments=tuple(replace(each, carrier=right.get(each.key, each.carrier)) for each in order.shipments),
        )
        for order in orders
    ]


def _owners(orders: Sequence[OrderFact]) -> dict[tuple[str, str], tuple[str, ParcelFact]]:
    """Return for each parcel the order that claims it: the first that names it."""
    owners: dict[tuple[str, str], tuple[str, ParcelFact]] = {}
    for order in orders:
        for parcel in order.shipments:
            owners.setdefault(parcel.key, (order.order_id, parcel))
    return owners


def _customer_columns(orders: Sequence[OrderFact]) -> dict[str, list[Any]]:
    customers: dict[str, CustomerFact] = {}
    for order in orders:
        if (said := order.customer) is not None:
            known = customers.get(said.customer_id)
            customers[said.customer_id] = merged(known, said) if known else said
    return _columns(list(customers.values()), CustomerFact)


def _order_columns(orders: Sequence[OrderFact]) -> dict[str, list[Any]]:
    columns = _columns(orders, OrderFact)
    columns["customer"] = [order.customer and order.customer.customer_id for order in orders]
    columns["with_channel"] = [order.order_id for order in orders if order.channel]
    del columns["shipments"]
    return columns


def _parcel_columns(owners: dict[tuple[str, str], tuple[str, ParcelFact]]) -> dict[str, Any]:
    claims = list(owners.values())
    return _columns([parcel for _, parcel in claims], ParcelFact) | {"order_id": [order_id for order_id, _ in claims]}


def _columns(facts: Sequence[Any], kind: type) -> dict[str, list[Any]]:
    """Return the facts' fields as lists, as `unnest` wants them."""
    return {field.name: [getattr(fact, field.name) for fact in facts] for field in fields(kind)}


def _batches(facts: Sequence[T]) -> Iterator[Sequence[T]]:
    return (facts[start : start + BATCH] for start in range(0, len(facts), BATCH))


def _sum(one: Any, other: Any) -> Any:
    return type(one)(*(getattr(one, field.name) + getattr(other, field.name) for field in fields(one)))
