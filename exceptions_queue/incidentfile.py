"""Everything one incident's page shows, gathered in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Count, Sum
from django.http import QueryDict

from exceptions_queue import access
from exceptions_queue.actions.incidents import LEADS
from exceptions_queue.lists import ACTIVE
from exceptions_queue.mass_acts import ACTS, ActKind, MassAct, Tally, offered_acts, tally
from exceptions_queue.models import Case, Incident, IncidentAct, IncidentStep
from exceptions_queue.policy.situation import Team
from exceptions_queue.queries import Page
from exceptions_queue.sorting import URGENCY
from exceptions_queue.transitions import CaseState, CaseView, Move, allowed_moves
from exceptions_queue.views.lists import slice_of
from shipments.models import Order

_ACTS_SHOWN: Final = 10


class Done(NamedTuple):
    """One act with how far it is, and whether it can still be undone."""

    act: IncidentAct
    rule: MassAct
    tally: Tally
    begins: bool
    runs: bool
    undoable: bool


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


@dataclass
class IncidentFile:
    """One incident as one person sees it now."""

    incident: Incident
    person: User
    now: datetime

    @cached_property
    def offered(self) -> tuple[MassAct, ...]:
        """Return what this person may do to all its cases now; nothing while something else is being done."""
        if self.incident.closed_at or self.is_busy:
            return ()
        return offered_acts(access.roles_of(self.person))

    @cached_property
    def may_dismiss(self) -> bool:
        return not self.incident.closed_at and not self.is_busy and bool(access.roles_of(self.person) & LEADS)

    @cached_property
    def is_busy(self) -> bool:
        return any(not done.act.finished_at for done in self.done)

    @cached_property
    def done(self) -> list[Done]:
        """Return the latest acts, the newest first."""
        acts = self.incident.acts.select_related("ordered_by", "undone_by").order_by("-ordered_at", "-pk")
        shown = list(acts[:_ACTS_SHOWN])
        steps: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
        counted = IncidentStep.objects.filter(act__in=shown).order_by()
        for act, *step in counted.values_list("act", "state", "why").annotate(Count("pk")):
            steps[act].append(tuple(step))
        return [self._done(act, tally(steps[act.pk])) for act in shown]

    def _done(self, act: IncidentAct, so_far: Tally) -> Done:
        rule, begins = ACTS[ActKind(act.kind)], self.now < act.starts_at
        may = rule in offered_acts(access.roles_of(self.person))
        something = begins or (rule.reversible and (not act.finished_at or so_far.done > 0))
        undoable = may and not act.undone_at and something
        return Done(act, rule, so_far, begins and not act.undone_at, not act.finished_at, undoable)

    @cached_property
    def others(self) -> list[tuple[str, int]]:
        """Return the teams whose open cases this person cannot act for, with how many each has, the most first."""
        counted = Case.objects.filter(ACTIVE, membership__incident=self.incident).order_by().values_list("owner_team")
        teams = ((Team(team), count) for team, count in counted.annotate(Count("pk")))
        return sorted(((team.label, count) for team, count in teams if not self._may_take_from(team)), key=_most_first)

    def _may_take_from(self, team: Team) -> bool:
        view = CaseView(CaseState.OPEN, team)
        return Move.CLAIM in allowed_moves(view, access.roles_of(self.person))

    @cached_property
    def worth(self) -> list[tuple[Decimal, str]]:
        """Return what the orders of its open cases are worth, by currency, the largest first."""
        orders = Case.objects.filter(ACTIVE, membership__incident=self.incident).values("shipment__order")
        sums = Order.objects.filter(pk__in=orders, value__gt=0).order_by().values_list("currency")
        return sorted(((total, currency) for currency, total in sums.annotate(Sum("value"))), reverse=True)

    def cases(self, query: QueryDict) -> Page:
        """Return one page of its cases, the most urgent first, each with what the latest act did to it."""
        wanted, _ = slice_of(URGENCY, query)
        page = Case.objects.filter(membership__incident=self.incident).for_queue(URGENCY, wanted)
        latest = self.done[0].act if self.done else None
        steps = {} if latest is None else {step.case_id: step for step in latest.steps.filter(case__in=page.rows)}
        for case in page.rows:
            case.step = steps.get(case.pk)
        return page
