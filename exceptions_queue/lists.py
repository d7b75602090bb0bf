"""The queue's lists by name: what each holds, for whom it shows, and what it means when it is empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q

from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import CaseState, Role

ACTIVE: Final = ~Q(state=CaseState.CLOSED)
_OPEN: Final = Q(state=CaseState.OPEN)


class Viewer(NamedTuple):
    """Who looks at the queue, and when."""

    user_id: int
    roles: frozenset[Role]
    teams: frozenset[Team]
    now: datetime


@dataclass(frozen=True, slots=True)
class CaseList:
    """One list of cases with an address of its own."""

    slug: str
    label: str
    empty: str

    def holds(self, viewer: Viewer) -> Q:
        """Return which cases are in the list for this viewer."""
        return _HOLDS[self.slug](viewer) if self.slug in _HOLDS else _OPEN & Q(owner_team=self.slug)


MINE: Final = CaseList("mine", "Mine", "You hold no case")
MY_TEAM: Final = CaseList("my-team", "My team", "Nothing waits for your team")
TO_APPROVE: Final = CaseList("to-approve", "To approve", "Nothing waits for your approval")
ALL_OPEN: Final = CaseList("open", "All open", "No case is open")
CLOSED: Final = CaseList("closed", "Closed", "No case was closed yet")
_STATES: Final = (
    CaseList("overdue", "Overdue", "Nothing is overdue"),
    CaseList("waiting", "Waiting", "No case waits for somebody else"),
    CaseList("recovered", "Recovered", "No case waits to be confirmed as recovered"),
)
_TEAMS: Final = tuple(CaseList(team.value, team.label, f"Nothing waits for {team.label}") for team in Team)
LISTS: Final = {found.slug: found for found in (MINE, MY_TEAM, TO_APPROVE, *_TEAMS, *_STATES, ALL_OPEN, CLOSED)}

_HOLDS: Final = {
    "mine": lambda viewer: ACTIVE & Q(claimed_by=viewer.user_id, claim_expires_at__gt=viewer.now),
    "my-team": lambda viewer: _OPEN & Q(owner_team__in=viewer.teams),
    "to-approve": lambda viewer: ACTIVE,
    "overdue": lambda viewer: _OPEN & Q(due_at__lt=viewer.now),
    "waiting": lambda viewer: Q(state=CaseState.WAITING),
    "recovered": lambda viewer: Q(state=CaseState.RECOVERED),
    "open": lambda viewer: ACTIVE,
    "closed": lambda viewer: Q(state=CaseState.CLOSED),
}


def awaits(viewer: Viewer) -> Q:
    """Return which proposals wait for this viewer: those their roles may approve and that are not their own."""
    return Q(state="waiting", roles__overlap=sorted(viewer.roles)) & ~Q(asked_by=viewer.user_id)


APPROVERS: Final = frozenset({Role.FINANCE, Role.MANAGER})
"""Whose daily work approving is."""
_ACROSS: Final = frozenset({Role.MANAGER, Role.OPERATIONS, Role.FULFILLMENT})


def lists_for(viewer: Viewer) -> tuple[CaseList, ...]:
    """Return the lists this person works with, in the order of the rail.

    Whoever works in a team sees "My team"; the other teams' lists are for those who look across teams.
    """
    own = (MINE, MY_TEAM) if viewer.teams else ()
    approving = (TO_APPROVE,) if viewer.roles & APPROVERS else ()
    across = viewer.roles & _ACROSS or len(viewer.teams) > 1
    same = viewer.teams if len(viewer.teams) == 1 else ()
    others = tuple(found for found in _TEAMS if across and found.slug not in same)
    return (*own, *approving, *others, *_STATES, CLOSED)


class Tally(NamedTuple):
    """How many cases a list holds, since when the oldest is open (None when empty), and how many are overdue."""

    count: int
    oldest: datetime | None
    overdue: int = 0


class TallyRow(NamedTuple):
    """Cases of one team in one state, as counted by the database."""

    team: str
    state: str
    total: int
    oldest: datetime | None
    overdue: int
    overdue_oldest: datetime | None
    mine: int
    mine_oldest: datetime | None
    approve: int = 0
    approve_oldest: datetime | None = None


def tallies(rows: Iterable[TallyRow], viewer: Viewer) -> dict[str, Tally]:
    """Return each list's tally by slug, folded from the counts by team and state; closed cases are not counted."""
    kept = list(rows)
    waiting_here = [row for row in kept if row.state == CaseState.OPEN]
    found = {
        "mine": _sum((row.mine, row.mine_oldest, 0) for row in kept),
        "my-team": _whole(row for row in waiting_here if row.team in viewer.teams),
        "to-approve": _sum((row.approve, row.approve_oldest, 0) for row in kept),
        "overdue": _sum((row.overdue, row.overdue_oldest, row.overdue) for row in kept),
        "open": _whole(kept),
        "waiting": _whole(row for row in kept if row.state == CaseState.WAITING),
        "recovered": _whole(row for row in kept if row.state == CaseState.RECOVERED),
    }
    return found | {team.value: _whole(row for row in waiting_here if row.team == team) for team in Team}


def _whole(rows: Iterable[TallyRow]) -> Tally:
    return _sum((row.total, row.oldest, row.overdue) for row in rows)


def _sum(parts: Iterable[tuple[int, datetime | None, int]]) -> Tally:
    kept = list(parts)
    oldest = min((since for _, since, _ in kept if since), default=None)
    return Tally(sum(count for count, _, _ in kept), oldest, sum(overdue for _, _, overdue in kept))
