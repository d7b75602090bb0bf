"""Ending a case without a decision, because it recovered or its work is done; and taking an ending back."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.actions.case_rows import (
    CaseGone,
    Refused,
    check_case_move,
    check_holder,
    check_once,
    close,
    keep,
    lock_case,
    lock_open_case,
    start_leg,
)
from exceptions_queue.actions.legs import NoteMissing
from exceptions_queue.models import Case, CaseEvent, CaseOutcome
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import NextAction
from exceptions_queue.transitions import CaseState, Move
from shipments.models import Shipment

_OF_AN_END: Final = frozenset({NextAction.CONFIRM_RECOVERED, NextAction.APPROVE})
"""What is owed no more once a case was closed."""


class AnotherIsOpen(Refused):
    """The parcel has another open case by now, and never two."""


@transaction.atomic(durable=True)
def confirm_recovered(
    *, case_id: int, worth_it: bool | None = None, once: UUID | None = None, by: User, now: datetime
) -> Case:
    """Close a case whose trouble went away by itself.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NotNow, NotYourTeam, ClaimedByOther.
    """
    case = lock_open_case(case_id, once=once)
    check_case_move(case, Move.CONFIRM_RECOVERED, by=by, now=now)
    check_holder(case, by, now)
    close(case, CaseOutcome.CONFIRMED_RECOVERED, worth_it=worth_it, by=by, now=now, once=once)
    return case


@transaction.atomic(durable=True)
def close_case(
    *, case_id: int, reason: str, worth_it: bool | None = None, once: UUID | None = None, by: User, now: datetime
) -> Case:
    """Close a case whose work is done, such as one handed over to carry out a decision.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NotNow, NotClaimed, ClaimedByOther, NoteMissing.
    """
    case = lock_open_case(case_id, once=once)
    check_case_move(case, Move.CLOSE, by=by, now=now)
    if not reason.strip():
        raise NoteMissing("Say in a sentence what was done.")
    close(case, CaseOutcome.DECIDED, worth_it=worth_it, by=by, now=now, once=once, reason=reason.strip())
    return case


@transaction.atomic(durable=True)
def reopen_case(*, case_id: int, reason: str, once: UUID | None = None, by: User, now: datetime) -> Case:
    """Open a closed case again for the team that had it, with the reason; what was decided stands as it was.

    Raises: CaseGone, AlreadyDone, NoRole, NotNow, NoteMissing, AnotherIsOpen.
    """
    shipment = _lock_shipment_of(case_id)
    case = lock_case(case_id)
    check_once(case, once)
    check_case_move(case, Move.REOPEN, by=by, now=now)
    if not reason.strip():
        raise NoteMissing("Say in a sentence why the case is open again.")
    running = shipment.cases.exclude(state=CaseState.CLOSED).first()
    if running:
        raise AnotherIsOpen(f"Case {running.pk} is open for this parcel; go on there.")
    _open(case, by=by, now=now)
    keep(case, CaseEvent.Kind.REOPENED, {"note": reason.strip()}, by=by, now=now, once=once)
    return case


def _lock_shipment_of(case_id: int) -> Shipment:
    """Lock the case's parcel, which goes before the case, so that no other case is opened for it meanwhile."""
    shipment = Shipment.objects.select_for_update(of=("self",), no_key=True).filter(cases=case_id).first()
    if shipment is None:
        raise CaseGone(f"There is no case {case_id}.")
    return shipment


def _open(case: Case, *, by: User, now: datetime) -> None:
    """Give a locked closed case its next leg; what its last leg owed, or else what its headline asks for."""
    if case.next_action in _OF_AN_END:
        headline = case.findings.filter(kind=case.headline).latest("opened_at", "id")
        case.owner_team, case.next_action = headline.team, headline.next_action
    case.closed_at = case.closed_by = None
    case.outcome = ""
    start_leg(case, team=case.owner_team, due_at=due_for(case, case.owner_team, now), by=by, now=now)
