"""What detectors share: their figures, the days of a silence counted, and clocks that stand still (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from exceptions_queue.policy.clocks import day_count
from exceptions_queue.policy.moment import Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.words import instant

DAY: Final = timedelta(days=1)
_FEED_RECHECK: Final = timedelta(hours=1)
_MANY_DAYS: Final = 30


def figure(rule: DetectorRule, name: str, moment: Moment) -> int:
    """Return one of a detector's figures as it holds for the parcel's carrier and service class."""
    return rule.figures[name].at(moment.situation.carrier, moment.service_class)


class Count(NamedTuple):
    """Which day of a clock it is, in words, and when the next one begins (None: nobody counts on)."""

    day: int
    words: str
    rises_at: datetime | None


def count(moment: Moment, start: datetime, allowed: int, usual: int | None = None) -> Count:
    """Return which operating day it is since an instant; nobody counts beyond `_MANY_DAYS`.

    `usual` is what the rule allows outside the peak; the words tell where the peak allows more.
    """
    passed, most = moment.calendar.between(start, moment.now), max(_MANY_DAYS, allowed)
    peak = "" if usual is None or usual == allowed else " in the peak weeks"
    if passed >= most:
        return Count(most, f"day {most} and more, {allowed} allowed{peak}", None)
    return Count(passed, f"{day_count(passed, allowed)}{peak}", moment.calendar.add(start, passed + 1))


def paused(moment: Moment, rule: DetectorRule) -> Reading | None:
    """Say that a clock of silence stands still while we hear nothing at all; what is already open stays open."""
    if not moment.situation.feed_silent or rule.kind in moment.open_kinds:
        return None
    since = moment.situation.feed_silent_since
    silent = f"has been silent since {instant(since)}" if since else "is silent"
    near = f"{moment.carrier}'s feed {silent}, so this clock stands still."
    return Reading(near=near, changes_at=moment.now + _FEED_RECHECK)


def first_of(moment: Moment, *instants: datetime | None) -> datetime | None:
    """Return the earliest of the instants that is still ahead, or None."""
    return min((at for at in instants if at is not None and at > moment.now), default=None)
