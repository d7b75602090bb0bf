"""What every list of the inbox does with its address: the filters in words, the order, the count, the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_filters import FilterSet

from config.roles import holds_role
from shipments.filters import without, words_of
from shipments.keyset import Sort, page_of

COUNTED: Final = 1000
"""Beyond this many a list says "more than"."""
ACTS: Final = "operations"
"""Whose work the inbox is; everybody else looks."""


def listed(
    request: HttpRequest, narrowed: FilterSet, sorts: Mapping[str, Sort], *, thing: str, kept: str = ""
) -> dict[str, Any]:
    """Return what a list page shows of a filtered queryset; `thing` is what one row is called.

    `kept` names a value of the address that is no filter and goes along.
    """
    sort = sorts.get(request.GET.get("sort", ""), next(iter(sorts.values())))
    return {
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "sort": sort,
        "sorts": _orders(request.GET, sorts, sort),
        "keep": [("sort", sort.slug)],
        "page": page_of(narrowed.qs, sort, request.GET),
        "query": without(request.GET).removeprefix("?"),
        "total": said_count(narrowed.qs, thing),
        "may_act": holds_role(request.user, ACTS),
        "now": timezone.now(),
    }


def answer(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page of the inbox; asked by htmx, only its results."""
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, f"carriers/{name if whole else f'_{name}_results'}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def said_count(rows: QuerySet, thing: str) -> str:
    """Return how many rows there are, in words; beyond a thousand only that there are more."""
    return in_words(rows.order_by()[: COUNTED + 1].count(), thing)


def in_words(count: int, thing: str) -> str:
    """Return a count of things, in words."""
    if count > COUNTED:
        return f"More than {COUNTED:,} {thing}s"
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def whole_numbers(values: list[str]) -> list[int]:
    """Return the ids among what a form or an address named, in its order; what is no id is left out."""
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]


def _orders(query: QueryDict, sorts: Mapping[str, Sort], current: Sort) -> list[dict[str, Any]]:
    base = without(query, "sort")
    joined = base if base == "?" else f"{base}&"
    return [
        {"label": sort.label, "url": f"{joined}sort={slug}", "current": sort is current} for slug, sort in sorts.items()
    ]
