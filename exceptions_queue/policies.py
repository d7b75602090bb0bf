"""Policy versions as values, and what they say of a case in people's hands."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

from exceptions_queue.models import Case, PolicyState, PolicyVersion
from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.situation import FindingKind, Team

_HOURS_WITHOUT_A_RULE: Final = 8.0
"""Working hours for a finding the case's policy has no rule for: one working day. Source: our own default."""


@lru_cache(maxsize=32)
def policy_of(version_id: int) -> Policy:
    """Return a published or retired policy version as the value it describes; its document never changes."""
    return parse_policy(PolicyVersion.objects.values_list("document", flat=True).get(pk=version_id))


def published_policy() -> Policy:
    """Return the policy in force; one query."""
    return policy_of(PolicyVersion.objects.values_list("pk", flat=True).get(state=PolicyState.PUBLISHED))


def due_for(case: Case, team: str, now: datetime) -> datetime:
    """Return when `team` must have acted on the case if its turn begins now, by the policy that judged the case.

    The time allowed for the headline runs in the team's working hours.
    """
    policy = policy_of(case.policy_id)
    rule = policy.detectors.get(FindingKind(case.headline))
    hours = rule.allowed_hours if rule else _HOURS_WITHOUT_A_RULE
    return policy.calendars.teams[Team(team)].add(now, hours)
