"""The shipment pages: find a parcel, and read what happened to it."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from shipments.filters import ShipmentFilter, without, words_of
from shipments.keyset import Sort
from shipments.marks import carrier_name
from shipments.models import Shipment
from shipments.queries import NEWEST, SORTS, best_match, list_page, parcel_file, put_in_words, unheard_since
from shipments.search import MOST, SHORTEST, Found, find

_COUNTED: Final = 1000
"""Beyond this many a list says "more than"."""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """List shipments, found by a text and narrowed by filters; asked by htmx, only the results."""
    text, now = request.GET.get("q", "").strip(), timezone.now()
    found = find(text) if text else None
    shipments = Shipment.objects.filter(superseded_by=None)
    shipments = shipments.filter(pk__in=found.ids) if found else shipments
    narrowed = ShipmentFilter(request.GET, shipments)
    sorts = {"match": best_match(found)} | SORTS if found else SORTS
    sort = sorts.get(request.GET.get("sort", ""), sorts["match"] if found else NEWEST)
    narrowed.offer(carrier_name)
    context = {
        "text": text,
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "page": list_page(narrowed.qs, sort, request.GET),
        "sort": sort,
        "sorts": _links(request.GET, sorts, sort),
        "query": without(request.GET).removeprefix("?"),
        "total": _total(narrowed.qs, found),
        "is_short": len(text) < SHORTEST,
        "now": now,
    }
    return _answer(request, context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one parcel: where it is, what happened, and whose work it is."""
    known = Shipment.objects.select_related("order__customer", "superseded_by")
    shipment = get_object_or_404(known.annotate(unheard_since=unheard_since("carrier")), pk=pk)
    now = timezone.now()
    file = parcel_file(shipment, now)
    put_in_words([shipment, *file.siblings])
    return render(request, "shipments/detail.html", {"shipment": shipment, "file": file, "now": now})


def _answer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, f"shipments/{'search' if whole else '_results'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _links(query: QueryDict, sorts: dict[str, Sort], current: Sort) -> list[dict[str, Any]]:
    links = []
    for slug, sort in sorts.items():
        address = query.copy()
        for name in ("after", "before"):
            address.pop(name, None)
        address["sort"] = slug
        links.append({"label": sort.label, "url": f"?{address.urlencode()}", "current": sort.slug == current.slug})
    return links


def _total(shipments: QuerySet[Shipment], found: Found | None) -> str:
    if found and found.capped:
        return f"More than {MOST:,} match: type more of it"
    count = shipments.order_by()[: _COUNTED + 1].count()
    if count > _COUNTED:
        return f"More than {_COUNTED:,} shipments"
    return "1 shipment" if count == 1 else f"{count:,} shipments"
