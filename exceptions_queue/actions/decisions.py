"""Deciding: the table is asked again under the lock, the evidence is kept, and the case goes where the table says."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from exceptions_queue import second_person, transitions
from exceptions_queue.access import name_of, roles_of
from exceptions_queue.actions.approval_rows import is_of, waiting_for
from exceptions_queue.actions.case_rows import Refused, lock_open_case
from exceptions_queue.actions.decision_rows import carry_out, lock_around, write_decision
from exceptions_queue.models import Case, Decision
from exceptions_queue.policies import published_policy
from exceptions_queue.second_person import GIVES_GOODS, PAYS_OUT, Cost
from exceptions_queue.transitions import AllowedDecision, CaseView, DecisionKind, Role
from exceptions_queue.viewpoint import compensations_of, view_of, worth_of
from shipments.models import Order

_MOST_DIGITS: Final = 10
"""Digits before the point that the ledger's amounts have room for."""


class DecisionRefused(Refused):
    """The decision may not be taken: the table of decisions or what came with it says no."""


class AlreadyCompensated(DecisionRefused):
    """The order already got money or goods; a second time needs a reason."""


class AmountUnexplained(DecisionRefused):
    """The amount does not go with what the order is worth, and no note says why."""


class OverLimit(DecisionRefused):
    """The amount is more than anybody may decide."""


class AlreadyProposed(DecisionRefused):
    """The very same waits for a second person."""


@transaction.atomic(durable=True)
def decide(
    *,
    case_id: int,
    kind: DecisionKind | str,
    amount: Decimal | None = None,
    currency: str = "",
    note: str = "",
    override_reason: str = "",
    worth_it: bool | None = None,
    until: datetime | None = None,
    once: UUID | None = None,
    by: User,
    now: datetime,
) -> Decision:
    """Decide a case, keep what was known, and let it close, wait or go to the next team as the table says.

    What costs more than the person may decide alone becomes a proposal that waits for a second person. `until` ends the
    wait of a decision that waits (default: the policy's time allowed). `once` names what was sent, so that the very
    same sent twice is done once.

    Raises: CaseGone, CaseClosed, AlreadyDone, DecisionRefused, AlreadyCompensated, AlreadyProposed, OverLimit,
    AmountUnexplained, TimeIsPast.
    """
    kind = _known_kind(kind)
    lock_around(case_id, kind, now)
    case = lock_open_case(case_id, once=once)
    paid = None if amount is None else Cost(amount, currency.strip().upper())
    allowed = _check(case, kind, paid, override_reason, by=by, now=now)
    cost = cost_for(case, kind, paid)
    allowed = _taken(allowed, cost, roles_of(by))
    waiting = waiting_for(case)
    if waiting and allowed.proposal and is_of(waiting, kind, paid):
        who = name_of(waiting.asked_by)
        raise AlreadyProposed(f"“{kind.label}” already waits for a second person; {who} proposed it.")
    if paid and kind in PAYS_OUT and not note.strip():
        _check_worth(case.shipment.order, paid)
    decision = write_decision(
        case,
        allowed,
        paid=paid,
        cost=cost,
        waiting=waiting,
        note=note,
        override_reason=override_reason if allowed.needs_reason else "",
        once=once,
        by=by,
        now=now,
    )
    carry_out(decision, allowed, worth_it=worth_it, until=until)
    return decision


def cost_for(case: Case, kind: DecisionKind, paid: Cost | None) -> Cost | None:
    """Return what a decision on the case costs by the policy in force, None where no limit holds it."""
    if kind not in PAYS_OUT | GIVES_GOODS:
        return None
    return second_person.cost_of(kind, paid, worth_of(case), published_policy().approvals)


def _known_kind(kind: str) -> DecisionKind:
    try:
        return DecisionKind(kind)
    except ValueError:
        raise DecisionRefused(f"There is no decision “{kind}”.") from None


def _check(
    case: Case, kind: DecisionKind, paid: Cost | None, reason: str, *, by: User, now: datetime
) -> AllowedDecision:
    """Return the decision as the table allows it to this person now, whatever it costs."""
    view, roles = view_of(case, by, now=now), roles_of(by)
    if not reason.strip():
        _check_first_compensation(case, view, roles, kind)
    amount, currency = paid or (None, "")
    _check_amount(amount, currency)
    try:
        return transitions.check_decision(view, roles, kind, amount=amount, currency=currency, reason=reason)
    except transitions.DecisionRefused as refusal:
        raise DecisionRefused(str(refusal)) from None


def _taken(allowed: AllowedDecision, cost: Cost | None, roles: frozenset[Role]) -> AllowedDecision:
    """Return the decision as taken alone, or as a proposal where it costs more than these roles decide alone."""
    if cost is None:
        return allowed
    try:
        return second_person.taken_by(allowed, roles, cost, published_policy().approvals)
    except transitions.DecisionRefused as refusal:
        raise OverLimit(str(refusal)) from None


def _check_first_compensation(case: Case, view: CaseView, roles: frozenset[Role], kind: DecisionKind) -> None:
    offered = {each.kind: each for each in transitions.allowed_decisions(view, roles)}
    if kind in offered and offered[kind].needs_reason:
        raise compensated_before(compensations_of(case))


def compensated_before(given: QuerySet[Decision]) -> AlreadyCompensated:
    """Return the refusal that names the latest of the decisions that settled an order."""
    earlier = given.select_related("by").latest("at", "id")
    return AlreadyCompensated(
        f"This order already got “{DecisionKind(earlier.kind).label}” from {name_of(earlier.by)} on "
        f"{earlier.at:%-d %B} (case {earlier.case_id}). Say why it should be compensated once more."
    )


def _check_amount(amount: Decimal | None, currency: str) -> None:
    """Refuse what the ledger cannot keep exactly."""
    if amount is None:
        return
    if amount.is_finite() and (amount != round(amount, 2) or amount.adjusted() >= _MOST_DIGITS):
        raise DecisionRefused("Write the amount with at most two decimals and ten digits before them.")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise DecisionRefused("Write the currency as three letters, such as USD.")


def _check_worth(order: Order | None, paid: Cost) -> None:
    """Refuse, where no note says why, more than the order is worth or another currency: often a slip of the hand."""
    if order is None or order.value is None:
        return
    worth = f"The order is worth {order.currency} {order.value:,.2f}"
    if paid.currency != order.currency.upper():
        raise AmountUnexplained(f"{worth}; change the currency, or say in the note why it is {paid.currency}.")
    if paid.amount > order.value:
        raise AmountUnexplained(f"{worth}; change the amount, or say in the note why it is more.")
