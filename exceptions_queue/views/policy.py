"""The policy to read: what is in force, every version, what each rule hit, and the answers to a rollout's questions."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from config.roles import requires_role
from exceptions_queue import access
from exceptions_queue.actions.policy_versions import EDITORS
from exceptions_queue.cases_behind import cases_behind
from exceptions_queue.filters import without
from exceptions_queue.frame import frame_of
from exceptions_queue.models import Observation, PolicyState, PolicyVersion
from exceptions_queue.policies import published_policy
from exceptions_queue.policy.checklist import checklist
from exceptions_queue.policy.clauses import PART_SLUGS, PARTS, clauses_of, missing_detectors, normal
from exceptions_queue.policy.diff import differences
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy_forms import WhyForm
from exceptions_queue.policy_pages import PERIOD_DAYS, cases_hit_by, hits_of, reviews_of, swept, unjudged
from exceptions_queue.scope_pages import names_nobody_has
from exceptions_queue.transitions import Role
from shipments.keyset import ID, Key, Sort, page_of, whole

ANY_ROLE: Final = tuple(role.value for role in Role)
_WORTH: Final = {"yes": {"worth_it": True}, "no": {"worth_it": False}, "open": {"worth_it__isnull": True}}
_WORTH_WORDS: Final = (("", "All"), ("yes", "Worth it"), ("no", "Not worth it"), ("open", "No opinion yet"))
_BY_NUMBER: Final = Sort("newest", "Newest first", (Key(F("number"), whole), ID), descending=True)


@requires_role(*ANY_ROLE)
@require_safe
def in_force(request: HttpRequest) -> HttpResponse:
    """Show the version in force as sentences, with what each rule hit."""
    version, part = PolicyVersion.objects.select_related("published_by").published(), part_of(request)
    context = (
        sheet_of(request, version, part)
        | frame_of_policy(request)
        | {
            "tab": "in_force",
            "swept": swept(version),
            "unknown": names_nobody_has(version.document),
            "unjudged": unjudged().count(),
            "observed": Observation.objects.open().outside().count(),
            "uses": reviews_of(version),
            "silent": [kind.label for kind in missing_detectors(version.document)],
        }
    )
    return render(request, "policy/in_force.html", context)


@requires_role(*ANY_ROLE)
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List every version with who, when and why."""
    page = page_of(PolicyVersion.objects.newest_first(), _BY_NUMBER, request.GET)
    return render(request, "policy/versions.html", frame_of_policy(request) | {"tab": "versions", "page": page})


@requires_role(*ANY_ROLE)
@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version: its sentences, its history, and what it changed."""
    return show_version(request, number)


def show_version(request: HttpRequest, number: int, *, form: WhyForm | None = None, status: int = 200) -> HttpResponse:
    """Draw a version's page; `form` is a reason that was not accepted."""
    people = ("published_by", "created_by", "base")
    found = get_object_or_404(PolicyVersion.objects.select_related(*people), number=number)
    frame = frame_of_policy(request)
    published = frame["published"]
    may_roll_back = frame["may_edit"] and found.state == PolicyState.RETIRED
    context = (
        sheet_of(request, found, part_of(request))
        | frame
        | {
            "tab": "versions",
            "differences": differences_of(found.base, found) if found.base else (),
            "uses": reviews_of(found),
            "history": found.history.select_related("by").order_by("-at", "-id")[:50],
            "may_publish_again": may_roll_back,
            "would_change": differences_of(published, found) if may_roll_back else (),
            "why": form or WhyForm(initial={"over": published.number}),
        }
    )
    return render(request, "policy/version.html", context, status=status)


@requires_role(*ANY_ROLE)
@require_safe
def checklist_page(request: HttpRequest) -> HttpResponse:
    """Answer the rollout checklist from the version in force."""
    context = frame_of_policy(request) | {"tab": "checklist", "questions": checklist(published_policy())}
    return render(request, "policy/checklist.html", context)


@requires_role(*ANY_ROLE)
@require_safe
def rule(request: HttpRequest, kind: str) -> HttpResponse:
    """List the cases that a rule opened or joined in the last days."""
    if kind not in FindingKind.values:
        raise Http404(kind)
    now, asked = frame_of(request).now, request.GET.get("worth", "")
    asked = asked if asked in _WORTH else ""
    cases = cases_hit_by(kind, now).filter(**_WORTH.get(asked, {}))
    published = PolicyVersion.objects.published()
    sentence = next((each for each in clauses_of(normal(published.document), "rules") if each.key == kind), None)
    context = frame_of_policy(request) | {
        "tab": "in_force",
        "kind": FindingKind(kind),
        "sentence": sentence,
        "hits": hits_of(now).get(kind),
        "period": PERIOD_DAYS,
        "tabs": [(_worth_url(request, slug), label, slug == asked) for slug, label in _WORTH_WORDS],
        "now": now,
    }
    context |= cases_behind(request, cases, keep=[("worth", asked)] if asked else [])
    return render(request, "policy/rule.html", context)


def _worth_url(request: HttpRequest, worth: str) -> str:
    """Return the address of the same list with another opinion."""
    kept = without(request.GET, "worth")
    return f"{kept}{'' if kept == '?' else '&'}worth={worth}"


@requires_role(*ANY_ROLE)
@require_safe
def unjudged_page(request: HttpRequest) -> HttpResponse:
    """List the parcels that no rule could judge."""
    page = page_of(unjudged(), Sort("newest", "Newest first", (ID,), descending=True), request.GET)
    return render(request, "policy/unjudged.html", frame_of_policy(request) | {"tab": "in_force", "page": page})


def part_of(request: HttpRequest) -> str:
    """Return which part of the policy is asked for; the rules where none or no such is."""
    asked = request.GET.get("part") or request.POST.get("part", "")
    return asked if asked in PART_SLUGS else "rules"


def frame_of_policy(request: HttpRequest) -> dict[str, Any]:
    """Return what every page of the policy shows: what is in force, what is worked on, and whether one may edit."""
    found = PolicyVersion.objects.filter(state__in=["draft", "shadow", "published"]).defer("document")
    known = {each.state: each for each in found.order_by("number")}
    return {
        "published": known["published"],
        "working": known.get("shadow") or known.get("draft"),
        "in_shadow": "shadow" in known,
        "may_edit": bool(access.roles_of(request.user) & EDITORS),
        "now": frame_of(request).now,
    }


def sheet_of(request: HttpRequest, found: PolicyVersion, slug: str) -> dict[str, Any]:
    """Return one part of a version as sentences, grouped with what belongs under them."""
    part = PART_SLUGS[slug]
    context: dict[str, Any] = {"version": found, "part": part, "parts": PARTS, "period": PERIOD_DAYS}
    try:
        clauses = clauses_of(normal(found.document), slug)
    except (PolicyError, KeyError, TypeError) as problem:
        return context | {"clauses": [], "unreadable": str(problem)}
    hits = hits_of(frame_of(request).now) if slug == "rules" else {}
    return context | {"clauses": [(each, hits.get(each.key)) for each in clauses]}


def differences_of(old: PolicyVersion, new: PolicyVersion) -> tuple[Any, ...]:
    """Return how two stored versions differ, in words; nothing where one of them cannot be read today."""
    try:
        return differences(old.document, new.document)
    except (PolicyError, KeyError, TypeError):
        return ()
