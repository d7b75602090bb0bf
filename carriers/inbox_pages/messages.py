"""The lists of messages, and one message: its raw body beside what was read from it."""

from __future__ import annotations

from typing import Final

from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from carriers.inbox_pages.filters import FailedFilter, MessageFilter
from carriers.inbox_pages.listing import ACTS, answer, in_words, listed
from carriers.inbox_pages.marks import PROBLEM, REMEDY, STATE
from carriers.inbox_pages.raw import shown_body
from carriers.inbox_pages.runs import replays_of_message
from carriers.inbox_pages.told import put_numbers, told_by
from carriers.models import InboundMessage, MessageState, Problem
from config.roles import holds_role
from shipments.filters import without
from shipments.keyset import ID, Key, Sort, instant, whole

RECEIVED: Final = Key(F("received_at"), instant)
NEWEST: Final = Sort("newest", "Newest first", (RECEIVED, ID), descending=True)
FAILED_SORTS: Final = {
    sort.slug: sort
    for sort in (
        NEWEST,
        Sort("oldest", "Oldest first", (RECEIVED, ID)),
        Sort("tried", "Tried most often", (Key(F("attempts"), whole), ID), descending=True),
    )
}
ALL_SORTS: Final = {
    sort.slug: sort
    for sort in (Sort("newest", "Newest first", (ID,), descending=True), Sort("oldest", "Oldest first", (ID,)))
}


@require_safe
def failed(request: HttpRequest) -> HttpResponse:
    """List what could not be read, with how many there are of each problem."""
    narrowed = FailedFilter(request.GET, _rows().filter(state=MessageState.FAILED))
    context = listed(request, narrowed, FAILED_SORTS, thing="failed message")
    context["problems"] = _problems(request, without(request.GET, "problem"))
    context["chosen_by"] = [(name, request.GET[name]) for name in narrowed.form.fields if request.GET.get(name)]
    return answer(request, "failed", _marked(context))


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """List every message, whatever became of it."""
    narrowed = MessageFilter(request.GET, _rows())
    context = _marked(listed(request, narrowed, ALL_SORTS, thing="message"))
    put_numbers(context["page"].rows)
    return answer(request, "messages", context)


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message: the raw body beside what was read from it, and what it would say now."""
    found = get_object_or_404(InboundMessage.objects.select_related("account"), pk=pk)
    _mark([found])
    context = {
        "message": found,
        "body": shown_body(bytes(found.body)),
        "told": told_by(found),
        "replays": replays_of_message(found),
        "remedy": REMEDY[Problem(found.problem)] if found.problem else "",
        "may_replay": found.state == MessageState.FAILED and holds_role(request.user, ACTS),
        "now": timezone.now(),
    }
    return render(request, "carriers/message.html", context)


@require_safe
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the exact bytes as a file; a browser never shows them as a page."""
    body = get_object_or_404(InboundMessage.objects.only("body"), pk=pk).body
    headers = {"Content-Disposition": f'attachment; filename="message-{pk}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(body), content_type="application/octet-stream", headers=headers)


def _rows() -> QuerySet[InboundMessage]:
    return InboundMessage.objects.select_related("account").defer("body")


def _marked(context: dict) -> dict:
    _mark(context["page"].rows)
    return context


def _mark(messages: list[InboundMessage]) -> None:
    """Put on each message how its state and its problem look."""
    for each in messages:
        each.mark = STATE[MessageState(each.state)]
        each.problem_mark = PROBLEM[Problem(each.problem)] if each.problem else None


def _problems(request: HttpRequest, address: str) -> list[dict]:
    """Return how many messages there are of each problem under the other filters, each with its address."""
    query = request.GET.copy()
    query.pop("problem", None)
    rows = FailedFilter(query, InboundMessage.objects.filter(state=MessageState.FAILED)).qs
    counted = rows.order_by().values_list("problem").annotate(count=Count("pk")).order_by("-count", "problem")
    joined = address if address == "?" else f"{address}&"
    return [
        {
            "label": Problem(problem).label,
            "count": count,
            "words": in_words(count, "message"),
            "url": f"{joined}problem={problem}",
            "current": request.GET.get("problem") == problem,
        }
        for problem, count in counted
    ]
