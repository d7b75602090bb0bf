"""What the unmatched pages know of parcels beside their own row: who told of them, and the same number elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q

from carriers.inbox.replay import MOST
from carriers.models import InboundMessage, MessageState
from shipments.marks import carrier_name
from shipments.models import Order, ParcelAct, Shipment, TrackingEvent
from shipments.search import find


@dataclass(frozen=True, slots=True)
class ToldOf:
    """Who told of a parcel: sources, accounts, how many messages brought news, and the first of them."""

    sources: tuple[str, ...] = ()
    account: str = ""
    messages: int = 0
    first_message: int | None = None


def put_what_is_told(parcels: Sequence[Shipment]) -> None:
    """Put on each parcel `told` and, as `twins`, the parcels of other carriers with its number. Three queries."""
    counted = (
        TrackingEvent.objects.filter(shipment__in=[each.pk for each in parcels])
        .order_by()
        .values("shipment")
        .annotate(
            sources=ArrayAgg("source", distinct=True),
            messages=Count("message_id", distinct=True),
            first=Min("message_id"),
            last=Max("message_id"),
        )
    )
    rows = {row["shipment"]: row for row in counted}
    last = [row["last"] for row in rows.values() if row["last"]]
    accounts = {
        pk: f"{source}/{name}"
        for pk, source, name in InboundMessage.objects.filter(pk__in=last).values_list(
            "pk", "account__source", "account__name"
        )
    }
    twins = _twins(parcels)
    for each in parcels:
        row = rows.get(each.pk)
        each.told = (
            ToldOf(tuple(row["sources"]), accounts.get(row["last"], ""), row["messages"], row["first"])
            if row
            else ToldOf()
        )
        each.twins = twins.get(each.tracking_number, [])
        each.carrier_said = carrier_name(each.carrier)


def _twins(parcels: Sequence[Shipment]) -> dict[str, list[Shipment]]:
    numbers = [each.tracking_number for each in parcels]
    same = Shipment.objects.filter(tracking_number__in=numbers, superseded_by=None)
    found: dict[str, list[Shipment]] = {}
    for each in same.exclude(pk__in=[each.pk for each in parcels]).select_related("order").order_by("pk"):
        each.carrier_said = carrier_name(each.carrier)
        found.setdefault(each.tracking_number, []).append(each)
    return found


def messages_of(parcel_ids: Sequence[int], most: int = MOST) -> list[int]:
    """Return the ids of the messages that told of these parcels or were asked for about them, newest first."""
    parcels = Shipment.objects.filter(Q(pk__in=parcel_ids) | Q(superseded_by__in=parcel_ids))
    told = TrackingEvent.objects.filter(shipment__in=parcels.values("pk"), message_id__isnull=False)
    asked = Q(subject_number__in=parcels.values("tracking_number"), subject_carrier__in=parcels.values("carrier"))
    rows = InboundMessage.objects.filter(Q(pk__in=told.values("message_id")) | asked)
    return list(rows.exclude(state=MessageState.QUARANTINED).order_by("-pk").values_list("pk", flat=True)[:most])


def orders_like(text: str, most: int = 10) -> list[Order]:
    """Return the orders a text finds, by their id, their customer or another parcel of theirs; few and the newest."""
    wanted = text.strip()
    if not wanted:
        return []
    known = Shipment.objects.filter(pk__in=find(wanted).ids[:200], order__isnull=False).values("order_id")
    spelled = {wanted, wanted.upper(), f"#{wanted.removeprefix('#')}", wanted.removeprefix("#")}
    orders = Order.objects.filter(Q(order_id__in=spelled) | Q(pk__in=known)).select_related("customer")
    return list(orders.annotate(parcels=Count("shipments")).order_by("-placed_at", "-pk")[:most])


def acts_lately(most: int = 10) -> list[ParcelAct]:
    """Return what people did last with such parcels, newest first; `is_undone` where it was taken back."""
    rows = ParcelAct.objects.filter(undoes=None).select_related("shipment", "order", "by", "undone_by_act")
    return said_acts(list(rows.order_by("-at", "-pk")[:most]))


def said_acts(acts: list[ParcelAct]) -> list[ParcelAct]:
    """Put on each act what it did, in words."""
    for act in acts:
        act.is_undone = hasattr(act, "undone_by_act")
        if act.kind == ParcelAct.Kind.ATTACHED:
            act.words = f"attached to order {act.order}"
        else:
            act.words = f"heard as {carrier_name(act.shipment.carrier)}, is {carrier_name(act.carrier)}"
    return acts
