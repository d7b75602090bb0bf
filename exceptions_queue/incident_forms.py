"""What narrows the incidents, and what people type for all cases of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet

from exceptions_queue.forms import TimedForm, WhenField, morning_in, words_field
from exceptions_queue.mass_acts import MassAct
from exceptions_queue.models import Incident
from exceptions_queue.policy.situation import Team


class IncidentFilter(django_filters.FilterSet):
    """Narrow the incidents; without a word about it, those that are not over."""

    state = django_filters.ChoiceFilter(
        choices=[("over", "Over"), ("all", "Open and over")], method="by_state", label="State", empty_label="Open"
    )
    carrier = django_filters.CharFilter(label="Carrier", widget=forms.Select)
    place = django_filters.CharFilter(field_name="location", lookup_expr="icontains", label="Place")

    class Meta:
        model = Incident
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data.get("state") else narrowed.filter(closed_at__isnull=True)

    def offer(self, carrier_name: Callable[[str], str]) -> None:
        """Put the carriers that occur into the select; one query."""
        chosen = self.form.data.get("carrier")
        carriers = {*Incident.objects.order_by().values_list("carrier", flat=True).distinct(), chosen}
        choices = [("", "Any"), *((each, carrier_name(each)) for each in sorted(filter(None, carriers)))]
        self.form.fields["carrier"].choices = self.form.fields["carrier"].widget.choices = choices

    def by_state(self, incidents: QuerySet[Incident], name: str, value: str) -> QuerySet[Incident]:
        return incidents if value == "all" else incidents.filter(closed_at__isnull=False)


class MassActForm(TimedForm):
    """One thing to do to all open cases; it asks only for what that needs."""

    kind = forms.CharField(widget=forms.HiddenInput)
    to_team = forms.ChoiceField(label="To", choices=Team.choices)
    until = WhenField(label="Until")
    note = words_field("Note", rows=3)

    def __init__(self, *args: Any, act: MassAct, now: datetime, zone: tzinfo, **kwargs: Any) -> None:
        initial = {"kind": act.kind.value, "until": morning_in(2, now, zone)}
        super().__init__(*args, zone=zone, initial=initial, auto_id=f"id_{act.kind}_%s", **kwargs)
        self._now = now
        if not act.needs_team:
            del self.fields["to_team"]
        if not act.needs_until:
            del self.fields["until"]
        self.fields["note"].required = act.needs_note
        if act.needs_note:
            self.fields["note"].label = "Text"

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if until <= self._now:
            raise forms.ValidationError("This time is over; choose a later one.")
        return until
