"""The queue: one list of cases, filtered, sorted and paged; nothing in it moves until the person asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from exceptions_queue import access
from exceptions_queue.filters import CaseFilter, kept_query, words_of
from exceptions_queue.frame import frame_of
from exceptions_queue.lists import CLOSED, LISTS, CaseList, Viewer
from exceptions_queue.policy.situation import Team
from exceptions_queue.sorting import SORTS, URGENCY, Sort
from exceptions_queue.views.lists import is_whole, orders_of, slice_of

_COUNTED: Final = 1000
"""Beyond this many a filtered list says "more than"."""


@require_safe
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one list; asked by htmx, only its results."""
    case_list, viewer = _list(slug), frame_of(request).viewer
    narrowed = _narrowed(request, case_list, viewer)
    sort = SORTS.get(request.GET.get("sort", ""), SORTS["newest"] if case_list == CLOSED else URGENCY)
    wanted, readable = slice_of(sort, request.GET)
    context = _context(request, case_list, narrowed, sort) | {
        "page": narrowed.qs.for_queue(sort, wanted),
        "unreadable": not readable,
    }
    template = "queue.html" if is_whole(request) else "_results.html"
    response = render(request, f"exceptions_queue/{template}", context, status=200 if readable else 400)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def new_cases(request: HttpRequest, slug: str) -> HttpResponse:
    """Say how many cases came into the list since the page was drawn; 204 (htmx: no change) when none did."""
    since = _instant(request.GET.get("since", ""))
    narrowed = _narrowed(request, _list(slug), frame_of(request).viewer)
    count = narrowed.qs.new_since(since)[:_COUNTED].count()
    if not count:
        return HttpResponse(status=204)
    return render(request, "exceptions_queue/_new.html", {"count": count})


def _list(slug: str) -> CaseList:
    try:
        return LISTS[slug]
    except KeyError as error:
        raise Http404(slug) from error


def _narrowed(request: HttpRequest, case_list: CaseList, viewer: Viewer) -> CaseFilter:
    cases = access.visible_cases(request.user).in_list(case_list, viewer)
    return CaseFilter(request.GET, cases, request=request)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Http404(text) from error


def _context(request: HttpRequest, case_list: CaseList, narrowed: CaseFilter, sort: Sort) -> dict[str, Any]:
    words = words_of(narrowed.form, request.GET)
    narrowed.offer()
    return {
        "case_list": case_list,
        "filter": narrowed,
        "words": words,
        "sort": sort,
        "orders": orders_of(request.GET, sort, SORTS),
        "keep": [("sort", sort.slug)],
        "query": kept_query(request.GET, [*narrowed.form.fields, "sort"]),
        "total": _total(request, case_list, narrowed, bool(words)),
        "teams": Team.choices,
        "now": frame_of(request).now,
        "drawn": frame_of(request).now.timestamp(),
    }


def _total(request: HttpRequest, case_list: CaseList, narrowed: CaseFilter, is_narrowed: bool) -> str:
    tally = frame_of(request).tallies.get(case_list.slug)
    if tally and not is_narrowed:
        return _cases(tally.count)
    count = narrowed.qs.order_by()[: _COUNTED + 1].count()
    return f"More than {_COUNTED:,} cases" if count > _COUNTED else _cases(count)


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count:,} cases"
