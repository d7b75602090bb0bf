"""The second person's answer: what waits is approved and becomes a decision, or is refused and the case goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue import second_person, transitions
from exceptions_queue.access import name_of, roles_of
from exceptions_queue.actions.approval_rows import waiting_for
from exceptions_queue.actions.case_rows import Refused, free, keep, lock_open_case, proposed, start_leg
from exceptions_queue.actions.decision_rows import carry_out, lock_around, write_decision
from exceptions_queue.actions.decisions import DecisionRefused, compensated_before
from exceptions_queue.actions.legs import NoteMissing
from exceptions_queue.models import Approval, Case, CaseEvent, Decision
from exceptions_queue.policies import due_for, published_policy
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.second_person import Answer, Cost
from exceptions_queue.transitions import AllowedDecision, DecisionKind
from exceptions_queue.viewpoint import as_proposed, compensations_since, view_of


class ProposalOver(Refused):
    """The proposal does not wait any more: somebody answered it, or the case went on without it."""


@transaction.atomic(durable=True)
def approve_proposal(
    *,
    case_id: int,
    approval_id: int,
    note: str = "",
    override_reason: str = "",
    worth_it: bool | None = None,
    once: UUID | None = None,
    by: User,
    now: datetime,
) -> Decision:
    """Make the decision that somebody else proposed, with the evidence of now, and let the case go on from it.

    What the order got since it was proposed needs a reason of its own.

    Raises: CaseGone, CaseClosed, AlreadyDone, ProposalOver, DecisionRefused, AlreadyCompensated.
    """
    kind = Approval.objects.filter(pk=approval_id, case=case_id).values_list("proposal__kind", flat=True).first()
    if kind:
        lock_around(case_id, DecisionKind(kind), now)
    case = lock_open_case(case_id, once=once)
    waiting = _still_waiting(case, approval_id)
    allowed = _check(case, waiting, Answer.APPROVE, override_reason, by=by, now=now)
    asked = waiting.proposal
    decision = write_decision(
        case,
        allowed,
        paid=None if asked.amount is None else Cost(asked.amount, asked.currency),
        cost=None,
        waiting=waiting,
        note=note,
        override_reason=override_reason if allowed.needs_reason else asked.override_reason,
        once=once,
        by=by,
        now=now,
    )
    carry_out(decision, allowed, worth_it=worth_it)
    return decision


@transaction.atomic(durable=True)
def refuse_proposal(
    *, case_id: int, approval_id: int, reason: str, once: UUID | None = None, by: User, now: datetime
) -> Approval:
    """Refuse what somebody else proposed: the case goes back to the team it came from, with its next action.

    A case that went to another team or action meanwhile stays there.

    Raises: CaseGone, CaseClosed, AlreadyDone, ProposalOver, DecisionRefused, NoteMissing.
    """
    case = lock_open_case(case_id, once=once)
    waiting = _still_waiting(case, approval_id)
    _check(case, waiting, Answer.REFUSE, "", by=by, now=now)
    if not reason.strip():
        raise NoteMissing("Say in a sentence why it is refused.")
    waiting.state, waiting.reason = Approval.State.REFUSED, reason.strip()
    waiting.answered_at, waiting.answered_by = now, by
    waiting.save(update_fields=["state", "reason", "answered_at", "answered_by"])
    if case.next_action == NextAction.APPROVE:
        _send_back(case, waiting, by=by, now=now)
    told = proposed(waiting) | {"reason": waiting.reason, "to_team": case.owner_team}
    keep(case, CaseEvent.Kind.REFUSED, told, by=by, now=now, once=once)
    return waiting


def _send_back(case: Case, refused: Approval, *, by: User, now: datetime) -> None:
    case.next_action = refused.next_action
    due_at = due_for(case, refused.from_team, now)
    start_leg(case, team=refused.from_team, due_at=due_at, note=refused.reason, by=by, now=now)
    free(case)


def _still_waiting(case: Case, approval_id: int) -> Approval:
    """Return the proposal that this answer is about, if it waits. Raises: ProposalOver."""
    waiting = waiting_for(case)
    if waiting and waiting.pk == approval_id:
        return waiting
    found = case.approvals.filter(pk=approval_id).select_related("answered_by").first()
    if found is None:
        raise ProposalOver(f"Nothing like this was proposed in case {case.pk}.")
    who = f" by {name_of(found.answered_by)}" if found.answered_by else ""
    when = f"{found.answered_at:%-d %B at %H:%M} UTC" if found.answered_at else ""
    raise ProposalOver(f"This proposal does not wait any more: {found.get_state_display().lower()}{who} on {when}.")


def _check(case: Case, waiting: Approval, answer: Answer, reason: str, *, by: User, now: datetime) -> AllowedDecision:
    """Return the decision as this person's answer makes it."""
    since = compensations_since(case, waiting)
    view = replace(view_of(case, by, now=now), compensated=since.exists())
    rules, roles = published_policy().approvals, roles_of(by)
    try:
        offered = second_person.check_answer(view, roles, as_proposed(waiting, by), rules, answer, reason="later")
        if answer is Answer.APPROVE and offered.needs_reason and not reason.strip():
            raise compensated_before(since)
        return second_person.check_answer(view, roles, as_proposed(waiting, by), rules, answer, reason)
    except transitions.DecisionRefused as refusal:
        raise DecisionRefused(str(refusal)) from None
