"""When a decision needs a second person, who that may be, and what they may answer (pure).

What costs more than somebody may decide alone becomes a proposal, as support's refunds always are; a second person, who
may decide that much alone, approves or refuses it. The rule that offers an answer is the rule that guards it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import TextChoices

from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy.terms import Approvals
from exceptions_queue.transitions import (
    ALLOWED,
    AllowedDecision,
    CaseState,
    CaseView,
    DecisionKind,
    DecisionRefused,
    Outcome,
    Role,
    check_decision,
)

PAYS_OUT: Final = frozenset({DecisionKind.REFUND, DecisionKind.WRITE_OFF})
GIVES_GOODS: Final = frozenset({DecisionKind.REPLACEMENT, DecisionKind.RESHIP})
_DESKS: Final = (Team.FINANCE, Team.FULFILLMENT, Team.OPERATIONS, Team.SUPPORT)
"""The teams in the order in which they are asked."""


class Answer(TextChoices):
    """What a second person says to a proposal."""

    APPROVE = "approve", "Approve"
    REFUSE = "refuse", "Refuse"


class Cost(NamedTuple):
    """What a decision costs, which the limits are compared with."""

    amount: Decimal
    currency: str

    @property
    def words(self) -> str:
        """Return it as a sentence names it."""
        return f"{self.currency} {self.amount:,.2f}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that waits for a second person; `mine` where the one who looks at it proposed it."""

    kind: DecisionKind
    cost: Cost
    mine: bool = False


def cost_of(kind: DecisionKind, paid: Cost | None, worth: Cost | None, approvals: Approvals) -> Cost | None:
    """Return what a decision costs: the money paid out, or what the order is worth where the policy counts goods.

    None where no limit holds it: it costs nothing, or nobody knows what the order is worth.
    """
    if kind in PAYS_OUT:
        return paid
    return worth if kind in GIVES_GOODS and approvals.goods else None


def limit_of(kind: DecisionKind, roles: Collection[Role], currency: str, approvals: Approvals) -> Decimal | None:
    """Return the most that those of the roles which decide such things may decide alone; None is without limit."""
    return approvals.limit(_deciders(kind).intersection(roles), currency)


def approvers(kind: DecisionKind, cost: Cost, approvals: Approvals) -> frozenset[Role]:
    """Return the roles that may decide that much alone; empty where the policy lets nobody."""
    return frozenset(role for role in _deciders(kind) if _may_alone(kind, {role}, cost, approvals))


def taken_by(
    allowed: AllowedDecision, roles: Collection[Role], cost: Cost | None, approvals: Approvals
) -> AllowedDecision:
    """Return a decision as these roles take it at its cost: alone, or as a proposal that goes to a second person.

    Raises: DecisionRefused, where the policy lets nobody decide that much.
    """
    if cost is None or (not allowed.proposal and _may_alone(allowed.kind, roles, cost, approvals)):
        return allowed
    able = approvers(allowed.kind, cost, approvals)
    if not able:
        raise DecisionRefused(f"The policy lets nobody decide {cost.words}; ask who keeps its limits for a higher one.")
    return allowed._replace(proposal=True, outcome=Outcome.HANDS_OVER, team=_desk(allowed.kind, able))


def offered(
    decisions: Iterable[AllowedDecision], roles: Collection[Role], worth: Cost | None, approvals: Approvals
) -> tuple[AllowedDecision, ...]:
    """Return decisions as a page offers them before an amount is typed: goods too dear to send alone are proposals.

    What the policy lets nobody decide is left out. `worth` is the order's, None where nobody knows it.
    """
    found = []
    for each in decisions:
        cost = cost_of(each.kind, None, worth, approvals)
        try:
            found.append(taken_by(each, roles, cost, approvals))
        except DecisionRefused:
            continue
    return tuple(found)


def beyond(decision: AllowedDecision, roles: Collection[Role], currency: str, approvals: Approvals) -> str:
    """Say from which amount on a decision goes to a second person; empty where it never or always does."""
    if decision.kind not in PAYS_OUT or decision.proposal:
        return ""
    limit = limit_of(decision.kind, roles, currency, approvals)
    return "" if limit is None else f"More than {Cost(limit, currency).words} goes to a second person."


def allowed_answers(
    case: CaseView, roles: Collection[Role], proposal: Proposal, approvals: Approvals
) -> dict[Answer, AllowedDecision]:
    """Return what this person may answer now, each with what becomes of the decision."""
    found = {}
    for answer in Answer:
        try:
            found[answer] = _as_answered(case, roles, proposal, approvals, answer)
        except DecisionRefused:
            continue
    return found


def check_answer(
    case: CaseView, roles: Collection[Role], proposal: Proposal, approvals: Approvals, answer: Answer, reason: str = ""
) -> AllowedDecision:
    """Return the decision as this person's answer makes it; `reason` is why an order is compensated once more.

    Raises: DecisionRefused, where the answer would not have been offered or its reason is missing.
    """
    allowed = _as_answered(case, roles, proposal, approvals, answer)
    if answer is Answer.APPROVE and allowed.needs_reason and not reason.strip():
        raise DecisionRefused("This order was compensated meanwhile; say why it should be once more.")
    return allowed


def _as_answered(
    case: CaseView, roles: Collection[Role], proposal: Proposal, approvals: Approvals, answer: Answer
) -> AllowedDecision:
    """Return the decision the second person makes; nobody has to claim a case to answer, yet its holder goes first."""
    if proposal.mine:
        raise DecisionRefused("You proposed it; a second person has to answer.")
    if case.claimed_by_other:
        raise DecisionRefused("Somebody else works on this case; take it over first.")
    kind, paid = proposal.kind, proposal.kind in PAYS_OUT
    deciding = _deciders(kind).intersection(roles)
    if not deciding:
        raise DecisionRefused(f"“{kind.label}” is approved by {_one_of(_deciders(kind))}.")
    allowed = check_decision(
        replace(_as_asked(case) if answer is Answer.REFUSE else case, claimed_by_me=True),
        deciding,
        kind,
        amount=proposal.cost.amount if paid else None,
        currency=proposal.cost.currency if paid else "",
        reason="asked for later",
    )
    if answer is Answer.APPROVE and not _may_alone(kind, roles, proposal.cost, approvals):
        raise DecisionRefused(_too_much(kind, roles, proposal.cost, approvals))
    if kind in GIVES_GOODS:
        return allowed._replace(outcome=Outcome.HANDS_OVER, team=Team.FULFILLMENT)
    return allowed


def _as_asked(case: CaseView) -> CaseView:
    """Return an active case as if every proposal fits it: what fits no more is refused all the same, and not kept.

    A refusal closes nothing, so that money finance has yet to look at does not stand in its way.
    """
    if case.state is CaseState.CLOSED:
        return case
    return replace(case, state=CaseState.OPEN, kinds=frozenset(FindingKind) - {FindingKind.LATER_DELIVERED})


def _deciders(kind: DecisionKind) -> frozenset[Role]:
    """Return who decides such things, and does not only propose them."""
    return frozenset(role for rule in ALLOWED if rule.kind is kind and not rule.proposal for role in rule.roles)


def _may_alone(kind: DecisionKind, roles: Collection[Role], cost: Cost, approvals: Approvals) -> bool:
    limit = limit_of(kind, roles, cost.currency, approvals)
    return limit is None or cost.amount <= limit


def _desk(kind: DecisionKind, able: Collection[Role]) -> Team:
    """Return in whose queue a proposal waits: a team that may approve it, else the one that decides smaller ones."""
    teams = [team for roles in (able, _deciders(kind)) for team in _DESKS if Role(team.value) in roles]
    return teams[0]


def _too_much(kind: DecisionKind, roles: Collection[Role], cost: Cost, approvals: Approvals) -> str:
    limit = Cost(limit_of(kind, roles, cost.currency, approvals) or Decimal(0), cost.currency)
    able = approvers(kind, cost, approvals)
    return f"You may decide up to {limit.words} alone; {cost.words} needs {needed(able)}."


def needed(able: Collection[str]) -> str:
    """Say who is needed: "finance or a manager"."""
    return _one_of({Role(role) for role in able}) if able else "a higher limit in the policy"


def _one_of(roles: Collection[Role]) -> str:
    return " or ".join(_SAID.get(role, role.label.lower()) for role in Role if role in roles)


_SAID: Final = {
    Role.SUPPORT: "a support agent",
    Role.FULFILLMENT: "a fulfillment lead",
    Role.OPERATIONS: "an operations owner",
    Role.MANAGER: "a manager",
}
