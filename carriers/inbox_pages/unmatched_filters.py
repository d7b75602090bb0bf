"""What the list of parcels no order claims can be narrowed by, and in which orders it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Final

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from shipments.facts import State, clean_tracking_number
from shipments.filters import occurring_carriers
from shipments.keyset import ID, Key, Sort, instant
from shipments.models import Shipment

_SINCE: Final = Key(F("first_seen_at"), instant)
_HEARD: Final = Key(Coalesce("last_event_at", "first_seen_at"), instant)
SORTS: Final = {
    sort.slug: sort
    for sort in (
        Sort("oldest", "Waiting longest", (_SINCE, ID)),
        Sort("newest", "Newest first", (_SINCE, ID), descending=True),
        Sort("heard", "Scanned last", (_HEARD, ID), descending=True),
    )
}


class UnmatchedFilter(django_filters.FilterSet):
    """Narrow the parcels no order claims."""

    q = django_filters.CharFilter(method="by_number", label="Tracking number begins with")
    carrier = django_filters.CharFilter(label="Carrier", widget=forms.Select)
    state = django_filters.ChoiceFilter(choices=State.choices, label="State", empty_label="Any")
    waiting = django_filters.ChoiceFilter(
        choices=[("1", "Over a day"), ("3", "Over 3 days"), ("7", "Over a week"), ("30", "Over 30 days")],
        method="by_age",
        label="Waiting",
        empty_label="Any time",
    )

    class Meta:
        model = Shipment
        fields: ClassVar[list[str]] = []

    def offer(self, carrier_name: Callable[[str], str]) -> None:
        """Put the carriers that occur into the select."""
        chosen = self.form.data.get("carrier", "")
        carriers = sorted({*occurring_carriers(), *filter(None, [chosen])})
        self.form.fields["carrier"].widget.choices = [("", "Any"), *((each, carrier_name(each)) for each in carriers)]

    def by_number(self, parcels: QuerySet[Shipment], name: str, value: str) -> QuerySet[Shipment]:
        return parcels.filter(tracking_number__startswith=clean_tracking_number(value))

    def by_age(self, parcels: QuerySet[Shipment], name: str, value: str) -> QuerySet[Shipment]:
        return parcels.filter(first_seen_at__lt=Now() - timedelta(days=int(value)))


def unmatched() -> QuerySet[Shipment]:
    """Return the parcels no order claims; one heard under a wrong carrier belongs to the right one."""
    return Shipment.objects.filter(order=None, superseded_by=None)
