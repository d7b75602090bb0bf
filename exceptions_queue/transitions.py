"""What may be done with a case, by whom, and where it goes then: one table of moves, one of decisions (pure).

The rule that offers a button is the rule that guards the request behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import TextChoices

from exceptions_queue.policy.situation import FindingKind, Team


class CaseState(TextChoices):
    """Where a case stands. Recovered: nothing is wrong any more, but somebody had touched it and confirms."""

    OPEN = "open", "Open"
    WAITING = "waiting", "Waiting"
    RECOVERED = "recovered", "Recovered"
    CLOSED = "closed", "Closed"


class Role(TextChoices):
    """What a person may do; the first four are also the teams that own next actions."""

    SUPPORT = "support", "Support agent"
    FULFILLMENT = "fulfillment", "Fulfillment lead"
    FINANCE = "finance", "Finance"
    OPERATIONS = "operations", "Operations owner"
    MANAGER = "manager", "Manager"


class DecisionKind(TextChoices):
    """What a person can decide about a case."""

    KEEP_WAITING = "keep_waiting", "Keep waiting"
    MESSAGE_CUSTOMER = "message_customer", "Message the customer"
    CORRECT_ADDRESS = "correct_address", "Correct the address"
    OPEN_TRACE = "open_trace", "Open a carrier trace"
    REPLACEMENT = "replacement", "Send a replacement"
    RESHIP = "reship", "Reship"
    REFUND = "refund", "Refund"
    FILE_CLAIM = "file_claim", "File a claim"
    RESTOCK = "restock", "Restock"
    WRITE_OFF = "write_off", "Write off"
    REVERSE_COMPENSATION = "reverse_compensation", "Take the compensation back"
    KEEP_COMPENSATION = "keep_compensation", "Let the compensation stand"
    NOT_WORTH_A_CASE = "not_worth_a_case", "Not worth a case"


class Move(TextChoices):
    """What can happen to a case besides a decision."""

    CLAIM = "claim", "Claim"
    TAKE_OVER = "take_over", "Take over"
    RELEASE = "release", "Release"
    HAND_OVER = "hand_over", "Hand over"
    WAIT = "wait", "Wait"
    RESUME = "resume", "Resume"
    CLOSE = "close", "Close"
    CONFIRM_RECOVERED = "confirm_recovered", "Confirm that it recovered"
    REOPEN = "reopen", "Reopen"
    RECOVER = "recover", "Recovered by itself"
    RELAPSE = "relapse", "Trouble again"


class Outcome(TextChoices):
    """What a decision does to the case."""

    CLOSES = "closes", "Closes the case"
    WAITS = "waits", "Waits"
    HANDS_OVER = "hands_over", "Hands over"


class Actor(TextChoices):
    """Who may make a move: the owner team (managers always count as one), the person who claimed it, or the policy."""

    OWNER = "owner", "The owner team"
    HOLDER = "holder", "The person who claimed it"
    ANYBODY = "anybody", "Anybody with a role"
    POLICY = "policy", "The policy"


class MoveRule(NamedTuple):
    """From which states to which (None stays), who may, and what it needs to be told."""

    sources: frozenset[CaseState]
    target: CaseState | None
    actor: Actor
    needs: tuple[str, ...] = ()


_OPEN, _WAITING, _RECOVERED, _CLOSED = CaseState.OPEN, CaseState.WAITING, CaseState.RECOVERED, CaseState.CLOSED
_ACTIVE: Final = frozenset({_OPEN, _WAITING, _RECOVERED})

MOVES: Final[Mapping[Move, MoveRule]] = MappingProxyType(
    {
        Move.CLAIM: MoveRule(_ACTIVE, None, Actor.OWNER),
        Move.TAKE_OVER: MoveRule(_ACTIVE, None, Actor.OWNER),
        Move.RELEASE: MoveRule(_ACTIVE, None, Actor.HOLDER),
        Move.HAND_OVER: MoveRule(frozenset({_OPEN, _WAITING}), _OPEN, Actor.HOLDER, ("team", "note")),
        Move.WAIT: MoveRule(frozenset({_OPEN, _WAITING}), _WAITING, Actor.HOLDER, ("until", "reason")),
        Move.RESUME: MoveRule(frozenset({_WAITING}), _OPEN, Actor.OWNER),
        Move.CLOSE: MoveRule(frozenset({_OPEN, _WAITING}), _CLOSED, Actor.HOLDER, ("reason",)),
        Move.CONFIRM_RECOVERED: MoveRule(frozenset({_RECOVERED}), _CLOSED, Actor.OWNER),
        Move.REOPEN: MoveRule(frozenset({_CLOSED}), _OPEN, Actor.ANYBODY, ("reason",)),
        Move.RECOVER: MoveRule(frozenset({_OPEN, _WAITING}), _RECOVERED, Actor.POLICY),
        Move.RELAPSE: MoveRule(frozenset({_WAITING, _RECOVERED}), _OPEN, Actor.POLICY),
    }
)
"""Every legal move of a case; a move not here, or from a state not named, is refused."""


class DecisionRule(NamedTuple):
    """One line of the decision table: these roles may decide this, in these states, and this becomes of the case.

    `team` owes the next action afterwards (None: the team that has it). `compensates` gives the customer something for
    the loss, which is done once; as a `proposal` it only asks the next team to. `kinds` limits it to cases with one of
    these findings (empty: any).
    """

    kind: DecisionKind
    roles: frozenset[Role]
    outcome: Outcome
    team: Team | None = None
    needs_amount: bool = False
    compensates: bool = False
    proposal: bool = False
    kinds: frozenset[FindingKind] = frozenset()
    states: frozenset[CaseState] = frozenset({_OPEN, _WAITING})


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset({*roles, Role.MANAGER})


_BACK: Final = frozenset({FindingKind.RETURN_TO_SENDER, FindingKind.RETURN_STALLED, FindingKind.REFUND_OVERDUE})
_UNDELIVERED: Final = frozenset(
    {FindingKind.ADDRESS_ISSUE, FindingKind.ATTEMPTED, FindingKind.HELD_FOR_PICKUP, FindingKind.RETURN_TO_SENDER}
)

_CLAIMABLE: Final = frozenset(
    {
        FindingKind.DAMAGED,
        FindingKind.LOST,
        FindingKind.STALLED,
        FindingKind.PROMISE_MISSED,
        FindingKind.DELIVERED_NOT_RECEIVED,
    }
)
_SUPPORT, _FULFILLMENT, _FINANCE = _roles(Role.SUPPORT), _roles(Role.FULFILLMENT), _roles(Role.FINANCE)
_ANY: Final = frozenset(Role)
_PROPOSERS: Final = frozenset({Role.SUPPORT})
_STUCK: Final = _BACK | _UNDELIVERED
_PAID_TWICE: Final = frozenset({FindingKind.LATER_DELIVERED})

# fmt: off
ALLOWED: Final[tuple[DecisionRule, ...]] = (
    DecisionRule(DecisionKind.KEEP_WAITING, _ANY, Outcome.WAITS),
    DecisionRule(DecisionKind.MESSAGE_CUSTOMER, _SUPPORT, Outcome.WAITS, Team.SUPPORT),
    DecisionRule(DecisionKind.CORRECT_ADDRESS, _SUPPORT, Outcome.HANDS_OVER, Team.FULFILLMENT, kinds=_UNDELIVERED),
    DecisionRule(DecisionKind.CORRECT_ADDRESS, _FULFILLMENT, Outcome.WAITS, Team.FULFILLMENT, kinds=_UNDELIVERED),
    DecisionRule(DecisionKind.OPEN_TRACE, _SUPPORT | _FULFILLMENT, Outcome.WAITS, Team.FULFILLMENT),
    DecisionRule(DecisionKind.REPLACEMENT, _SUPPORT, Outcome.HANDS_OVER, Team.FULFILLMENT, compensates=True),
    DecisionRule(DecisionKind.REPLACEMENT, _FULFILLMENT | _FINANCE, Outcome.CLOSES, compensates=True),
    DecisionRule(DecisionKind.RESHIP, _SUPPORT, Outcome.HANDS_OVER, Team.FULFILLMENT, compensates=True, kinds=_STUCK),
    DecisionRule(DecisionKind.RESHIP, _FULFILLMENT, Outcome.CLOSES, compensates=True, kinds=_STUCK),
    DecisionRule(DecisionKind.REFUND, _FINANCE, Outcome.CLOSES, needs_amount=True, compensates=True),
    DecisionRule(
        DecisionKind.REFUND, _PROPOSERS, Outcome.HANDS_OVER, Team.FINANCE,
        needs_amount=True, compensates=True, proposal=True,
    ),
    DecisionRule(
        DecisionKind.FILE_CLAIM, _FULFILLMENT | _FINANCE, Outcome.WAITS, Team.FULFILLMENT,
        needs_amount=True, kinds=_CLAIMABLE,
    ),
    DecisionRule(DecisionKind.RESTOCK, _FULFILLMENT, Outcome.CLOSES, kinds=_BACK),
    DecisionRule(DecisionKind.WRITE_OFF, _FINANCE, Outcome.CLOSES, needs_amount=True),
    DecisionRule(DecisionKind.REVERSE_COMPENSATION, _FINANCE, Outcome.CLOSES, kinds=_PAID_TWICE),
    DecisionRule(DecisionKind.KEEP_COMPENSATION, _FINANCE, Outcome.CLOSES, kinds=_PAID_TWICE),
    DecisionRule(DecisionKind.NOT_WORTH_A_CASE, _ANY, Outcome.CLOSES, states=_ACTIVE),
)
# fmt: on
"""Every decision; of several lines for one decision the first that a person's roles allow counts."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """What the rules need to know of a case, as one person sees it; `kinds` are its open findings.

    `compensated` says whether its order already got money or goods for the loss; `value` is the order's.
    """

    state: CaseState
    owner_team: Team
    claimed_by_me: bool = False
    claimed_by_other: bool = False
    compensated: bool = False
    kinds: frozenset[FindingKind] = frozenset()
    value: Decimal | None = None


class AllowedDecision(NamedTuple):
    """A decision that may be taken now, what must come with it and what becomes of the case."""

    kind: DecisionKind
    outcome: Outcome
    team: Team
    needs_amount: bool
    needs_reason: bool
    compensates: bool
    proposal: bool

    @property
    def label(self) -> str:
        """Return the verb phrase for a button."""
        return f"Propose: {self.kind.label.lower()}" if self.proposal else str(self.kind.label)

    @property
    def sentence(self) -> str:
        """Say what becomes of the case."""
        if self.outcome is Outcome.HANDS_OVER:
            return f"Hands the case over to {self.team.label.lower()}."
        return "Closes the case." if self.outcome is Outcome.CLOSES else f"{self.team.label} waits for the answer."


class DecisionRefused(Exception):
    """A decision that may not be taken, with a reason the person can act on."""


class MoveRefused(Exception):
    """A move that may not be made, with a reason the person can act on."""


def allowed_decisions(case: CaseView, roles: Collection[Role]) -> tuple[AllowedDecision, ...]:
    """Return what this person may decide now, in the table's order, each decision once."""
    allowed: dict[DecisionKind, AllowedDecision] = {}
    for rule in ALLOWED:
        if rule.kind not in allowed and _refusal(case, roles, rule) is None:
            allowed[rule.kind] = _allowed(case, rule)
    return tuple(allowed.values())


def check_decision(
    case: CaseView,
    roles: Collection[Role],
    kind: DecisionKind,
    *,
    amount: Decimal | None = None,
    currency: str = "",
    reason: str = "",
) -> AllowedDecision:
    """Return the decision as the table allows it.

    Raises: DecisionRefused, where it would not have been offered or what it needs is missing.
    """
    refusals = []
    for rule in ALLOWED:
        if rule.kind == kind:
            refusal = _refusal(case, roles, rule)
            if refusal is None:
                return _with_what_it_needs(_allowed(case, rule), amount, currency, reason)
            refusals.append(refusal)
    raise DecisionRefused(refusals[-1])


def _refusal(case: CaseView, roles: Collection[Role], rule: DecisionRule) -> str | None:
    """Return why this line of the table does not apply, or None where it does."""
    name = rule.kind.label
    if case.state not in rule.states:
        if case.state == CaseState.CLOSED:
            return "This case is closed; reopen it first."
        return f"“{name}” is not for a case that is {case.state.label.lower()}; confirm that it recovered instead."
    if not case.claimed_by_me:
        return "Somebody else works on this case; take it over first." if case.claimed_by_other else _CLAIM_FIRST
    if rule.roles.isdisjoint(roles):
        return f"“{name}” is decided by {_one_of(rule)}; hand the case over."
    if rule.kinds and rule.kinds.isdisjoint(case.kinds):
        return f"“{name}” does not fit what is wrong here."
    return _MONEY_FIRST if rule.outcome is Outcome.CLOSES and _is_finances_to_close(case, roles) else None


def _is_finances_to_close(case: CaseView, roles: Collection[Role]) -> bool:
    """Say whether a case holds money that nobody looked at again, which closing it would settle."""
    return not case.kinds.isdisjoint(_PAID_TWICE) and _FINANCE.isdisjoint(roles)


def _allowed(case: CaseView, rule: DecisionRule) -> AllowedDecision:
    return AllowedDecision(
        kind=rule.kind,
        outcome=rule.outcome,
        team=rule.team or case.owner_team,
        needs_amount=rule.needs_amount,
        needs_reason=rule.compensates and case.compensated,
        compensates=rule.compensates,
        proposal=rule.proposal,
    )


def _with_what_it_needs(
    allowed: AllowedDecision, amount: Decimal | None, currency: str, reason: str
) -> AllowedDecision:
    if allowed.needs_reason and not reason.strip():
        raise DecisionRefused("This order was already compensated; say why it should be once more.")
    if allowed.needs_amount:
        if amount is None or not amount.is_finite() or amount <= 0:
            raise DecisionRefused(f"“{allowed.kind.label}” needs an amount above zero.")
        if not currency.strip():
            raise DecisionRefused(f"“{allowed.kind.label}” needs the currency of its amount.")
    elif amount is not None:
        raise DecisionRefused(f"“{allowed.kind.label}” takes no amount; leave it empty.")
    return allowed


def _one_of(rule: DecisionRule) -> str:
    return " or ".join(role.label.lower() for role in Role if role in rule.roles and role is not Role.MANAGER)


_MONEY_FIRST: Final = (
    "It was delivered after its customer was paid, and finance looks at that first; hand the case over."
)
_CLAIM_FIRST: Final = "Take the case first, so that nobody else decides it at the same time."


def allowed_moves(case: CaseView, roles: Collection[Role]) -> tuple[Move, ...]:
    """Return the moves this person may make now, in the table's order."""
    return tuple(move for move in MOVES if _move_refusal(case, roles, move) is None)


def check_move(case: CaseView, roles: Collection[Role], move: Move) -> MoveRule:
    """Return the line of the table for a move a person makes.

    Raises: MoveRefused, where it would not have been offered.
    """
    refusal = _move_refusal(case, roles, move)
    if refusal is not None:
        raise MoveRefused(refusal)
    return MOVES[move]


def _move_refusal(case: CaseView, roles: Collection[Role], move: Move) -> str | None:
    rule = MOVES[move]
    if case.state not in rule.sources:
        return f"“{move.label}” is not possible while the case is {CaseState(case.state).label.lower()}."
    if rule.actor is Actor.POLICY:
        return f"“{move.label}” happens by itself."
    if not roles:
        return "You have no role here; ask a manager for one."
    if rule.actor is Actor.HOLDER and not case.claimed_by_me:
        return "Somebody else works on this case; take it over first." if case.claimed_by_other else _CLAIM_FIRST
    if rule.actor is Actor.OWNER and Role.MANAGER not in roles and Role(case.owner_team.value) not in roles:
        return f"{case.owner_team.label} has the next action; only {case.owner_team.label.lower()} can do this."
    if move is Move.CLAIM and case.claimed_by_me:
        return "You already work on this case."
    if move is Move.CLAIM and case.claimed_by_other:
        return "Somebody else works on this case; take it over if you must."
    if move is Move.TAKE_OVER and not case.claimed_by_other:
        return "Nobody else works on this case; claim it."
    return _MONEY_FIRST if move is Move.CLOSE and _is_finances_to_close(case, roles) else None
