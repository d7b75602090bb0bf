"""What the list of shipments can be narrowed by, and how that is said in words that can be removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import django_filters
from django import forms
from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import QueryDict

from shipments.facts import Direction, State
from shipments.models import Shipment
from shipments.queries import promise_ends

_REMEMBERED_SECONDS = 60


class Word(NamedTuple):
    """One filter in force: what it says, and the address without it."""

    label: str
    url: str


class ShipmentFilter(django_filters.FilterSet):
    """Narrow a list of shipments; a value nobody knows finds nothing and is still shown, so that it can be removed."""

    carrier = django_filters.CharFilter(label="Carrier", widget=forms.Select)
    state = django_filters.ChoiceFilter(choices=State.choices, label="State", empty_label="Any")
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label="Direction", empty_label="Any")
    promise = django_filters.ChoiceFilter(
        choices=[("late", "Late or not kept"), ("kept", "Not late yet"), ("none", "None known")],
        method="by_promise",
        label="Promise",
        empty_label="Any",
    )
    case = django_filters.ChoiceFilter(
        choices=[("open", "Has an open case"), ("none", "Has none")], method="by_case", label="Case", empty_label="Any"
    )
    watch = django_filters.ChoiceFilter(
        choices=[("yes", "Still watched"), ("no", "No longer watched")],
        method="by_watch",
        label="Watched",
        empty_label="Any",
    )

    class Meta:
        model = Shipment
        fields: ClassVar[list[str]] = []

    def offer(self, carrier_name: Callable[[str], str]) -> None:
        """Put the carriers that occur into the select; only a page that draws the form needs them."""
        chosen = self.form.data.get("carrier", "")
        carriers = sorted({*occurring_carriers(), *filter(None, [chosen])})
        choices = [("", "Any"), *((carrier, carrier_name(carrier)) for carrier in carriers)]
        self.form.fields["carrier"].widget.choices = choices

    def by_promise(self, shipments: QuerySet[Shipment], name: str, value: str) -> QuerySet[Shipment]:
        promised = shipments.annotate(promise_said=Coalesce("promised_at", "order__promised_at"))
        promised = promised.annotate(promise_ends=promise_ends("promise_said"))
        if value == "none":
            return promised.filter(promise_ends=None)
        promised = promised.filter(promise_ends__isnull=False).exclude(state=State.CANCELLED)
        late = Q(promise_ends__lt=Coalesce("delivered_at", Now())) | Q(state__in=[State.RETURNED, State.LOST])
        return promised.filter(late) if value == "late" else promised.exclude(late)

    def by_case(self, shipments: QuerySet[Shipment], name: str, value: str) -> QuerySet[Shipment]:
        with_one = Shipment.objects.filter(cases__isnull=False, cases__closed_at__isnull=True).values("pk")
        return shipments.filter(pk__in=with_one) if value == "open" else shipments.exclude(pk__in=with_one)

    def by_watch(self, shipments: QuerySet[Shipment], name: str, value: str) -> QuerySet[Shipment]:
        return shipments.filter(review_due_at__isnull=value == "no")


def occurring_carriers() -> list[str]:
    """Return the carriers of all shipments, jumping from one to the next in the index; remembered for a minute."""
    carriers: list[str] | None = cache.get("shipment-carriers")
    if carriers is None:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH RECURSIVE seen(carrier) AS (
                    SELECT min(carrier) FROM shipments_shipment
                    UNION ALL
                    SELECT (SELECT min(next.carrier) FROM shipments_shipment next WHERE next.carrier > seen.carrier)
                    FROM seen WHERE seen.carrier IS NOT NULL)
                SELECT carrier FROM seen WHERE carrier IS NOT NULL
                """
            )
            carriers = [row[0] for row in cursor.fetchall()]
        cache.set("shipment-carriers", carriers, _REMEMBERED_SECONDS)
    return carriers


def words_of(form: forms.Form, query: QueryDict) -> list[Word]:
    """Return the filters in force as words, each with the address that leaves it out."""
    words = []
    for field in form:
        if value := query.get(field.name, "").strip():
            choices: Any = getattr(field.field, "choices", None) or getattr(field.field.widget, "choices", ())
            words.append(Word(f"{field.label}: {dict(choices).get(value, value)}", without(query, field.name)))
    return words


def without(query: QueryDict, *names: str) -> str:
    """Return the address with these and the page's place left out."""
    kept = query.copy()
    for name in (*names, "after", "before"):
        kept.pop(name, None)
    return f"?{kept.urlencode()}"
