"""What a decision writes: itself, its evidence, its line of history, where the case goes. Opens no transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User

from exceptions_queue.actions.approval_rows import approved, ask, is_of
from exceptions_queue.actions.case_rows import close, lapse, person, record
from exceptions_queue.actions.claim_rows import file_claim
from exceptions_queue.actions.follow_ups import ask_carrier
from exceptions_queue.actions.legs import pass_on, rest
from exceptions_queue.evidence import snapshot
from exceptions_queue.models import Approval, CarrierClaim, Case, CaseEvent, CaseOutcome, Decision, FollowUp, Leg
from exceptions_queue.policies import due_for
from exceptions_queue.policy.giving import GIVING, Given, not_looked_at
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.second_person import GIVES_GOODS, PAYS_OUT, Cost
from exceptions_queue.transitions import AllowedDecision, DecisionKind, Outcome
from exceptions_queue.viewpoint import COMPENSATIONS
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


def lock_around(case_id: int, kind: DecisionKind, now: datetime) -> None:
    """Lock what has to be locked before the case: its order, and the other parcels that the decision has judged again.

    Every lock goes order, parcel, case; so two parcels of one order are not compensated at once.
    """
    Order.objects.select_for_update(of=("self",), no_key=True).filter(shipments__cases=case_id).first()
    if kind in _SETTLES:
        _make_siblings_due(case_id, now)


def _make_siblings_due(case_id: int, now: datetime) -> None:
    """Have the other parcels of the case's order judged again: what one got may settle what another waits for."""
    parcels = Shipment.objects.filter(order__shipments__cases=case_id).exclude(cases=case_id).order_by("pk")
    locked = list(parcels.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    Shipment.objects.filter(pk__in=locked).update(review_due_at=now)


def write_decision(
    case: Case,
    allowed: AllowedDecision,
    *,
    paid: Cost | None,
    cost: Cost | None,
    waiting: Approval | None,
    note: str,
    override_reason: str,
    once: UUID | None,
    by: User,
    now: datetime,
) -> Decision:
    """Write a decision or a proposal on a locked case, with its evidence and history.

    `waiting` is the proposal the case has: the very decision it asks for approves it, another one that gives something
    ends its wait.
    """
    kind = allowed.kind
    answered = waiting if waiting and not allowed.proposal and is_of(waiting, kind, paid) else None
    answered = None if answered and answered.asked_by_id == by.pk else answered
    if answered is None and kind in PAYS_OUT | GIVES_GOODS:
        lapse(case, by=by, now=now)
    looked_at = _given_for(case) if kind in _LOOKS_AT else []
    decision = Decision.objects.create(
        case=case,
        kind=kind,
        amount=paid and paid.amount,
        currency=paid.currency if paid else "",
        note=note.strip(),
        override_reason=override_reason.strip(),
        proposal=allowed.proposal,
        at=now,
        by=by,
        evidence=snapshot(case, now),
    )
    _record(decision, looked_at, answered, once)
    if answered:
        approved(answered, decision)
    elif allowed.proposal and cost:
        ask(decision, cost)
    if kind is DecisionKind.FILE_CLAIM:
        file_claim(decision)
    elif kind is DecisionKind.REVERSE_COMPENSATION:
        _drop_claims(decision)
    return decision


def _drop_claims(decision: Decision) -> None:
    """Withdraw what is still asked back from the carrier for a parcel that arrived after all."""
    claims = CarrierClaim.objects.filter(shipment=decision.case.shipment_id, recovered_at=None)
    live = (CarrierClaim.State.PREPARING, CarrierClaim.State.FILED, CarrierClaim.State.APPROVED)
    claims.filter(state__in=live).update(state=CarrierClaim.State.DROPPED)


def _given_for(case: Case) -> list[dict[str, Any]]:
    """Return what was given or claimed for the case's parcel and not looked at yet, as history names it."""
    given = Decision.objects.filter(case__shipment=case.shipment_id, kind__in=GIVING, proposal=False)
    rows = given.order_by("at", "id").values_list("kind", "at", "amount", "currency")
    return [
        {"kind": each.kind, "at": each.at.isoformat(), "amount": str(each.amount or ""), "currency": each.currency}
        for each in not_looked_at(Given(case.shipment_id, *row) for row in rows)
    ]


def _record(decision: Decision, looked_at: list[dict[str, Any]], answered: Approval | None, once: UUID | None) -> None:
    data: dict[str, Any] = {
        "decision": decision.pk,
        "kind": decision.kind,
        "proposal": decision.proposal,
        "amount": None if decision.amount is None else f"{decision.amount:.2f}",
        "currency": decision.currency,
        "note": decision.note,
        "override_reason": decision.override_reason,
    }
    if looked_at:
        data["looked_at"] = looked_at
    if answered:
        data |= {"approves": answered.proposal_id, "proposed_by": person(answered.asked_by)}
    record(decision.case, CaseEvent.Kind.DECIDED, data, by=decision.by, now=decision.at, once=once)


def carry_out(
    decision: Decision, allowed: AllowedDecision, *, worth_it: bool | None = None, until: datetime | None = None
) -> None:
    """Let a decided case close, wait or go to the next team as the table says. Raises: TimeIsPast."""
    case, by, now = decision.case, decision.by, decision.at
    if worth_it is not None:
        case.worth_it = worth_it
    if allowed.outcome is Outcome.CLOSES:
        worth = False if decision.kind == DecisionKind.NOT_WORTH_A_CASE else worth_it
        close(case, CaseOutcome.DECIDED, worth_it=worth, by=by, now=now, decision=decision.pk)
    elif allowed.outcome is Outcome.HANDS_OVER:
        case.next_action = _next_action(case, allowed)
        pass_on(case, team=allowed.team, note=decision.note, by=by, now=now)
    else:
        _let_rest(decision, allowed, until or due_for(case, allowed.team, now))


def _next_action(case: Case, allowed: AllowedDecision) -> NextAction:
    return NextAction.APPROVE if allowed.proposal else _NEXT_ACTION.get(allowed.kind, NextAction(case.next_action))


def _let_rest(decision: Decision, allowed: AllowedDecision, until: datetime) -> None:
    case, by, now = decision.case, decision.by, decision.at
    on = Leg.WaitingOn.CUSTOMER if allowed.kind in _WAITS_ON_CUSTOMER else Leg.WaitingOn.CARRIER
    rest(case, waiting_on=on, until=until, note=decision.note, team=allowed.team, by=by, now=now)
    if asks := _ASKS_CARRIER.get(allowed.kind):
        ask_carrier(case, kind=asks, promised_reply_at=until, note=decision.note, by=by, now=now)
