"""What a person asks of stored history, and what the list of backtests is narrowed by."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import django_filters
from django import forms
from django.db.models import QuerySet

from exceptions_queue.backtest.days import Days
from exceptions_queue.models import BacktestState, PolicyVersion, Trial
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import Team

LONGEST_DAYS: Final = 366
_DATE: Final = {"type": "date"}


class TrialForm(forms.Form):
    """Which version is tried, on which days, and how much work a case is."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    first = forms.DateField(label="Placed from", widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    last = forms.DateField(label="Placed to", widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    minutes = forms.IntegerField(label="Minutes a case", required=False, min_value=1, max_value=480)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is too long."""
        cleaned = super().clean() or {}
        if "number" not in cleaned:
            self.add_error(None, "This names no version of the policy. Open the page afresh and ask again.")
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "This is before the first day. Choose a later day.")
        elif first and last and (last - first).days >= LONGEST_DAYS:
            self.add_error("first", f"At most {LONGEST_DAYS} days are tried at once. Choose a later day.")
        return cleaned

    @property
    def days(self) -> Days:
        """Return the period of a valid form."""
        return Days(self.cleaned_data["first"], self.cleaned_data["last"])


def trial_form(version: PolicyVersion, days: Days, minutes: int | None = None) -> TrialForm:
    """Return the form as it stands before anything is typed; it says which minutes count when none are given."""
    form = TrialForm(initial={"number": version.number, "first": days.first, "last": days.last, "minutes": minutes})
    form.fields["minutes"].help_text = _workload_words(version)
    return form


def _workload_words(version: PolicyVersion) -> str:
    try:
        workload = parse_policy(version.document).workload
    except PolicyError:
        return ""
    said = ", ".join(f"{team.label.lower()} {workload[team]:g}" for team in Team)
    return f"Left out, the policy’s own count: {said}."


class TrialFilter(django_filters.FilterSet):
    """Narrow the list of backtests."""

    state = django_filters.ChoiceFilter(choices=BacktestState.choices, label="State", empty_label="Any")
    version = django_filters.NumberFilter(
        method="by_version", label="Version", widget=forms.NumberInput({"min": 1, "step": 1})
    )

    class Meta:
        model = Trial
        fields: ClassVar[list[str]] = []

    def by_version(self, rows: QuerySet[Trial], name: str, value: Any) -> QuerySet[Trial]:
        return rows.of_version(int(value)) if 0 < value < 2**31 else rows.none()
