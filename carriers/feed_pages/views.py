"""The pages of feeds and of incidents: how each source is heard, and what people do about its silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from carriers import watch
from carriers.feed_pages.filters import (
    FEED_SORTS,
    INCIDENT_SORTS,
    LATEST_MESSAGE,
    NEWEST,
    FeedFilter,
    IncidentFilter,
)
from carriers.feed_pages.forms import NoteForm, SilenceForm
from carriers.feed_pages.incidents import MOST_CASES, cases_after, concerned, listed
from carriers.feed_pages.rows import feed_file, feed_rows, messages_of, totals, with_row_facts
from carriers.models import Account, FeedIncident
from carriers.standing import history_in_words, incidents_in_words
from config.roles import holds_role, requires_role
from shipments.filters import occurring_carriers, without, words_of
from shipments.keyset import Sort, page_of
from shipments.marks import carrier_name

_SHOWN: Final = {"": "All", "failed": "Failed", "quarantined": "Not authentic", "unmapped": "With unmapped codes"}
_LINES: Final = 50
_COUNTED: Final = 1000


@require_safe
def feed_list(request: HttpRequest) -> HttpResponse:
    """List the feeds with how each is heard; asked by htmx, only the results."""
    now = timezone.now()
    narrowed = FeedFilter(request.GET, Account.objects.all())
    carriers = sorted({*occurring_carriers(), *filter(None, [request.GET.get("carrier", "")])})
    narrowed.form.fields["carrier"].widget.choices = [("", "Any"), *((each, carrier_name(each)) for each in carriers)]
    sort = FEED_SORTS.get(request.GET.get("sort", ""), FEED_SORTS["name"])
    page = page_of(with_row_facts(narrowed.qs), sort, request.GET)
    counts = totals(narrowed.qs)
    context = _listing(request, narrowed, sort, FEED_SORTS, now) | {
        "page": page,
        "rows": feed_rows(page.rows, now),
        "counts": counts,
        "total": _said(counts["found"], "feed"),
    }
    return _whole_or_part(request, "carriers/feeds.html", "carriers/_feeds_results.html", context)


@require_safe
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one feed: how it is heard, its messages, its silences."""
    return _show_feed(request, get_object_or_404(with_row_facts(Account.objects.all()), pk=pk))


@require_POST
@requires_role("operations")
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    """Set after which silence a feed is an incident."""
    account = get_object_or_404(with_row_facts(Account.objects.all()), pk=pk)
    form = SilenceForm(request.POST)
    if not form.is_valid():
        return _show_feed(request, account, form, status=422)
    hours = form.cleaned_data["hours"]
    changed = watch.set_silence(account_id=pk, hours=hours, by=request.user, now=timezone.now())
    said = "is no longer watched for silence." if hours is None else f"is an incident after {hours} h of silence."
    messages.success(request, f"{account} {said}" if changed else "Nothing to change: it was set like this.")
    return redirect("carriers:feed", pk)


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """List the incidents, the open ones among them; asked by htmx, only the results."""
    now = timezone.now()
    narrowed = IncidentFilter(request.GET, FeedIncident.objects.all())
    sort = INCIDENT_SORTS.get(request.GET.get("sort", ""), NEWEST)
    page = page_of(narrowed.qs.select_related("account", "seen_by"), sort, request.GET)
    incidents_in_words(page.rows, now)
    context = _listing(request, narrowed, sort, INCIDENT_SORTS, now) | {
        "page": page,
        "rows": listed(page.rows),
        "open": FeedIncident.objects.filter(closed_at=None).count(),
        "total": _said(narrowed.qs.order_by()[: _COUNTED + 1].count(), "incident"),
    }
    return _whole_or_part(request, "carriers/incidents.html", "carriers/_incidents_results.html", context)


@require_safe
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one incident: whom it concerns, what stands still, what was done, and what came after."""
    return _show_incident(request, pk)


@require_POST
@requires_role("operations")
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that this person sees to the incident."""
    get_object_or_404(FeedIncident, pk=pk)
    try:
        if watch.mark_seen(incident_id=pk, by=request.user, now=timezone.now()):
            messages.success(request, "You see to it.")
        else:
            messages.info(request, "Somebody sees to it already.")
    except watch.NotOpen as problem:
        messages.error(request, str(problem))
    return redirect("carriers:incident", pk)


@require_POST
@requires_role("operations")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was found or done about the incident."""
    get_object_or_404(FeedIncident, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _show_incident(request, pk, form, status=422)
    watch.add_note(incident_id=pk, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    messages.success(request, "Written down.")
    return redirect("carriers:incident", pk)


def _show_feed(request: HttpRequest, account: Account, form: Form | None = None, status: int = 200) -> HttpResponse:
    now = timezone.now()
    show = request.GET.get("show", "")
    show = show if show in _SHOWN else ""
    hours = account.silent_after_minutes // 60 if account.silent_after_minutes else None
    row, suggestion = feed_file(account, now)
    history = list(account.history.select_related("by", "incident").order_by("-at", "-id")[:_LINES])
    context = {
        "row": row,
        "form": form or SilenceForm(initial={"hours": hours}),
        "suggestion": suggestion,
        "page": page_of(messages_of(account, show), LATEST_MESSAGE, request.GET, size=25),
        "shown": [(slug, label, slug == show) for slug, label in _SHOWN.items()],
        "query": f"show={show}" if show else "",
        "incidents": list({line.incident_id: line.incident for line in history if line.incident}.values()),
        "history": history_in_words(history),
        "may_act": holds_role(request.user, "operations"),
        "now": now,
    }
    return render(request, "carriers/feed.html", context, status=status)


def _show_incident(request: HttpRequest, pk: int, form: Form | None = None, status: int = 200) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(FeedIncident.objects.select_related("account", "seen_by"), pk=pk)
    carriers = concerned(found)
    incidents_in_words([found], now)
    cases = cases_after(found, [each.slug for each in carriers])
    context = {
        "incident": found,
        "carriers": carriers,
        "paused": [each for each in carriers if each.silent_since],
        "parcels": sum(each.parcels for each in carriers),
        "cases": cases[:MOST_CASES],
        "more_cases": len(cases) > MOST_CASES,
        "history": history_in_words(found.history.select_related("by").order_by("-at", "-id")),
        "form": form or NoteForm(),
        "may_act": holds_role(request.user, "operations"),
        "now": now,
    }
    return render(request, "carriers/incident.html", context, status=status)


def _listing(request: HttpRequest, narrowed: Any, sort: Sort, sorts: dict[str, Sort], now: datetime) -> dict[str, Any]:
    """Return what the bar above a list needs."""
    for field in narrowed.form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    return {
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "sort": sort,
        "sorts": _links(request.GET, sorts, sort),
        "query": without(request.GET).removeprefix("?"),
        "now": now,
    }


def _links(query: QueryDict, sorts: dict[str, Sort], current: Sort) -> list[dict[str, Any]]:
    links = []
    for slug, sort in sorts.items():
        address = query.copy()
        for name in ("after", "before"):
            address.pop(name, None)
        address["sort"] = slug
        links.append({"label": sort.label, "url": f"?{address.urlencode()}", "current": sort is current})
    return links


def _said(count: int, what: str) -> str:
    if count > _COUNTED:
        return f"More than {_COUNTED:,} {what}s"
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _whole_or_part(request: HttpRequest, whole: str, part: str, context: dict[str, Any]) -> HttpResponse:
    is_part = request.htmx and not request.htmx.history_restore_request
    response = render(request, part if is_part else whole, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
