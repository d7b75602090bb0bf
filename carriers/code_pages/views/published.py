"""What was published: who, why, when, how far history has followed, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carriers.code_pages.queries import PUBLISHED
from carriers.code_pages.queries import publications as published_rows
from carriers.code_pages.words import code_words, said, system_name
from carriers.codebook.drafts import OWNER, CodebookRefused
from carriers.codebook.publishing import undo
from carriers.models import CodePublication, Rereading
from config.roles import holds_role, requires_role
from shipments.filters import without
from shipments.keyset import page_of

_SHOWN = 200


@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """List what was published, newest first."""
    page = page_of(published_rows(), PUBLISHED, request.GET)
    context = {"page": page, "query": without(request.GET).removeprefix("?"), "now": timezone.now()}
    return render(request, "carriers/publications.html", context)


@require_safe
def publication(request: HttpRequest, number: int) -> HttpResponse:
    """Show one publication and how far history has followed."""
    found = get_object_or_404(published_rows(), pk=number)
    changes = list(found.changes.order_by("system", "code")[: _SHOWN + 1])
    context = {
        "publication": found,
        "undone_by": getattr(found, "undone_by", None),
        "changes": [_change(each) for each in changes[:_SHOWN]],
        "more": len(changes) > _SHOWN,
        "work": found.rereading,
        "percent": _percent(found.rereading),
        "may_write": holds_role(request.user, OWNER),
        "now": timezone.now(),
    }
    return render(request, "carriers/publication.html", context)


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """Show how far history has followed, as the page asks again and again."""
    work = get_object_or_404(Rereading, pk=number)
    context = {"work": work, "percent": _percent(work), "now": timezone.now()}
    return render(request, "carriers/_progress.html", context)


@require_POST
@requires_role(OWNER)
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Publish the inverse of a publication."""
    get_object_or_404(CodePublication, pk=number)
    try:
        taken_back = undo(number=number, by=request.user, now=timezone.now())
    except CodebookRefused as refused:
        messages.error(request, str(refused))
        return redirect("carriers:code_publication", number)
    messages.success(request, f"Publication {number} is taken back: every code means what it meant before.")
    return redirect("carriers:code_publication", taken_back.number)


def _percent(work: Rereading) -> int:
    """Return how much of history is done; the last percent belongs to the end."""
    if work.finished_at:
        return 100
    return min(99, 100 * work.events_seen // max(1, work.events_expected))


def _change(change: Any) -> Any:
    change.system_said, change.code_said = system_name(change.system), code_words(change.code)
    change.before_said, change.after_said = said(change.before), said(change.after)
    return change
