"""What every code page does with its request: the results alone for htmx, the orders to choose from, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_filters import FilterSet

from carriers.code_pages.words import counted
from shipments.filters import without, words_of
from shipments.keyset import Page, Sort

_COUNTED: Final = 1000
"""Beyond this many a list says "more than"."""


def list_context(
    request: HttpRequest, narrowed: FilterSet, sort: Sort, sorts: Mapping[str, Sort], page: Page, one: str
) -> dict[str, Any]:
    """Return what the frame of every list shows: filters in words, orders, the total."""
    return {
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "sort": sort,
        "sorts": _links(request.GET, sorts, sort),
        "query": without(request.GET).removeprefix("?"),
        "page": page,
        "total": total(narrowed.qs, one),
        "path": request.path,
    }


def answer(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Return a list's page, or its results alone where htmx asks for them."""
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, f"carriers/{name if whole else f'_{name}_results'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def total(rows: QuerySet, one: str) -> str:
    """Return how many rows there are in words; counting stops at a thousand."""
    count = rows.order_by()[: _COUNTED + 1].count()
    return f"More than {counted(_COUNTED, one)}" if count > _COUNTED else counted(count, one)


def own_address(address: str, otherwise: str) -> str:
    """Return where the person came from, if that is an address of ours."""
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    return address if ours else otherwise


def _links(query: QueryDict, sorts: Mapping[str, Sort], current: Sort) -> list[dict[str, Any]]:
    base = without(query, "sort")
    joined = "" if base == "?" else "&"
    return [
        {"label": sort.label, "url": f"{base}{joined}sort={slug}", "current": sort.slug == current.slug}
        for slug, sort in sorts.items()
    ]
