"""Replays: a preview that writes nothing, the run, its progress, and the record of all runs."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carriers.inbox import preview, replay
from carriers.inbox.preview import SAMPLE, Preview
from carriers.inbox.replay import MOST
from carriers.inbox_pages.filters import FailedFilter
from carriers.inbox_pages.listing import ACTS, answer, whole_numbers
from carriers.inbox_pages.marks import PROBLEM, Outcome
from carriers.inbox_pages.runs import marked, progress_of, replays_of_run
from carriers.models import InboundMessage, MessageState, Problem, ReplayRun
from config.roles import requires_role
from shipments.facts import State
from shipments.keyset import ID, Key, Sort, instant, page_of
from shipments.marks import SHIPMENT

_RUNS: Final = Sort("newest", "Newest first", (Key(F("at"), instant), ID), descending=True)
_OF_RUN: Final = Sort("oldest", "Oldest first", (ID,))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(ACTS)
def replay_chosen(request: HttpRequest) -> HttpResponse:
    """Show what chosen messages would say now, before anything is written; sent as a form, replay them.

    Chosen are the `message` ids of the address, or with `all` every failed message its filters leave.
    """
    chosen = _chosen(request)
    if not chosen:
        messages.warning(request, "Nothing was chosen that failed. Tick messages first, or replay all that are listed.")
        return redirect("carriers:inbox")
    if request.method == "POST":
        return _run(request, chosen)
    sample = InboundMessage.objects.filter(pk__in=chosen[:SAMPLE]).select_related("account")
    seen = [_shown(each) for each in preview(messages=sample.order_by("-received_at", "-pk"))]
    seen.sort(key=lambda each: not each["preview"].is_mended)
    context = {
        "count": len(chosen),
        "is_most": len(chosen) == MOST,
        "seen": seen,
        "mended": sum(each["preview"].is_mended for each in seen),
        "now": timezone.now(),
    }
    return render(request, "carriers/replay.html", context)


@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a run of replays is and what came of each message; asked by htmx, only that."""
    found = get_object_or_404(ReplayRun.objects.select_related("by"), pk=pk)
    outcome = request.GET.get("outcome", "")
    progress = progress_of(found)  # before the rows: a page that says all were read shows none that still waits
    rows = replays_of_run(found)
    page = page_of(rows.filter(outcome=outcome) if outcome in Outcome.values else rows, _OF_RUN, request.GET)
    marked(page.rows)
    context = {
        "run": found,
        "progress": progress,
        "outcomes": [
            {"label": each.label, "slug": each.value, "count": count, "current": each.value == outcome}
            for each in Outcome
            if (count := getattr(progress, each.value))
        ],
        "page": page,
        "query": f"outcome={outcome}" if outcome else "",
        "now": timezone.now(),
    }
    return answer(request, "run", context)


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs of replays, newest first: who, how, why, how many."""
    rows = ReplayRun.objects.select_related("by").annotate(taken=Count("replays"))
    return render(request, "carriers/runs.html", {"page": page_of(rows, _RUNS, request.GET), "now": timezone.now()})


def _chosen(request: HttpRequest) -> list[int]:
    failed = InboundMessage.objects.filter(state=MessageState.FAILED)
    if "all" in request.GET:
        failed = FailedFilter(request.GET, failed).qs
    else:
        failed = failed.filter(pk__in=whole_numbers(request.GET.getlist("message"))[:MOST])
    return list(failed.order_by("-received_at", "-pk").values_list("pk", flat=True)[:MOST])


def _run(request: HttpRequest, chosen: list[int]) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()[:500]
    done = replay(message_ids=chosen, by=request.user, how=ReplayRun.How.PAGE, reason=reason, now=timezone.now())
    if done.run_id is None:
        messages.warning(request, "Nothing was replayed: somebody else has just replayed these messages.")
        return redirect("carriers:inbox")
    return redirect("carriers:run", done.run_id)


def _shown(seen: Preview) -> dict[str, Any]:
    """Return one line of the preview: what the message said then, and what it would say now."""
    message, reading = seen.message, seen.now
    shown: dict[str, Any] = {"preview": seen, "message": message, "was": PROBLEM[Problem(message.problem)]}
    if reading and reading.problem:
        shown["problem"] = PROBLEM[Problem(reading.problem)]
    elif reading:
        latest = max(reading.facts, key=lambda fact: fact.occurred_at, default=None)
        shown["latest"] = SHIPMENT[State(latest.state)] if latest else None
        shown["numbers"] = sorted({fact.tracking_number for fact in reading.facts})[:3]
    return shown
