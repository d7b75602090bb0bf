"""The cases behind a figure: narrowed as in the queue, in an order that is chosen, paged by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode

from exceptions_queue.filters import CaseFilter, kept_query, words_of
from exceptions_queue.models import Case
from exceptions_queue.views.lists import orders_of
from shipments.keyset import ID, Key, Sort, instant, page_of, whole

NEWEST: Final = Sort("newest", "Newest first", (Key(F("opened_at"), instant), ID), descending=True)
OLDEST: Final = Sort("oldest", "Oldest first", (Key(F("opened_at"), instant), ID))
URGENT: Final = Sort("score", "Most urgent first", (Key(F("score"), whole), ID), descending=True)
SORTS: Final = {sort.slug: sort for sort in (NEWEST, OLDEST, URGENT)}
_COUNTED: Final = 1000
"""Beyond this many a list says "more than"."""


def narrowed_by(request: HttpRequest, cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return the cases that the filters in the address keep."""
    kept: QuerySet[Case] = CaseFilter(request.GET, cases, request=request).qs
    return kept


def cases_behind(
    request: HttpRequest, cases: QuerySet[Case], *, keep: Sequence[tuple[str, str]], usual: Sort = NEWEST
) -> dict[str, Any]:
    """Return what a page of such a list shows; `keep` are the names and values that stay in its addresses."""
    narrowed = CaseFilter(request.GET, cases, request=request)
    narrowed.offer()
    sort = SORTS.get(request.GET.get("sort", ""), usual)
    return {
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "total": _counted(narrowed.qs),
        "keep": [*keep, ("sort", sort.slug)],
        "sort": sort,
        "orders": orders_of(request.GET, sort, SORTS).values(),
        "query": "&".join(filter(None, [urlencode(keep), kept_query(request.GET, [*narrowed.form.fields, "sort"])])),
        "clear_url": f"?{urlencode(keep)}",
        "page": page_of(narrowed.qs, sort, request.GET),
    }


def _counted(cases: QuerySet[Case]) -> str:
    count = cases.order_by()[: _COUNTED + 1].count()
    if count > _COUNTED:
        return f"More than {_COUNTED:,} cases"
    return "1 case" if count == 1 else f"{count} cases"
