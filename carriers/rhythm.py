"""How a feed usually behaves, from what is counted of each hour: its lag, its rate, its silences (pure).

Hours are whole hours in UTC, named by their beginning.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from shipments.spoken import duration, long_duration

HOUR: Final = timedelta(hours=1)
LAG_BOUNDS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240, 480, 720, 1440, 2880))
"""Upper ends of the classes lags are counted in; one more class holds what is longer."""
LAG_CLASSES: Final = len(LAG_BOUNDS) + 1

LOOKS_BACK: Final = timedelta(days=28)
"""How far back a rhythm is learned: four whole weeks, so that every weekday counts alike."""
LEAST_DAYS: Final = 7
"""With fewer days that had a gap nothing is suggested: a week has to be seen once."""
_QUANTILE: Final = 0.95
_MARGIN: Final = 1.5
_FLOOR_HOURS: Final = 1


class Suggestion(NamedTuple):
    """A time after which silence would be news, and what it was worked out from."""

    hours: int
    usual_gap: timedelta
    days: int

    @property
    def usual_words(self) -> str:
        return long_duration(self.usual_gap)


class Lag(NamedTuple):
    """How late scans reach us: half are here within `half`, nearly all within `most`; None is beyond the last class."""

    half: timedelta | None
    most: timedelta | None
    messages: int

    @property
    def half_words(self) -> str:
        return _up_to(self.half)

    @property
    def most_words(self) -> str:
        return _up_to(self.most)


class Rate(NamedTuple):
    """Messages in the last whole hour beside the usual of that hour of the day; None where too little is known."""

    last_hour: int
    usual: float | None


def hour_of(at: datetime) -> datetime:
    """Return the hour an instant lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def lag_class(lag: timedelta) -> int:
    """Return the class a lag is counted in; a scan dated ahead of its receipt has none to speak of."""
    return bisect_left(LAG_BOUNDS, max(lag, timedelta(0)))


def lag_of(counts: Sequence[int]) -> Lag | None:
    """Return what counts by class say: upper ends of the classes the median and the 95th percentile lie in."""
    total = sum(counts)
    return Lag(_end(counts, 0.5 * total), _end(counts, _QUANTILE * total), total) if total else None


def rate_of(counts: Mapping[datetime, int], since: datetime | None, now: datetime) -> Rate:
    """Return the rate of the last whole hour; the usual one is the median of that hour on earlier days.

    `counts` holds the hours that had messages, `since` the feed's first hour; a day without any counts as zero.
    """
    last = hour_of(now) - HOUR
    known = 0 if since is None else min((last - since).days, LOOKS_BACK.days)
    earlier = [counts.get(last - timedelta(days=days), 0) for days in range(1, known + 1)]
    return Rate(counts.get(last, 0), median(earlier) if len(earlier) >= LEAST_DAYS else None)


def usual_silence(spans: Iterable[tuple[datetime, datetime]]) -> Suggestion | None:
    """Return after which silence to ask, from the first and last message of each hour that had any, oldest first.

    Of the longest gap of each day the one that 19 days in 20 stay within, half as much again, in whole hours: nights
    and weekends pass, an outage among them does not stretch it. None where fewer than `LEAST_DAYS` days had a gap.
    """
    longest: dict[date, timedelta] = {}
    for (_, ends), (begins, _) in pairwise(spans):
        day = ends.astimezone(UTC).date()
        longest[day] = max(longest.get(day, timedelta(0)), begins - ends)
    if len(longest) < LEAST_DAYS:
        return None
    gaps = sorted(longest.values())
    usual = gaps[math.ceil(_QUANTILE * len(gaps)) - 1]
    return Suggestion(max(_FLOOR_HOURS, math.ceil(usual * _MARGIN / HOUR)), usual, len(gaps))


def _up_to(end: timedelta | None) -> str:
    return f"over {duration(LAG_BOUNDS[-1])}" if end is None else duration(end)


def _end(counts: Sequence[int], rank: float) -> timedelta | None:
    passed = 0
    for bound, count in zip(LAG_BOUNDS, counts, strict=False):
        passed += count
        if passed >= rank:
            return bound
    return None
