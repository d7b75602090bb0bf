"""Questions to carriers: the list, one of them, and what people do with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from exceptions_queue import access, actions
from exceptions_queue.actions.follow_ups import LEADS, may_work_on
from exceptions_queue.filters import kept_query, words_of
from exceptions_queue.follow_up_forms import AnswerForm, FollowUpFilter, NudgeForm
from exceptions_queue.forms import morning_in
from exceptions_queue.frame import frame_of
from exceptions_queue.models import CaseEvent, FollowUp
from exceptions_queue.policies import zone_of_team
from exceptions_queue.sorting import FOLLOW_UP_SORTS, REPLY, Sort
from exceptions_queue.story import Entry, case_entry
from exceptions_queue.transitions import Role
from exceptions_queue.views.lists import is_whole, orders_of, own_address, slice_of
from exceptions_queue.views.once import sent

_COUNTED: Final = 1000
_MOST_AT_ONCE: Final = 500


@require_safe
def follow_ups(request: HttpRequest) -> HttpResponse:
    """List the questions to carriers; asked by htmx, only the results."""
    visible = access.visible_follow_ups(request.user)
    narrowed = FollowUpFilter(request.GET, visible, request=request)
    sort = FOLLOW_UP_SORTS.get(request.GET.get("sort", ""), REPLY)
    wanted, readable = slice_of(sort, request.GET)
    people = list(access.people_in(Role.FULFILLMENT))
    narrowed.offer(people)
    context = _context(request, narrowed, sort) | {
        "page": narrowed.qs.for_list(sort, wanted),
        "standing": visible.standing(frame_of(request).now),
        "people": people if access.roles_of(request.user) & LEADS else [],
        "unreadable": not readable,
    }
    template = "follow_ups.html" if is_whole(request) else "_follow_ups_results.html"
    response = render(request, f"exceptions_queue/{template}", context, status=200 if readable else 400)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def follow_up(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """Show one question and what may be done about it."""
    return _show(request, follow_up_id)


@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give the chosen follow-ups to one person, and say which were left out and why."""
    chosen = [int(each) for each in request.POST.getlist("follow_up")[:_MOST_AT_ONCE] if _is_id(each)]
    to = next((each for each in access.people_in(Role.FULFILLMENT) if str(each.pk) == request.POST.get("to")), None)
    back = own_address(request.POST.get("back", ""), "/follow-ups/")
    if not chosen or to is None:
        messages.warning(request, "Nothing was assigned. Tick the follow-ups first, then choose a person.")
        return redirect(back)
    try:
        done, skipped = actions.assign_follow_ups(follow_up_ids=chosen, to=to, by=request.user, now=timezone.now())
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    said = f"{done or 'Nothing was'} assigned to {access.name_of(to)}."
    if skipped:
        reasons = Counter(why for _, why in skipped)
        told = "; ".join(f"{why}" if count == 1 else f"{why} ({count} times)" for why, count in reasons.items())
        said += f" {len(skipped)} skipped: {told}."
    messages.add_message(request, messages.SUCCESS if done else messages.WARNING, said)
    return redirect(back)


@require_POST
def nudge(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """Note that the carrier was reminded."""
    found = get_object_or_404(access.visible_follow_ups(request.user).for_page(), pk=follow_up_id)
    form = NudgeForm(request.POST, now=timezone.now(), zone=zone_of_team(found.case))
    return _act(request, follow_up_id, form, actions.nudge_follow_up, "The reminder is in the case's story.")


@require_POST
def close(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """Write down the carrier's answer."""
    return _act(request, follow_up_id, AnswerForm(request.POST), actions.close_follow_up, "The answer is written down.")


def _act(
    request: HttpRequest, follow_up_id: int, form: Form, action: Callable[..., FollowUp], said: str
) -> HttpResponse:
    """Call one action; refused, show the fresh page with the reason and with what was typed.

    What was sent twice is done once, and both answers lead to the same place.
    """
    get_object_or_404(access.visible_follow_ups(request.user), pk=follow_up_id)
    if not form.is_valid():
        return _show(request, follow_up_id, given=form, status=422)
    given = form.cleaned_data | {"once": sent(request, form.cleaned_data["once"])}
    try:
        action(follow_up_id=follow_up_id, by=request.user, now=timezone.now(), **given)
    except actions.AlreadyDone as twice:
        messages.info(request, str(twice))
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return _show(request, follow_up_id, given=form, status=409)
    else:
        messages.success(request, said)
    return redirect("queue:follow_ups")


def _show(request: HttpRequest, follow_up_id: int, *, given: Form | None = None, status: int = 200) -> HttpResponse:
    found = get_object_or_404(access.visible_follow_ups(request.user).for_page(), pk=follow_up_id)
    now = frame_of(request).now
    zone = zone_of_team(found.case)
    nudge_form = NudgeForm(now=now, zone=zone, initial={"next_nudge_at": morning_in(1, now, zone)})
    fresh = {"nudge": nudge_form, "answer": AnswerForm()}
    forms = {name: given if type(given) is type(form) else form for name, form in fresh.items()}
    may_lead = bool(access.roles_of(request.user) & LEADS)
    context = {
        "follow_up": found,
        "now": now,
        "given": given,
        "may_work": not found.closed_at and may_work_on(found, request.user),
        "people": access.people_in(Role.FULFILLMENT) if may_lead and not found.closed_at else (),
        "history": _history_of(found),
        **forms,
    }
    return render(request, "exceptions_queue/follow_up.html", context, status=status)


def _history_of(found: FollowUp) -> list[Entry]:
    """Return what was done about this question, newest first."""
    lines = CaseEvent.objects.filter(
        case=found.case_id, kind=CaseEvent.Kind.FOLLOW_UP, data__follow_up=found.pk
    ).select_related("by")
    return [case_entry(line, access.name_of(line.by) if line.by else "") for line in lines.order_by("-at", "-id")]


def _context(request: HttpRequest, narrowed: FollowUpFilter, sort: Sort) -> dict[str, Any]:
    words = words_of(narrowed.form, request.GET)
    return {
        "filter": narrowed,
        "words": words,
        "sort": sort,
        "orders": orders_of(request.GET, sort, FOLLOW_UP_SORTS),
        "query": kept_query(request.GET, [*narrowed.form.fields, "sort"]),
        "total": _total(narrowed),
        "now": frame_of(request).now,
    }


def _total(narrowed: FollowUpFilter) -> str:
    count = narrowed.qs.order_by()[: _COUNTED + 1].count()
    if count > _COUNTED:
        return f"More than {_COUNTED:,} follow-ups"
    return "1 follow-up" if count == 1 else f"{count} follow-ups"


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
