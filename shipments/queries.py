"""What the shipment pages ask of the database: one function for each page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db.models import (
    Case,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict

from shipments.facts import TERMINAL
from shipments.keyset import ID, Key, Page, Sort, instant, page_of, whole
from shipments.marks import carrier_name
from shipments.models import CarrierSilence, Conversation, ParcelAct, Shipment
from shipments.search import Found
from shipments.sides import Sides, sides_of
from shipments.story import Day, because, parcel_story

SIBLINGS: Final = 20
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_ENDED: Final = Key(
    Case(When(state__in=[str(state) for state in sorted(TERMINAL)], then=1), default=0, output_field=IntegerField()),
    whole,
)
_PROMISE: Final = Key(
    Coalesce("promised_at", "order__promised_at", Value(_NEVER, output_field=DateTimeField())), instant
)
_SCANNED: Final = Key(Coalesce("last_physical_at", "first_seen_at"), instant)

NEWEST: Final = Sort("newest", "Newest first", (ID,), descending=True)
SORTS: Final = {
    sort.slug: sort
    for sort in (
        NEWEST,
        Sort("promise", "Promise first", (_ENDED, _PROMISE, ID)),
        Sort("silent", "Longest without a scan", (_ENDED, _SCANNED, ID)),
    )
}


def best_match(found: Found) -> Sort:
    """Return the order of a search: whole matches first, then the newest."""
    rank = Case(When(pk__in=found.exact, then=0), default=1, output_field=IntegerField())
    return Sort("match", "Best match", (Key(rank, whole), Key(F("id") * -1, whole)))


def list_page(shipments: QuerySet[Shipment], sort: Sort, query: QueryDict) -> Page:
    """Return one page of a list with what its rows show: order, customer, the open case as `open_cases`.

    The page is found on bare ids, so that a long list is sorted without joining what only fifty rows show.
    """
    page = page_of(shipments.only("pk"), sort, query)
    cases = Shipment._meta.get_field("cases").related_model._default_manager
    still_open = Prefetch("cases", cases.filter(closed_at__isnull=True), to_attr="open_cases")
    told = Shipment.objects.select_related("order__customer").prefetch_related(still_open)
    known = told.in_bulk([row.pk for row in page.rows])
    rows = [known[row.pk] for row in page.rows if row.pk in known]
    put_in_words(rows)
    return replace(page, rows=rows)


@dataclass(frozen=True, slots=True)
class ParcelFile:
    """Everything one parcel's page shows."""

    shipment: Shipment
    cases: list[Any]
    siblings: list[Shipment]
    has_more_siblings: bool
    days: list[Day]
    sides: Sides | None
    conversations: list[Conversation]


def parcel_file(shipment: Shipment, now: datetime) -> ParcelFile:
    """Gather a parcel's page in four queries, whatever its history."""
    cases = shipment.cases.order_by(F("closed_at").desc(nulls_first=True), "-opened_at")
    others = Shipment.objects.filter(order=shipment.order_id).exclude(pk=shipment.pk).order_by("first_seen_at", "id")
    about = Conversation.objects.filter(order=shipment.order_id) if shipment.order_id else shipment.conversations.all()
    found = list(others[: SIBLINGS + 1]) if shipment.order_id else []
    conversations = list(about.order_by("-opened_at", "-id"))
    scans = shipment.scans.read_now()
    said = Q(shipment=shipment) | Q(other=shipment)
    acts = ParcelAct.objects.filter(said).select_related("by", "order", "shipment").order_by("at", "id")
    return ParcelFile(
        shipment=shipment,
        cases=list(cases),
        siblings=found[:SIBLINGS],
        has_more_siblings=len(found) > SIBLINGS,
        days=parcel_story(scans, conversations, acts, state=shipment.state, now=now),
        sides=sides_of(scans),
        conversations=conversations,
    )


def unheard_since(carrier: str) -> Subquery:
    """Return since when nobody tells us of a carrier, to be annotated; null while somebody does.

    `carrier` names the column that holds it.
    """
    silence = CarrierSilence.objects.filter(carrier=OuterRef(carrier), ended_at=None)
    return Subquery(silence.values("since"))


def promise_ends(promised_at: str) -> Case:
    """Return when a promise ends, to be annotated: a date, stored as its midnight in UTC, lasts to the end of that day.

    `promised_at` names the annotation that holds the promise; null where there is none.
    """
    is_date = When(**{f"{promised_at}__time": time()}, then=F(promised_at) + timedelta(days=1))
    return Case(is_date, default=F(promised_at), output_field=DateTimeField())


def put_in_words(shipments: list[Shipment]) -> None:
    """Put on each shipment its reason (`because`) and its carrier (`carrier_said`) in words."""
    for each in shipments:
        each.because = because(each.state, each.reason)
        each.carrier_said = carrier_name(each.carrier)
