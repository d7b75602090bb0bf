"""The draft: its sentences as forms, what it changes, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from config.roles import requires_role
from exceptions_queue import actions
from exceptions_queue.models import PolicyState, PolicyVersion, ReviewUse
from exceptions_queue.policy.clauses import (
    Clause,
    adders_of,
    clauses_of,
    mark_of,
    missing_detectors,
    normal,
)
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy_forms import ClauseForm, LookForForm, WhyForm
from exceptions_queue.policy_pages import Hits, reviews_of, swept
from exceptions_queue.scope_pages import names_nobody_has
from exceptions_queue.views.backtests import tried_of
from exceptions_queue.views.policy import (
    ANY_ROLE,
    differences_of,
    frame_of_policy,
    part_of,
    sheet_of,
    show_version,
)

_EDITS: Final = ("save", "remove", "up", "down", "switch")


@requires_role(*ANY_ROLE)
@require_safe
def draft(request: HttpRequest) -> HttpResponse:
    """Show the version that is worked on, and what it changes."""
    return show_draft(request)


@requires_role("operations")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    given = request.POST.get("number", "")
    number = int(given) if given.isdecimal() and len(given) < 9 else None
    return _act(request, lambda now: _began(actions.start_draft(from_number=number, by=request.user, now=now)))


@requires_role("operations")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Change one sentence; what cannot be is said beside its field."""
    part, key, verb = part_of(request), request.POST.get("key", ""), request.POST.get("verb", "save")
    try:
        changed = actions.change_draft(
            number=_number(request),
            part=part,
            key=key,
            was=request.POST.get("was", ""),
            verb=verb if verb in _EDITS else "save",
            given=request.POST.dict(),
            by=request.user,
            now=timezone.now(),
        )
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect(_address(part, key))
    except PolicyError as problem:
        return show_draft(request, blamed=(key, problem), status=200 if request.htmx else 422)
    for each in changed:
        messages.success(request, each.sentence)
    if not changed:
        messages.info(request, "This says what it said before; nothing was changed.")
    return redirect(_address(part, next((each.key for each in changed if each.key), key)))


@requires_role("operations")
@require_POST
def look_for(request: HttpRequest) -> HttpResponse:
    """Add a detector that the draft does not have."""
    kind = request.POST.get("kind", "")

    def add(now: Any) -> str:
        changed = actions.look_for(number=_number(request), kind=kind, by=request.user, now=now)
        return " ".join(each.sentence for each in changed[:1]) or "The draft looks for it already."

    return _act(request, add, kind)


@requires_role("operations")
@require_POST
def start_shadow(request: HttpRequest) -> HttpResponse:
    """Put the draft in shadow."""

    def act(now: Any) -> str:
        version = actions.start_shadow(number=_number(request), by=request.user, now=now)
        return f"Version {version.number} now judges every parcel silently beside live. It opens nothing."

    return _act(request, act)


@requires_role("operations")
@require_POST
def stop_shadow(request: HttpRequest) -> HttpResponse:
    """Take the draft out of shadow."""
    return _act(request, lambda now: _stopped(actions.stop_shadow(number=_number(request), by=request.user, now=now)))


@requires_role("operations")
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Put the draft away."""

    def act(now: Any) -> str:
        version = actions.discard_draft(number=_number(request), by=request.user, now=now)
        return f"Version {version.number} is put away. It stays in the list of versions; a new draft can begin from it."

    return _act(request, act)


@requires_role("operations")
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Bring the draft into force."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return show_draft(request, why=form, status=422)
    try:
        version = actions.publish(
            number=_number(request),
            seen=request.POST.get("seen"),
            by=request.user,
            now=timezone.now(),
            **form.cleaned_data,
        )
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return show_draft(request, why=form, status=409)
    messages.success(request, f"Version {version.number} is in force. Every open parcel is now judged by it.")
    return redirect("policy:in_force")


@requires_role("operations")
@require_POST
def publish_again(request: HttpRequest, number: int) -> HttpResponse:
    """Roll back to a retired version."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return show_version(request, number, form=form, status=422)
    try:
        fresh = actions.publish_again(number=number, by=request.user, now=timezone.now(), **form.cleaned_data)
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return show_version(request, number, form=form, status=409)
    messages.success(request, f"Version {fresh.number} is in force; it says what version {number} said.")
    return redirect("policy:in_force")


def show_draft(
    request: HttpRequest,
    *,
    blamed: tuple[str, PolicyError] | None = None,
    why: WhyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the draft; `blamed` is a sentence that was not accepted with its problem, `why` such a reason."""
    frame = frame_of_policy(request) | {"tab": "draft"}
    if frame["working"] is None:
        return render(request, "policy/no_draft.html", frame, status=status)
    asked = [frame["working"].pk, frame["published"].pk]
    versions = PolicyVersion.objects.select_related("base", "created_by").in_bulk(asked)
    found, published = (versions[pk] for pk in asked)
    slug, uses = part_of(request), list(reviews_of(found))
    context = (
        sheet_of(request, found, slug)
        | frame
        | {
            "differences": differences_of(published, found),
            "uses": uses,
            "seen": mark_of(found.document),
            "why": why or WhyForm(initial={"over": frame["published"].number, "note": _reason_from(uses)}),
            "swept": swept(found),
            "unknown": names_nobody_has(found.document),
        }
        | tried_of(found, frame)
    )
    if found.state == PolicyState.DRAFT and frame["may_edit"]:
        context |= _forms_of(request, found, slug, blamed, context["clauses"])
    return render(request, "policy/draft.html", context, status=status)


def _reason_from(uses: list[ReviewUse]) -> str:
    """Return what the reviews behind a draft found, as a reason to publish it that its owner may reword."""
    return "\n".join(f"From the {str(use.review)[:1].lower()}{str(use.review)[1:]}: {use.said}" for use in uses)


def _forms_of(
    request: HttpRequest,
    found: PolicyVersion,
    slug: str,
    blamed: tuple[str, PolicyError] | None,
    read: list[tuple[Clause, Hits | None]],
) -> dict[str, Any]:
    """Return the sentences as forms, each with what its rule hit, and what can be added under it."""
    data = normal(found.document)
    hits = {clause.key: each for clause, each in read}
    adders: dict[str, list[ClauseForm]] = {}
    for clause in adders_of(data, slug):
        adders.setdefault(clause.under, []).append(_form(request, clause, blamed))
    forms = [(_form(request, clause, blamed), hits.get(clause.key)) for clause in clauses_of(data, slug)]
    missing = missing_detectors(data) if slug == "rules" else []
    return {
        "forms": forms,
        "adders": adders,
        "look_for": LookForForm(kinds=missing) if missing else None,
    }


def _form(request: HttpRequest, clause: Clause, blamed: tuple[str, PolicyError] | None) -> ClauseForm:
    if blamed is None or blamed[0] != clause.key:
        return ClauseForm(clause)
    form = ClauseForm(clause, request.POST)
    form.is_valid()
    form.blame(blamed[1])
    return form


def _act(request: HttpRequest, act: Callable[[Any], str], key: str = "") -> HttpResponse:
    """Call one action and say what it did or why not."""
    try:
        messages.success(request, act(timezone.now()))
    except actions.Refused as refused:
        messages.error(request, str(refused))
    return redirect(_address(part_of(request), key))


def _began(version: PolicyVersion) -> str:
    return f"Draft {version.number} begins from version {version.base.number}. Nothing changes until it is published."


def _stopped(version: PolicyVersion) -> str:
    return f"The shadow of version {version.number} is stopped; it is a draft again."


def _number(request: HttpRequest) -> int:
    given = request.POST.get("number", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _address(part: str, key: str) -> str:
    query = f"?{urlencode({'part': part})}" if part != "rules" else ""
    return f"/policy/draft/{query}{f'#{key}' if key else ''}"
