"""The two clocks of a policy: a carrier's operating days and a team's working hours (pure)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from typing import Final

_ONE_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)
_HALF: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Peak:
    """The weeks of a year in which parcels take longer: from one day to another, both included, as (month, day).

    A clock that starts in them allows `factor` times its days.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    factor: Fraction

    def covers(self, day: date) -> bool:
        """Say whether a day lies in the peak, which may go over the end of the year."""
        at = day.month, day.day
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True)
class OperatingDays:
    """The days on which a carrier moves parcels.

    Operating time runs only on these days, 24 hours each: Friday 14:00 plus one day is Monday 14:00, and a clock
    started on a Saturday begins on Monday at midnight. A day that would be over when no parcel moves is over when they
    move again. `weekdays` counts from Monday = 0; days end at midnight in `zone`. What is handed over after `cutoff`
    (None: never too late) leaves the next operating day.

    Clocks run on the wall: the hour that a change of the clock repeats passes at once, the one it skips takes no time.
    """

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    holidays: frozenset[date] = frozenset()
    zone: tzinfo = UTC
    cutoff: time | None = None
    peak: Peak | None = None
    _holiday_ordinals: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _before_in_week: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _memo: dict[tuple[int, int], tuple[int, bool]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("a carrier calendar needs at least one operating weekday")
        ordinals = sorted(day.toordinal() for day in self.holidays if day.weekday() in self.weekdays)
        before = [0]
        for weekday in range(7):
            before.append(before[-1] + (weekday in self.weekdays))
        object.__setattr__(self, "_holiday_ordinals", tuple(ordinals))
        object.__setattr__(self, "_before_in_week", tuple(before))
        object.__setattr__(self, "_memo", {})

    def operates_on(self, day: date) -> bool:
        """Say whether parcels move on that day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def add(self, start: datetime, days: int) -> datetime:
        """Return the instant at which `days` operating days have gone by since `start` (aware, in UTC)."""
        wall = start if self.zone is UTC else wall_at(start, self.zone)
        ordinal = wall.toordinal()
        shift, from_midnight = self._memo.get((ordinal, days)) or self._shift(ordinal, days)
        end = wall + timedelta(days=shift)
        if from_midnight:
            end = end.replace(hour=0, minute=0, second=0, microsecond=0)
        return end if self.zone is UTC else instant_of(end, self.zone)

    def between(self, start: datetime, end: datetime) -> int:
        """Return how many whole operating days lie between two instants; zero where `end` is not after `start`."""
        if self.zone is UTC:
            first, last = start, end
        else:
            first, last = wall_at(start, self.zone), shown_by(end, self.zone)
        days = self._operating_through(last.toordinal()) - self._operating_through(first.toordinal())
        if not self.operates_on(first.date()):
            days -= 1  # The clock began with the first operating day.
        elif self.operates_on(last.date()) and last.time() < first.time():
            days -= 1
        return max(days, 0)

    def leaves_from(self, handed_over_at: datetime) -> datetime:
        """Return when the clock of a parcel begins that was ready at an instant: at once, or next day past cut-off."""
        if self.cutoff is None:
            return handed_over_at
        wall = handed_over_at if self.zone is UTC else wall_at(handed_over_at, self.zone)
        if wall.time() <= self.cutoff or not self.operates_on(wall.date()):
            return handed_over_at
        return instant_of(datetime.combine(wall.date() + _ONE_DAY, time.min), self.zone)

    def allowed(self, days: int, start: datetime) -> int:
        """Return how many days a clock allows that starts at an instant, the peak's allowance included.

        It depends on the start alone: what was overdue does not come back into its time when a peak begins.
        """
        if self.peak is None:
            return days
        if not self.peak.covers(start if self.zone is UTC else wall_at(start, self.zone)):
            return days
        return int(days * self.peak.factor + _HALF)

    def _operating_through(self, ordinal: int) -> int:
        """Return how many operating days there are from the beginning of the calendar to this day, included."""
        weeks, rest = divmod(ordinal, 7)  # day 1 of the calendar is a Monday
        working = weeks * self._before_in_week[7] + self._before_in_week[rest]
        return working - bisect_right(self._holiday_ordinals, ordinal)

    def _shift(self, ordinal: int, days: int) -> tuple[int, bool]:
        """Return how many calendar days to go forward, and whether the clock then stands at midnight."""
        day, from_midnight = ordinal, False
        while not self.operates_on(date.fromordinal(day)):
            day, from_midnight = day + 1, True
        for _ in range(days):
            day += 1
            while not self.operates_on(date.fromordinal(day)):
                day += 1
        self._memo[ordinal, days] = (day - ordinal, from_midnight)
        return day - ordinal, from_midnight


@lru_cache(maxsize=256)
def every_day(zone: tzinfo) -> OperatingDays:
    """Return the clock of what rests on no day, such as a shop that keeps a parcel."""
    return OperatingDays(frozenset(range(7)), zone=zone)


def wall_at(at: datetime, zone: tzinfo) -> datetime:
    """Return what the clock on the wall shows (naive) at an instant; it never runs backwards.

    While an hour is repeated the wall already shows its end.
    """
    local = at.astimezone(zone)
    if not (repeated := _repeated(local)):
        return local.replace(tzinfo=None, fold=0)
    return _turn(at - repeated, at, zone) + _offset(local.replace(fold=0))


def shown_by(at: datetime, zone: tzinfo) -> datetime:
    """Return the most that the clock on the wall (naive) has shown by an instant: an hour repeated has no end yet."""
    shown = wall_at(at, zone)
    return shown - _MOMENT if _repeated(at.astimezone(zone)) else shown


def instant_of(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first instant (UTC) at which the wall (naive) shows this or more."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if zone is UTC or at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    skipped = _offset(wall.replace(tzinfo=zone, fold=1)) - _offset(wall.replace(tzinfo=zone))
    return _turn(at - skipped, at, zone).replace(tzinfo=UTC)


def _repeated(local: datetime) -> timedelta:
    """Return how much time the wall shows again at an instant of such a time, else zero."""
    return _offset(local.replace(fold=0)) - _offset(local) if local.fold else timedelta(0)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)


def _turn(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return when the clock changed between two instants, as UTC without its zone; changes fall on whole seconds."""
    new = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == new:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class WorkingHours:
    """The hours in which a team can act; a due time runs only in them.

    `week` maps a weekday (Monday = 0) to its intervals, each a pair of minutes since midnight in `zone`, in order and
    apart; a weekday may be missing. Minute 1440 is the end of the day.
    """

    week: Mapping[int, tuple[tuple[int, int], ...]]
    holidays: frozenset[date] = frozenset()
    zone: tzinfo = UTC
    _memo: dict[int, tuple[tuple[datetime, datetime], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise ValueError("a team needs at least one working interval a week")
        object.__setattr__(self, "_memo", {})

    def add(self, start: datetime, hours: float) -> datetime:
        """Return the instant (UTC) at which the team has had `hours` of working time since `start`.

        Zero hours, and a start outside working hours, end at the next moment the team works.
        """
        left = timedelta(hours=hours)
        ordinal = start.astimezone(self.zone).toordinal()
        while True:
            spans = self._memo.get(ordinal)
            for opens, closes in self._intervals(ordinal) if spans is None else spans:
                begins = opens if opens > start else start
                if begins < closes:
                    if left <= closes - begins:
                        return begins + left
                    left -= closes - begins
            ordinal += 1

    def _intervals(self, ordinal: int) -> tuple[tuple[datetime, datetime], ...]:
        day = date.fromordinal(ordinal)
        minutes = () if day in self.holidays else self.week.get(day.weekday(), ())
        spans = tuple((self._instant(day, opens), self._instant(day, closes)) for opens, closes in minutes)
        self._memo[ordinal] = spans
        return spans

    def _instant(self, day: date, minute: int) -> datetime:
        days, minute = divmod(minute, 1440)
        at = time(minute // 60, minute % 60)
        return datetime.combine(day + days * _ONE_DAY, at, self.zone).astimezone(UTC)


def end_of_promise(promised_at: datetime, zone: tzinfo = UTC) -> datetime:
    """Return the instant (UTC) after which a promise is missed.

    A promise at exactly midnight is a date, as storefronts and carriers write one: in UTC, as dates are stored, or in
    `zone`. It is kept until that day ends in `zone`.
    """
    if not (promised_at.hour or promised_at.minute or promised_at.second):
        next_day = promised_at + _ONE_DAY
        return next_day if zone is UTC else instant_of(next_day.replace(tzinfo=None), zone)
    local = promised_at if zone is UTC else promised_at.astimezone(zone)
    if local.hour or local.minute or local.second:
        return promised_at
    return (local + _ONE_DAY).astimezone(UTC)


def last_day_of_promise(deadline: datetime, zone: tzinfo = UTC) -> datetime:
    """Return an instant, in `zone`, on the last day on which a promise that ends at `deadline` is kept."""
    return (deadline - _MOMENT).astimezone(zone)


def day_count(day: int, of: int) -> str:
    """Say how far a clock has run: "day 3 of 3", and after that "day 5, 3 allowed"."""
    return f"day {day} of {of}" if day <= of else f"day {day}, {of} allowed"
