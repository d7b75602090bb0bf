"""The parcels behind a backtest's figures: of one version, of only one of two, or of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, NamedTuple

import django_filters
from django import forms
from django.core.cache import cache
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from exceptions_queue.backtest.figures import Listing
from exceptions_queue.models import Backtest, BacktestFinding, BacktestParcel, Case, Trial
from exceptions_queue.policy.messages import Hold
from exceptions_queue.policy.situation import FindingKind, Team
from shipments.keyset import ID, Key, Sort, instant
from shipments.marks import carrier_name
from shipments.spoken import duration

_OPTIONS_SECONDS: Final = 60
_TOLD: Final = Key(F("told_at"), instant)
SORTS: Final = {
    sort.slug: sort
    for sort in (
        Sort("newest", "Newest first", (_TOLD, ID), descending=True),
        Sort("oldest", "Oldest first", (_TOLD, ID)),
    )
}

_HOLDS: Final = {
    Listing.CASES: Q(case_at__isnull=False),
    Listing.WARNED: Q(flagged_at__isnull=False),
    Listing.RIGHT: Q(flagged_at__isnull=False, late=True),
    Listing.AHEAD: Q(late=True, flagged_at__lte=F("deadline") - timedelta(days=2)),
    Listing.LATE: Q(late=True),
    Listing.MISSED: Q(late=True, flagged_at__isnull=True),
    Listing.ASKED: Q(asked_at__isnull=False),
    Listing.FIRST: Q(case_at__lte=F("asked_at")),
    Listing.NEEDLESS: Q(late=False, asked_at__isnull=True, delivered_at__isnull=False, case_at__isnull=False),
    Listing.SENT: Q(sent__gt=0),
    Listing.TO_REVIEW: Q(to_review__gt=0),
    Listing.HELD: Q(held__gt=0),
}
"""Which parcels are in a list; the same conditions as `backtest.tally` counts by."""


class Which(StrEnum):
    """Whose parcels: those of one version, those of one and not of the other, or those of both."""

    TRIED = "tried"
    BESIDE = "beside"
    ONLY_TRIED = "only_tried"
    ONLY_BESIDE = "only_beside"
    BOTH = "both"


def rows_of(trial: Trial, listing: Listing, which: Which) -> QuerySet[BacktestParcel]:
    """Return the parcels of a list; where no version stands beside, those of the version tried."""
    mine, other = trial.tried_id, trial.beside_id
    if which in {Which.BESIDE, Which.ONLY_BESIDE} and other:
        mine, other = other, mine
    rows = BacktestParcel.objects.filter(_HOLDS[listing], backtest=mine)
    if trial.beside_id is None or which in {Which.TRIED, Which.BESIDE}:
        return rows
    same = Exists(BacktestParcel.objects.filter(_HOLDS[listing], backtest=other, shipment=OuterRef("shipment")))
    return rows.filter(same if which is Which.BOTH else ~same)


class ParcelFilter(django_filters.FilterSet):
    """Narrow the parcels of a list by what was found, for whom, when, and what became of them."""

    finding = django_filters.ChoiceFilter(
        choices=FindingKind.choices, method="by_finding", label="Problem found", empty_label="Any"
    )
    team = django_filters.ChoiceFilter(choices=Team.choices, method="by_case", label="Case for", empty_label="Any team")
    opened_from = django_filters.DateFilter(
        method="by_case", label="Case opened from", widget=forms.DateInput({"type": "date"})
    )
    opened_to = django_filters.DateFilter(
        method="by_case", label="Case opened to", widget=forms.DateInput({"type": "date"})
    )
    carrier = django_filters.CharFilter(field_name="shipment__carrier", label="Carrier", widget=forms.Select)
    late = django_filters.ChoiceFilter(
        choices=[("yes", "Late"), ("no", "Not late")], method="by_late", label="In the end", empty_label="Any"
    )
    held_for = django_filters.ChoiceFilter(
        choices=Hold.choices, label="Message held because", empty_label="Any", method="by_hold"
    )

    class Meta:
        model = BacktestParcel
        fields: ClassVar[list[str]] = []

    def offer(self, trial: Trial) -> None:
        """Put the carriers that occur in the trial into the select."""
        chosen = filter(None, [self.form.data.get("carrier", "")])
        values = sorted({*carriers_of(trial.tried), *chosen})
        self.form.fields["carrier"].widget.choices = [("", "Any"), *((each, carrier_name(each)) for each in values)]

    def by_finding(self, rows: QuerySet[BacktestParcel], name: str, value: str) -> QuerySet[BacktestParcel]:
        return rows.filter(Exists(_findings_of_row().filter(kind=value)))

    def by_hold(self, rows: QuerySet[BacktestParcel], name: str, value: str) -> QuerySet[BacktestParcel]:
        return rows.filter(held_for__contains=[value])

    def by_late(self, rows: QuerySet[BacktestParcel], name: str, value: str) -> QuerySet[BacktestParcel]:
        return rows.filter(late=value == "yes")

    def by_case(self, rows: QuerySet[BacktestParcel], name: str, value: Any) -> QuerySet[BacktestParcel]:
        """Keep parcels with one case that fits all that is said of it; the first of the fields asks for all three."""
        said = {each: self.form.cleaned_data.get(each) for each in ("team", "opened_from", "opened_to")}
        if name != next(each for each, wanted in said.items() if wanted):
            return rows
        cases = openings()
        if said["team"]:
            cases = cases.filter(team=said["team"])
        if said["opened_from"]:
            cases = cases.filter(opened_at__gte=_midnight(said["opened_from"]))
        if said["opened_to"]:
            cases = cases.filter(opened_at__lt=_midnight(said["opened_to"]) + timedelta(days=1))
        return rows.filter(Exists(cases))


def openings() -> QuerySet[BacktestFinding]:
    """Return the findings of the row's parcel with which its cases were opened: the first of each, its headline."""
    same = {name: OuterRef(name) for name in ("backtest", "shipment", "case")}
    return _findings_of_row().filter(~Exists(BacktestFinding.objects.filter(**same, pk__lt=OuterRef("pk"))))


def _findings_of_row() -> QuerySet[BacktestFinding]:
    return BacktestFinding.objects.filter(backtest=OuterRef("backtest"), shipment=OuterRef("shipment"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def carriers_of(row: Backtest) -> set[str]:
    """Return the carriers of the parcels a backtest tells of; remembered for a minute."""
    key = f"backtest-carriers-{row.pk}"
    found: set[str] | None = cache.get(key)
    if found is None:
        told = BacktestParcel.objects.filter(backtest=row).order_by()
        found = set(told.values_list("shipment__carrier", flat=True).distinct())
        cache.set(key, found, _OPTIONS_SECONDS)
    return found


class Ending(NamedTuple):
    """What became of a parcel, in words, with the tone of it."""

    words: str
    tone: str = ""


def ending(told: BacktestParcel) -> Ending:
    """Say what became of a parcel by the end of the backtest."""
    if told.late and told.deadline is not None:
        if told.delivered_at is None:
            return Ending("Never came", "critical")
        return Ending(f"{duration(told.delivered_at - told.deadline)} late", "high")
    if told.delivered_at is None:
        return Ending("Not delivered yet")
    return Ending("In time", "good") if told.deadline else Ending("Delivered")


def lead(told: BacktestParcel) -> str:
    """Say how long before the end of its promise a parcel was warned of."""
    if told.flagged_at is None or told.deadline is None:
        return "–"
    return f"{duration(told.deadline - told.flagged_at)} ahead"


def messages(told: BacktestParcel) -> str:
    """Say what the customer would have been written: "2 sent, 1 held"."""
    counts = ((told.sent, "sent"), (told.to_review, "to review"), (told.held, "held"))
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "–"


def why_held(told: BacktestParcel) -> str:
    """Say why messages were held."""
    return ", ".join(Hold(each).label for each in told.held_for)


class Seen(NamedTuple):
    """One finding that a version would have opened."""

    label: str
    team: str
    opened_at: datetime


@dataclass(slots=True)
class Line:
    """One row of a list: the parcel, what each version would have found, and its first real case (None: none)."""

    told: BacktestParcel
    tried: list[Seen] = field(default_factory=list)
    beside: list[Seen] = field(default_factory=list)
    case_id: int | None = None

    @property
    def sides(self) -> tuple[list[Seen], list[Seen]]:
        return self.beside, self.tried


def lines_of(trial: Trial, parcels: Iterable[BacktestParcel]) -> Sequence[Line]:
    """Return the rows of a page in their order, from two queries."""
    lines = {each.shipment_id: Line(each) for each in parcels}
    found = BacktestFinding.objects.filter(backtest__in=[trial.tried_id, trial.beside_id], shipment__in=lines)
    for each in found.order_by("opened_at", "pk"):
        line = lines[each.shipment_id]
        side = line.tried if each.backtest_id == trial.tried_id else line.beside
        side.append(Seen(FindingKind(each.kind).label, Team(each.team).label, each.opened_at))
    real = Case.objects.filter(shipment__in=lines).order_by().values_list("shipment").annotate(first=Min("pk"))
    for shipment_id, case_id in real:
        lines[shipment_id].case_id = case_id
    return list(lines.values())


def counts(trial: Trial) -> dict[Which, int]:
    """Return how many parcels with a case are on each side and on both: as it was kept, else from three counts."""
    if trial.counts is not None:
        return {which: trial.counts[which] for which in Which if which in trial.counts}
    if trial.beside_id is None:
        return {Which.TRIED: rows_of(trial, Listing.CASES, Which.TRIED).count()}
    return {
        which: rows_of(trial, Listing.CASES, which).count()
        for which in (Which.ONLY_TRIED, Which.ONLY_BESIDE, Which.BOTH)
    }
