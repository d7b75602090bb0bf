"""Deciding: the table is asked again under the lock, the evidence is kept, and the case goes where the table says."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue import transitions
from exceptions_queue.access import name_of, roles_of
from exceptions_queue.actions.case_rows import Refused, close, lock_open_case, record
from exceptions_queue.actions.follow_ups import ask_carrier
from exceptions_queue.actions.legs import pass_on, rest
from exceptions_queue.evidence import snapshot
from exceptions_queue.models import CarrierClaim, Case, CaseEvent, CaseOutcome, Decision, FollowUp, Leg
from exceptions_queue.policies import due_for, published_policy
from exceptions_queue.policy.giving import GIVING, Given, not_looked_at
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.transitions import AllowedDecision, CaseView, DecisionKind, Outcome, Role
from exceptions_queue.viewpoint import COMPENSATIONS, compensations_of, view_of
from shipments.models import Order, Shipment

_NEXT_ACTION: Final = {
    DecisionKind.REFUND: NextAction.PAY_REFUND,
    DecisionKind.REPLACEMENT: NextAction.SEND_AGAIN,
    DecisionKind.RESHIP: NextAction.SEND_AGAIN,
    DecisionKind.CORRECT_ADDRESS: NextAction.CORRECT_ADDRESS,
}
"""What the team that a decision hands the case to does next."""

_ASKS_CARRIER: Final = {
    DecisionKind.OPEN_TRACE: FollowUp.Kind.TRACE,
    DecisionKind.FILE_CLAIM: FollowUp.Kind.CLAIM,
    DecisionKind.CORRECT_ADDRESS: FollowUp.Kind.ADDRESS_CORRECTION,
}
"""Decisions that wait for a carrier's answer, which somebody has to chase."""

_LOOKS_AT: Final = frozenset({DecisionKind.REVERSE_COMPENSATION, DecisionKind.KEEP_COMPENSATION})
_SETTLES: Final = frozenset({*COMPENSATIONS, DecisionKind.REVERSE_COMPENSATION})
_WAITS_ON_CUSTOMER: Final = frozenset({DecisionKind.MESSAGE_CUSTOMER})
_PAYS_OUT: Final = frozenset({DecisionKind.REFUND, DecisionKind.WRITE_OFF})
_MOST_DIGITS: Final = 10
"""Digits before the point that the ledger's amounts have room for."""


class DecisionRefused(Refused):
    """The decision may not be taken: the table of decisions or what came with it says no."""


class AlreadyCompensated(DecisionRefused):
    """The order already got money or goods; a second time needs a reason."""


class AmountUnexplained(DecisionRefused):
    """The amount does not go with what the order is worth, and no note says why."""


class OverLimit(DecisionRefused):
    """The amount is more than the person may decide alone."""


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
    by: User,
    now: datetime,
) -> Decision:
    """Decide a case, keep what was known, and let it close, wait or go to the next team as the table says.

    `until` ends the wait of a decision that waits (default: the policy's time allowed). The order is locked before the
    case, so that two parcels of one order are not compensated at once.

    Raises: CaseGone, CaseClosed, DecisionRefused, AlreadyCompensated, OverLimit, AmountUnexplained, TimeIsPast.
    """
    kind = _known_kind(kind)
    _lock_order_of(case_id)
    if kind in _SETTLES:
        _make_siblings_due(case_id, now)
    case = lock_open_case(case_id)
    currency = "" if amount is None else currency.strip().upper()
    allowed = _check(case, kind, amount, currency, override_reason, by=by, now=now)
    if amount is not None and kind in _PAYS_OUT and not note.strip():
        _check_worth(case.shipment.order, amount, currency)
    looked_at = _given_for(case) if kind in _LOOKS_AT else []
    decision = Decision.objects.create(
        case=case,
        kind=kind,
        amount=amount,
        currency=currency,
        note=note.strip(),
        override_reason=override_reason.strip() if allowed.needs_reason else "",
        proposal=allowed.proposal,
        at=now,
        by=by,
        evidence=snapshot(case, now),
    )
    _record(decision, looked_at)
    if kind is DecisionKind.REVERSE_COMPENSATION:
        _drop_claims(decision)
    _carry_out(decision, allowed, worth_it=worth_it, until=until)
    return decision


def _lock_order_of(case_id: int) -> None:
    """Lock the case's order, if it has one; every lock goes order, parcel, case."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).filter(shipments__cases=case_id)
    order.first()


def _make_siblings_due(case_id: int, now: datetime) -> None:
    """Have the other parcels of the case's order judged again: what one got may settle what another waits for."""
    parcels = Shipment.objects.filter(order__shipments__cases=case_id).exclude(cases=case_id).order_by("pk")
    locked = list(parcels.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    Shipment.objects.filter(pk__in=locked).update(review_due_at=now)


def _drop_claims(decision: Decision) -> None:
    """Withdraw what is still asked back from the carrier for a parcel that arrived after all."""
    claims = CarrierClaim.objects.filter(shipment=decision.case.shipment_id, recovered_at=None)
    live = (CarrierClaim.State.PREPARING, CarrierClaim.State.FILED, CarrierClaim.State.APPROVED)
    claims.filter(state__in=live).update(state=CarrierClaim.State.DROPPED)


def _known_kind(kind: str) -> DecisionKind:
    try:
        return DecisionKind(kind)
    except ValueError:
        raise DecisionRefused(f"There is no decision “{kind}”.") from None


def _check(
    case: Case, kind: DecisionKind, amount: Decimal | None, currency: str, reason: str, *, by: User, now: datetime
) -> AllowedDecision:
    """Return the decision as the table allows it to this person now."""
    view, roles = view_of(case, by, now=now), roles_of(by)
    if not reason.strip():
        _check_first_compensation(case, view, roles, kind)
    _check_amount(amount, currency)
    try:
        allowed = transitions.check_decision(view, roles, kind, amount=amount, currency=currency, reason=reason)
    except transitions.DecisionRefused as refusal:
        raise DecisionRefused(str(refusal)) from None
    if amount is not None and kind in _PAYS_OUT and not allowed.proposal:
        _check_limit(amount, currency, roles)
    return allowed


def _check_first_compensation(case: Case, view: CaseView, roles: frozenset[Role], kind: DecisionKind) -> None:
    offered = {each.kind: each for each in transitions.allowed_decisions(view, roles)}
    if kind in offered and offered[kind].needs_reason:
        earlier = compensations_of(case).select_related("by").latest("at", "id")
        raise AlreadyCompensated(
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


def _check_limit(amount: Decimal, currency: str, roles: frozenset[Role]) -> None:
    """Refuse more than the policy in force lets any of the roles decide alone in that currency."""
    limit = published_policy().approvals.limit(roles, currency)
    if limit is not None and amount > limit:
        raise OverLimit(f"You may decide up to {currency} {limit:,.2f} alone; ask somebody with a higher limit.")


def _check_worth(order: Order | None, amount: Decimal, currency: str) -> None:
    """Refuse, where no note says why, more than the order is worth or another currency: often a slip of the hand."""
    if order is None or order.value is None:
        return
    worth = f"The order is worth {order.currency} {order.value:,.2f}"
    if currency != order.currency.upper():
        raise AmountUnexplained(f"{worth}; change the currency, or say in the note why it is {currency}.")
    if amount > order.value:
        raise AmountUnexplained(f"{worth}; change the amount, or say in the note why it is more.")


def _given_for(case: Case) -> list[dict[str, Any]]:
    """Return what was given or claimed for the case's parcel and not looked at yet, as history names it."""
    given = Decision.objects.filter(case__shipment=case.shipment_id, kind__in=GIVING, proposal=False)
    rows = given.order_by("at", "id").values_list("kind", "at", "amount", "currency")
    return [
        {"kind": each.kind, "at": each.at.isoformat(), "amount": str(each.amount or ""), "currency": each.currency}
        for each in not_looked_at(Given(case.shipment_id, *row) for row in rows)
    ]


def _record(decision: Decision, looked_at: list[dict[str, Any]]) -> None:
    data = {
        "decision": decision.pk,
        "kind": decision.kind,
        "proposal": decision.proposal,
        "amount": None if decision.amount is None else str(decision.amount),
        "currency": decision.currency,
        "note": decision.note,
        "override_reason": decision.override_reason,
    }
    if looked_at:
        data["looked_at"] = looked_at
    record(decision.case, CaseEvent.Kind.DECIDED, data, by=decision.by, now=decision.at)


def _carry_out(decision: Decision, allowed: AllowedDecision, *, worth_it: bool | None, until: datetime | None) -> None:
    case, by, now = decision.case, decision.by, decision.at
    if worth_it is not None:
        case.worth_it = worth_it
    if allowed.outcome is Outcome.CLOSES:
        worth = False if decision.kind == DecisionKind.NOT_WORTH_A_CASE else worth_it
        close(case, CaseOutcome.DECIDED, worth_it=worth, by=by, now=now, decision=decision.pk)
    elif allowed.outcome is Outcome.HANDS_OVER:
        case.next_action = _NEXT_ACTION.get(allowed.kind, NextAction(case.next_action))
        pass_on(case, team=allowed.team, note=decision.note, by=by, now=now)
    else:
        _let_rest(decision, allowed, until or due_for(case, allowed.team, now))


def _let_rest(decision: Decision, allowed: AllowedDecision, until: datetime) -> None:
    case, by, now = decision.case, decision.by, decision.at
    on = Leg.WaitingOn.CUSTOMER if allowed.kind in _WAITS_ON_CUSTOMER else Leg.WaitingOn.CARRIER
    rest(case, waiting_on=on, until=until, note=decision.note, team=allowed.team, by=by, now=now)
    if asks := _ASKS_CARRIER.get(allowed.kind):
        ask_carrier(case, kind=asks, promised_reply_at=until, note=decision.note, by=by, now=now)
