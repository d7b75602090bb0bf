"""What every act on a case is made of: its lock, its guard, its legs, its line of history. Opens no transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest

from exceptions_queue.access import name_of, roles_of
from exceptions_queue.models import Approval, Case, CaseEvent, CaseOutcome, Leg
from exceptions_queue.transitions import MOVES, Actor, CaseState, Move, MoveRefused, check_move
from exceptions_queue.viewpoint import glance_at, is_held, view_of

_WRITTEN: Final = (
    *("state", "owner_team", "next_action", "due_at", "changed_at", "untouched"),
    *("claimed_by", "claimed_at", "claim_expires_at"),
    *("closed_at", "closed_by", "outcome", "worth_it"),
)
"""What people's acts change; the judgement (headline, severity, score, policy) is written by triage alone."""


class Refused(Exception):
    """Something a person asked for and may not have now; the text is a sentence for that person."""


class CaseGone(Refused):
    """There is no such case."""


class CaseClosed(Refused):
    """The case is closed and takes no more acts."""


class AlreadyDone(Refused):
    """The very same was sent before and is done; the second time changes nothing."""


class ClaimedByOther(Refused):
    """Another person holds the case."""


class NotClaimed(Refused):
    """Only the person who holds the case may do this, and nobody holds it."""


class NoRole(Refused):
    """The person holds no role here."""


class NotYourTeam(Refused):
    """The case belongs to a team the person does not work in."""


class NotNow(Refused):
    """The table of moves has no such move from the case's state."""


def lock_case(case_id: int) -> Case:
    """Return the case, locked to the end of the transaction; refuses to run outside one.

    No related row is loaded with it: after a wait for the lock, PostgreSQL reads this row afresh, not its neighbours.

    Raises: CaseGone.
    """
    case = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case_id).first()
    if case is None:
        raise CaseGone(f"There is no case {case_id}.")
    return case


def lock_open_case(case_id: int, *, once: UUID | None = None) -> Case:
    """Return the case locked, unless it is closed or what `once` names was done before.

    Raises: CaseGone, CaseClosed, AlreadyDone.
    """
    case = lock_case(case_id)
    check_once(case, once)
    if case.state == CaseState.CLOSED:
        who = f" by {name_of(case.closed_by)}" if case.closed_by else ""
        when = f"{case.closed_at:%-d %B at %H:%M} UTC"
        raise CaseClosed(f"Case {case_id} was closed{who} on {when}; open it again to go on with it.")
    return case


def check_once(case: Case, once: UUID | None) -> None:
    """Refuse what was sent and done before, for a locked case. Raises: AlreadyDone."""
    if once and case.history.filter(once=once).exists():
        raise AlreadyDone(f"This was sent twice and is done once in case {case.pk}.")


def check_case_move(case: Case, move: Move, *, by: User, now: datetime) -> None:
    """Refuse a move that the table of moves does not allow this person now.

    Raises: NotNow, NoRole, ClaimedByOther, NotClaimed, NotYourTeam.
    """
    view, roles = (view_of if move is Move.CLOSE else glance_at)(case, by, now=now), roles_of(by)
    try:
        check_move(view, roles, move)
    except MoveRefused as refusal:
        rule = MOVES[move]
        if view.state not in rule.sources:
            raise NotNow(str(refusal)) from None
        if not roles:
            raise NoRole(str(refusal)) from None
        if rule.actor is Actor.HOLDER or move is Move.CLAIM:
            check_holder(case, by, now)
        unheld = rule.actor is Actor.HOLDER and not view.claimed_by_me
        raise (NotClaimed if unheld else NotYourTeam)(str(refusal)) from None


def check_holder(case: Case, by: User, now: datetime) -> None:
    """Refuse while another person's lease runs. Raises: ClaimedByOther."""
    if is_held(case, now) and case.claimed_by and case.claimed_by != by:
        until = f"{case.claim_expires_at:%H:%M}"
        raise ClaimedByOther(
            f"{name_of(case.claimed_by)} works on case {case.pk} and holds it until {until} UTC; "
            "take it over if you must."
        )


def lease(case: Case, by: User, *, now: datetime, until: datetime) -> None:
    """Put the case into one person's hands."""
    case.claimed_by, case.claimed_at, case.claim_expires_at = by, now, until


def free(case: Case) -> None:
    """Take the case out of everybody's hands."""
    case.claimed_by = case.claimed_at = case.claim_expires_at = None


def start_leg(
    case: Case,
    *,
    team: str,
    due_at: datetime,
    now: datetime,
    by: User | None,
    waiting_on: str = "",
    wakes_after: datetime | None = None,
    note: str = "",
) -> None:
    """End the case's leg and begin its next one, which the case then mirrors."""
    end_leg(case, by=by, now=now)
    Leg.objects.create(
        case=case,
        team=team,
        waiting_on=waiting_on,
        wakes_after=wakes_after,
        next_action=case.next_action,
        note=note,
        started_at=now,
        due_at=due_at,
    )
    case.owner_team, case.due_at = team, due_at
    case.state = CaseState.WAITING if waiting_on else CaseState.OPEN


def end_leg(case: Case, *, by: User | None, now: datetime) -> None:
    """End the case's open leg; it ends no earlier than it began, whatever the clocks of two hosts say."""
    ended = {"ended_at": Greatest("started_at", Value(now))}
    if by:
        ended["first_touched_at"] = Coalesce("first_touched_at", Value(now))
    Leg.objects.filter(case=case, ended_at__isnull=True).update(**ended)


def touch_leg(case: Case, now: datetime) -> None:
    """Note when somebody first acted in the case's present leg."""
    Leg.objects.filter(case=case, ended_at__isnull=True, first_touched_at__isnull=True).update(first_touched_at=now)


def close(
    case: Case,
    outcome: CaseOutcome,
    *,
    worth_it: bool | None,
    by: User,
    now: datetime,
    once: UUID | None = None,
    **data: Any,
) -> None:
    """End the work on a locked case: its last leg, its claim, what waits for a second person, and how it ended."""
    lapse(case, by=by, now=now)
    end_leg(case, by=by, now=now)
    free(case)
    case.state, case.outcome = CaseState.CLOSED, outcome
    case.worth_it = case.worth_it if worth_it is None else worth_it
    case.closed_at, case.closed_by = now, by
    told = {"outcome": outcome.value, "worth_it": case.worth_it} | data
    keep(case, CaseEvent.Kind.CLOSED, told, by=by, now=now, once=once)


def lapse(case: Case, *, by: User, now: datetime) -> None:
    """End the wait for a second person on a locked case, if something waits: it was settled without them."""
    waiting = case.approvals.select_related("proposal").filter(state=Approval.State.WAITING).first()
    if waiting is None:
        return
    waiting.state, waiting.answered_at, waiting.answered_by = Approval.State.LAPSED, now, by
    waiting.save(update_fields=["state", "answered_at", "answered_by"])
    record(case, CaseEvent.Kind.LAPSED, proposed(waiting), by=by, now=now)


def proposed(approval: Approval) -> dict[str, Any]:
    """Return a proposal as history names it in the line that ends its wait."""
    proposal = approval.proposal
    return {
        "proposal": proposal.pk,
        "kind": proposal.kind,
        "amount": None if proposal.amount is None else str(proposal.amount),
        "currency": proposal.currency,
        "proposed_by": person(approval.asked_by),
    }


def keep(
    case: Case,
    kind: CaseEvent.Kind,
    data: dict[str, Any] | None = None,
    *,
    by: User | None,
    now: datetime,
    once: UUID | None = None,
) -> CaseEvent:
    """Write the changed case and its line of history; after a person's act it is untouched no more."""
    case.changed_at = now
    case.untouched = case.untouched and by is None
    case.save(update_fields=_WRITTEN)
    return record(case, kind, data, by=by, now=now, once=once)


def record(
    case: Case,
    kind: CaseEvent.Kind,
    data: dict[str, Any] | None = None,
    *,
    by: User | None,
    now: datetime,
    once: UUID | None = None,
) -> CaseEvent:
    """Append one line to the case's history; `once` names what a person sent, see `check_once`."""
    return CaseEvent.objects.create(case=case, at=now, kind=kind, by=by, data=data or {}, once=once)


def person(user: User) -> dict[str, Any]:
    """Return a person as history names them, whoever changes their name later."""
    return {"id": user.pk, "name": name_of(user)}
