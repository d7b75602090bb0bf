"""The code table, and one code: what it means, who told it, and a form for another meaning."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carriers.code_pages.answers import answer, list_context
from carriers.code_pages.filters import CodeFilter
from carriers.code_pages.forms import MeaningForm, NewCodeForm
from carriers.code_pages.queries import (
    CODE_SORTS,
    drafts_of,
    history_of,
    row_values,
    systems_heard,
    systems_known,
    told_by,
)
from carriers.code_pages.queries import (
    codes as code_rows,
)
from carriers.code_pages.words import CONFIDENCE, code_words, said, suggested, system_name
from carriers.codebook.drafts import OWNER, CodebookRefused, Meant, change_of, draft_codes
from carriers.codebook.suggestions import suggestion
from carriers.models import CodeDraft, CodeMapping, HeardCode
from config.roles import holds_role
from shipments.keyset import page_of

_SAMPLES: Final = 25
"""Scans shown of one code, the newest."""


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """List the code table, narrowed by filters; asked by htmx, only the results."""
    narrowed = CodeFilter(request.GET, code_rows())
    narrowed.offer(systems_known())
    sort = CODE_SORTS.get(request.GET.get("sort", ""), CODE_SORTS["heard"])
    page = page_of(narrowed.qs, sort, request.GET)
    for row in page.rows:
        row.said, row.system_said, row.code_said = said(row_values(row)), system_name(row.system), code_words(row.code)
        row.from_said = CONFIDENCE.get(row.confidence, row.confidence)
    context = list_context(request, narrowed, sort, CODE_SORTS, page, "code") | {
        "may_write": holds_role(request.user, OWNER),
        "drafted": drafts_of(request.user).count(),
        "now": timezone.now(),
    }
    return answer(request, "codes", context)


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Show one code, or a form for a new one; a POST drafts the meaning that was typed."""
    system, name = request.GET.get("system", ""), request.GET.get("code", "")
    if request.method == "POST":
        return _draft(request, system, name)
    return _show(request, system, name, None)


def _draft(request: HttpRequest, system: str, name: str) -> HttpResponse:
    if not holds_role(request.user, OWNER):
        raise PermissionDenied("What codes mean is decided by operations. Ask an administrator for the role.")
    form = MeaningForm(request.POST) if name else NewCodeForm(request.POST, systems=_systems())
    meant: Meant | None = None
    if request.POST.get("do") != "unmap":
        if not form.is_valid():
            return _show(request, system, name, form, status=422)
        meant = form.meant()
        system, name = system or form.cleaned_data["system"], name or form.cleaned_data["code"].strip()
    try:
        done = draft_codes(codes=[(system, name)], meant=meant, by=request.user, now=timezone.now())
    except CodebookRefused as refused:
        messages.error(request, str(refused))
        return _show(request, system, name, form, status=409)
    if done.written:
        messages.success(request, f"{code_words(name)} is in your draft. Nothing changes until you publish it.")
    else:
        messages.info(request, f"{code_words(name)} means that already, so there is nothing to draft.")
    return redirect("carriers:code_draft")


def _show(request: HttpRequest, system: str, name: str, given: Form | None, status: int = 200) -> HttpResponse:
    may_write = holds_role(request.user, OWNER)
    if not name:
        form = given or NewCodeForm(systems=_systems(), initial={"physical": "yes"})
        return render(request, "carriers/new_code.html", {"form": form, "may_write": may_write}, status=status)
    row = CodeMapping.objects.select_related("publication__by").filter(system=system, code=name).first()
    draft = drafts_of(request.user).filter(system=system, code=name).first()
    heard = list(HeardCode.objects.filter(system=system, code=name).order_by("-hits"))
    words = heard[0].last_description if heard else ""
    found = suggestion(words) if row is None else None
    context = {
        "system": system,
        "system_said": system_name(system),
        "code": name,
        "code_said": code_words(name),
        "row": row,
        "said": said(row_values(row)) if row else None,
        "from_said": CONFIDENCE.get(row.confidence, row.confidence) if row else "",
        "draft": draft,
        "drafted": said(change_of(draft).after) if draft else None,
        "heard": heard,
        "heard_words": words,
        "told": told_by([(system, name)], unanswered=False, samples=_SAMPLES)[0],
        "suggestion": found,
        "suggested": suggested(found),
        "changes": [_change(each) for each in history_of(system, name)],
        "form": given or MeaningForm(initial=_initial(row, draft, words)),
        "may_write": may_write,
        "now": timezone.now(),
    }
    return render(request, "carriers/code.html", context, status=status)


def _systems() -> list[str]:
    return sorted({*systems_known(), *systems_heard()})


def _initial(row: CodeMapping | None, draft: CodeDraft | None, words: str) -> dict[str, Any]:
    """Return what the form begins with: the draft, else what the code means today, else the carrier's words alone."""
    known = draft if draft and not draft.unmaps else row
    if known is None:
        return {"physical": "yes", "description": words}
    values = row_values(known) | {"description": known.description}
    return values | {"physical": "yes" if known.physical else "no"}


def _change(change: Any) -> Any:
    change.before_said, change.after_said = said(change.before), said(change.after)
    return change
