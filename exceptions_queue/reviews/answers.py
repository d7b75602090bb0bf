"""The stored answers of a review as the values its verdict is made of, and which case comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exceptions_queue.models import ReviewCase
from exceptions_queue.reviews.questions import Answer, Question
from exceptions_queue.reviews.verdict import Reviewed, Verdict, verdict


def verdict_of(rows: Iterable[ReviewCase]) -> Verdict:
    """Return what the answered cases come to."""
    return verdict(
        Reviewed(row.place, row.finding, {each: Answer(getattr(row, each.value)) for each in Question})
        for row in rows
        if row.answered_at
    )


def next_place(rows: Sequence[ReviewCase], *, start: int) -> int | None:
    """Return the place of the next unanswered case from `start` on, then from the front; None where none waits."""
    waiting = sorted(row.place for row in rows if not row.answered_at)
    return next((place for place in waiting if place >= start), waiting[0] if waiting else None)
