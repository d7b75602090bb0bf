"""What the unmatched pages know of parcels beside their own row: who told of them, and the same number elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count, Q, Subquery
from django.http import Http404

from carriers.inbox.replay import MOST
from carriers.models import InboundMessage, MessageState
from shipments.marks import carrier_name
from shipments.models import Order, ParcelAct, Shipment, TrackingEvent
from shipments.search import find

_TOLD: Final = """
WITH told AS (
    SELECT shipment_id, count(DISTINCT message_id) AS messages, max(message_id) AS last
      FROM shipments_trackingevent
     WHERE shipment_id = ANY(%s)
     GROUP BY shipment_id)
SELECT told.shipment_id, told.messages, account.source || '/' || account.name
  FROM told
  LEFT JOIN carriers_inboundmessage message ON message.id = told.last
  LEFT JOIN carriers_account account ON account.id = message.account_id
"""


@dataclass(frozen=True, slots=True)
class ToldOf:
    """Who told of a parcel last, empty where nobody did, and how many messages brought news of it."""

    account: str = ""
    messages: int = 0


def put_told(parcels: Sequence[Shipment]) -> None:
    """Put on each parcel who told of it (`told`) and its carrier in words. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [[each.pk for each in parcels]])
        told = {pk: ToldOf(account or "", messages) for pk, messages, account in cursor.fetchall()}
    for each in parcels:
        each.told = told.get(each.pk, ToldOf())
        each.carrier_said = carrier_name(each.carrier)


def put_twins(parcels: Sequence[Shipment]) -> None:
    """Put on each parcel the parcels of other carriers with its number (`twins`). One query."""
    numbers = [each.tracking_number for each in parcels]
    same = Shipment.objects.filter(tracking_number__in=numbers, superseded_by=None).select_related("order")
    found: dict[str, list[Shipment]] = {}
    for each in same.order_by("pk"):
        each.carrier_said = carrier_name(each.carrier)
        found.setdefault(each.tracking_number, []).append(each)
    for each in parcels:
        each.twins = [twin for twin in found.get(each.tracking_number, ()) if twin.pk != each.pk]


def parcel_with_twins(pk: int) -> Shipment:
    """Return one parcel, its `twins` with it. One query. Raises: Http404."""
    number = Shipment.objects.filter(pk=pk).values("tracking_number")[:1]
    rows = Shipment.objects.filter(tracking_number=Subquery(number)).select_related("order", "superseded_by")
    same = list(rows.order_by("pk"))
    found = next((each for each in same if each.pk == pk), None)
    if found is None:
        raise Http404("There is no such parcel.")
    found.twins = [each for each in same if each.pk != pk and each.superseded_by_id is None]
    for each in found.twins:
        each.carrier_said = carrier_name(each.carrier)
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
    known = Shipment.objects.filter(pk__in=find(text).ids[:200], order__isnull=False).values("order_id")
    return _newest(Q(order_id__in=_spellings(text)) | Q(pk__in=known), most)


def order_called(order_id: str) -> list[Order]:
    """Return the order of this id, if it has arrived."""
    return _newest(Q(order_id=order_id), 1) if order_id else []


def _newest(which: Q, most: int) -> list[Order]:
    orders = Order.objects.filter(which).select_related("customer").annotate(parcels=Count("shipments"))
    return list(orders.order_by("-placed_at", "-pk")[:most])


def _spellings(text: str) -> set[str]:
    bare = text.removeprefix("#")
    return {text, text.upper(), bare, f"#{bare}"}


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
