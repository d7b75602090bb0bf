"""Trying a policy on stored history: ask, see how far it is, read both versions side by side, open the rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from config.roles import requires_role
from exceptions_queue import actions
from exceptions_queue import backtest_pages as pages
from exceptions_queue.backtest.days import days_of
from exceptions_queue.backtest.figures import LISTINGS, Listing
from exceptions_queue.backtest_forms import TrialFilter, TrialForm, trial_form
from exceptions_queue.backtest_rows import SORTS, ParcelFilter, Which, counts, lines_of, rows_of
from exceptions_queue.filters import kept_query, without, words_of
from exceptions_queue.models import BacktestState, PolicyState, PolicyVersion, Trial
from exceptions_queue.policy.situation import Team
from exceptions_queue.views.lists import is_whole, orders_of
from exceptions_queue.views.policy import ANY_ROLE, frame_of_policy
from shipments.keyset import ID, Key, Sort, instant, page_of

_NEWEST: Final = Sort("newest", "Newest first", (Key(F("requested_at"), instant), ID), descending=True)
_COUNTED: Final = 10_000


@requires_role(*ANY_ROLE)
@require_safe
def backtests(request: HttpRequest) -> HttpResponse:
    """List what was tried, newest first."""
    return show_list(request)


@requires_role("operations")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask what a version would have done; the workers do the rest."""
    form, now = TrialForm(request.POST), timezone.now()
    if not form.is_valid():
        return show_list(request, form=form, status=422)
    try:
        trial = actions.ask_trial(
            number=form.cleaned_data["number"],
            begins_at=form.days.begins_at,
            ends_at=form.days.ends_at,
            minutes_a_case=form.cleaned_data["minutes"],
            by=request.user,
            now=now,
        )
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return show_list(request, form=form, status=409)
    if trial.requested_at < now:
        messages.info(request, "This was asked before; nothing is replayed again.")
    return redirect("policy:backtest", trial.pk)


@requires_role(*ANY_ROLE)
@require_safe
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one trial: how far it is, or what came of it; asked by htmx, without the frame."""
    trial = _trial(pk)
    whole = is_whole(request)
    response = render(
        request,
        f"policy/{'backtest' if whole else '_backtest'}.html",
        _context(request, trial, frame_of_policy(request)),
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires_role("operations")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a trial that is not finished."""
    try:
        actions.cancel_trial(trial_id=pk, by=request.user, now=timezone.now())
    except actions.TrialGone as gone:
        raise Http404(str(pk)) from gone
    except actions.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Cancelled. What was found so far is put away.")
    return redirect("policy:backtest", pk)


@requires_role(*ANY_ROLE)
@require_safe
def rows(request: HttpRequest, pk: int, listing: str) -> HttpResponse:
    """List the parcels behind a figure, with what each version would have found."""
    if listing not in LISTINGS:
        raise Http404(listing)
    trial, shown = _trial(pk), Listing(listing)
    if let_go_at := pages.rows_let_go_at(trial):
        return _let_go(request, trial, shown, let_go_at)
    which = _which(request, trial)
    narrowed = ParcelFilter(request.GET, rows_of(trial, shown, which))
    narrowed.offer(trial)
    sort = SORTS.get(request.GET.get("sort", ""), SORTS["newest"])
    page = page_of(narrowed.qs.select_related("shipment__order"), sort, request.GET)
    keep = [("which", which.value), ("sort", sort.slug)]
    names = _names(trial)
    context = frame_of_policy(request) | {
        "tab": "backtests",
        "trial": trial,
        "title": LISTINGS[shown][0],
        "says": LISTINGS[shown][1],
        "side_says": next(
            (label for _, label, current in _tabs_of_sides(request, trial, which) if current), names["tried"]
        ),
        "clear_url": f"?which={which.value}",
        "listings": _tabs_of_listings(request, trial, shown, which),
        "sides": _tabs_of_sides(request, trial, which),
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "keep": keep,
        "whose": names["beside"] if which in {Which.BESIDE, Which.ONLY_BESIDE} else names["tried"],
        "with_holds": shown is Listing.HELD,
        "orders": orders_of(request.GET, sort, SORTS).values(),
        "query": kept_query(request.GET, [*narrowed.form.fields, "which", "sort"]),
        "total": _counted(narrowed.qs),
        "page": page,
        "lines": lines_of(trial, page.rows),
        "names": names,
    }
    return render(request, "policy/backtest_rows.html", context)


def _let_go(request: HttpRequest, trial: Trial, shown: Listing, at: datetime) -> HttpResponse:
    """Say of a list that its parcels are not kept any more."""
    context = frame_of_policy(request) | {
        "tab": "backtests",
        "trial": trial,
        "title": LISTINGS[shown][0],
        "says": LISTINGS[shown][1],
        "side_says": _names(trial)["tried"],
        "names": _names(trial),
        "let_go_at": at,
        "let_go_said": f"They were let go on {at:%-d %b %Y}; the figures stay.",
    }
    return render(request, "policy/backtest_rows.html", context)


def show_list(request: HttpRequest, *, form: TrialForm | None = None, status: int = 200) -> HttpResponse:
    """Draw the list of trials; `form` is a question that was not accepted."""
    frame = frame_of_policy(request)
    narrowed = TrialFilter(request.GET, Trial.objects.with_sides().with_headlines())
    days = pages.stored_days()
    version = frame["working"] or frame["published"]
    context = frame | {
        "tab": "backtests",
        "filter": narrowed,
        "words": words_of(narrowed.form, request.GET),
        "query": kept_query(request.GET, narrowed.form.fields),
        "total": _counted(narrowed.qs, "backtest"),
        "page": page_of(narrowed.qs, _NEWEST, request.GET),
        "form": form or (trial_form(version, days) if days else None),
        "asked_version": pages.name_of_version(version),
        "stored": days,
        "kept_days": settings.WAYPOST_BACKTEST_DAYS,
    }
    return render(request, "policy/backtests.html", context, status=status)


def tried_of(version: PolicyVersion, frame: dict[str, Any]) -> dict[str, Any]:
    """Return what the page of a draft shows of stored history: its last trial, and the form to ask again."""
    trial, days = pages.latest_of(version), pages.stored_days() if frame["may_edit"] else None
    if trial is not None:
        trial.policy = version
    return {
        "trial": trial,
        "trial_said": pages.headlines(trial) if trial and trial.state == BacktestState.DONE else [],
        "trial_stale": pages.staleness(trial, frame["published"]) if trial else "",
        "trial_form": trial_form(version, days) if days else None,
        "asked_version": pages.name_of_version(version),
    }


def _trial(pk: int) -> Trial:
    whole = Trial.objects.with_state().select_related(
        "tried", "beside", "policy", "against", "requested_by", "cancelled_by"
    )
    return get_object_or_404(whole.defer("against__document", "tried__tally", "beside__tally"), pk=pk)


def _context(request: HttpRequest, trial: Trial, frame: dict[str, Any]) -> dict[str, Any]:
    days = days_of(trial.tried.begins_at, trial.tried.ends_at)
    context = frame | {
        "tab": "backtests",
        "trial": trial,
        "names": _names(trial),
        "days": days,
        "stale": pages.staleness(trial, frame["published"]),
        "form": trial_form(trial.policy, days, trial.tried.minutes_a_case),
        "is_over": trial.state not in {BacktestState.WAITING, BacktestState.RUNNING},
    }
    if trial.state == BacktestState.DONE:
        team = request.GET.get("team", "")
        told = pages.Told(trial, team if team in Team.values else "")
        return context | {
            "told": told,
            "counts": _counts(told),
            "differences": pages.told_apart(trial),
            "teams": Team,
            "draft_url": _address_of(trial),
            "let_go_at": pages.rows_let_go_at(trial),
        }
    if trial.state == BacktestState.FAILED:
        return context | {"problems": pages.problems(trial)}
    return context if context["is_over"] else context | {"progress": pages.progress(trial, frame["now"])}


def _counts(told: pages.Told) -> list[tuple[int, str, str]]:
    """Return how many parcels only one version would have a case for, in words, with their addresses."""
    said = _which_words(told.trial)
    return [
        (number, said[which], told.link(Listing.CASES, which))
        for which, number in counts(told.trial).items()
        if which in said
    ]


def _address_of(trial: Trial) -> str:
    """Return where the tried version is read: the draft's page while it is worked on."""
    working = trial.policy.state in {PolicyState.DRAFT, PolicyState.SHADOW}
    return reverse("policy:draft") if working else reverse("policy:version", args=[trial.policy.number])


def _names(trial: Trial) -> dict[str, str]:
    return {
        "tried": pages.name_of_version(trial.policy),
        "beside": pages.name_of_version(trial.against) if trial.against else "",
    }


def _which(request: HttpRequest, trial: Trial) -> Which:
    asked = request.GET.get("which", "")
    return Which(asked) if asked in {*Which} and trial.beside_id else Which.TRIED


def _which_words(trial: Trial) -> dict[Which, str]:
    if trial.against is None:
        return {}
    tried, beside = pages.name_in_text(trial.policy), pages.name_in_text(trial.against)
    return {Which.ONLY_TRIED: f"Only {tried}", Which.ONLY_BESIDE: f"Only {beside}", Which.BOTH: "Both"}


def _tabs_of_sides(request: HttpRequest, trial: Trial, current: Which) -> list[tuple[str, str, bool]]:
    """Return whose parcels can be listed, each with the address that keeps the filters."""
    said = _which_words(trial)
    if not said:
        return []
    names = _names(trial)
    every = said | {Which.TRIED: f"All of {names['tried'].lower()}", Which.BESIDE: f"All of {names['beside'].lower()}"}
    kept = without(request.GET, "which")
    return [(f"{kept}&which={which.value}", label, which is current) for which, label in every.items()]


def _tabs_of_listings(
    request: HttpRequest, trial: Trial, current: Listing, which: Which
) -> list[tuple[str, str, bool]]:
    told = pages.Told(trial)
    kept = {name: request.GET.get(name, "") for name in ParcelFilter.base_filters}
    return [(told.link(each, which, **kept), label, each is current) for each, (label, _) in LISTINGS.items()]


def _counted(rows_: QuerySet[Any], noun: str = "parcel") -> str:
    count = rows_.order_by()[: _COUNTED + 1].count()
    if count > _COUNTED:
        return f"More than {_COUNTED:,} {noun}s"
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
