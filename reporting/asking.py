"""What the scorecard is asked: a period, what to compare it with, and what to narrow it by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.cache import cache

from exceptions_queue.policy.situation import Team
from reporting.metrics import Period, last_days
from reporting.queries import Narrowing, reporting_database
from shipments.filters import occurring_carriers
from shipments.marks import carrier_name
from shipments.models import Order

DEFAULT_DAYS: Final = 28
LONGEST_DAYS: Final = 366
_ANY: Final = [("", "Any")]
_REMEMBERED_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the scorecard."""

    period: Period
    compared: Period
    narrowing: Narrowing
    compare: str = "before"

    def query(self, period: Period | None = None) -> str:
        """Return the question as an address, for another period if one is given."""
        period = period or self.period
        parts = {
            "first": period.first,
            "last": period.last,
            "compare": "" if self.compare == "before" else self.compare,
            "carrier": self.narrowing.carrier,
            "storefront": self.narrowing.storefront,
            "team": self.narrowing.team,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def words(self) -> list[str]:
        """Return what the figures are narrowed by, in words."""
        found = [carrier_name(self.narrowing.carrier)] if self.narrowing.carrier else []
        found += [f"Storefront {self.narrowing.storefront}"] if self.narrowing.storefront else []
        return found + ([f"Routed to {Team(self.narrowing.team).label}"] if self.narrowing.team else [])


class AskForm(forms.Form):
    """The question as a form; what is left out means the last four weeks of everything."""

    first = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    compare = forms.ChoiceField(
        label="Compared with", required=False, choices=[("before", "The period before"), ("year", "A year before")]
    )
    carrier = forms.CharField(label="Carrier", required=False, widget=forms.Select)
    storefront = forms.CharField(label="Storefront", required=False, widget=forms.Select)
    team = forms.ChoiceField(label="First routed to", required=False, choices=[*_ANY, *Team.choices])

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is too long to draw."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "This is before the first day. Choose a later day.")
        elif first and last and (last - first).days >= LONGEST_DAYS:
            self.add_error("first", f"A period has at most {LONGEST_DAYS} days. Choose a later day.")
        elif (first or last) and (first or last).year not in range(2000, 2200):
            self.add_error("first" if first else "last", "Choose a year from 2000 on.")
        return cleaned

    def offer(self) -> None:
        """Put the carriers and storefronts that occur into the selects."""
        for name, values, said in (
            ("carrier", occurring_carriers(), carrier_name),
            ("storefront", _occurring_storefronts(), str),
        ):
            known = sorted({*values, *filter(None, [self.data.get(name, "")])})
            self.fields[name].widget.choices = [*_ANY, *((value, said(value)) for value in known)]

    def asked(self, today: date) -> Asked:
        """Return the question; parts that could not be read are as if left out."""
        said = self.cleaned_data if self.is_valid() else {}
        first, last = said.get("first"), said.get("last")
        if first and not last:
            last = min(max(first, today), first + timedelta(days=LONGEST_DAYS - 1))
        period = Period(first, last) if first and last else last_days(last or today, DEFAULT_DAYS)
        compare = said.get("compare") or "before"
        narrowing = Narrowing(*(said.get(name, "") for name in ("carrier", "storefront", "team")))
        return Asked(period, period.a_year_before() if compare == "year" else period.before(), narrowing, compare)


def quick_periods(asked: Asked, today: date) -> list[dict[str, Any]]:
    """Return the usual periods as links."""
    found = []
    for days, label in ((7, "7 days"), (28, "4 weeks"), (91, "13 weeks")):
        period = last_days(today, days)
        found.append({"label": label, "url": f"?{asked.query(period)}", "current": period == asked.period})
    return found


def _occurring_storefronts() -> list[str]:
    storefronts: list[str] | None = cache.get("storefronts")
    if storefronts is None:
        orders = Order.objects.using(reporting_database()).order_by().exclude(storefront="")
        storefronts = list(orders.values_list("storefront", flat=True).distinct())
        cache.set("storefronts", storefronts, _REMEMBERED_SECONDS)
    return storefronts
