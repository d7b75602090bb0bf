"""The scorecard: plain rows of a period in, figures out; an empty period has no figure, never a zero (pure)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from exceptions_queue.policy.situation import FindingKind
from shipments.facts import Reason, State

SMALL_SAMPLE: Final = 20
"""Below this a figure moves by five points when one row changes: it is marked as a small sample."""

_WEEKS_FROM_DAYS: Final = 45


class ScanOf(NamedTuple):
    """Which scans a finding can rest on: by the state they report, or by their reason."""

    states: tuple[State, ...] = ()
    reasons: tuple[Reason, ...] = ()


SCANS: Final = {
    FindingKind.ATTEMPTED: ScanOf((State.ATTEMPTED,)),
    FindingKind.ADDRESS_ISSUE: ScanOf(reasons=(Reason.ADDRESS_ISSUE,)),
    FindingKind.HELD_FOR_PICKUP: ScanOf((State.AVAILABLE_FOR_PICKUP,)),
    FindingKind.CUSTOMS_HOLD: ScanOf(reasons=(Reason.CUSTOMS_HOLD,)),
    FindingKind.DAMAGED: ScanOf((State.DAMAGED,), (Reason.DAMAGED,)),
    FindingKind.LOST: ScanOf((State.LOST,), (Reason.LOST,)),
    FindingKind.RETURN_TO_SENDER: ScanOf((State.RETURNING, State.RETURNED)),
    FindingKind.INVALID_TRACKING_NUMBER: ScanOf(reasons=(Reason.INVALID_TRACKING_NUMBER,)),
    FindingKind.UNKNOWN_STATUS: ScanOf((State.UNKNOWN,)),
    FindingKind.LATER_DELIVERED: ScanOf((State.DELIVERED,)),
}
"""The findings that rest on a scan; all others are found in silence, which has no carrier instant."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, `first` and `last` included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """Return the instant after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """Return the equally long period that ends the day before this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def a_year_before(self) -> Period:
        """Return the same weekdays 52 weeks earlier."""
        return Period(self.first - timedelta(weeks=52), self.last - timedelta(weeks=52))

    def steps(self) -> list[Period]:
        """Return the parts a chart draws: days, or weeks where the period is long."""
        width = 1 if self.days < _WEEKS_FROM_DAYS else 7
        firsts = [self.first + timedelta(days=n) for n in range(0, self.days, width)]
        return [Period(first, min(first + timedelta(days=width - 1), self.last)) for first in firsts]


def last_days(today: date, days: int) -> Period:
    """Return the period of so many whole days that ends today."""
    return Period(today - timedelta(days=days - 1), today)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """One case as the figures see it.

    `asked_at` is when the first conversation on its order was opened, `linked` false where no order is known,
    `scan_at` the carrier's instant of the scan its first finding rests on (None: found in silence).
    """

    opened_at: datetime
    linked: bool = True
    asked_at: datetime | None = None
    scan_at: datetime | None = None

    @property
    def routed_first(self) -> bool:
        """Say whether the case was open before the customer asked, if the customer ever did."""
        return self.asked_at is None or self.opened_at < self.asked_at


@dataclass(frozen=True, slots=True)
class Routing:
    """How many exceptions were with a team before the customer asked; `unlinked` cases cannot be judged."""

    cases: int
    first: int
    never_asked: int
    unlinked: int

    @property
    def share(self) -> float | None:
        return self.first / self.cases if self.cases else None


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after the carrier's scan a case was open; `silent` cases rest on no scan and are not in it."""

    cases: int
    median: timedelta | None
    p90: timedelta | None
    silent: int


@dataclass(frozen=True, slots=True)
class DayOfUpdates:
    """What one day brought: messages received, those that failed, scans in them, and scans with an unknown code."""

    day: date
    messages: int = 0
    failed: int = 0
    scans: int = 0
    unmapped: int = 0
    replayed: int = 0
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class Updates:
    """What a period brought; `replayed` messages were sent through again, of which `recovered` could be read."""

    messages: int
    failed: int
    scans: int
    unmapped: int
    replayed: int
    recovered: int

    @property
    def share(self) -> float | None:
        """Return the share of messages that failed."""
        return self.failed / self.messages if self.messages else None


def routing(cases: Iterable[OpenedCase]) -> Routing:
    """Return how many of the cases were opened before the customer asked."""
    kept = list(cases)
    linked = [case for case in kept if case.linked]
    first = [case for case in linked if case.routed_first]
    never = sum(case.asked_at is None for case in first)
    return Routing(len(linked), len(first), never, len(kept) - len(linked))


def delay(cases: Iterable[OpenedCase]) -> Delay:
    """Return the median and the ninth decile (nearest rank) of the time from scan to case."""
    kept = list(cases)
    spans = sorted(case.opened_at - case.scan_at for case in kept if case.scan_at is not None)
    return Delay(len(spans), _middle(spans), _rank(spans, 0.9), len(kept) - len(spans))


def updates(days: Iterable[DayOfUpdates], period: Period) -> Updates:
    """Return the sums of the days that lie in the period."""
    kept = [day for day in days if period.first <= day.day <= period.last]
    names = ("messages", "failed", "scans", "unmapped", "replayed", "recovered")
    return Updates(*(sum(getattr(day, name) for day in kept) for name in names))


def opened_in(cases: Sequence[OpenedCase], period: Period) -> Sequence[OpenedCase]:
    """Return the cases opened in the period; `cases` are in the order they were opened."""
    opened = attrgetter("opened_at")
    return cases[bisect_left(cases, period.start, key=opened) : bisect_left(cases, period.end, key=opened)]


def _middle(ordered: Sequence[timedelta]) -> timedelta | None:
    half = len(ordered) // 2
    return (ordered[half] + ordered[~half]) / 2 if ordered else None


def _rank(ordered: Sequence[timedelta], share: float) -> timedelta | None:
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None
