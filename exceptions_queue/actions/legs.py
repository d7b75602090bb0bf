"""Whose turn it is: handing over, waiting, waking, and notes on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from exceptions_queue.access import roles_of
from exceptions_queue.actions.case_rows import (
    NoRole,
    Refused,
    check_case_move,
    free,
    keep,
    lock_open_case,
    start_leg,
)
from exceptions_queue.models import Case, CaseEvent, Leg
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import CaseState, Move
from shipments.models import Shipment
from shipments.playback import may_work

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SameTeam(Refused):
    """The case is already with that team."""


class NoteMissing(Refused):
    """The next person needs a sentence and there is none."""


class TimeIsPast(Refused):
    """A wait must end in the future."""


@transaction.atomic(durable=True)
def hand_over(
    *, case_id: int, to_team: Team | str, note: str, once: UUID | None = None, by: User, now: datetime
) -> Case:
    """Give the next action to another team with a sentence for it; its clock starts now, in its working hours.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NotNow, NotClaimed, ClaimedByOther, SameTeam, NoteMissing.
    """
    case = lock_open_case(case_id, once=once)
    check_case_move(case, Move.HAND_OVER, by=by, now=now)
    team = Team(to_team)
    if team == case.owner_team:
        raise SameTeam(f"{team.label} already has case {case_id}.")
    if not note.strip():
        raise NoteMissing(f"Say in a sentence what {team.label} should do.")
    pass_on(case, team=team, note=note, by=by, now=now, once=once)
    return case


def pass_on(case: Case, *, team: Team, note: str, by: User, now: datetime, once: UUID | None = None) -> None:
    """Give a locked case to a team; inside a transaction."""
    was = case.owner_team
    start_leg(case, team=team, due_at=due_for(case, team, now), note=note.strip(), by=by, now=now)
    free(case)
    data = {"from_team": was, "to_team": team.value, "note": note.strip()}
    keep(case, CaseEvent.Kind.HANDED_OVER, data, by=by, now=now, once=once)


@transaction.atomic(durable=True)
def wait_on(
    *,
    case_id: int,
    waiting_on: Leg.WaitingOn | str,
    until: datetime,
    note: str,
    or_scan: bool = False,
    once: UUID | None = None,
    by: User,
    now: datetime,
) -> Case:
    """Let the case rest until an instant, on somebody or on a date; it leaves everybody's hands.

    With `or_scan` the parcel's next physical scan ends the rest if it comes before.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NotNow, NotClaimed, ClaimedByOther, TimeIsPast.
    """
    scanned_at = _last_scan(case_id) if or_scan else None
    case = lock_open_case(case_id, once=once)
    check_case_move(case, Move.WAIT, by=by, now=now)
    on = Leg.WaitingOn(waiting_on)
    rest(case, waiting_on=on, until=until, wakes_after=scanned_at, note=note, by=by, now=now, once=once)
    return case


def _last_scan(case_id: int) -> datetime:
    """Return when the case's parcel was scanned last, its row locked before the case's so that no scan slips between.

    One never scanned was scanned at the beginning of time: its first scan is its next.
    """
    parcel = Shipment.objects.select_for_update(of=("self",), no_key=True).filter(cases=case_id).first()
    return _NEVER if parcel is None or parcel.last_physical_at is None else parcel.last_physical_at


def rest(
    case: Case,
    *,
    waiting_on: Leg.WaitingOn,
    until: datetime,
    note: str,
    by: User,
    now: datetime,
    team: Team | None = None,
    wakes_after: datetime | None = None,
    once: UUID | None = None,
) -> None:
    """Put a locked case to rest, for `team` where it is not the one that has it. Raises: TimeIsPast."""
    if until <= now:
        raise TimeIsPast("Choose a time in the future to wait until.")
    owner, note = team or case.owner_team, note.strip()
    start_leg(case, team=owner, due_at=until, waiting_on=waiting_on, wakes_after=wakes_after, note=note, by=by, now=now)
    free(case)
    data: dict[str, Any] = {"waiting_on": waiting_on.value, "until": until.isoformat(), "note": note}
    if wakes_after is not None:
        data["or_scan"] = True
    keep(case, CaseEvent.Kind.WAITING, data, by=by, now=now, once=once)


@transaction.atomic(durable=True)
def wake_case(*, case_id: int, by: User, now: datetime) -> Case:
    """End a case's wait before its time.

    Raises: CaseGone, CaseClosed, NoRole, NotNow, NotYourTeam.
    """
    case = lock_open_case(case_id)
    check_case_move(case, Move.RESUME, by=by, now=now)
    wake(case, by=by, now=now, why="person")
    return case


def wake(case: Case, *, by: User | None, now: datetime, why: str) -> None:
    """Bring a locked waiting case back to its team; whoever holds it keeps it. `why`: person, answer, time or news."""
    start_leg(case, team=case.owner_team, due_at=due_for(case, case.owner_team, now), by=by, now=now)
    keep(case, CaseEvent.Kind.WOKEN, {"by": why}, by=by, now=now)


@transaction.atomic(durable=True)
def wake_due(*, now: datetime, limit: int = 500) -> int:
    """Bring back the cases whose wait is over and return how many; those being written right now wait for next time.

    None where a simulated clock plays: its own waits end by it.
    """
    if not may_work():
        return 0
    due = Leg.objects.filter(ended_at__isnull=True, due_at__lte=now).exclude(waiting_on="").order_by("due_at")
    cases = list(
        Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk__in=due.values("case_id")[:limit], state=CaseState.WAITING, due_at__lte=now)
        .order_by("pk")
    )
    for case in cases:
        case.state, case.due_at, case.changed_at = CaseState.OPEN, due_for(case, case.owner_team, now), now
    _write_woken(cases, now)
    return len(cases)


def _write_woken(cases: list[Case], now: datetime) -> None:
    """Write many woken cases, their legs and their history in four statements."""
    ended = Leg.objects.filter(case__in=cases, ended_at__isnull=True)
    ended.update(ended_at=Greatest("started_at", Value(now)))
    Leg.objects.bulk_create(
        Leg(case=case, team=case.owner_team, next_action=case.next_action, started_at=now, due_at=case.due_at)
        for case in cases
    )
    Case.objects.bulk_update(cases, ["state", "due_at", "changed_at"])
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, at=now, kind=CaseEvent.Kind.WOKEN, data={"by": "time"}) for case in cases
    )


@transaction.atomic(durable=True)
def add_note(*, case_id: int, text: str, once: UUID | None = None, by: User, now: datetime) -> CaseEvent:
    """Append a note; anybody with a role may, whoever holds the case.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NoteMissing.
    """
    case = lock_open_case(case_id, once=once)
    if not roles_of(by):
        raise NoRole("You have no role in this console; ask an administrator for one.")
    if not text.strip():
        raise NoteMissing("The note is empty.")
    return keep(case, CaseEvent.Kind.NOTE, {"text": text.strip()}, by=by, now=now, once=once)
