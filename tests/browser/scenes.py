"""A believable working day for the browser to look at."""

from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from exceptions_queue.models import Case, CaseEvent
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team
from exceptions_queue.transitions import CaseState
from shipments.facts import State
from tests import factories as make

_POINTS = [
    {"rule": "tier", "sentence": "The customer is gold", "points": 15},
    {"rule": "contacts", "sentence": "The customer has not written yet", "points": -5},
]
_REASONS = {"matched": [], "points": _POINTS, "near_misses": [{"kind": "damaged", "sentence": "No damage scan"}]}


def working_day(me: User) -> Case:
    """Save cases of every severity, team and state around now, and return the one that `me` holds."""
    other = make.make_user("support", first_name="Ana", last_name="Diaz")
    held = a_case(severity=Severity.CRITICAL, headline=FindingKind.DAMAGED, claimed_by=me)
    a_case(severity=Severity.HIGH, claimed_by=other)
    a_case(severity=Severity.LOW, owner_team=Team.OPERATIONS, next_action=NextAction.MAP_CODE)
    a_case(due_at=make.NOW - timedelta(hours=2), owner_team=Team.FULFILLMENT)
    waiting = a_case(state=CaseState.WAITING)
    a_case(state=CaseState.RECOVERED)
    a_case(state=CaseState.CLOSED)
    make.make_follow_up(waiting, promised_reply_at=make.NOW + timedelta(hours=3), opened_by=other)
    make.make_account(silent_after_minutes=60, last_message_at=make.NOW - timedelta(hours=5))
    return held


def a_case(**overrides: object) -> Case:
    """Save a case with a whole story behind it."""
    customer = make.make_customer(tier="gold", name="Ada Marsh")
    order = make.make_order(customer=customer, value=Decimal("1249.90"), promised_at=make.NOW - timedelta(days=2))
    parcel = make.make_shipment(order=order, promised_at=make.NOW - timedelta(days=2), state=State.DAMAGED)
    make.make_shipment(order=order)
    make.make_event(parcel, occurred_at=make.NOW - timedelta(days=9), state=State.LABEL_CREATED, physical=False)
    make.make_event(parcel, occurred_at=make.NOW - timedelta(days=8))
    make.make_event(parcel, occurred_at=make.NOW - timedelta(days=2), state=State.DAMAGED, reason="damaged")
    make.make_conversation(shipment=parcel)
    case = make.make_case(**{"shipment": parcel, "explanation": _REASONS} | overrides)
    make.make_finding(case, sentence="It was late.", cleared_at=make.NOW)
    CaseEvent.objects.create(case=case, at=make.NOW, kind="note", data={"text": "Home after five.\nAsk the neighbour."})
    return case
