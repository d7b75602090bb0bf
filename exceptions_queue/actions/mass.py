"""One act for all open cases of an incident: ordered by a person, carried out case by case through each case's rules.

A worker takes steps under a lease, one case at a time, each through the same action a person would use, as that person.
A step begun by a worker that died is taken again; the case's history tells whether its act was done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from exceptions_queue.access import roles_of
from exceptions_queue.actions.case_rows import NoRole, Refused
from exceptions_queue.actions.claims import claim_case, release_case
from exceptions_queue.actions.decisions import decide
from exceptions_queue.actions.incidents import lock_open_incident
from exceptions_queue.actions.legs import NoteMissing, TimeIsPast, add_note, hand_over, wake_case
from exceptions_queue.mass_acts import ACTS, UNDO_WINDOW, ActKind, MassAct, offered_acts
from exceptions_queue.models import Case, CaseEvent, IncidentAct, IncidentStep, Leg
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import CaseState
from exceptions_queue.viewpoint import is_held

LEASE: Final = timedelta(minutes=5)
"""How long a worker may take for its steps before another one takes them."""
_STATE: Final = IncidentStep.State
_TODO: Final = (_STATE.PENDING, _STATE.UNDOING)


class ActRuns(Refused):
    """Another act of the incident is not finished yet."""


class ActGone(Refused):
    """There is no such act."""


class NotUndoable(Refused):
    """The act cannot be undone any more."""


@transaction.atomic(durable=True)
def order_act(
    *,
    incident_id: int,
    kind: ActKind | str,
    note: str = "",
    to_team: Team | str = "",
    until: datetime | None = None,
    by: User,
    now: datetime,
) -> IncidentAct:
    """Have one thing done to every open case of an incident; what it cannot be undone from begins a little later.

    Raises: IncidentGone, IncidentOver, NoRole, ActRuns, NoteMissing, TimeIsPast, Refused.
    """
    incident = lock_open_incident(incident_id)
    act = ACTS[ActKind(kind)]
    _check_order(act, note=note, to_team=to_team, until=until, by=by, now=now)
    if incident.acts.filter(finished_at__isnull=True).exists():
        raise ActRuns("Something is being done to its cases right now; undo that, or let it finish first.")
    ordered = IncidentAct.objects.create(
        incident=incident,
        kind=act.kind,
        note=note.strip(),
        to_team=to_team if act.needs_team else "",
        until=until if act.needs_until else None,
        ordered_at=now,
        ordered_by=by,
        starts_at=now + UNDO_WINDOW if act.waits_for_undo else now,
    )
    members = Case.objects.filter(membership__incident=incident).exclude(state=CaseState.CLOSED).order_by("pk")
    steps = IncidentStep.objects.bulk_create(IncidentStep(act=ordered, case=case) for case in members.only("pk"))
    if not steps:
        raise Refused("None of its cases is open any more.")
    return ordered


def _check_order(act: MassAct, *, note: str, to_team: str, until: datetime | None, by: User, now: datetime) -> None:
    if act not in offered_acts(roles_of(by)):
        raise NoRole(f"“{act.kind.label}” is not yours to decide.")
    if act.needs_note and not note.strip():
        raise NoteMissing("Write the text first: it goes into every case.")
    if act.needs_team and to_team not in Team.values:
        raise Refused("Choose the team to hand the cases to.")
    if act.needs_until and (until is None or until <= now):
        raise TimeIsPast("Choose a time in the future to wait until.")


@transaction.atomic(durable=True)
def undo_act(*, act_id: int, by: User, now: datetime) -> IncidentAct:
    """Undo an act: one that has not begun leaves nothing behind, a reversible one is taken back case by case.

    Raises: ActGone, NoRole, NotUndoable.
    """
    act = IncidentAct.objects.select_for_update(of=("self",), no_key=True).filter(pk=act_id).first()
    if act is None:
        raise ActGone(f"There is no act {act_id}.")
    rule = ACTS[ActKind(act.kind)]
    if rule not in offered_acts(roles_of(by)):
        raise NoRole(f"“{act.get_kind_display()}” is not yours to undo.")
    if act.undone_at:
        raise NotUndoable("It was undone already.")
    if now >= act.starts_at and not rule.reversible:
        raise NotUndoable("It has begun and cannot be undone any more.")
    if act.finished_at and not act.steps.filter(state=_STATE.DONE).exists():
        raise NotUndoable("Nothing was done, so there is nothing to undo.")
    act.undone_at, act.undone_by = now, by
    act.steps.filter(state=_STATE.PENDING, acted_at=None).update(state=_STATE.UNDONE)
    act.steps.filter(state=_STATE.PENDING).update(state=_STATE.UNDOING)  # once the worker that has it is through
    act.steps.filter(state=_STATE.DONE).update(state=_STATE.UNDOING, leased_until=None)
    act.finished_at = None if act.steps.filter(state__in=_TODO).exists() else now
    act.save(update_fields=["undone_at", "undone_by", "finished_at"])
    return act


def work_on_acts(*, now: datetime, limit: int = 10) -> int:
    """Carry out up to `limit` steps of acts that have begun and return how many; 0 when nothing is to be done.

    Opens no transaction of its own: every step is an action by itself, so that one case's refusal holds up no other.
    """
    steps = _take_steps(now=now, limit=limit)
    for step in steps:
        undoing = step.state == _STATE.UNDOING
        state, why = _undo(step, now) if undoing else _do(step)
        _finish(step_id=step.pk, was=step.state, state=state, why=why, now=now)
    return len(steps)


@transaction.atomic(durable=True)
def _take_steps(*, now: datetime, limit: int) -> list[IncidentStep]:
    """Lease the next steps; one leased by a worker that is gone counts again. `acted_at` is set once."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    due = IncidentStep.objects.filter(free, state__in=_TODO, act__finished_at=None, act__starts_at__lte=now)
    steps = list(
        due.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("act__ordered_by", "act__undone_by")
        .order_by("pk")[:limit]
    )
    for step in steps:
        step.acted_at = step.acted_at or now
        step.leased_until = now + LEASE
    IncidentStep.objects.bulk_update(steps, ["acted_at", "leased_until"])
    return steps


@transaction.atomic(durable=True)
def _finish(*, step_id: int, was: str, state: str, why: str, now: datetime) -> None:
    """Write what became of a step, unless somebody undid it meanwhile; the last one finishes its act."""
    act = IncidentAct.objects.select_for_update(of=("self",), no_key=True).get(steps=step_id)
    IncidentStep.objects.filter(pk=step_id, state=was).update(state=state, why=why, leased_until=None)
    if act.finished_at is None and not act.steps.filter(state__in=_TODO).exists():
        act.finished_at = now
        act.save(update_fields=["finished_at"])


def _do(step: IncidentStep) -> tuple[str, str]:
    """Do a step as the person who ordered it; return what became of it and why it was left, if it was."""
    act, at = step.act, step.acted_at
    if _was_done(step):
        return _STATE.DONE, ""
    case = Case.objects.select_related("shipment__order").get(pk=step.case_id)
    held = is_held(case, at) and case.claimed_by_id == act.ordered_by_id
    try:
        if ACTS[ActKind(act.kind)].final and not held:
            claim_case(case_id=case.pk, by=act.ordered_by, now=at)
        _DOES.get(act.kind, _decide)(step, case)
    except Refused as refusal:
        if not held:
            _give_back(case.pk, act.ordered_by, at)
        return _STATE.SKIPPED, _general(refusal, case.pk)
    return _STATE.DONE, ""


def _was_done(step: IncidentStep) -> bool:
    """Say whether the case's history already has this step's act: the worker before this one died too late."""
    kinds = (CaseEvent.Kind.DECIDED, CaseEvent.Kind.HANDED_OVER, CaseEvent.Kind.NOTE)
    return CaseEvent.objects.filter(
        case=step.case_id, at=step.acted_at, by=step.act.ordered_by_id, kind__in=kinds
    ).exists()


def _decide(step: IncidentStep, case: Case) -> None:
    act, rule = step.act, ACTS[ActKind(step.act.kind)]
    order = case.shipment.order
    if rule.worth and (order is None or not order.value):
        raise Refused("The value of its order is not known.")
    money: dict[str, Any] = {"amount": order.value, "currency": order.currency} if rule.worth else {}
    decide(
        case_id=case.pk, kind=act.kind, note=act.note, until=act.until, by=act.ordered_by, now=step.acted_at, **money
    )


def _hand_over(step: IncidentStep, case: Case) -> None:
    act = step.act
    hand_over(case_id=case.pk, to_team=act.to_team, note=act.note, by=act.ordered_by, now=step.acted_at)


def _note(step: IncidentStep, case: Case) -> None:
    add_note(case_id=case.pk, text=step.act.note, by=step.act.ordered_by, now=step.acted_at)


_DOES: Final[dict[str, Callable[[IncidentStep, Case], None]]] = {ActKind.HAND_OVER: _hand_over, ActKind.NOTE: _note}


def _give_back(case_id: int, by: User, now: datetime) -> None:
    try:
        release_case(case_id=case_id, by=by, now=now)
    except Refused:
        return  # it is in somebody else's hands, or closed


def _general(refusal: Refused, case_id: int) -> str:
    """Return a refusal without its case's number, so that the same reason counts as one."""
    return str(refusal).replace(f"case {case_id}", "the case").replace(f"Case {case_id}", "The case")


def _undo(step: IncidentStep, now: datetime) -> tuple[str, str]:
    """End the wait of a step as the person who undoes it, where the case still waits as the step left it."""
    if not _was_done(step):
        return _STATE.UNDONE, ""
    leg = Leg.objects.filter(case=step.case_id, ended_at=None).first()
    if leg is None or leg.started_at != step.acted_at:
        return _STATE.KEPT, "Somebody has worked on it since."
    try:
        wake_case(case_id=step.case_id, by=step.act.undone_by, now=now)
    except Refused as refusal:
        return _STATE.KEPT, _general(refusal, step.case_id)
    return _STATE.UNDONE, ""
