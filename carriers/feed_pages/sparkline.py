"""A small drawing of a feed's last day: one bar an hour, where each lies, as a template draws it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from carriers.rhythm import HOUR, hour_of

HOURS: Final = 24
HEIGHT: Final = 20
STEP: Final = 4
"""Pixels from one bar to the next; a bar is one narrower."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour with messages, in pixels from the top left."""

    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Spark:
    """The bars of 24 whole hours up to the present one; hours without messages have none."""

    bars: tuple[Bar, ...]
    most: int
    hours_with: int
    width: int = HOURS * STEP
    height: int = HEIGHT
    bar_width: int = STEP - 1


def spark_of(counts: Mapping[datetime, int], now: datetime) -> Spark:
    """Return the drawing of the last 24 hours, the present one among them; the largest hour is as high as it is."""
    first = hour_of(now) - (HOURS - 1) * HOUR
    told = [(n, counts.get(first + n * HOUR, 0)) for n in range(HOURS)]
    most = max(count for _, count in told)
    bars = tuple(_bar(n, count, most) for n, count in told if count)
    return Spark(bars, most, len(bars))


def _bar(n: int, count: int, most: int) -> Bar:
    height = max(1.0, round(HEIGHT * count / most, 1))
    return Bar(n * STEP, round(HEIGHT - height, 1), height)
