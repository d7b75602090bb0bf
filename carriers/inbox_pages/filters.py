"""What the lists of messages can be narrowed by."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final

import django_filters
from django import forms
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value

from carriers.models import Account, InboundMessage, MessageState, Problem
from carriers.sources import SOURCES
from shipments.facts import clean_tracking_number
from shipments.models import TrackingEvent

_MOST_TOLD: Final = 1000
"""Events of one number whose messages are looked for."""


def _day(label: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(method="by_day", label=label, widget=forms.DateInput(attrs={"type": "date"}))


class MessageFilter(django_filters.FilterSet):
    """Narrow a list of messages; a value nobody knows finds nothing and is still shown, so that it can be removed."""

    q = django_filters.CharFilter(method="by_text", label="Tracking number, or message number with #")
    state = django_filters.ChoiceFilter(choices=MessageState.choices, label="State", empty_label="Any")
    problem = django_filters.ChoiceFilter(choices=Problem.choices, label="Problem", empty_label="Any")
    source = django_filters.ChoiceFilter(choices=[(name, name) for name in SOURCES], label="Source", empty_label="Any")
    account = django_filters.ChoiceFilter(label="Account", empty_label="Any", field_name="account_id")
    since = _day("Received from")
    until = _day("Received to")

    class Meta:
        model = InboundMessage
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        accounts = Account.objects.order_by("source", "name").values_list("pk", "source", "name")
        self.filters["account"].extra["choices"] = [(str(pk), f"{source}/{name}") for pk, source, name in accounts]

    def by_text(self, messages: QuerySet[InboundMessage], name: str, value: str) -> QuerySet[InboundMessage]:
        """Keep messages of one number: those we asked about it, and those an event of it was read from first."""
        return messages.filter(_about(value))

    def by_day(self, messages: QuerySet[InboundMessage], name: str, value: date) -> QuerySet[InboundMessage]:
        starts = datetime.combine(value, time(), UTC)
        if name == "since":
            return messages.filter(received_at__gte=starts)
        return messages.filter(received_at__lt=starts + timedelta(days=1))


class FailedFilter(MessageFilter):
    """Narrow the failed messages; a failed one has no events, so the text is looked for in what was wrong and told."""

    q = django_filters.CharFilter(method="by_text", label="Words in the message or in what is wrong")
    state = None

    def by_text(self, messages: QuerySet[InboundMessage], name: str, value: str) -> QuerySet[InboundMessage]:
        if pk := _number_of_message(value):
            return messages.filter(pk=pk)
        told = Func(F("body"), Value(value.encode()), function='"position"', output_field=IntegerField())
        asked = Q(subject_number=clean_tracking_number(value))
        return messages.annotate(told=told).filter(asked | Q(problem_detail__icontains=value) | Q(told__gt=0))


class QuarantinedFilter(MessageFilter):
    """Narrow the messages refused at the door."""

    q = state = problem = None


def _number_of_message(text: str) -> int | None:
    return int(text[1:]) if text.startswith("#") and text[1:].isdecimal() and len(text) < 19 else None


def _about(text: str) -> Q:
    """Return which messages are about a number; two indexes answer it, since the ids are looked up first."""
    if pk := _number_of_message(text):
        return Q(pk=pk)
    number = clean_tracking_number(text)
    told = TrackingEvent.objects.filter(shipment__tracking_number=number, message_id__isnull=False)
    return Q(subject_number=number) | Q(pk__in=list(told.values_list("message_id", flat=True)[:_MOST_TOLD]))
