"""A person's draft: what it would change, and publishing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from carriers.code_pages.forms import PublishForm
from carriers.code_pages.queries import drafts_of
from carriers.code_pages.words import code_words, counted, said, system_name
from carriers.codebook.drafts import OWNER, CodebookRefused, change_of, drafted_changes, drop_drafts, fingerprint
from carriers.codebook.preview import Moved, look_ahead
from carriers.codebook.publishing import publish
from config.roles import requires_role
from shipments.marks import SHIPMENT
from shipments.story import because


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(OWNER)
def draft(request: HttpRequest) -> HttpResponse:
    """Show a person's draft with what it would change; a POST publishes it."""
    if request.method != "POST":
        return _show(request, None)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    given = form.cleaned_data
    try:
        published = publish(by=request.user, note=given["note"], seen=given["seen"], now=timezone.now())
    except CodebookRefused as refused:
        messages.error(request, str(refused))
        return _show(request, form, status=409)
    messages.success(request, f"Publication {published.number} is in force: new scans are read by it.")
    return redirect("carriers:code_publication", published.number)


@require_POST
@requires_role(OWNER)
def drop(request: HttpRequest) -> HttpResponse:
    """Throw one draft away, or all of them."""
    ids = [int(each) for each in request.POST.getlist("draft") if each.isdecimal() and len(each) < 19]
    dropped = drop_drafts(ids=None if "all" in request.POST else ids, by=request.user)
    messages.success(request, f"{counted(dropped, 'draft')} thrown away.")
    return redirect("carriers:code_draft")


def _show(request: HttpRequest, given: PublishForm | None, status: int = 200) -> HttpResponse:
    drafts = list(drafts_of(request.user))
    seen = fingerprint(drafts)
    form = PublishForm({**given.data.dict(), "seen": seen}) if given else PublishForm(initial={"seen": seen})
    preview = look_ahead(drafted_changes(drafts))
    context: dict[str, Any] = {
        "drafts": [_drafted(each) for each in drafts],
        "preview": preview,
        "moved": [_moved(each) for each in preview.moved],
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "carriers/draft.html", context, status=status)


def _drafted(draft: Any) -> Any:
    draft.system_said, draft.code_said = system_name(draft.system), code_words(draft.code)
    draft.before_said, draft.after_said = said(draft.before), said(change_of(draft).after)
    return draft


def _moved(moved: Moved) -> dict[str, Any]:
    shipment, then = moved.shipment, moved.then
    return {
        "shipment": shipment,
        "now": SHIPMENT[shipment.state],
        "now_because": because(shipment.state, shipment.reason),
        "then": SHIPMENT[then.state],
        "then_because": because(then.state, str(then.reason)),
    }
