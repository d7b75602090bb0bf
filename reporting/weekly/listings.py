"""The rows behind each figure of the week, and behind what is said of each rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from exceptions_queue.cases_behind import NEWEST, OLDEST
from exceptions_queue.models import Case
from exceptions_queue.policy.situation import FindingKind, Team
from reporting.metrics import Period
from reporting.rows import Cell, parcel_cell
from reporting.weekly import queries
from shipments.keyset import Sort

COLUMNS: Final = ("Opened", "What was wrong", "Parcel", "Owner", "Closed", "How it ended", "Worth a case")
_LINKED: Final = Q(shipment__order__isnull=False)
_WORTH: Final = {True: "Yes", False: "No", None: ""}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of cases: its name, which of a week's cases it holds, and in which order."""

    label: str
    holds: Callable[[Period], Q]
    sort: Sort = NEWEST

    def rows(self, week: Period) -> QuerySet[Case]:
        """Return the cases."""
        return queries.cases().filter(self.holds(week)).select_related("shipment").defer("explanation")


LISTINGS: Final = {
    "opened": Listing("Cases opened", queries.opened_in),
    "closed": Listing("Cases closed", queries.closed_in),
    "healed": Listing("Healed by themselves", lambda week: queries.closed_in(week) & queries.HEALED),
    "still-open": Listing("Open at the end of the week", queries.open_at_end, OLDEST),
    "found-first": Listing(
        "Found before the customer asked", lambda week: queries.opened_in(week) & _LINKED & Q(asked=False)
    ),
    "asked-first": Listing("The customer asked first", lambda week: queries.opened_in(week) & _LINKED & Q(asked=True)),
}
"""The lists behind the figures of the week."""


def _found_in(period: Period, kind: str) -> Exists:
    return Exists(queries.findings_in(period).filter(case=OuterRef("pk"), kind=kind))


def _in_week(week: Period, kind: str) -> Q:
    return Q(_found_in(week, kind))


def _in_weeks(narrowed: Q) -> Callable[[Period, str], Q]:
    return lambda week, kind: Q(_found_in(queries.four_weeks(week), kind)) & narrowed


RULE_LISTINGS: Final[dict[str, tuple[str, Callable[[Period, str], Q]]]] = {
    "hits": ("In the week", _in_week),
    "all": ("In four weeks", _in_weeks(Q())),
    "answered": ("With an opinion", _in_weeks(Q(worth_it__isnull=False))),
    "worth": ("Worth a case", _in_weeks(Q(worth_it=True))),
    "closed": ("Closed", _in_weeks(Q(closed_at__isnull=False))),
    "healed": ("Healed by themselves", _in_weeks(queries.HEALED)),
    "asked-first": ("The customer asked first", _in_weeks(_LINKED & Q(asked=True))),
}
"""The lists behind what is said of one rule, by the address of each."""


def listing_of_rule(kind: FindingKind, slug: str) -> Listing:
    """Return the list behind one figure of a rule; a KeyError where there is no such."""
    label, holds = RULE_LISTINGS[slug]
    return Listing(f"{kind.label}: {label.lower()}", lambda week: holds(week, kind.value))


def cells(case: Case) -> tuple[Cell, ...]:
    """Return what one row says."""
    return (
        Cell(at=case.opened_at),
        Cell(case.summary, url=reverse("queue:case", args=[case.pk])),
        parcel_cell(case.shipment),
        Cell(Team(case.owner_team).label),
        Cell(at=case.closed_at) if case.closed_at else Cell("open"),
        Cell(case.get_outcome_display() if case.outcome else ""),
        Cell(_WORTH[case.worth_it]),
    )
