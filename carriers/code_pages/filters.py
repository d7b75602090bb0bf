"""What the code pages can be narrowed by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from carriers.code_pages.words import CONFIDENCE, system_name
from carriers.models import CodeMapping, HeardCode
from shipments.facts import Reason, State

_ANY: Final = ("", "Any")


class _CodeFilter(django_filters.FilterSet):
    """Narrow codes; a value nobody knows finds nothing and is still shown, so that it can be removed."""

    text = django_filters.CharFilter(method="by_text", label="Code or words")
    system = django_filters.CharFilter(label="System", widget=forms.Select)

    searched: ClassVar[tuple[str, ...]] = ()

    def offer(self, systems: Iterable[str]) -> None:
        """Put the systems that occur into the select."""
        chosen = self.form.data.get("system", "")
        known = sorted({*systems, *filter(None, [chosen])})
        self.form.fields["system"].widget.choices = [_ANY, *((each, system_name(each)) for each in known)]

    def by_text(self, codes: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(pk__in=[])
        for field in self.searched:
            found |= Q(**{f"{field}__icontains": value.replace("\0", "")})
        return codes.filter(found)


class CodeFilter(_CodeFilter):
    """Narrow the code table."""

    state = django_filters.ChoiceFilter(choices=State.choices, label="Means", empty_label="Anything")
    reason = django_filters.ChoiceFilter(choices=Reason.choices, label="Reason", empty_label="Any")
    confidence = django_filters.ChoiceFilter(choices=list(CONFIDENCE.items()), label="Where from", empty_label="Any")
    changed = django_filters.ChoiceFilter(
        choices=[("yes", "Changed here"), ("no", "As it was shipped")],
        method="by_changed",
        label="Changed",
        empty_label="Any",
    )
    heard = django_filters.ChoiceFilter(
        choices=[("yes", "Heard here"), ("no", "Never heard here")], method="by_heard", label="Heard", empty_label="Any"
    )

    searched = ("code", "description", "source")

    class Meta:
        model = CodeMapping
        fields: ClassVar[list[str]] = []

    def by_changed(self, codes: QuerySet[CodeMapping], name: str, value: str) -> QuerySet[CodeMapping]:
        return codes.filter(publication__isnull=value == "no")

    def by_heard(self, codes: QuerySet[CodeMapping], name: str, value: str) -> QuerySet[CodeMapping]:
        return codes.filter(hits__gt=0) if value == "yes" else codes.filter(hits=0)


class UnmappedFilter(_CodeFilter):
    """Narrow the codes nobody has explained."""

    searched = ("code", "last_description")

    class Meta:
        model = HeardCode
        fields: ClassVar[list[str]] = []
