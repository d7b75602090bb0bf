"""The weekly review: what moved, which rule to tighten or loosen, and the rows behind every figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.roles import requires_role
from exceptions_queue.cases_behind import SORTS, cases_behind, narrowed_by
from exceptions_queue.frame import frame_of
from exceptions_queue.models import Review
from exceptions_queue.policy.situation import FindingKind
from reporting.exports import csv_of
from reporting.metrics import Period
from reporting.rows import Cell
from reporting.weekly.listings import COLUMNS, LISTINGS, RULE_LISTINGS, Listing, cells, listing_of_rule
from reporting.weekly.moves import Line, lines_of, week_before
from reporting.weekly.queries import fired_in, moved
from reporting.weekly.rules import Fired, dead, suggestions

_READERS: Final = ("operations", "manager")
_EARLIER: Final = 8
_ELSEWHERE: Final = frozenset({"failed", "unmapped"})
"""Figures whose rows the scorecard lists, under the same name."""
_RULE_COLUMNS: Final = (
    *("Rule", "In the policy", "Cases in the week", "Cases the week before", "Cases in four weeks"),
    *("With an opinion", "Worth a case", "Closed", "Healed by themselves", "Customer asked first", "Last fired"),
)


class WeekForm(forms.Form):
    """Which seven days: those before this date."""

    until = forms.DateField(
        label="The seven days before", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The week that is asked for, by the day after it."""

    until: date

    @property
    def week(self) -> Period:
        return week_before(self.until)

    @property
    def before(self) -> Period:
        return self.week.before()

    def back(self, weeks: int = 1) -> Asked:
        return Asked(self.until - timedelta(weeks=weeks))


@requires_role(*_READERS)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """Show the week beside the one before."""
    form, asked = _asked(request)
    weeks = moved(asked.week, asked.before)
    rules = fired_in(asked.week, asked.before)
    within = {"drawn_at__gte": asked.week.start, "drawn_at__lt": asked.week.end}
    context = {
        "form": form,
        "asked": asked,
        "lines": [_linked(line, asked) for line in lines_of(weeks.now, weeks.then)],
        "asked_first": weeks.now.asked_first,
        "suggestions": suggestions(rules),
        "dead": dead(rules, asked.week.end),
        "rules": sorted(rules, key=lambda fired: (-fired.hits, -fired.cases, fired.kind.label)),
        "unjudged": weeks.unjudged,
        "reviews": Review.objects.filter(**within).select_related("drawn_by").defer("strata").order_by("drawn_at"),
        "earlier": [asked.back(weeks) for weeks in range(1, _EARLIER + 1)],
        "later": asked.back(-1) if asked.back(-1).until <= _today() else None,
        "now": frame_of(request).now,
    }
    return render(request, "reporting/week.html", context)


@requires_role(*_READERS)
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send what each rule did as a CSV file."""
    _, asked = _asked(request)
    rows = (_rule_cells(fired) for fired in fired_in(asked.week, asked.before))
    return csv_of(_RULE_COLUMNS, rows, f"rules-{asked.week.first}-{asked.week.last}")


@requires_role(*_READERS)
@require_safe
def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """List the cases behind a figure of the week."""
    if slug not in LISTINGS:
        raise Http404(slug)
    return _show_rows(request, LISTINGS[slug], reverse("reporting:week_rows_csv", args=[slug]))


@requires_role(*_READERS)
@require_safe
def export_rows(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Send all cases behind a figure of the week as a CSV file."""
    if slug not in LISTINGS:
        raise Http404(slug)
    return _send_rows(request, LISTINGS[slug], slug)


@requires_role(*_READERS)
@require_safe
def rule_rows(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """List the cases behind a figure of a rule."""
    address = reverse("reporting:week_rule_csv", args=[kind, slug])
    tabs = [
        (reverse("reporting:week_rule", args=[kind, each]), label, each == slug)
        for each, (label, _) in RULE_LISTINGS.items()
    ]
    return _show_rows(request, _listing_of_rule(kind, slug), address, tabs)


@requires_role(*_READERS)
@require_safe
def export_rule_rows(request: HttpRequest, kind: str, slug: str) -> StreamingHttpResponse:
    """Send all cases behind a figure of a rule as a CSV file."""
    return _send_rows(request, _listing_of_rule(kind, slug), f"{kind}-{slug}")


def _show_rows(
    request: HttpRequest, listing: Listing, csv_address: str, tabs: list[tuple[str, str, bool]] | None = None
) -> HttpResponse:
    _, asked = _asked(request)
    until = [("until", str(asked.until))]
    behind = cases_behind(request, listing.rows(asked.week), keep=until, usual=listing.sort)
    context = behind | {
        "asked": asked,
        "listing": listing,
        "csv": f"{csv_address}?{behind['query']}",
        "tabs": tabs,
        "columns": COLUMNS,
        "lines": [cells(row) for row in behind["page"].rows],
        "week_query": f"until={asked.until}",
        "now": frame_of(request).now,
    }
    return render(request, "reporting/week_rows.html", context)


def _send_rows(request: HttpRequest, listing: Listing, name: str) -> StreamingHttpResponse:
    _, asked = _asked(request)
    sort = SORTS.get(request.GET.get("sort", ""), listing.sort)
    keys = [key.value.desc() if sort.descending else key.value.asc() for key in sort.keys]
    found = narrowed_by(request, listing.rows(asked.week)).order_by(*keys)
    return csv_of(COLUMNS, map(cells, found.iterator(chunk_size=1000)), f"{name}-{asked.week.first}-{asked.week.last}")


def _listing_of_rule(kind: str, slug: str) -> Listing:
    if kind not in FindingKind.values or slug not in RULE_LISTINGS:
        raise Http404(slug)
    return listing_of_rule(FindingKind(kind), slug)


def _today() -> date:
    return timezone.now().date()


def _asked(request: HttpRequest) -> tuple[WeekForm, Asked]:
    """Return the form and the week it asks for; what cannot be read asks for the week before today."""
    form = WeekForm(request.GET if "until" in request.GET else {"until": _today()})
    said = form.cleaned_data.get("until") if form.is_valid() else None
    if said and said.year not in range(2000, 2200):
        form.add_error("until", "Choose a year from 2000 on.")
        said = None
    return form, Asked(said or _today())


def _linked(line: Line, asked: Asked) -> dict[str, Any]:
    """Return a line with the addresses of the rows behind both of its figures."""
    slug = line.about.slug
    if slug in _ELSEWHERE:
        at = reverse("reporting:rows", args=["updates"])
        now, then = (f"{at}?first={each.first}&last={each.last}&rows={slug}" for each in (asked.week, asked.before))
    else:
        at = reverse("reporting:week_rows", args=[slug])
        now, then = (f"{at}?until={each.until}" for each in (asked, asked.back()))
    return {"line": line, "now_url": now, "then_url": then}


def _rule_cells(fired: Fired) -> tuple[Cell, ...]:
    counts = (fired.hits, fired.hits_before, fired.cases, fired.answered, fired.worth, fired.closed, fired.healed)
    last = Cell(at=fired.last_at) if fired.last_at else Cell(fired.never)
    return (
        Cell(fired.kind.label),
        Cell("on" if fired.is_on else "off"),
        *(Cell(str(count)) for count in (*counts, fired.asked_first)),
        last,
    )
