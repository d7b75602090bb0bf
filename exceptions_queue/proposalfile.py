"""What a case's page shows of a proposal that waits for a second person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.contrib.auth.models import User

from exceptions_queue.models import Approval, Case
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.policy.terms import Approvals
from exceptions_queue.second_person import Answer, Proposal, allowed_answers, approvers, check_answer, needed
from exceptions_queue.transitions import AllowedDecision, CaseView, DecisionRefused, Role
from exceptions_queue.viewpoint import as_proposed, compensations_since
from shipments.story import after_colon


@dataclass
class ProposalFile:
    """A proposal as one person sees it; `seen` is its case for that person, `limits` those of the policy in force."""

    approval: Approval
    case: Case
    person: User
    roles: frozenset[Role]
    seen: CaseView
    limits: Approvals

    @cached_property
    def asked(self) -> Proposal:
        return as_proposed(self.approval, self.person)

    @cached_property
    def answers(self) -> dict[str, AllowedDecision]:
        """Return what this person may answer, for a template to ask by name."""
        found = allowed_answers(self._view, self.roles, self.asked, self.limits)
        return {answer.value: decision for answer, decision in found.items()}

    @cached_property
    def why_not(self) -> str:
        """Say why this person may not approve it; empty where they may."""
        try:
            check_answer(self._view, self.roles, self.asked, self.limits, Answer.APPROVE, reason="asked for later")
        except DecisionRefused as refusal:
            return str(refusal)
        return ""

    @property
    def needs(self) -> str:
        """Say who may approve it: "finance or a manager"."""
        return needed(approvers(self.asked.kind, self.asked.cost, self.limits))

    @property
    def back(self) -> str:
        """Say where a refusal sends the case."""
        if self.case.next_action != NextAction.APPROVE:
            return "The case stays where it is."
        team, action = self.approval.get_from_team_display(), self.approval.get_next_action_display()
        return f"The case goes back to {team.lower()}: {after_colon(action)}."

    @cached_property
    def _view(self) -> CaseView:
        """Return the case as a second person sees it: compensated only by what the proposer did not know of."""
        if not self.seen.compensated:
            return self.seen
        return replace(self.seen, compensated=compensations_since(self.case, self.approval).exists())
