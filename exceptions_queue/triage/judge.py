"""Judge one batch of due shipments by the published policy, in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db import DatabaseError, transaction

from exceptions_queue.models import PolicyVersion
from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.consequences import Change, consequences, next_review, unsettled
from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.risk import LearnedRisk
from exceptions_queue.policy.situation import Verdict
from exceptions_queue.risk_tables import table_of
from exceptions_queue.triage.observe import Judging, watch_over, write_observations
from exceptions_queue.triage.situations import Due, claim_due
from exceptions_queue.triage.write import write
from shipments.playback import may_work
from shipments.setwise import outlast_deadlocks, passes, run

log = logging.getLogger(__name__)

BATCH: Final = 500
_IN_FORCE: Final = """
    SELECT id, state, shadow_at, (SELECT max(id) FROM exceptions_queue_risktable)
      FROM exceptions_queue_policyversion WHERE state IN ('published', 'shadow')
"""
TRY_AGAIN: Final = timedelta(hours=1)
"""When a shipment that no rule could judge is looked at again."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """What one batch came to; `judged` is 0 when nothing is due."""

    judged: int = 0
    opened: int = 0
    changed: int = 0
    closed: int = 0
    unjudged: int = 0

    def __add__(self, other: Triaged) -> Triaged:
        return Triaged(
            self.judged + other.judged,
            self.opened + other.opened,
            self.changed + other.changed,
            self.closed + other.closed,
            self.unjudged + other.unjudged,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """One shipment with its verdict and what follows; `problem` is why it could not be judged."""

    due: Due
    verdict: Verdict | None
    change: Change | None
    next_review_at: datetime | None
    problem: str = ""


class NoPolicy(RuntimeError):
    """No policy version is published, so nothing can be judged."""


def triage_due(*, now: datetime, limit: int = BATCH) -> Triaged:
    """Judge shipments due by `now`, most overdue first; those another worker holds are left to it.

    A shipment whose verdict the database refuses is found by halving, named, and holds nothing up.
    Raises: NoPolicy; OperationalError when the database is away: nothing is lost, call again.
    """
    try:
        return _triage(now=now, limit=limit)
    except DatabaseError as problem:
        if passes(problem):
            raise
        log.warning("a batch of %d shipments failed: %s", limit, problem)
        if limit > 1:
            return triage_due(now=now, limit=limit // 2)
        return _set_aside(now=now, problem=problem)


@outlast_deadlocks
@transaction.atomic(durable=True)
def _triage(*, now: datetime, limit: int) -> Triaged:
    if not may_work():
        return Triaged()
    due = claim_due(now=now, limit=limit)
    if not due:
        return Triaged()
    live, shadow, risk = in_force()
    watch = watch_over(due, live, shadow, now=now)
    seen = [watch.judge(each, lambda each, policy: judge_due(each, policy, risk, now=now)) for each in due]
    judged = [each[0] for each in seen]
    write(judged, policy_id=live.id, now=now)
    write_observations(watch, seen, now=now)
    changes = [each.change for each in judged if each.change]
    opened = sum(change.case_id is None for change in changes)
    closed = sum(change.state == "closed" for change in changes)
    return Triaged(
        judged=len(judged),
        opened=opened,
        changed=len(changes) - opened - closed,
        closed=closed,
        unjudged=sum(bool(each.problem) for each in judged),
    )


@transaction.atomic(durable=True)
def _set_aside(*, now: datetime, problem: DatabaseError) -> Triaged:
    """Name the most overdue shipment, whose verdict alone was refused, and look at it again later."""
    due = claim_due(now=now, limit=1)
    reason = f"The database refused its verdict: {problem}".splitlines()[0]
    write([Judged(each, None, None, now + TRY_AGAIN, problem=reason) for each in due], policy_id=0, now=now)
    return Triaged(judged=len(due), unjudged=len(due))


def judge_due(due: Due, policy: Policy, risk: LearnedRisk | None, *, now: datetime) -> Judged:
    """Return the verdict and what follows; a shipment no rule can judge is named and does not hold up the rest."""
    try:
        verdict = assess(due.situation, policy, now, risk)
        moved_at = due.situation.last_physical_at
        change = consequences(verdict, due.case, due.settled, moved_at=moved_at, now=now)
        told = unsettled(verdict, due.case, due.settled, moved_at=moved_at)
    except Exception as problem:
        log.exception("shipment %s could not be judged", due.shipment_id)
        return Judged(due, None, None, now + TRY_AGAIN, problem=f"{type(problem).__name__}: {problem}")
    return Judged(due, verdict, change, next_review(told, due.case, change, now))


def in_force() -> tuple[Judging, Judging | None, LearnedRisk | None]:
    """Return the published policy, the draft in shadow, if there is one, and the newest learned table.

    Each is read and checked once a process. Raises: NoPolicy.
    """
    rows = run(_IN_FORCE)
    found = {state: Judging(pk, _parsed(pk, shadow_at)) for pk, state, shadow_at, _ in rows}
    if "published" not in found:
        raise NoPolicy("No policy is published. Publish a version, or run `python3 manage.py migrate` to seed one.")
    learned = rows[0][3]
    return found["published"], found.get("shadow"), None if learned is None else table_of(learned)


@lru_cache(maxsize=8)
def _parsed(policy_id: int, shadow_at: datetime | None) -> Policy:
    """Return a version's policy; a draft may come back from shadow changed, and then goes in at another instant."""
    return parse_policy(PolicyVersion.objects.only("document").get(pk=policy_id).document)
