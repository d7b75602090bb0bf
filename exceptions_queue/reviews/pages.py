"""What the reviews' pages show, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from exceptions_queue.models import CaseOutcome, Review, ReviewCase, ReviewState, ReviewUse
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.reviews.answers import next_place, verdict_of
from exceptions_queue.reviews.questions import HELP, KEYS, Answer, Question
from exceptions_queue.reviews.verdict import Verdict

_SPREAD: Final = 7
"""How far apart people begin who did not draw the review: far enough that two seldom meet at one case."""


_ANSWERED: Final = {"yes": True, "no": False}


def listed_reviews() -> QuerySet[Review]:
    """Return the reviews as the list shows them: how many cases, how many answered, how many with a no."""
    failed = Q(cases__messaged=Answer.NO) | Q(cases__paused=Answer.NO) | Q(cases__evidence=Answer.NO)
    return Review.objects.select_related("drawn_by", "closed_by").defer("strata").annotate(
        total=Count("cases"),
        answered=Count("cases", filter=Q(cases__answered_at__isnull=False)),
        failed=Count("cases", filter=failed),
    )  # fmt: skip


@dataclass
class ReviewFile:
    """One review as one person sees it."""

    review: Review
    person: User

    @cached_property
    def rows(self) -> list[ReviewCase]:
        """Return the drawn cases in their order."""
        found = self.review.cases.select_related("case__shipment", "answered_by").defer("case__explanation")
        return list(found.order_by("place"))

    @property
    def is_open(self) -> bool:
        return self.review.state == ReviewState.OPEN

    @property
    def has_verdict(self) -> bool:
        return self.review.state == ReviewState.DONE

    @property
    def total(self) -> int:
        return len(self.rows)

    @cached_property
    def answered(self) -> int:
        return sum(row.answered_at is not None for row in self.rows)

    @property
    def is_whole(self) -> bool:
        return self.answered == self.total

    @cached_property
    def verdict(self) -> Verdict:
        return verdict_of(self.rows)

    @cached_property
    def next_place(self) -> int | None:
        """Return where this person goes on: who drew the review works from its front, others begin further on."""
        drew = self.review.drawn_by_id == self.person.pk
        return next_place(self.rows, start=1 if drew else 1 + self.person.pk * _SPREAD % self.total)

    @cached_property
    def uses(self) -> list[ReviewUse]:
        """Return the versions of the policy that followed from it."""
        return list(self.review.uses.select_related("version", "by").defer("version__document").order_by("at"))

    @cached_property
    def strata(self) -> list[StrataLine]:
        return strata_lines(self.review.strata)

    def row_at(self, place: int) -> ReviewCase | None:
        return next((row for row in self.rows if row.place == place), None)

    def narrowed(self, question: str, answer: str, finding: str, answered: str) -> list[ReviewCase]:
        """Return the rows that gave this answer to a question (to any, where none is named), of a finding, answered.

        What is not known narrows nothing.
        """
        questions = [question] if question in Question.values else list(Question.values)
        answers = {answer} if answer in Answer.values else {*Answer.values}
        rows = self.rows
        if question in Question.values or answer in Answer.values:
            rows = [row for row in rows if any(getattr(row, each) in answers for each in questions)]
        if answered in _ANSWERED:
            rows = [row for row in rows if (row.answered_at is not None) is _ANSWERED[answered]]
        return [row for row in rows if row.finding == finding] if finding in FindingKind.values else rows


@dataclass(frozen=True, slots=True)
class StrataLine:
    """One finding in the draw, and in words how its cases were spread over teams and outcomes."""

    finding: FindingKind
    cases: int
    drawn: int
    spread: str


def strata_lines(strata: Iterable[dict[str, Any]]) -> list[StrataLine]:
    """Return what a review was drawn from, one line a finding, as stored: the largest first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in strata:
        groups.setdefault(each["finding"], []).append(each)
    return [
        StrataLine(
            FindingKind(finding),
            sum(each["cases"] for each in cells),
            sum(each["drawn"] for each in cells),
            "; ".join(map(_cell, cells)),
        )
        for finding, cells in groups.items()
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a reviewer may give, with its key."""

    value: str
    label: str
    key: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on a case's page."""

    name: str
    label: str
    help: str
    choices: tuple[Choice, ...]


def asked_of(said: dict[str, str]) -> Sequence[Asked]:
    """Return the questions with what was said to each so far."""
    return [
        Asked(
            question.value,
            question.label,
            HELP[question],
            tuple(
                Choice(answer.value, answer.label, KEYS[answer], said.get(question.value) == answer.value)
                for answer in Answer
            ),
        )
        for question in Question
    ]


def said_of(row: ReviewCase) -> dict[str, str]:
    """Return the answers a case has, by question."""
    return {question.value: getattr(row, question.value) for question in Question}


def _cell(cell: dict[str, Any]) -> str:
    outcome = CaseOutcome(cell["outcome"]).label.lower() if cell["outcome"] else "still open"
    return f"{Team(cell['team']).label}, {outcome}: {cell['drawn']} of {cell['cases']}"
