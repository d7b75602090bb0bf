"""Exclusive claims: a case is in one person's hands for as long as their lease runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction

from exceptions_queue.access import roles_of, teams_of
from exceptions_queue.actions.case_rows import (
    Refused,
    check_case_move,
    check_holder,
    free,
    keep,
    lease,
    lock_case,
    lock_open_case,
    person,
    record,
    touch_leg,
)
from exceptions_queue.models import Case, CaseEvent
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Move, Role
from exceptions_queue.viewpoint import is_held
from shipments.playback import may_work

LEASE: Final = timedelta(minutes=10)
"""How long a claim holds without being renewed; an open page renews it well before."""

_TAKE_NEXT: Final = """
WITH next AS MATERIALIZED (
    SELECT id, claimed_by_id FROM exceptions_queue_case AS free
    WHERE state IN ('open', 'recovered') AND owner_team = ANY(%(teams)s)
      AND (claimed_by_id IS NULL OR claim_expires_at <= %(now)s)
      AND NOT EXISTS (SELECT FROM exceptions_queue_approval AS proposed
                      WHERE proposed.case_id = free.id AND proposed.state = 'waiting'
                        AND (proposed.asked_by_id = %(by)s OR NOT proposed.roles && %(roles)s))
    ORDER BY severity DESC, due_at, id
    LIMIT 1
    FOR NO KEY UPDATE OF free SKIP LOCKED
)
UPDATE exceptions_queue_case AS taken
SET claimed_by_id = %(by)s, claimed_at = %(now)s, claim_expires_at = %(until)s, untouched = false, changed_at = %(now)s
FROM next WHERE taken.id = next.id
RETURNING taken.id, next.claimed_by_id
"""


class ClaimEnded(Refused):
    """The person no longer holds the case, so there is nothing to renew."""


@transaction.atomic(durable=True)
def claim_case(*, case_id: int, by: User, now: datetime) -> Case:
    """Take a case; taking one's own again renews the lease and writes no history.

    Raises: CaseGone, CaseClosed, NoRole, NotYourTeam, ClaimedByOther.
    """
    return _take(lock_open_case(case_id), by, now)


@transaction.atomic(durable=True)
def take_over_case(*, case_id: int, by: User, now: datetime) -> Case:
    """Take a case out of another person's hands; both find it in the history. A free case is simply taken.

    Raises: CaseGone, CaseClosed, NoRole, NotYourTeam.
    """
    case = lock_open_case(case_id)
    holder = case.claimed_by
    if holder is None or holder == by or not is_held(case, now):
        return _take(case, by, now)
    check_case_move(case, Move.TAKE_OVER, by=by, now=now)
    lease(case, by, now=now, until=now + LEASE)
    touch_leg(case, now)
    keep(case, CaseEvent.Kind.TAKEN_OVER, {"holder": person(holder)}, by=by, now=now)
    return case


@transaction.atomic(durable=True)
def renew_claim(*, case_id: int, by: User, now: datetime) -> Case:
    """Let one's own lease run its full time from now; a lease just over counts while nobody else took the case.

    Raises: CaseGone, CaseClosed, ClaimedByOther, ClaimEnded.
    """
    case = lock_open_case(case_id)
    check_holder(case, by, now)
    if case.claimed_by != by:
        raise ClaimEnded(f"Your claim on case {case_id} is over. Take the case again to go on.")
    case.claim_expires_at = max(case.claim_expires_at or now, now + LEASE)
    case.save(update_fields=["claim_expires_at"])
    return case


@transaction.atomic(durable=True)
def release_case(*, case_id: int, by: User, now: datetime) -> Case:
    """Give a case back to its team; one that is in nobody's hands stays as it is.

    Raises: CaseGone, CaseClosed, ClaimedByOther.
    """
    case = lock_open_case(case_id)
    check_holder(case, by, now)
    if case.claimed_by == by:
        free(case)
        keep(case, CaseEvent.Kind.RELEASED, by=by, now=now)
    return case


@transaction.atomic(durable=True)
def take_next(
    *, by: User, now: datetime, teams: Collection[Team] | None = None, once: UUID | None = None
) -> Case | None:
    """Take the most urgent free case of the person's teams, in one statement; None when there is none.

    `teams` narrows the choice to some of the person's own (a manager's: any). Waiting cases rest until they are woken,
    and one that waits for another person's approval is left to them. The same `once` twice takes one case, while the
    person still has it.
    """
    if once and (earlier := _taken_by(once, by, now)):
        return earlier
    roles, mine = roles_of(by), teams_of(by)
    if teams is not None:
        mine = frozenset(teams) if Role.MANAGER in roles else mine & frozenset(teams)
    values = {
        "teams": [str(team) for team in mine],
        "roles": [str(role) for role in roles],
        "now": now,
        "until": now + LEASE,
        "by": by.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEXT, values)
        taken = cursor.fetchone()
    if taken is None:
        return None
    case = lock_case(taken[0])
    _record_lease_end(case, User.objects.filter(pk=taken[1]).first(), now)
    touch_leg(case, now)
    known = once and case.history.filter(once=once).exists()
    record(case, CaseEvent.Kind.CLAIMED, by=by, now=now, once=None if known else once)
    return case


def _taken_by(once: UUID, by: User, now: datetime) -> Case | None:
    """Return the case that was taken by this very request, if it is still in the person's hands; one at a time."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    held = Case.objects.filter(claimed_by=by, claim_expires_at__gt=now, history__once=once)
    return held.first()


@transaction.atomic(durable=True)
def expire_leases(*, now: datetime, limit: int = 500) -> int:
    """Free the cases whose lease is over and return how many; one being written right now waits for the next time.

    None where a simulated clock plays: its own leases end by it.
    """
    if not may_work():
        return 0
    over = list(
        Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(claim_expires_at__lte=now, claimed_by__isnull=False)
        .order_by("claim_expires_at")[:limit]
    )
    names = User.objects.in_bulk({case.claimed_by_id for case in over})
    Case.objects.filter(pk__in=[case.pk for case in over]).update(
        claimed_by=None, claimed_at=None, claim_expires_at=None, changed_at=now
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case, at=now, kind=CaseEvent.Kind.LEASE_ENDED, data={"holder": person(names[case.claimed_by_id])}
        )
        for case in over
    )
    return len(over)


def _take(case: Case, by: User, now: datetime) -> Case:
    """Give the case to a person who may have it; only a change of hands is history."""
    if is_held(case, now) and case.claimed_by == by:
        case.claim_expires_at = now + LEASE
        case.save(update_fields=["claim_expires_at"])
        return case
    check_case_move(case, Move.CLAIM, by=by, now=now)
    _record_lease_end(case, case.claimed_by, now)
    lease(case, by, now=now, until=now + LEASE)
    touch_leg(case, now)
    keep(case, CaseEvent.Kind.CLAIMED, by=by, now=now)
    return case


def _record_lease_end(case: Case, earlier: User | None, now: datetime) -> None:
    if earlier:
        record(case, CaseEvent.Kind.LEASE_ENDED, {"holder": person(earlier)}, by=None, now=now)
