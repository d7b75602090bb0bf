"""The twenty-case review: draw it, answer it, give its verdict or put it away, and let a draft follow from it.

Drawing takes a lock of its own, so that of two people who draw at once the second is told of the first; answering and
closing lock the review's row, so that nobody answers what somebody else just closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import connection, transaction

from exceptions_queue.access import name_of, roles_of
from exceptions_queue.actions.case_rows import NoRole, Refused
from exceptions_queue.actions.policy_versions import begin, lock_policy, record
from exceptions_queue.models import (
    Case,
    PolicyEvent,
    PolicyVersion,
    Review,
    ReviewCase,
    ReviewState,
    ReviewUse,
)
from exceptions_queue.reviews.answers import verdict_of
from exceptions_queue.reviews.draw import SIZE, Candidate, draw
from exceptions_queue.reviews.questions import Answer, Question
from exceptions_queue.transitions import Role

_LOCK: Final = 0x57_41_59_13
"""Advisory lock number of drawing; any constant no other part of the database uses."""

REVIEWERS: Final = frozenset({Role.OPERATIONS, Role.MANAGER})
LONGEST_DAYS: Final = 92
"""The longest period a review is drawn from. Source: our own default, a quarter."""


class ReviewGone(Refused):
    """There is no such review, or no such case in it."""


class ReviewRuns(Refused):
    """Another review is under way."""


class ReviewClosed(Refused):
    """The review takes no answers any more."""


class ReviewOpen(Refused):
    """The review has no verdict yet."""


class NothingToDraw(Refused):
    """No case was opened in the period."""


class AnswerMissing(Refused):
    """Something is not answered yet."""


class AnsweredMeanwhile(Refused):
    """Somebody answered the same case since the person looked."""


@transaction.atomic(durable=True)
def draw_review(*, days: int, seed: int, by: User, now: datetime) -> Review:
    """Draw twenty of the cases opened in the last days, fewer where there are fewer.

    Raises: NoRole, ReviewRuns, NothingToDraw.
    """
    _check_reviewer(by)
    begins_at = now - timedelta(days=min(max(days, 1), LONGEST_DAYS))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if running := Review.objects.filter(state=ReviewState.OPEN).select_related("drawn_by").first():
        raise ReviewRuns(f"{name_of(running.drawn_by)} drew cases on {running.drawn_at:%-d %B}. Answer those first.")
    opened = Case.objects.filter(opened_at__gte=begins_at, opened_at__lt=now)
    candidates = [Candidate(*row) for row in opened.values_list("pk", "headline", "owner_team", "outcome")]
    if not candidates:
        raise NothingToDraw("No case was opened in this time. Choose more days.")
    drawn = draw(candidates, seed=seed)
    review = Review.objects.create(
        seed=seed,
        size=SIZE,
        begins_at=begins_at,
        ends_at=now,
        population=len(candidates),
        strata=[asdict(stratum) for stratum in drawn.strata],
        drawn_at=now,
        drawn_by=by,
    )
    ReviewCase.objects.bulk_create(
        ReviewCase(review=review, place=place, case_id=each.case_id, finding=each.finding)
        for place, each in enumerate(drawn.candidates, 1)
    )
    return review


@transaction.atomic(durable=True)
def answer_case(
    *, review_id: int, place: int, was: str, answers: Mapping[str, str], note: str, by: User, now: datetime
) -> ReviewCase:
    """Answer the three questions of one case, or answer them anew while the review is open.

    `was` is when the case had been answered as the person saw it (ISO 8601), empty where it was not. Answering the
    same again changes nothing.

    Raises: NoRole, ReviewGone, ReviewClosed, AnswerMissing, AnsweredMeanwhile.
    """
    _check_reviewer(by)
    _lock_open(review_id)
    row = ReviewCase.objects.filter(review=review_id, place=place).select_related("answered_by").first()
    if row is None:
        raise ReviewGone(f"There is no case {place} in this review.")
    given = {question.value: answers.get(question.value, "") for question in Question}
    if not all(answer in Answer.values for answer in given.values()):
        raise AnswerMissing("Answer all three questions; “cannot tell” is an answer too.")
    if row.answered_by == by and _said(row) == (given, note.strip()):
        return row
    if row.answered_at and row.answered_at.isoformat() != was:
        raise AnsweredMeanwhile(f"{name_of(row.answered_by)} answered this case meanwhile. Here it is as answered.")
    for name, answer in given.items():
        setattr(row, name, answer)
    row.note, row.answered_at, row.answered_by = note.strip(), now, by
    row.save()
    return row


@transaction.atomic(durable=True)
def close_review(*, review_id: int, by: User, now: datetime) -> Review:
    """Give the verdict on what is answered; from here on nothing of the review changes.

    Raises: NoRole, ReviewGone, ReviewClosed, AnswerMissing.
    """
    _check_reviewer(by)
    review = _lock_open(review_id)
    if not review.cases.filter(answered_at__isnull=False).exists():
        raise AnswerMissing("No case is answered yet. Answer one, or put the review away.")
    return _close(review, ReviewState.DONE, by=by, now=now)


@transaction.atomic(durable=True)
def drop_review(*, review_id: int, by: User, now: datetime) -> Review:
    """Put a review away without a verdict, so that another can be drawn.

    Raises: NoRole, ReviewGone, ReviewClosed.
    """
    _check_reviewer(by)
    return _close(_lock_open(review_id), ReviewState.DROPPED, by=by, now=now)


@transaction.atomic(durable=True)
def use_review(*, review_id: int, by: User, now: datetime) -> tuple[PolicyVersion, bool]:
    """Attach a review's verdict to the version that is worked on, beginning a draft where there is none.

    Returns the version, and whether it was begun now. Attaching it again changes nothing.

    Raises: NoRole, ReviewGone, ReviewOpen, CannotBeRead.
    """
    lock_policy(by)
    review = Review.objects.filter(pk=review_id).first()
    if review is None:
        raise ReviewGone(f"There is no review {review_id}.")
    if review.state != ReviewState.DONE:
        raise ReviewOpen("This review has no verdict to attach. Give the verdict first.")
    running = PolicyVersion.objects.working()
    version = running or begin(None, by=by, now=now)
    said = verdict_of(review.cases.all()).headline
    _, is_new = ReviewUse.objects.get_or_create(
        review=review, version=version, defaults={"said": said, "at": now, "by": by}
    )
    if is_new:
        record(version, PolicyEvent.Kind.REVIEWED, {"review": review.pk, "said": said}, by=by, now=now)
    return version, running is None


def _check_reviewer(by: User) -> None:
    if roles_of(by).isdisjoint(REVIEWERS):
        raise NoRole("Cases are reviewed by managers and the operations owner. Ask an administrator for the role.")


def _lock_open(review_id: int) -> Review:
    review = Review.objects.select_for_update(of=("self",), no_key=True).filter(pk=review_id).first()
    if review is None:
        raise ReviewGone(f"There is no review {review_id}.")
    if review.state != ReviewState.OPEN:
        raise ReviewClosed("This review is closed: its answers stay as they are.")
    return review


def _close(review: Review, state: ReviewState, *, by: User, now: datetime) -> Review:
    review.state, review.closed_at, review.closed_by = state, now, by
    review.save(update_fields=["state", "closed_at", "closed_by"])
    return review


def _said(row: ReviewCase) -> tuple[dict[str, str], str]:
    return {question.value: getattr(row, question.value) for question in Question}, row.note
