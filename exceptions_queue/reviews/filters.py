"""What the list of reviews, and the cases of one review, can be narrowed by."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from exceptions_queue.access import name_of
from exceptions_queue.models import Review, ReviewState
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.reviews.questions import Answer, Question
from shipments.keyset import ID, Key, Sort, instant

_ANY: Final = ("", "Any")
_NEWEST: Final = Sort("newest", "Newest first", (Key(F("drawn_at"), instant), ID), descending=True)
_OLDEST: Final = Sort("oldest", "Oldest first", (Key(F("drawn_at"), instant), ID))
SORTS: Final = {sort.slug: sort for sort in (_NEWEST, _OLDEST)}


class ReviewFilter(django_filters.FilterSet):
    """Narrow the list of reviews that are over; it comes with how many of their answers failed."""

    state = django_filters.ChoiceFilter(
        choices=[each for each in ReviewState.choices if each[0] != ReviewState.OPEN], label="State", empty_label="Any"
    )
    drawn_by = django_filters.ChoiceFilter(label="Drawn by", empty_label="Anybody", choices=[])
    failed = django_filters.ChoiceFilter(
        choices=[("yes", "With a “no”"), ("no", "Without one")], method="by_failed", label="Answers", empty_label="Any"
    )

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(pk__in=Review.objects.values("drawn_by")).order_by("first_name", "username")
        self.filters["drawn_by"].extra["choices"] = [(str(person.pk), name_of(person)) for person in people]

    def by_failed(self, rows: QuerySet[Review], name: str, value: str) -> QuerySet[Review]:
        return rows.filter(failed__gt=0) if value == "yes" else rows.filter(failed=0)


class DrawnCasesForm(forms.Form):
    """Which of the drawn cases are shown; a value nobody knows narrows nothing."""

    question = forms.ChoiceField(label="Question", required=False, choices=[_ANY, *Question.choices])
    answer = forms.ChoiceField(label="Answer", required=False, choices=[_ANY, *Answer.choices])
    finding = forms.ChoiceField(label="Problem", required=False, choices=[])
    answered = forms.ChoiceField(label="Answered", required=False, choices=[_ANY, ("yes", "Yes"), ("no", "Not yet")])

    def __init__(self, data: Any, *, findings: set[str]) -> None:
        super().__init__(data)
        occurring = [(kind.value, kind.label) for kind in FindingKind if kind.value in findings]
        self.fields["finding"].choices = [_ANY, *occurring]
