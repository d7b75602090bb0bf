"""When to leave a carrier alone that does not answer, and when to try it again (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

FAILURES_TO_OPEN: Final = 5
"""Failures in a row; single ones happen on every network."""

FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(minutes=15)
"""How long a trial waits: long enough to be no storm, short enough that no promise is missed over it."""

TRIAL_LASTS: Final = timedelta(minutes=3)
"""After this a trial whose worker was killed may be made again."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, how often in a row it opened, and until when it stays open (None: closed)."""

    failures: int = 0
    trips: int = 0
    open_until: datetime | None = None


def is_trial(breaker: Breaker, now: datetime) -> bool:
    """Tell whether the next call is the one that finds out whether the carrier is back."""
    return breaker.open_until is not None and breaker.open_until <= now


def calls_allowed(breaker: Breaker, wanted: int, now: datetime) -> int:
    """Return how many of the wanted calls may be made: all, none, or one as a trial."""
    if breaker.open_until is None:
        return wanted
    return min(wanted, 1) if is_trial(breaker, now) else 0


def trial_begun(breaker: Breaker, now: datetime) -> Breaker:
    """Return the breaker while its trial is under way: nobody else makes one."""
    return replace(breaker, open_until=now + TRIAL_LASTS)


def failed(breaker: Breaker, now: datetime, *, trial: bool = False) -> Breaker:
    """Return the breaker after a failure; calls that were under way when it opened do not open it again."""
    failures = breaker.failures + 1
    is_open = breaker.open_until is not None
    if trial or (not is_open and failures >= FAILURES_TO_OPEN):
        rest = min(FIRST_REST * 2 ** min(breaker.trips, 10), LONGEST_REST)
        return Breaker(failures, breaker.trips + 1, now + rest)
    return replace(breaker, failures=failures)


def refused(breaker: Breaker, now: datetime) -> Breaker:
    """Return the breaker after a refusal of the account: open at once and for long, as only a person can mend it."""
    return Breaker(breaker.failures + 1, breaker.trips + 1, now + LONGEST_REST)
