"""How many calls an account may make now, from its limits and what it has made (pure).

A bucket fills with time and each call takes from it. What it can hold and what flows in together never exceed the
limit in any minute (any day), wherever that begins; the one exception is a limit of a single call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_SHARE: Final = 10
"""A bucket holds a tenth of its limit: what is due between two looks can be asked at once, the rest is spread."""

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """The most calls in any minute, and in any day (None: no such limit)."""

    calls_a_minute: int
    calls_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left in the two buckets, counted at an instant; never counted means full."""

    minute_left: float = 0.0
    day_left: float = 0.0
    counted_at: datetime | None = None


def refilled(allowance: Allowance, limits: Limits, now: datetime) -> Allowance:
    """Return the allowance as it stands now; a clock that went back adds nothing."""
    gone = max(timedelta(0), now - allowance.counted_at) if allowance.counted_at else None
    return Allowance(
        _level(allowance.minute_left, limits.calls_a_minute, _MINUTE, gone),
        _level(allowance.day_left, limits.calls_a_day, _DAY, gone) if limits.calls_a_day else 0.0,
        max(now, allowance.counted_at) if allowance.counted_at else now,
    )


def calls_left(allowance: Allowance, limits: Limits) -> int:
    """Return how many whole calls an allowance that was just refilled holds."""
    left = allowance.minute_left
    if limits.calls_a_day is not None:
        left = min(left, allowance.day_left)
    return max(0, int(left + _ROUNDING))


def spent(allowance: Allowance, calls: int) -> Allowance:
    """Return the allowance after calls; it may fall below 0 where a call had to be made twice."""
    return Allowance(allowance.minute_left - calls, allowance.day_left - calls, allowance.counted_at)


def _level(left: float, limit: int, span: timedelta, gone: timedelta | None) -> float:
    holds = max(1, limit // _SHARE)
    if gone is None:
        return float(holds)
    return min(float(holds), left + max(1, limit - holds) * (gone / span))
