"""The scorecard: three figures, and the rows behind each of them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reporting import figures
from reporting.asking import Asked, AskForm, quick_periods
from reporting.exports import csv_of
from reporting.figures import ABOUT, Link
from reporting.queries import days_of_updates, opened_cases
from reporting.rows import LISTINGS, Listing
from shipments.keyset import page_of


@require_safe
def scorecard(request: HttpRequest) -> HttpResponse:
    """Show the three figures of a period beside the period it is compared with."""
    form, asked = _asked(request)
    periods = (asked.period, asked.compared)
    cases = opened_cases(periods, asked.narrowing)
    days = days_of_updates(periods, asked.narrowing)
    shown = [
        figures.routed_first(cases, *periods, _link(figures.ROUTED_FIRST, asked)),
        figures.time_to_case(cases, *periods, _link(figures.TIME_TO_CASE, asked)),
        figures.failed_updates(days, *periods, _link(figures.UPDATES, asked)),
    ]
    return render(request, "reporting/scorecard.html", _context(form, asked) | {"figures": shown})


@require_safe
def rows(request: HttpRequest, figure: str) -> HttpResponse:
    """List the rows behind one figure, newest first."""
    form, asked = _asked(request)
    listing = _listing(request, figure)
    page = page_of(listing.rows(asked), listing.sort, request.GET)
    listings = [
        {"label": each.label, "current": each == listing, "url": f"?{asked.query()}&rows={each.slug}"}
        for each in LISTINGS[figure]
    ]
    context = {
        "about": ABOUT[figure],
        "listing": listing,
        "listings": listings,
        "page": page,
        "lines": [listing.cells(row) for row in page.rows],
        "query": f"{asked.query()}&rows={listing.slug}",
    }
    return render(request, "reporting/rows.html", _context(form, asked) | context)


@require_safe
def export(request: HttpRequest, figure: str) -> StreamingHttpResponse:
    """Send all rows behind one figure as a CSV file."""
    _, asked = _asked(request)
    listing = _listing(request, figure)
    ordered = listing.rows(asked).order_by(*(key.value.desc() for key in listing.sort.keys))
    name = f"{figure}-{listing.slug}-{asked.period.first}-{asked.period.last}"
    return csv_of(listing.columns, map(listing.cells, ordered.iterator(chunk_size=1000)), name)


def _asked(request: HttpRequest) -> tuple[AskForm, Asked]:
    form = AskForm(request.GET)
    return form, form.asked(timezone.now().date())


def _listing(request: HttpRequest, figure: str) -> Listing:
    if figure not in LISTINGS:
        raise Http404(figure)
    wanted = request.GET.get("rows", "")
    return next((each for each in LISTINGS[figure] if each.slug == wanted), LISTINGS[figure][0])


def _link(figure: str, asked: Asked) -> Link:
    address = reverse("reporting:rows", args=[figure])
    return lambda period: f"{address}?{asked.query(period)}"


def _context(form: AskForm, asked: Asked) -> dict[str, Any]:
    form.offer()
    now = timezone.now()
    return {"form": form, "asked": asked, "quick": quick_periods(asked, now.date()), "now": now}
