"""Questions to carriers: asking, who chases them, nudging, and the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.access import name_of, roles_of, teams_of
from exceptions_queue.actions.case_rows import (
    NoRole,
    Refused,
    check_case_move,
    check_once,
    keep,
    lock_case,
    lock_open_case,
    person,
    record,
)
from exceptions_queue.actions.legs import TimeIsPast, rest, wake
from exceptions_queue.models import Case, CaseEvent, FollowUp, Leg
from exceptions_queue.transitions import CaseState, Move, Role

LEADS = frozenset({Role.FULFILLMENT, Role.MANAGER})
"""Who assigns follow-ups, and may nudge and close anybody's."""


class FollowUpGone(Refused):
    """There is no such follow-up."""


class FollowUpClosed(Refused):
    """The follow-up already has its outcome."""


class FollowUpRuns(Refused):
    """The carrier was already asked the same about this case."""


class NotYourFollowUp(Refused):
    """Neither the person's own follow-up nor one they lead."""


class CannotWork(Refused):
    """The person to assign to works in no team."""


class Assigned(NamedTuple):
    """What a bulk assignment did: how many were assigned, and which were not and why."""

    done: int
    skipped: list[tuple[int, str]]


@transaction.atomic(durable=True)
def open_follow_up(
    *,
    case_id: int,
    kind: FollowUp.Kind | str,
    channel: FollowUp.Channel | str,
    promised_reply_at: datetime,
    note: str = "",
    reference: str = "",
    assigned_to: User | None = None,
    once: UUID | None = None,
    by: User,
    now: datetime,
) -> FollowUp:
    """Ask the carrier about a case one holds; the case then waits for the carrier until the promised reply.

    Raises: CaseGone, CaseClosed, AlreadyDone, NoRole, NotNow, NotClaimed, ClaimedByOther, TimeIsPast, FollowUpRuns,
    CannotWork.
    """
    case = lock_open_case(case_id, once=once)
    check_case_move(case, Move.WAIT, by=by, now=now)
    if assigned_to:
        _check_can_work(assigned_to)
    kind, channel = FollowUp.Kind(kind), FollowUp.Channel(channel)
    running = case.follow_ups.filter(kind=kind, closed_at__isnull=True).first()
    if running:
        raise FollowUpRuns(f"A {kind.label.lower()} with {running.carrier} is already open ({_named(running)}).")
    rest(case, waiting_on=Leg.WaitingOn.CARRIER, until=promised_reply_at, note=note, by=by, now=now, once=once)
    return _ask(
        case,
        kind=kind,
        channel=channel,
        promised_reply_at=promised_reply_at,
        note=note.strip(),
        reference=reference.strip(),
        assigned_to=assigned_to,
        by=by,
        now=now,
    )


def ask_carrier(
    case: Case, *, kind: FollowUp.Kind, promised_reply_at: datetime, note: str, by: User, now: datetime
) -> FollowUp:
    """Note that the carrier has to be asked, for a locked case; nobody is assigned yet. One that runs stays the one."""
    running = case.follow_ups.filter(kind=kind, closed_at__isnull=True).first()
    channel = FollowUp.Channel.PORTAL
    return running or _ask(
        case, kind=kind, channel=channel, promised_reply_at=promised_reply_at, note=note, by=by, now=now
    )


@transaction.atomic(durable=True)
def assign_follow_ups(*, follow_up_ids: Collection[int], to: User, by: User, now: datetime) -> Assigned:
    """Give many follow-ups to one person; those that cannot be are skipped, each with its reason, in the order given.

    Raises: NoRole, CannotWork.
    """
    if roles_of(by).isdisjoint(LEADS):
        raise NoRole("Follow-ups are assigned by a fulfillment lead.")
    _check_can_work(to)
    wanted = list(dict.fromkeys(follow_up_ids))
    found = _lock_with_their_cases(wanted)
    skipped = [(pk, reason) for pk in wanted if (reason := _reason_to_skip(found.get(pk), to))]
    left_out = {pk for pk, _ in skipped}
    chosen = [found[pk] for pk in wanted if pk not in left_out]
    FollowUp.objects.filter(pk__in=[each.pk for each in chosen]).update(assigned_to=to, assigned_at=now, assigned_by=by)
    lines = ((each.case_id, _told(each, "assigned", to=person(to))) for each in chosen)
    CaseEvent.objects.bulk_create(
        CaseEvent(case_id=case_id, at=now, kind=CaseEvent.Kind.FOLLOW_UP, by=by, data=data) for case_id, data in lines
    )
    Case.objects.filter(pk__in=[each.case_id for each in chosen]).update(untouched=False)
    return Assigned(len(chosen), skipped)


@transaction.atomic(durable=True)
def nudge_follow_up(
    *, follow_up_id: int, next_nudge_at: datetime, note: str, once: UUID | None = None, by: User, now: datetime
) -> FollowUp:
    """Note that the carrier was reminded, and when to remind it next.

    Raises: FollowUpGone, AlreadyDone, FollowUpClosed, NotYourFollowUp, TimeIsPast.
    """
    case, follow_up = _lock_for(follow_up_id, by, once)
    if next_nudge_at <= now:
        raise TimeIsPast("Choose a time in the future for the next reminder.")
    follow_up.next_nudge_at = next_nudge_at
    follow_up.save(update_fields=["next_nudge_at"])
    data = _told(follow_up, "nudged", next_nudge_at=next_nudge_at.isoformat(), note=note.strip())
    _keep_or_record(case, data, once=once, by=by, now=now)
    return follow_up


@transaction.atomic(durable=True)
def close_follow_up(
    *,
    follow_up_id: int,
    outcome: FollowUp.Outcome | str,
    note: str,
    once: UUID | None = None,
    by: User,
    now: datetime,
) -> FollowUp:
    """Write down what the carrier answered; the last answer brings a case that waits for the carrier back to its team.

    Raises: FollowUpGone, AlreadyDone, FollowUpClosed, NotYourFollowUp.
    """
    case, follow_up = _lock_for(follow_up_id, by, once)
    outcome = FollowUp.Outcome(outcome)
    follow_up.outcome, follow_up.outcome_note = outcome, note.strip()
    follow_up.closed_at, follow_up.closed_by, follow_up.next_nudge_at = now, by, None
    follow_up.save(update_fields=["outcome", "outcome_note", "closed_at", "closed_by", "next_nudge_at"])
    data = _told(follow_up, "closed", outcome=outcome.value, note=note.strip())
    _keep_or_record(case, data, once=once, by=by, now=now)
    if _waits_for_this(case):
        wake(case, by=by, now=now, why="answer")
    return follow_up


def _ask(
    case: Case,
    *,
    kind: FollowUp.Kind,
    channel: FollowUp.Channel,
    promised_reply_at: datetime,
    note: str,
    by: User,
    now: datetime,
    reference: str = "",
    assigned_to: User | None = None,
) -> FollowUp:
    follow_up = FollowUp.objects.create(
        case=case,
        carrier=case.shipment.carrier,
        kind=kind,
        channel=channel,
        reference=reference,
        note=note,
        promised_reply_at=promised_reply_at,
        opened_at=now,
        opened_by=by,
        assigned_to=assigned_to,
        assigned_at=now if assigned_to else None,
        assigned_by=by if assigned_to else None,
    )
    data = _told(follow_up, "opened", channel=channel.value, note=note, to=person(assigned_to) if assigned_to else None)
    record(case, CaseEvent.Kind.FOLLOW_UP, data, by=by, now=now)
    return follow_up


def _lock_for(follow_up_id: int, by: User, once: UUID | None) -> tuple[Case, FollowUp]:
    """Return an open follow-up and its case, both locked, the case first; what `once` names is not done before."""
    case_id = FollowUp.objects.filter(pk=follow_up_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise FollowUpGone(f"There is no follow-up {follow_up_id}.")
    case = lock_case(case_id)
    check_once(case, once)
    follow_up = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up_id)
    if follow_up.closed_at:
        raise FollowUpClosed(f"This follow-up was closed on {follow_up.closed_at:%-d %B at %H:%M} UTC.")
    if not may_work_on(follow_up, by):
        raise NotYourFollowUp("This follow-up is chased by somebody else; ask a fulfillment lead to assign it to you.")
    return case, follow_up


def may_work_on(follow_up: FollowUp, user: User) -> bool:
    """Say whether a person may nudge or close a follow-up: who chases it, who opened it, and the leads."""
    roles = roles_of(user)
    return bool(roles) and (user.pk in {follow_up.assigned_to_id, follow_up.opened_by_id} or bool(roles & LEADS))


def _lock_with_their_cases(ids: Iterable[int]) -> dict[int, FollowUp]:
    """Return the follow-ups by id, locked after their cases, each in the order of its key."""
    wanted = FollowUp.objects.filter(pk__in=ids)
    cases = Case.objects.select_for_update(no_key=True).filter(pk__in=wanted.values("case_id")).order_by("pk")
    list(cases.values_list("pk"))
    locked = wanted.select_for_update(of=("self",), no_key=True).order_by("pk")
    return {each.pk: each for each in locked}


def _reason_to_skip(follow_up: FollowUp | None, to: User) -> str:
    if follow_up is None:
        return "it does not exist"
    if follow_up.closed_at:
        return "it is already closed"
    return f"{name_of(to)} already has it" if follow_up.assigned_to_id == to.pk else ""


def _check_can_work(user: User) -> None:
    if not teams_of(user):
        raise CannotWork(f"{name_of(user)} works in no team and cannot chase a carrier.")


def _keep_or_record(case: Case, data: dict[str, Any], *, once: UUID | None, by: User, now: datetime) -> None:
    """Write the line of history; a case still worked on also notes that a person acted."""
    write = record if case.state == CaseState.CLOSED else keep
    write(case, CaseEvent.Kind.FOLLOW_UP, data, by=by, now=now, once=once)


def _waits_for_this(case: Case) -> bool:
    """Say whether the case waits for the carrier and nothing else was asked of it."""
    waits = case.legs.filter(ended_at__isnull=True, waiting_on=Leg.WaitingOn.CARRIER).exists()
    return waits and not case.follow_ups.filter(closed_at__isnull=True).exists()


def _told(follow_up: FollowUp, what: str, **more: Any) -> dict[str, Any]:
    return {
        "what": what,
        "follow_up": follow_up.pk,
        "kind": follow_up.kind,
        "carrier": follow_up.carrier,
        "reference": follow_up.reference,
        **more,
    }


def _named(follow_up: FollowUp) -> str:
    return follow_up.reference or f"since {follow_up.opened_at:%-d %B}"
