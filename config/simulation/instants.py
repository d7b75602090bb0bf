"""Whole seconds since 1970 as the world's clock: cheap to add to, cheap to print (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400

MONDAY, SATURDAY, SUNDAY = 0, 5, 6


def seconds(at: datetime) -> int:
    """Return an aware instant as whole seconds since 1970."""
    return int(at.timestamp())


def instant(at: int) -> datetime:
    """Return the aware instant of a whole number of seconds since 1970, in UTC."""
    return datetime.fromtimestamp(at, UTC)


def weekday(at: int) -> int:
    """Return the day of the week, Monday 0, of seconds that were already shifted to local time."""
    return (at // DAY + 3) % 7


def midnight(at: int) -> int:
    """Return the beginning of the day of `at`."""
    return at - at % DAY


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY, UTC).strftime("%Y-%m-%d")


def iso_day(at: int) -> str:
    """Return the day as "2026-01-13"."""
    return _day(at // DAY)


def iso_time(at: int) -> str:
    """Return the time of day as "13:05:09"."""
    rest = at % DAY
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def iso(at: int) -> str:
    """Return the instant as "2026-01-13T13:05:09Z"."""
    rest = at % DAY
    return f"{_day(at // DAY)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def next_operating_day(local: int, *, sundays: bool = False, saturdays: bool = True) -> int:
    """Return the first instant at or after `local`, whole days later, on which the carrier works."""
    while True:
        day = weekday(local)
        if (day == SUNDAY and not sundays) or (day == SATURDAY and not saturdays):
            local += DAY
            continue
        return local


def working_instant(local: int, *, opens: int = 9, closes: int = 17) -> int:
    """Return `local`, or the next opening where it falls outside Monday to Friday working hours."""
    rest = local % DAY
    if rest < opens * HOUR:
        local = midnight(local) + opens * HOUR + rest % (37 * MINUTE)
    elif rest >= closes * HOUR:
        local = midnight(local) + DAY + opens * HOUR + rest % (37 * MINUTE)
    return next_operating_day(local, saturdays=False)
