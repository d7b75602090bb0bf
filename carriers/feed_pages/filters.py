"""What the lists of feeds and of incidents can be narrowed and sorted by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Final

import django_filters
from django import forms
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from carriers.models import Account, FeedIncident
from shipments.keyset import ID, Key, Sort, instant

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEARD: Final = Key(Coalesce("last_message_at", Value(_NEVER, output_field=DateTimeField())), instant)

FEED_SORTS: Final = {
    sort.slug: sort
    for sort in (
        Sort("name", "By source and name", (Key(F("source"), str), Key(F("name"), str), ID)),
        Sort("silent", "Longest not heard", (_HEARD, ID)),
        Sort("latest", "Heard last", (_HEARD, ID), descending=True),
    )
}
NEWEST: Final = Sort("newest", "Newest first", (Key(F("opened_at"), instant), ID), descending=True)
INCIDENT_SORTS: Final = {
    NEWEST.slug: NEWEST,
    "oldest": Sort("oldest", "Oldest first", (Key(F("opened_at"), instant), ID)),
}
LATEST_MESSAGE: Final = Sort("newest", "Newest first", (ID,), descending=True)


class FeedFilter(django_filters.FilterSet):
    """Narrow the list of feeds."""

    text = django_filters.CharFilter(method="by_text", label="Source or name")
    watch = django_filters.ChoiceFilter(
        choices=[("silent", "Silent now"), ("watched", "Watched"), ("unwatched", "Not watched")],
        method="by_watch", label="Silence", empty_label="Any",
    )  # fmt: skip
    carrier = django_filters.CharFilter(method="by_carrier", label="Tells of carrier", widget=forms.Select)

    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []

    def by_text(self, accounts: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return accounts.filter(Q(source__icontains=value) | Q(name__icontains=value))

    def by_watch(self, accounts: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        if value == "silent":
            return accounts.filter(pk__in=FeedIncident.objects.filter(closed_at=None).values("account"))
        return accounts.filter(silent_after_minutes__isnull=value == "unwatched")

    def by_carrier(self, accounts: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return accounts.filter(tells_of__carrier=value)


class IncidentFilter(django_filters.FilterSet):
    """Narrow the list of incidents."""

    state = django_filters.ChoiceFilter(
        choices=[("open", "Open"), ("ended", "Ended")], method="by_state", label="State", empty_label="Any"
    )
    seen = django_filters.ChoiceFilter(
        choices=[("nobody", "Nobody sees to it"), ("somebody", "Somebody sees to it")],
        method="by_seen", label="Seen to", empty_label="Any",
    )  # fmt: skip
    feed = django_filters.CharFilter(method="by_feed", label="Feed")

    class Meta:
        model = FeedIncident
        fields: ClassVar[list[str]] = []

    def by_state(self, incidents: QuerySet[FeedIncident], name: str, value: str) -> QuerySet[FeedIncident]:
        return incidents.filter(closed_at__isnull=value == "open")

    def by_seen(self, incidents: QuerySet[FeedIncident], name: str, value: str) -> QuerySet[FeedIncident]:
        return incidents.filter(seen_at__isnull=value == "nobody")

    def by_feed(self, incidents: QuerySet[FeedIncident], name: str, value: str) -> QuerySet[FeedIncident]:
        source, _, account = value.strip().partition("/")
        found = incidents.filter(account__source__iexact=source)
        return found.filter(account__name__iexact=account) if account else found
