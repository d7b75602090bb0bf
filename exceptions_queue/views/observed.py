"""What is judged and not opened: outside the scope, and by a draft in shadow beside live."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.roles import requires_role
from exceptions_queue import access, actions
from exceptions_queue.filters import kept_query, words_of
from exceptions_queue.models import Observation
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy_pages import Comparison, swept, total
from exceptions_queue.triage.promote import PROMOTERS, open_observed_case
from exceptions_queue.views.lists import orders_of
from exceptions_queue.views.policy import ANY_ROLE, frame_of_policy
from shipments.keyset import ID, Key, Page, Sort, instant, page_of, whole
from shipments.marks import carrier_name

_URGENT: Final = Sort("score", "Most urgent first", (Key(F("score"), whole), ID), descending=True)
_LATEST: Final = Sort("newest", "Newest first", (Key(F("first_at"), instant), ID), descending=True)
_OPENED: Final = Sort("newest", "Newest first", (Key(F("opened_at"), instant), ID), descending=True)
_SORTS: Final = {sort.slug: sort for sort in (_URGENT, _LATEST)}
_SIDES: Final = {
    "only_shadow": "Only the draft would open",
    "only_live": "Only live opened",
    "both": "Both",
    "live": "All of live",
    "shadow": "All of the draft",
}
_OF_SHADOW: Final = {"only_shadow", "shadow"}


class ObservationFilter(django_filters.FilterSet):
    """Narrow what is observed."""

    finding = django_filters.ChoiceFilter(
        choices=FindingKind.choices, method="by_finding", label="Problem", empty_label="Any"
    )
    team = django_filters.ChoiceFilter(choices=Team.choices, label="Owner team", empty_label="Any")
    carrier = django_filters.CharFilter(field_name="shipment__carrier", label="Carrier", widget=forms.Select)
    storefront = django_filters.CharFilter(
        field_name="shipment__order__storefront", label="Storefront", widget=forms.Select
    )

    class Meta:
        model = Observation
        fields: ClassVar[list[str]] = []

    def offer(self, rows: QuerySet[Observation]) -> None:
        """Put the carriers and storefronts of these observations into the selects."""
        found = rows.order_by().values_list("shipment__carrier", "shipment__order__storefront").distinct()
        for name, values in zip(("carrier", "storefront"), zip(*found, strict=True), strict=False):
            occurring = sorted({*filter(None, values), *filter(None, [self.form.data.get(name, "")])})
            said = carrier_name if name == "carrier" else str
            self.form.fields[name].widget.choices = [("", "Any"), *((each, said(each)) for each in occurring)]

    def by_finding(self, rows: QuerySet[Observation], name: str, value: str) -> QuerySet[Observation]:
        return rows.filter(findings__contains=[value])


@requires_role(*ANY_ROLE)
@require_safe
def observed(request: HttpRequest) -> HttpResponse:
    """List the cases that the scope keeps from being opened."""
    rows = Observation.objects.open().outside().with_row_facts()
    narrowed = ObservationFilter(request.GET, rows)
    narrowed.offer(rows)
    sort = _SORTS.get(request.GET.get("sort", ""), _URGENT)
    context = frame_of_policy(request) | {
        "tab": "observed",
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "page": page_of(narrowed.qs, sort, request.GET),
        "orders": orders_of(request.GET, sort, _SORTS).values(),
        "keep": [("sort", sort.slug)],
        "query": kept_query(request.GET, [*narrowed.form.fields, "sort"]),
        "total": _counted(narrowed.qs),
        "may_promote": bool(access.roles_of(request.user) & PROMOTERS),
    }
    return render(request, "policy/observed.html", context)


@requires_role("operations", "manager")
@require_POST
def open_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the real case of what is observed."""
    try:
        case = open_observed_case(observation_id=pk, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy:observed")
    messages.success(request, f"Case {case.pk} is open.")
    return redirect("queue:case", case.pk)


@requires_role("operations")
@require_POST
def widen(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the draft open cases such as this one."""
    found = get_object_or_404(Observation.objects.select_related("shipment__order"), pk=pk)
    order = found.shipment.order
    try:
        draft, changed = actions.widen_scope(
            carrier=found.shipment.carrier,
            storefront=order.storefront if order else "",
            team=found.team,
            by=request.user,
            now=timezone.now(),
        )
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy:observed")
    told = " ".join(each.sentence for each in changed)
    messages.success(request, f"Draft {draft.number}: {told} Publish it to open them.")
    return redirect("/policy/draft/?part=reach")


@requires_role(*ANY_ROLE)
@require_safe
def shadow(request: HttpRequest) -> HttpResponse:
    """Compare live with the draft in shadow, team by team, with the rows behind every figure."""
    frame = frame_of_policy(request) | {"tab": "draft"}
    version = frame["working"] if frame["in_shadow"] else None
    if version is None:
        return render(request, "policy/shadow.html", frame | {"version": None})
    comparison = Comparison(version)
    side = request.GET.get("side") if request.GET.get("side") in _SIDES else "only_shadow"
    team = request.GET.get("team", "") if request.GET.get("team") in Team.values else ""
    sides = comparison.sides()
    context = frame | {
        "version": version,
        "sides": sides,
        "total": total(sides),
        "side": side,
        "of_shadow": side in _OF_SHADOW,
        "is_limited": comparison.scope.limited,
        "team": team,
        "tabs": [(slug, label, slug == side) for slug, label in _SIDES.items()],
        "page": _rows(comparison, side, team, request),
        "query": f"side={side}&team={team}",
        "swept": swept(version),
        "team_name": Team(team).label if team else "",
    }
    return render(request, "policy/shadow.html", context)


def _rows(comparison: Comparison, side: str, team: str, request: HttpRequest) -> Page:
    """Return the rows behind one figure: observations of the draft, or cases."""
    if side in _OF_SHADOW:
        rows: QuerySet[Any] = comparison.shadow_of(team) if team else comparison.shadow
        rows = rows if side == "shadow" else rows.filter(live=False)
        return page_of(rows.with_row_facts(), _LATEST, request.GET)
    rows = comparison.live.filter(owner_team=team) if team else comparison.live
    rows = rows if side == "live" else rows.filter(seen=side == "both")
    return page_of(rows.select_related("shipment__order__customer").defer("explanation"), _OPENED, request.GET)


def _counted(rows: QuerySet[Observation]) -> str:
    count = rows.order_by()[:1001].count()
    if count > 1000:
        return "More than 1,000 observed"
    return "1 observed" if count == 1 else f"{count} observed"
