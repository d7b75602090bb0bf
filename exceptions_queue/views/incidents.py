"""Incidents: the list, one of them, and what people have done to all its cases at once."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from django.contrib import messages
from django.db.models import F
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from exceptions_queue import access, actions
from exceptions_queue.filters import kept_query, words_of
from exceptions_queue.frame import frame_of
from exceptions_queue.incident_forms import IncidentFilter, MassActForm
from exceptions_queue.incidentfile import IncidentFile
from exceptions_queue.mass_acts import ACTS, ActKind
from exceptions_queue.models import Incident
from exceptions_queue.policy.situation import Team
from exceptions_queue.views.lists import is_whole, orders_of
from shipments.keyset import ID, Key, Sort, instant, page_of
from shipments.marks import carrier_name

_COUNTED: Final = 1000
_NEWEST: Final = Sort("newest", "Newest first", (Key(F("opened_at"), instant), ID), descending=True)
_SORTS: Final = {
    sort.slug: sort
    for sort in (
        _NEWEST,
        Sort("grown", "Grown last", (Key(F("joined_at"), instant), ID), descending=True),
        Sort("oldest", "Oldest first", (Key(F("opened_at"), instant), ID)),
    )
}


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """List the incidents; asked by htmx, only the results."""
    visible = access.visible_incidents(request.user)
    narrowed = IncidentFilter(request.GET, visible, request=request)
    sort = _SORTS.get(request.GET.get("sort", ""), _NEWEST)
    narrowed.offer(carrier_name)
    context = {
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "page": page_of(narrowed.qs.with_counts(), sort, request.GET),
        "sort": sort,
        "orders": orders_of(request.GET, sort, _SORTS),  # type: ignore[arg-type]
        "query": kept_query(request.GET, [*narrowed.form.fields, "sort"]),
        "total": _total(narrowed),
        "now": frame_of(request).now,
    }
    template = "incidents.html" if is_whole(request) else "_incidents_results.html"
    response = render(request, f"exceptions_queue/{template}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show one incident."""
    return _show(request, incident_id)


@require_safe
def acts(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show how far the acts are; asked again and again while one runs, and the whole page anew when it is through."""
    file = _file(request, incident_id)
    if request.htmx and not file.is_busy:
        return HttpResponseClientRefresh()
    context = {"file": file, "incident": file.incident, "now": file.now}
    return render(request, "exceptions_queue/_incident_acts.html", context)


@require_POST
def act(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Have one thing done to all its open cases."""
    _visible(request, incident_id)
    kind = request.POST.get("kind", "")
    if kind not in ActKind.values:
        raise Http404(kind)
    form = MassActForm(request.POST, act=ACTS[ActKind(kind)], now=timezone.now(), zone=_zone(request))
    if not form.is_valid():
        return _show(request, incident_id, given=form, status=422)
    try:
        actions.order_act(incident_id=incident_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return _show(request, incident_id, given=form, status=409)
    messages.success(request, f"{ActKind(kind).label}: ordered for all its open cases. {ACTS[ActKind(kind)].undoing}")
    return redirect("queue:incident", incident_id)


@require_POST
def undo(request: HttpRequest, incident_id: int, act_id: int) -> HttpResponse:
    """Undo what was ordered."""
    get_object_or_404(_visible(request, incident_id).acts, pk=act_id)
    try:
        actions.undo_act(act_id=act_id, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is undone for every case that nobody has worked on since.")
    return redirect("queue:incident", incident_id)


@require_POST
def dismiss(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Say that its cases do not belong together."""
    _visible(request, incident_id)
    try:
        actions.dismiss_incident(incident_id=incident_id, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect("queue:incident", incident_id)
    messages.success(request, "The incident is taken apart; each of its cases goes its own way.")
    return redirect("queue:incidents")


def _show(request: HttpRequest, incident_id: int, *, given: Form | None = None, status: int = 200) -> HttpResponse:
    file = _file(request, incident_id)
    context: dict[str, Any] = {
        "file": file,
        "incident": file.incident,
        "now": file.now,
        "given": given,
        "page": file.cases(request.GET),
        "offers": [(each, _form(file, each.kind, given, _zone(request))) for each in file.offered],
    }
    return render(request, "exceptions_queue/incident.html", context, status=status)


def _form(file: IncidentFile, kind: ActKind, given: Form | None, zone: tzinfo) -> Form:
    if given is not None and given.data.get("kind") == kind:
        return given
    return MassActForm(act=ACTS[kind], now=file.now, zone=zone)


def _zone(request: HttpRequest) -> tzinfo:
    """Return the zone in which the person's team works; an incident's cases may be of several teams."""
    frame = frame_of(request)
    team = next((team for team in Team if team in frame.viewer.teams), Team.OPERATIONS)
    return frame.policy.calendars.teams[team].zone


def _file(request: HttpRequest, incident_id: int) -> IncidentFile:
    return IncidentFile(_visible(request, incident_id), request.user, frame_of(request).now)


def _visible(request: HttpRequest, incident_id: int) -> Incident:
    found = access.visible_incidents(request.user).with_counts().select_related("closed_by")
    return get_object_or_404(found, pk=incident_id)


def _total(narrowed: IncidentFilter) -> str:
    count = narrowed.qs.order_by()[: _COUNTED + 1].count()
    if count > _COUNTED:
        return f"More than {_COUNTED:,} incidents"
    return "1 incident" if count == 1 else f"{count} incidents"
