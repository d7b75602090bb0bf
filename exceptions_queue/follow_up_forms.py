"""What narrows the follow-ups, and what people type about one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from exceptions_queue.access import name_of
from exceptions_queue.forms import OnceForm, TimedForm, WhenField, words_field
from exceptions_queue.frame import frame_of
from exceptions_queue.models import FollowUp
from shipments.marks import carrier_name

_ME: Final = "me"
_NOBODY: Final = "nobody"


class FollowUpFilter(django_filters.FilterSet):
    """Narrow the follow-ups; without a word about it, those that wait for an answer."""

    state = django_filters.ChoiceFilter(
        choices=[("closed", "Answered"), ("all", "Open and answered")],
        method="by_state",
        label="State",
        empty_label="Open",
    )
    overdue = django_filters.ChoiceFilter(
        choices=[("yes", "Overdue"), ("no", "Still in time")], method="by_overdue", label="Answer", empty_label="Any"
    )
    carrier = django_filters.CharFilter(field_name="carrier", label="Carrier", widget=forms.Select)
    kind = django_filters.ChoiceFilter(choices=FollowUp.Kind.choices, label="What for", empty_label="Any")
    assignee = django_filters.CharFilter(method="by_assignee", label="Chased by", widget=forms.Select)

    class Meta:
        model = FollowUp
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data.get("state") else narrowed.filter(closed_at__isnull=True)

    def offer(self, people: list[User]) -> None:
        """Put the carriers that occur and the people who chase into the selects; one query."""
        chosen = self.form.data
        carriers = {*FollowUp.objects.order_by().values_list("carrier", flat=True).distinct(), chosen.get("carrier")}
        named = [(str(each.pk), name_of(each)) for each in people]
        offers = {
            "carrier": [("", "Any"), *((each, carrier_name(each)) for each in sorted(filter(None, carriers)))],
            "assignee": [("", "Anybody"), (_ME, "Me"), (_NOBODY, "Nobody"), *named],
        }
        for name, choices in offers.items():
            self.form.fields[name].choices = self.form.fields[name].widget.choices = choices

    def by_state(self, found: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:
        return found if value == "all" else found.filter(closed_at__isnull=False)

    def by_overdue(self, found: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:
        late = {"promised_reply_at__lt": frame_of(self.request).now, "closed_at__isnull": True}
        return found.filter(**late) if value == "yes" else found.exclude(**late)

    def by_assignee(self, found: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:
        if value == _NOBODY:
            return found.filter(assigned_to__isnull=True)
        pk = self.request.user.pk if value == _ME else value
        return found.filter(assigned_to=pk) if str(pk).isdecimal() and len(str(pk)) < 10 else found.none()


class NudgeForm(TimedForm, OnceForm):
    """That the carrier was reminded, and when to remind it next."""

    next_nudge_at = WhenField(label="Remind it again at")
    note = words_field("What it said", required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def clean_next_nudge_at(self) -> datetime:
        at: datetime = self.cleaned_data["next_nudge_at"]
        if at <= self._now:
            raise forms.ValidationError("This time is over; choose a later one.")
        return at


class AnswerForm(OnceForm):
    """What the carrier answered."""

    outcome = forms.ChoiceField(label="Its answer", choices=[("", "Choose what it said"), *FollowUp.Outcome.choices])
    note = words_field("In its words", required=False)
