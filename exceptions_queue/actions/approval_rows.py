"""The rows of a proposal that waits for a second person: asked for, found again, approved. Opens no transaction."""

from __future__ import annotations

from exceptions_queue.models import Approval, Case, Decision
from exceptions_queue.policies import published_policy
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.policy.terms import Approvals
from exceptions_queue.second_person import Cost, approvers
from exceptions_queue.transitions import DecisionKind


def waiting_for(case: Case) -> Approval | None:
    """Return the proposal of a case that waits for a second person, with who proposed it; None where none does."""
    waiting = case.approvals.filter(state=Approval.State.WAITING)
    return waiting.select_related("proposal", "asked_by").defer("proposal__evidence").first()


def is_of(approval: Approval, kind: DecisionKind, paid: Cost | None) -> bool:
    """Say whether a proposal asks for this very decision."""
    asked = approval.proposal
    money = (asked.amount, asked.currency)
    return asked.kind == kind and money == ((paid.amount, paid.currency) if paid else (None, ""))


def ask(proposal: Decision, cost: Cost) -> Approval:
    """Let a proposal wait for a second person, and note where its locked case comes from."""
    case = proposal.case
    return Approval.objects.create(
        case=case,
        proposal=proposal,
        cost=cost.amount,
        currency=cost.currency,
        roles=_may_approve(DecisionKind(proposal.kind), cost, published_policy().approvals),
        from_team=case.owner_team,
        next_action=_owed_before(case),
        asked_at=proposal.at,
        asked_by=proposal.by,
    )


def ask_those_who_may(rules: Approvals) -> None:
    """Put what waits into the lists of those who may approve it by limits that come into force."""
    waiting = list(
        Approval.objects.select_for_update(of=("self",), no_key=True)
        .filter(state=Approval.State.WAITING)
        .select_related("proposal")
        .defer("proposal__evidence")
        .order_by("pk")
    )
    for each in waiting:
        each.roles = _may_approve(DecisionKind(each.proposal.kind), Cost(each.cost, each.currency), rules)
    Approval.objects.bulk_update(waiting, ["roles"])


def _may_approve(kind: DecisionKind, cost: Cost, rules: Approvals) -> list[str]:
    return sorted(approvers(kind, cost, rules))


def _owed_before(case: Case) -> str:
    """Return what a case owed before anybody asked for an answer; a proposal may take an earlier one's place."""
    owed = case.approvals.order_by("id").values_list("next_action", flat=True)
    earlier = owed.last() if case.next_action == NextAction.APPROVE else None
    return earlier or case.next_action


def approved(approval: Approval, decision: Decision) -> None:
    """Note that a second person made the decision that was proposed."""
    approval.state, approval.decision = Approval.State.APPROVED, decision
    approval.answered_at, approval.answered_by = decision.at, decision.by
    approval.save(update_fields=["state", "decision", "answered_at", "answered_by"])
