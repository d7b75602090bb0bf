"""Ending a case without a decision: it recovered, or its work is done."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.actions.case_rows import check_case_move, check_holder, close, lock_open_case
from exceptions_queue.actions.legs import NoteMissing
from exceptions_queue.models import Case, CaseOutcome
from exceptions_queue.transitions import Move


@transaction.atomic(durable=True)
def confirm_recovered(*, case_id: int, worth_it: bool | None = None, by: User, now: datetime) -> Case:
    """Close a case whose trouble went away by itself.

    Raises: CaseGone, CaseClosed, NoRole, NotNow, NotYourTeam, ClaimedByOther.
    """
    case = lock_open_case(case_id)
    check_case_move(case, Move.CONFIRM_RECOVERED, by=by, now=now)
    check_holder(case, by, now)
    close(case, CaseOutcome.CONFIRMED_RECOVERED, worth_it=worth_it, by=by, now=now)
    return case


@transaction.atomic(durable=True)
def close_case(*, case_id: int, reason: str, worth_it: bool | None = None, by: User, now: datetime) -> Case:
    """Close a case whose work is done, such as one handed over to carry out a decision.

    Raises: CaseGone, CaseClosed, NoRole, NotNow, NotClaimed, ClaimedByOther, NoteMissing.
    """
    case = lock_open_case(case_id)
    check_case_move(case, Move.CLOSE, by=by, now=now)
    if not reason.strip():
        raise NoteMissing("Say in a sentence what was done.")
    close(case, CaseOutcome.DECIDED, worth_it=worth_it, by=by, now=now, reason=reason.strip())
    return case
