"""What the queue can be narrowed by, and how that is said in words that can be removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import django_filters
from django import forms
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import QueryDict

from exceptions_queue.models import Case, Finding
from exceptions_queue.policy.situation import SEVERITY_LABELS, FindingKind, Team
from exceptions_queue.transitions import CaseState
from shipments.marks import carrier_name
from shipments.queries import promise_ends

_ANY = ("", "Any")
_OPTIONS_SECONDS = 60


class Word(NamedTuple):
    """One filter in force: what it says, and the address without it."""

    label: str
    url: str


class CaseFilter(django_filters.FilterSet):
    """Narrow a list of cases; a value nobody knows finds nothing and is still shown, so that it can be removed."""

    text = django_filters.CharFilter(method="by_text", label="Tracking number, order or customer")
    finding = django_filters.ChoiceFilter(
        choices=FindingKind.choices, method="by_finding", label="Problem", empty_label="Any"
    )
    severity = django_filters.ChoiceFilter(
        choices=[(str(value), label) for value, label in reversed(SEVERITY_LABELS)],
        field_name="severity", lookup_expr="gte", label="At least", empty_label="Any severity",
    )  # fmt: skip
    owner = django_filters.ChoiceFilter(
        choices=Team.choices, field_name="owner_team", label="Owner team", empty_label="Any"
    )
    claimed = django_filters.ChoiceFilter(
        choices=[("me", "Me"), ("nobody", "Nobody"), ("somebody", "Somebody")],
        method="by_claim", label="Claimed by", empty_label="Anybody",
    )  # fmt: skip
    promise = django_filters.ChoiceFilter(
        choices=[("late", "Late"), ("kept", "Not late yet"), ("none", "None known")],
        method="by_promise", label="Promise", empty_label="Any",
    )  # fmt: skip
    carrier = django_filters.CharFilter(field_name="shipment__carrier", label="Carrier", widget=forms.Select)
    storefront = django_filters.CharFilter(
        field_name="shipment__order__storefront", label="Storefront", widget=forms.Select
    )
    tier = django_filters.CharFilter(
        field_name="shipment__order__customer__tier", label="Customer tier", widget=forms.Select
    )
    incident = django_filters.NumberFilter(
        field_name="membership__incident", label="Incident", widget=forms.NumberInput({"min": 1, "step": 1})
    )

    class Meta:
        model = Case
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.form.fields.values():
            field.widget.attrs.pop("autofocus", None)

    def offer(self) -> None:
        """Put the values that occur into the selects; only a page that draws the form needs them."""
        chosen = self.form.data
        for name, values in occurring_options().items():
            values = sorted({*values, *filter(None, [chosen.get(name, "")])})
            said = carrier_name if name == "carrier" else str
            self.form.fields[name].widget.choices = [_ANY, *((value, said(value)) for value in values)]

    def by_text(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        compact = "".join(value.split()).upper()
        return cases.filter(
            Q(shipment__tracking_number__startswith=compact)
            | Q(shipment__order__order_id__iexact=value)
            | Q(shipment__order__customer__name__icontains=value)
            | Q(shipment__order__customer__email__iexact=value)
        )

    def by_finding(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        found = Finding.objects.filter(case=OuterRef("pk"), kind=value, cleared_at__isnull=True)
        return cases.filter(Q(headline=value) | Exists(found))

    def by_claim(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        live = Q(claimed_by__isnull=False, claim_expires_at__gt=Now())
        kept = {"me": live & Q(claimed_by=self.request.user), "nobody": ~live, "somebody": live}
        return cases.filter(kept[value])

    def by_promise(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        promised = cases.annotate(promise_said=Coalesce("shipment__promised_at", "shipment__order__promised_at"))
        return promised.annotate(promise_ends=promise_ends("promise_said")).filter(_PROMISES[value])


_PROMISES = {
    "late": Q(promise_ends__lt=Now()),
    "kept": Q(promise_ends__gte=Now()),
    "none": Q(promise_ends__isnull=True),
}


def occurring_options() -> dict[str, set[str]]:
    """Return the carriers, storefronts and tiers of cases that are not closed; remembered for a minute."""
    found: dict[str, set[str]] | None = cache.get("queue-options")
    if found is None:
        rows = (
            Case.objects.exclude(state=CaseState.CLOSED)
            .order_by()
            .values_list("shipment__carrier", "shipment__order__storefront", "shipment__order__customer__tier")
            .distinct()
        )
        columns = zip(*rows, strict=True) if (rows := list(rows)) else ((), (), ())
        found = {
            name: {value for value in column if value}
            for name, column in zip(("carrier", "storefront", "tier"), columns, strict=True)
        }
        cache.set("queue-options", found, _OPTIONS_SECONDS)
    return found


def words_of(form: forms.Form, query: QueryDict) -> list[Word]:
    """Return the filters in force as words, each with the address that leaves it out."""
    return [
        Word(f"{field.label}: {_said(field.field, field.name, value)}", without(query, field.name))
        for field in form
        if (value := query.get(field.name, "").strip())
    ]


def _said(field: forms.Field, name: str, value: str) -> str:
    if name == "carrier":
        return carrier_name(value)
    return str(dict(getattr(field, "choices", ())).get(value, value))


def without(query: QueryDict, *names: str) -> str:
    """Return the address with these and the page's place left out."""
    kept = query.copy()
    for name in (*names, "after", "before"):
        kept.pop(name, None)
    return f"?{kept.urlencode()}"


def kept_query(query: QueryDict, names: Iterable[str]) -> str:
    """Return only these parts of an address, empty ones dropped."""
    kept = QueryDict(mutable=True)
    for name in names:
        if query.get(name):
            kept[name] = query[name]
    return kept.urlencode()
