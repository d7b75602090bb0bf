"""What people do with cases: each view binds a form, calls one action, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exceptions_queue import access, actions
from exceptions_queue.casefile import CaseFile
from exceptions_queue.forms import (
    ApproveForm,
    CloseForm,
    ConfirmForm,
    DecideForm,
    FollowUpForm,
    HandOverForm,
    NoteForm,
    OnceForm,
    RefuseForm,
    ReopenForm,
    WaitForm,
)
from exceptions_queue.models import Case, Decision
from exceptions_queue.policies import promise_ends, zone_of_team
from exceptions_queue.policy.situation import Team
from exceptions_queue.second_person import Answer, needed
from exceptions_queue.transitions import DecisionKind, Role
from exceptions_queue.views.case import show
from exceptions_queue.views.lists import own_address
from exceptions_queue.views.once import sent

_MOST_AT_ONCE: Final = 100


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the most urgent free case of the person's teams and open it."""
    form = OnceForm(request.POST)
    return _next(request, sent(request, form.cleaned_data.get("once") if form.is_valid() else None))


@require_POST
def claim(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take this case."""
    return _act(request, case_id, actions.claim_case, "The case is in your hands.")


@require_POST
def take_over(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take this case out of another person's hands."""
    return _act(request, case_id, actions.take_over_case, "You took the case over; its history says so.")


@require_POST
def release(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give this case back to its team."""
    return _act(request, case_id, actions.release_case, "The case is back with its team.")


@require_POST
def wake(request: HttpRequest, case_id: int) -> HttpResponse:
    """End the case's wait before its time."""
    return _act(request, case_id, actions.wake_case, "The wait is over; the case is open again.")


@require_POST
def renew(request: HttpRequest, case_id: int) -> HttpResponse:
    """Keep the claim alive while the page is open; answers with who holds the case now."""
    _visible(request, case_id)
    now = timezone.now()
    try:
        actions.renew_claim(case_id=case_id, by=request.user, now=now)
    except actions.Refused as refused:
        file = CaseFile(_visible(request, case_id), request.user, now)
        return render(request, "exceptions_queue/_renewed.html", {"lost": str(refused), "file": file})
    return HttpResponse(status=204)


@require_POST
def hand_over(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give the next action to another team."""
    form = HandOverForm(request.POST)
    team = Team(form["to_team"].value()).label if form["to_team"].value() in Team.values else ""
    return _act(request, case_id, actions.hand_over, f"Case {case_id} handed to {team}.", form, goes_on=True)


@require_POST
def wait(request: HttpRequest, case_id: int) -> HttpResponse:
    """Let the case rest."""
    case = _visible(request, case_id)
    form = WaitForm(request.POST, now=timezone.now(), zone=zone_of_team(case), promise_ends=promise_ends(case))
    return _act(request, case_id, actions.wait_on, f"Case {case_id} rests until then.", form, ("when",), goes_on=True)


@require_POST
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    """Add a note."""
    return _act(request, case_id, actions.add_note, "The note is in the story.", NoteForm(request.POST))


@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """Decide, and go on with the next case."""
    file = CaseFile(_visible(request, case_id), request.user, timezone.now())
    kind = request.POST.get("kind", "")
    offered = next((each for each in file.decisions if each.kind == kind), None)
    form = DecideForm(request.POST, decision=offered, auto_id=f"id_{kind}_%s")
    return _act(request, case_id, actions.decide, _decided, form, goes_on=True)


def _decided(decision: Decision) -> str:
    """Say what became of a decision: made, or proposed to a second person."""
    said = f"Case {decision.case_id}: {DecisionKind(decision.kind).label.lower()}"
    if not decision.proposal:
        return f"{said}."
    team, able = decision.case.owner_team, decision.approval.roles
    return f"{said} proposed to {team}." if team in able else f"{said} proposed; it needs {needed(able)}."


@require_POST
def approve(request: HttpRequest, case_id: int) -> HttpResponse:
    """Make the decision that somebody proposed."""
    file = CaseFile(_visible(request, case_id), request.user, timezone.now())
    form = ApproveForm(request.POST, decision=file.answers.get(Answer.APPROVE))
    said = f"Case {case_id}: approved, with your name beside the one who proposed it."
    return _act(request, case_id, actions.approve_proposal, said, form)


@require_POST
def refuse(request: HttpRequest, case_id: int) -> HttpResponse:
    """Refuse what somebody proposed."""
    said = f"Case {case_id}: refused; who proposed it finds your reason in the story."
    return _act(request, case_id, actions.refuse_proposal, said, RefuseForm(request.POST))


@require_POST
def reopen(request: HttpRequest, case_id: int) -> HttpResponse:
    """Open a closed case again."""
    said = f"Case {case_id} is open again and back with its team."
    return _act(request, case_id, actions.reopen_case, said, ReopenForm(request.POST))


@require_POST
def confirm_recovered(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close a case whose trouble went away."""
    said = f"Case {case_id} closed as recovered."
    return _act(request, case_id, actions.confirm_recovered, said, ConfirmForm(request.POST), goes_on=True)


@require_POST
def close(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close a case whose work is done."""
    return _act(request, case_id, actions.close_case, f"Case {case_id} closed.", CloseForm(request.POST), goes_on=True)


@require_POST
def open_follow_up(request: HttpRequest, case_id: int) -> HttpResponse:
    """Note a question to the carrier; the case waits for its answer."""
    file = CaseFile(_visible(request, case_id), request.user, timezone.now())
    people = access.people_in(Role.FULFILLMENT) if file.may_assign else ()
    form = FollowUpForm(request.POST, people=people, zone=zone_of_team(file.case))
    said = f"Case {case_id} waits for the carrier; the question is in follow-ups."
    return _act(request, case_id, actions.open_follow_up, said, form, goes_on=True)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to the chosen cases, one by one, and say how many were left out and why."""
    chosen = [int(each) for each in request.POST.getlist("case")[:_MOST_AT_ONCE] if each.isdecimal()]
    act = _BULK.get(request.POST.get("do", ""))
    if act is None or not chosen:
        messages.warning(request, "Nothing was chosen. Tick the cases first.")
        return redirect(own_address(request.POST.get("back", ""), "/queue/"))
    form = act.form(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was done: {act.needs}")
        return redirect(own_address(request.POST.get("back", ""), "/queue/"))
    refusals = [why for each in chosen if (why := _refusal(request, act.action, each, form.cleaned_data))]
    if done := len(chosen) - len(refusals):
        messages.success(request, f"{done} {'case' if done == 1 else 'cases'} {act.done}.")
    if refusals:
        messages.warning(request, f"{len(refusals)} left as they were. {' '.join(dict.fromkeys(refusals))}")
    return redirect(own_address(request.POST.get("back", ""), "/queue/"))


class Bulk(NamedTuple):
    """One thing that can be done to many cases."""

    action: Callable[..., Any]
    form: type[Form]
    done: str
    needs: str = ""


_BULK: Final = {
    "claim": Bulk(actions.claim_case, Form, "taken"),
    "hand_over": Bulk(actions.hand_over, HandOverForm, "handed over", "say in a sentence what the team should do."),
}


def _act(
    request: HttpRequest,
    case_id: int,
    action: Callable[..., Any],
    said: str | Callable[[Any], str],
    form: Form | None = None,
    drop: tuple[str, ...] = (),
    *,
    goes_on: bool = False,
) -> HttpResponse:
    """Call one action; refused, show the fresh page with the reason and with what was typed.

    Words that a refused page had kept are on the next page too. What was sent twice is done once, and both answers
    lead to the same place.
    """
    _visible(request, case_id)
    if form is not None and not form.is_valid():
        return show(request, case_id, given=form, status=422)
    kept = list(zip(request.POST.getlist("kept_label"), request.POST.getlist("kept"), strict=False))
    given = {name: value for name, value in (form.cleaned_data if form else {}).items() if name not in drop}
    if "once" in given:
        given["once"] = sent(request, given["once"])
    try:
        done = action(case_id=case_id, by=request.user, now=timezone.now(), **given)
    except actions.AlreadyDone as twice:
        messages.info(request, str(twice))
    except actions.Refused as refused:
        messages.error(request, str(refused))
        return show(request, case_id, given=form, kept=kept, status=409)
    else:
        messages.success(request, said(done) if callable(said) else said)
    if goes_on and request.POST.get("then") != "stay":
        return _next(request, given.get("once"))
    return show(request, case_id, kept=kept) if kept else redirect("queue:case", case_id)


def _next(request: HttpRequest, once: UUID | None) -> HttpResponse:
    case = actions.take_next(by=request.user, now=timezone.now(), once=once)
    if case is None:
        messages.info(request, "Nothing more waits for you: every case of your teams is held, waiting or done.")
        return redirect("queue:my_day")
    return redirect("queue:case", case.pk)


def _refusal(request: HttpRequest, action: Callable[..., Any], case_id: int, arguments: dict[str, Any]) -> str:
    if not access.visible_cases(request.user).filter(pk=case_id).exists():
        return f"There is no case {case_id}."
    try:
        action(case_id=case_id, by=request.user, now=timezone.now(), **arguments)
    except actions.Refused as refused:
        return str(refused)
    return ""


def _visible(request: HttpRequest, case_id: int) -> Case:
    return get_object_or_404(access.visible_cases(request.user).for_case_page(), pk=case_id)
