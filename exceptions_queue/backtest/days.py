"""Cases of one version beside another's, by the days on which they would have been opened (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

ByDay = Mapping[str, Mapping[str, int]]
"""Cases by day ("2026-01-31", in UTC) and team."""

MOST_BARS: Final = 62
"""Beyond this many days a chart counts weeks: a bar is still wide enough to be pressed."""

TRIED_DAYS: Final = 30


class Days(NamedTuple):
    """A period of whole days in UTC, `last` included."""

    first: date
    last: date

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)


def days_of(begins_at: datetime, ends_at: datetime) -> Days:
    """Return the days that a period from `begins_at` to before `ends_at` touches."""
    last = ends_at.astimezone(UTC) - timedelta(microseconds=1)
    return Days(begins_at.astimezone(UTC).date(), last.date())


def last_days(first: date, last: date) -> Days:
    """Return the last thirty days of what is stored, or all of it where that is less."""
    return Days(max(first, last - timedelta(days=TRIED_DAYS - 1)), last)


class Step(NamedTuple):
    """One day or one week, from `first` to `last`, with the cases of both versions."""

    first: date
    last: date
    tried: int
    beside: int


def steps(tried: ByDay, beside: ByDay, team: str = "") -> list[Step]:
    """Return the days, or weeks from Monday on, between the first case and the last, without gaps.

    `team` narrows the counts to one team, but not the days shown.
    """
    days = sorted(map(date.fromisoformat, {*tried, *beside}))
    if not days:
        return []
    first, size = days[0], 1
    if (days[-1] - first).days >= MOST_BARS:
        first, size = first - timedelta(days=first.weekday()), 7
    new, old = _counted(tried, team, first, size), _counted(beside, team, first, size)
    return [
        Step(begins, begins + timedelta(days=size - 1), new[place], old[place])
        for place in range((days[-1] - first).days // size + 1)
        for begins in [first + timedelta(days=place * size)]
    ]


def _counted(by_day: ByDay, team: str, first: date, size: int) -> Counter[int]:
    """Return the cases by the place of their step."""
    counted: Counter[int] = Counter()
    for day, teams in by_day.items():
        counted[(date.fromisoformat(day) - first).days // size] += teams.get(team, 0) if team else sum(teams.values())
    return counted
