"""What the pages of backtests show: how far one is, whether it is still news, and its figures side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from exceptions_queue.backtest import figures
from exceptions_queue.backtest.days import Days, days_of, last_days, steps
from exceptions_queue.backtest.figures import Compared, Listing
from exceptions_queue.backtest.jobs import LEASE
from exceptions_queue.backtest.reading import stored_period
from exceptions_queue.backtest_queries import HEADLINES
from exceptions_queue.backtest_rows import Which
from exceptions_queue.models import Backtest, BacktestState, PolicyState, PolicyVersion, Trial
from exceptions_queue.policy.diff import Difference, differences
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.messages import Hold
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import FindingKind, Team
from shipments.charts import Chart, Mark, chart
from shipments.models import Shipment

_STORED_SECONDS: Final = 600
_SOON: Final = timedelta(seconds=30)
"""How long nothing may happen between two spells of a worker before it counts as away."""
_SILENT: Final = timedelta(minutes=1)
"""How long a worker may say nothing before it may have stopped: a slice takes seconds. Source: our own default."""
_UNFINISHED: Final = (BacktestState.WAITING, BacktestState.RUNNING)


def name_of_version(version: PolicyVersion) -> str:
    """Return what a version is called where two stand side by side."""
    working = version.state in {PolicyState.DRAFT, PolicyState.SHADOW}
    return f"{'Draft' if working else 'Version'} {version.number}"


def name_in_text(version: PolicyVersion) -> str:
    """Return what a version is called in the middle of a sentence."""
    return name_of_version(version).lower()


def stored_days() -> Days | None:
    """Return the last thirty whole days that are stored, never without a parcel; None where nothing is.

    What was found is remembered for ten minutes.
    """
    days: Days | None = cache.get("backtest-days")
    if days is None and (stored := stored_period()) is not None:
        days = _days_within(days_of(stored[0], stored[1] + timedelta(microseconds=1)))
        cache.set("backtest-days", days, _STORED_SECONDS)
    return days


def _days_within(stored: Days) -> Days:
    """Return the days up to the last whole one; the last day itself where there is nothing in them."""
    if stored.first == stored.last:
        return stored
    whole = last_days(stored.first, stored.last - timedelta(days=1))
    placed = Shipment.objects.annotate(at=Coalesce("order__placed_at", "first_event_at", "first_seen_at"))
    is_there = placed.filter(at__gte=whole.begins_at, at__lt=whole.ends_at).exists()
    return whole if is_there else last_days(stored.first, stored.last)


class Progress(NamedTuple):
    """How far a trial is. `share` is None while nobody knows of how many parcels; `away` says nobody works on it."""

    words: str
    done: int
    total: int | None
    away: bool
    since: datetime | None = None


def progress(trial: Trial, now: datetime) -> Progress:
    """Return how far an unfinished trial is, and what it waits for, from one query."""
    rows = sides(trial)
    ours = [row.pk for row in rows if row.state in _UNFINISHED]
    queue = list(
        Backtest.objects.filter(state__in=_UNFINISHED, pk__lte=max(ours)).only("leased_until", "went_on_at", "state")
    )
    before = [row for row in queue if row.pk < min(ours)]
    parcels = max(row.parcels for row in rows)
    done, total = sum(row.parcels_done for row in rows), parcels * len(rows) or None
    since = max((row.went_on_at or row.requested_at for row in queue if row.pk in ours), default=trial.requested_at)
    if (silent := _silent(queue, now)) is not None:
        return Progress(_silence_said(silent, is_ours=silent.pk in ours), done, total, away=True)
    if _worked_on(queue, ours, now):
        return Progress("A worker replays the parcels, one by one.", done, total, away=False)
    if _worked_on(queue, [row.pk for row in before], now):
        first = "1 other backtest comes" if len(before) == 1 else f"{len(before)} other backtests come"
        return Progress(f"{first} first.", done, total, away=False)
    since = max([since, *(row.went_on_at for row in before if row.went_on_at)])
    if now - since < _SOON:
        return Progress("A worker goes on in a moment.", done, total, away=False)
    return Progress("Waiting for a worker since", done, total, away=True, since=since)


def _silent(queue: Iterable[Backtest], now: datetime) -> Backtest | None:
    """Return the backtest whose worker came no further for a while and holds it still; None where each goes on."""
    held = [row for row in queue if row.leased_until is not None and row.leased_until > now]
    return min((row for row in held if now - (row.leased_until - LEASE) > _SILENT), key=_lease_end, default=None)


def _lease_end(row: Backtest) -> datetime:
    return row.leased_until or row.requested_at


def _silence_said(silent: Backtest, *, is_ours: bool) -> str:
    whose = "Its worker" if is_ours else "The worker of a backtest that comes first"
    return f"{whose} says nothing. If it stopped, another goes on at {silent.leased_until:%H:%M} UTC."


def _worked_on(queue: Iterable[Backtest], ids: Sequence[int], now: datetime) -> bool:
    return any(row.pk in ids and row.leased_until is not None and row.leased_until > now for row in queue)


def sides(trial: Trial) -> list[Backtest]:
    """Return the backtests of a trial in the order of its columns: the version beside first."""
    return [trial.beside, trial.tried] if trial.beside else [trial.tried]


def rows_let_go_at(trial: Trial) -> datetime | None:
    """Return since when the parcels behind a trial's figures are not shown any more; None while they are kept."""
    return min((row.rows_let_go_at for row in sides(trial) if row.rows_let_go_at), default=None)


def problems(trial: Trial) -> list[str]:
    """Return why a failed trial stopped, version by version."""
    versions = [(trial.beside, trial.against), (trial.tried, trial.policy)]
    return [f"{name_of_version(version)}: {row.problem}" for row, version in versions if row and row.problem]


def staleness(trial: Trial, published: PolicyVersion) -> str:
    """Say what changed since a trial was asked for; nothing where it still answers the question.

    The trial's version brings its document. A version in force or retired never changes.
    """
    version = trial.policy
    if version.state in {PolicyState.DRAFT, PolicyState.SHADOW} and _digest(version) != trial.tried.digest:
        return f"Draft {version.number} was changed since; these figures are of what it said before."
    if trial.against_id and trial.against_id != published.pk and version.pk != published.pk:
        return f"Version {published.number} is in force now; these figures compare with version {trial.against.number}."
    return ""


def _digest(version: PolicyVersion) -> str:
    try:
        return parse_policy(version.document).digest
    except PolicyError:
        return ""


def told_apart(trial: Trial) -> tuple[Difference, ...]:
    """Return in words how the documents differ that were tried; nothing where one cannot be read today."""
    if trial.beside is None:
        return ()
    try:
        return differences(trial.beside.document, trial.tried.document)
    except (PolicyError, KeyError, TypeError):
        return ()


class Count(NamedTuple):
    """Cases of one kind on both sides, with the addresses of their parcels and the difference."""

    label: str
    beside: int
    tried: int
    beside_url: str
    tried_url: str
    hours: str = ""

    @property
    def step(self) -> str:
        more = self.tried - self.beside
        return f"{'+' if more > 0 else '−'}{abs(more):,}" if more else "same"


@dataclass
class Told:
    """The figures of a finished trial as its page draws them; `team` narrows the days."""

    trial: Trial
    team: str = ""

    @property
    def has_two(self) -> bool:
        return self.trial.beside is not None

    @property
    def tried(self) -> dict[str, Any]:
        results: dict[str, Any] = self.trial.tried.results
        return results

    @property
    def beside(self) -> dict[str, Any] | None:
        return self.trial.beside.results if self.trial.beside else None

    @property
    def team_label(self) -> str:
        return Team(self.team).label if self.team else ""

    @property
    def headline(self) -> str:
        other = name_in_text(self.trial.against) if self.trial.against else ""
        return figures.headline(self.tried, self.beside, name_of_version(self.trial.policy), other)

    @property
    def rows(self) -> list[tuple[Compared, str, str, str]]:
        """Return every figure with the addresses behind it: of the version beside, of the one tried, of the step."""
        return [(each, *self._addresses(each)) for each in figures.compared(self.tried, self.beside)]

    def _addresses(self, each: Compared) -> tuple[str, str, str]:
        listing = each.about.listing
        step = {1: Which.ONLY_TRIED, 0: Which.BOTH, -1: Which.ONLY_BESIDE}[each.sign]
        return self.link(listing, Which.BESIDE), self.link(listing, Which.TRIED), self.link(listing, step)

    def link(self, listing: Listing, which: Which, **narrowed: object) -> str:
        """Return the address of the parcels of a list; empty once they were let go."""
        if rows_let_go_at(self.trial) is not None:
            return ""
        address = reverse("policy:backtest_rows", args=[self.trial.pk, listing.value])
        return (
            f"{address}?{urlencode({'which': which.value} | {name: said for name, said in narrowed.items() if said})}"
        )

    @property
    def teams(self) -> list[Count]:
        hours = self.tried.get("hours_by_team", {})
        said = {team: figures.written("hours", hours[team]) for team in hours}
        return self._counts("cases_by_team", [(each.value, each.label) for each in Team], "team", said)

    @property
    def findings(self) -> list[Count]:
        known = {*self.tried["findings"], *(self.beside or {}).get("findings", {})}
        kinds = [(each.value, each.label) for each in FindingKind if each.value in known]
        return self._counts("findings", kinds, "finding", {})

    @property
    def held(self) -> list[Count]:
        """Return why messages were held back, with how many on each side."""
        key = "messages_held_by_reason"
        known = {*self.tried.get(key, {}), *(self.beside or {}).get(key, {})}
        reasons = [(each.value, each.label) for each in Hold if each.value in known]
        return self._counts(key, reasons, "held_for", {}, Listing.HELD)

    def _counts(
        self,
        key: str,
        kinds: Iterable[tuple[str, str]],
        name: str,
        hours: Mapping[str, str],
        listing: Listing = Listing.CASES,
    ) -> list[Count]:
        new, old = self.tried.get(key, {}), (self.beside or {}).get(key, {})
        return [
            Count(
                label,
                old.get(kind, 0),
                new.get(kind, 0),
                self.link(listing, Which.BESIDE, **{name: kind}),
                self.link(listing, Which.TRIED, **{name: kind}),
                hours.get(kind, ""),
            )
            for kind, label in kinds
        ]

    @cached_property
    def days(self) -> list[Count]:
        """Return the cases of each day, or week."""
        found = steps(self.tried["cases_by_day"], (self.beside or {}).get("cases_by_day", {}), self.team)
        told = []
        for each in found:
            narrowed = {"team": self.team, "opened_from": each.first, "opened_to": each.last}
            links = [self.link(Listing.CASES, which, **narrowed) for which in (Which.BESIDE, Which.TRIED)]
            label = f"{each.first:%-d %b}" if each.first == each.last else f"{each.first:%-d %b} – {each.last:%-d %b}"
            told.append(Count(label, each.beside, each.tried, *links))
        return told

    @property
    def chart(self) -> Chart:
        """Return the cases by day, the version beside as a thin line."""
        days = self.days
        marks = [Mark(each.tried, f"{each.label}: {each.tried}", each.tried_url) for each in days]
        before = [float(each.beside) for each in days] if self.has_two else []
        ends = (days[0].label, days[-1].label) if days else ("", "")
        return chart(marks, before, ends=ends, said=lambda value: f"{value:g}", least=4)


def latest_of(version: PolicyVersion) -> Trial | None:
    """Return the newest trial of a version that nobody cancelled."""
    asked = Trial.objects.with_sides().with_headlines().filter(Q(policy=version), cancelled_at__isnull=True)
    return asked.order_by("-requested_at", "-pk").first()


def headlines(trial: Trial) -> list[tuple[str, str, str]]:
    """Return the few figures of a trial: name, of the version beside (empty where none is), and of the one tried."""
    return [
        (
            name,
            figures.written(form, getattr(trial, f"beside_{key}")) if trial.beside_id else "",
            figures.written(form, getattr(trial, f"tried_{key}")),
        )
        for key, (name, form) in HEADLINES.items()
    ]
