"""The twenty-case review: draw cases, answer three questions of each, read the verdict, go on to a draft."""

from __future__ import annotations

from secrets import randbelow
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from config.roles import requires_role
from exceptions_queue import access, actions
from exceptions_queue.actions.policy_versions import EDITORS
from exceptions_queue.casefile import CaseFile
from exceptions_queue.filters import kept_query, words_of
from exceptions_queue.frame import frame_of
from exceptions_queue.models import Case, PolicyVersion, Review, ReviewCase, ReviewState
from exceptions_queue.review_forms import AnswersForm, DrawForm
from exceptions_queue.reviews.filters import SORTS, DrawnCasesForm, ReviewFilter
from exceptions_queue.reviews.pages import ReviewFile, asked_of, listed_reviews, said_of
from exceptions_queue.reviews.questions import Answer, Question
from exceptions_queue.reviews.verdict import SMALL_SAMPLE
from exceptions_queue.views.lists import orders_of
from shipments.keyset import page_of

REVIEWERS: Final = ("operations", "manager")
_SEEDS: Final = 2**31


@requires_role(*REVIEWERS)
@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """List the reviews, the one under way first."""
    return _show_list(request, DrawForm())


@requires_role(*REVIEWERS)
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draw cases and open the first."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _show_list(request, form, status=422)
    try:
        days, seed = form.cleaned_data["days"], randbelow(_SEEDS)
        found = actions.draw_review(days=days, seed=seed, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect("reviews:reviews")
    return redirect("reviews:review", found.pk)


@requires_role(*REVIEWERS)
@require_safe
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Show one review: how far it is, what it was drawn from, what it found, and its cases."""
    file = _file(request, review_id)
    form = DrawnCasesForm(request.GET, findings={row.finding for row in file.rows})
    rows = file.narrowed(**{name: request.GET.get(name, "") for name in form.fields})
    is_editor = bool(access.roles_of(request.user) & EDITORS)
    context = {
        "file": file,
        "review": file.review,
        "rows": [(row, _answers(row)) for row in rows],
        "filter": {"form": form},
        "words": words_of(form, request.GET),
        "total": f"{len(rows)} case{'' if len(rows) == 1 else 's'}",
        "few": SMALL_SAMPLE,
        "may_use": is_editor and file.has_verdict,
        "working": PolicyVersion.objects.defer("document").working() if file.has_verdict else None,
        "now": frame_of(request).now,
    }
    return render(request, "reviews/review.html", context)


@requires_role(*REVIEWERS)
@require_GET
def next_case(request: HttpRequest, review_id: int) -> HttpResponse:
    """Go to the next case this person has to answer; to the review where none is left."""
    return _next(_file(request, review_id))


@requires_role(*REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, review_id: int, place: int) -> HttpResponse:
    """Show one case with its questions; answered, go on with the next."""
    file = _file(request, review_id)
    if file.row_at(place) is None:
        raise Http404(place)
    if request.method != "POST":
        return _show_case(request, file, place)
    form = AnswersForm(request.POST)
    if not form.is_valid():
        return _show_case(request, file, place, form=form, status=422)
    answers = {question.value: form.cleaned_data[question.value] for question in Question}
    told = {"was": form.cleaned_data["was"], "note": form.cleaned_data["note"], "answers": answers}
    try:
        actions.answer_case(review_id=review_id, place=place, by=request.user, now=timezone.now(), **told)
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return _show_case(request, _file(request, review_id), place, status=409)
    return _next(_file(request, review_id))


@requires_role(*REVIEWERS)
@require_POST
def close(request: HttpRequest, review_id: int) -> HttpResponse:
    """Give the verdict."""
    return _end(request, review_id, actions.close_review, "The verdict is given. Its answers stay as they are.")


@requires_role(*REVIEWERS)
@require_POST
def put_away(request: HttpRequest, review_id: int) -> HttpResponse:
    """Put the review away without a verdict."""
    return _end(request, review_id, actions.drop_review, "The review is put away. Another can be drawn.")


@requires_role("operations")
@require_POST
def to_draft(request: HttpRequest, review_id: int) -> HttpResponse:
    """Attach the verdict to the draft and open it."""
    try:
        version, is_new = actions.use_review(review_id=review_id, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect("reviews:review", review_id)
    begun = f"Draft {version.number} begins" if is_new else f"Version {version.number} goes on"
    messages.success(request, f"{begun} with this review as its reason.")
    return redirect("policy:draft")


def _show_list(request: HttpRequest, form: DrawForm, status: int = 200) -> HttpResponse:
    running = listed_reviews().filter(state=ReviewState.OPEN).first()
    over = ReviewFilter(request.GET, listed_reviews().exclude(state=ReviewState.OPEN))
    sort = SORTS.get(request.GET.get("sort", ""), SORTS["newest"])
    total = over.qs.count()
    context = {
        "form": form,
        "running": running,
        "filter": over,
        "words": words_of(over.form, request.GET),
        "total": f"{total} review{'' if total == 1 else 's'}",
        "keep": [("sort", sort.slug)],
        "orders": orders_of(request.GET, sort, SORTS).values(),
        "query": kept_query(request.GET, [*over.form.fields, "sort"]),
        "page": page_of(over.qs, sort, request.GET, size=25),
        "now": frame_of(request).now,
    }
    return render(request, "reviews/reviews.html", context, status=status)


def _show_case(
    request: HttpRequest, file: ReviewFile, place: int, *, form: AnswersForm | None = None, status: int = 200
) -> HttpResponse:
    row, now = file.row_at(place), frame_of(request).now
    assert row is not None
    found = get_object_or_404(Case.objects.for_case_page(), pk=row.case_id)
    said = {question.value: form.data.get(question.value, "") for question in Question} if form else said_of(row)
    initial = {"note": row.note, "was": row.answered_at.isoformat() if row.answered_at else ""}
    context = {
        "file": file,
        "review": file.review,
        "row": row,
        "case": found,
        "story": CaseFile(found, request.user, now),
        "form": form or AnswersForm(initial=initial),
        "asked": asked_of(said),
        "before": place - 1 if place > 1 else None,
        "after": place + 1 if place < file.total else None,
        "now": now,
    }
    return render(request, "reviews/case.html", context, status=status)


def _file(request: HttpRequest, review_id: int) -> ReviewFile:
    return ReviewFile(
        get_object_or_404(Review.objects.select_related("drawn_by", "closed_by"), pk=review_id), request.user
    )


def _next(file: ReviewFile) -> HttpResponse:
    if not file.is_open or file.next_place is None:
        return redirect("reviews:review", file.review.pk)
    return redirect("reviews:case", file.review.pk, file.next_place)


def _end(request: HttpRequest, review_id: int, action: Any, said: str) -> HttpResponse:
    try:
        action(review_id=review_id, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("reviews:review", review_id)


def _answers(row: ReviewCase) -> list[str]:
    return [Answer(said).value if said else "" for said in said_of(row).values()]
