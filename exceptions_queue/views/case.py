"""One case: its story at the left, what to do about it at the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.forms import Form, Textarea
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from exceptions_queue import access
from exceptions_queue.casefile import CaseFile
from exceptions_queue.forms import (
    ApproveForm,
    CloseForm,
    ConfirmForm,
    DecideForm,
    FollowUpForm,
    HandOverForm,
    NoteForm,
    RefuseForm,
    ReopenForm,
    WaitForm,
)
from exceptions_queue.frame import frame_of
from exceptions_queue.models import FollowUp
from exceptions_queue.policies import promise_ends, zone_of_team
from exceptions_queue.policy.situation import Team
from exceptions_queue.second_person import Answer
from exceptions_queue.transitions import AllowedDecision, Move, Role

_MOVE_OF: Final[dict[type[Form], Move]] = {
    HandOverForm: Move.HAND_OVER,
    WaitForm: Move.WAIT,
    FollowUpForm: Move.WAIT,
    CloseForm: Move.CLOSE,
    ReopenForm: Move.REOPEN,
}
"""The move that each form's place on the page depends on."""
_ANSWER_OF: Final[dict[type[Form], Answer]] = {ApproveForm: Answer.APPROVE, RefuseForm: Answer.REFUSE}
"""The answer of a second person that each form gives."""

Kept = Sequence[tuple[str, str]]
"""What was typed, each with the label of its field."""


@require_safe
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the case."""
    return show(request, case_id)


def show(
    request: HttpRequest, case_id: int, *, given: Form | None = None, kept: Kept = (), status: int = 200
) -> HttpResponse:
    """Draw the case's page; `given` is a form that was not accepted, shown again with what was typed in it.

    `kept` is what was typed before into a form that had no place, shown once more to be copied.
    """
    now = frame_of(request).now
    found = get_object_or_404(access.visible_cases(request.user).for_case_page(), pk=case_id)
    file = CaseFile(found, request.user, now)
    context = {"file": file, "case": found, "now": now, "given": given, **forms_of(file, given)}
    context["kept"] = kept or words_without_a_place(file, given)
    return render(request, "exceptions_queue/case.html", context, status=status)


def forms_of(file: CaseFile, given: Form | None) -> dict[str, Any]:
    """Return the page's forms, the refused one as it was typed."""
    people = access.people_in(Role.FULFILLMENT) if file.may_assign else ()
    fresh = {
        "hand_over": HandOverForm(initial={"to_team": _other_team(file)}),
        "wait": WaitForm(now=file.now, zone=zone_of_team(file.case), promise_ends=promise_ends(file.case)),
        "note": NoteForm(),
        "close": CloseForm(),
        "confirm": ConfirmForm(),
        "reopen": ReopenForm(),
        **answer_forms(file),
        "follow_up": FollowUpForm(people=people, zone=zone_of_team(file.case), initial=_answer_in(file, days=2)),
        "decisions": [(each, _decide_form(file, each, given), file.terms_of(each)) for each in file.decisions],
    }
    return {name: given if given and type(given) is type(form) else form for name, form in fresh.items()}


def answer_forms(file: CaseFile) -> dict[str, Form]:
    """Return the forms with which this person may answer what waits for a second person."""
    told = {"approval_id": file.proposal.approval.pk} if file.proposal else {}
    made: dict[str, Form] = {}
    if decision := file.answers.get(Answer.APPROVE):
        made["approve"] = ApproveForm(decision=decision, initial=told)
    if Answer.REFUSE in file.answers:
        made["refuse"] = RefuseForm(initial=told)
    return made


def words_without_a_place(file: CaseFile, given: Form | None) -> list[tuple[str, str]]:
    """Return what was typed into a form that the page offers no more, with each field's label; empty ones left out."""
    if given is None or _has_place(file, given):
        return []
    written = [field for field in given if isinstance(field.field.widget, Textarea)]
    return [(str(field.label), field.value()) for field in written if (field.value() or "").strip()]


def _has_place(file: CaseFile, given: Form) -> bool:
    if isinstance(given, DecideForm):
        return any(each.kind == given.data.get("kind") for each in file.decisions)
    if answer := _ANSWER_OF.get(type(given)):
        return answer in file.answers
    move = _MOVE_OF.get(type(given))
    return file.case.closed_at is None if move is None else move.value in file.moves


def _decide_form(file: CaseFile, decision: AllowedDecision, given: Form | None) -> Form:
    if isinstance(given, DecideForm) and given.data.get("kind") == decision.kind:
        return given
    order = file.case.shipment.order
    worth = {"amount": order.value, "currency": order.currency} if order else {}
    money = file.proposed(decision.kind) or worth
    return DecideForm(decision=decision, initial={"kind": decision.kind, **money}, auto_id=f"id_{decision.kind}_%s")


def _other_team(file: CaseFile) -> str:
    """Return the team a case most often goes to from here."""
    return Team.SUPPORT if file.case.owner_team == Team.FULFILLMENT else Team.FULFILLMENT


def _answer_in(file: CaseFile, *, days: int) -> dict[str, Any]:
    return {"promised_reply_at": file.now + timedelta(days=days), "kind": FollowUp.Kind.TRACE}
