"""Bar charts with the period before as a thin line: where each mark lies, as a template draws it (pure).

Across, everything is in percent of the width, so a chart fits any page; down, in pixels from the top.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

HEIGHT: Final = 140
"""Pixels between the top of the scale and its zero."""
_GAP: Final = 0.25
_NICE: Final = (1, 2, 4, 6, 10)


@dataclass(frozen=True, slots=True)
class Mark:
    """One value to draw: None where there is nothing; `small` marks few rows behind it; `url` shows them."""

    value: float | None
    label: str
    url: str = ""
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One mark as a rectangle."""

    x: str
    width: str
    y: str
    height: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Stroke:
    """One piece of the line of the period before."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the scale."""

    y: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a template draws; `first` and `last` name the ends of the time axis."""

    bars: tuple[Bar, ...]
    strokes: tuple[Stroke, ...]
    ticks: tuple[Tick, ...]
    first: str
    last: str
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        return not self.bars and not self.strokes

    @property
    def has_small(self) -> bool:
        return any(bar.mark.small for bar in self.bars)


def chart(
    marks: Sequence[Mark],
    before: Sequence[float | None],
    *,
    ends: tuple[str, str],
    said: Callable[[float], str],
    top: float | None = None,
    least: float = 0,
) -> Chart:
    """Return a zero-based chart of marks side by side.

    `top` fixes the scale; else the largest value sets it, but never below `least`.
    """
    known = [value for value in (*(mark.value for mark in marks), *before) if value is not None]
    scale = top or nice(max(known, default=0), least)
    width = 100 / max(len(marks), 1)
    bars = (_bar(mark, mark.value, n * width, width, scale) for n, mark in enumerate(marks) if mark.value is not None)
    points = [((n + 0.5) * width, _down(value, scale)) for n, value in enumerate(before) if value is not None]
    strokes = (Stroke(f"{x1:.2f}%", f"{y1:.1f}", f"{x2:.2f}%", f"{y2:.1f}") for (x1, y1), (x2, y2) in pairwise(points))
    ticks = tuple(Tick(f"{_down(share * scale, scale):.1f}", said(share * scale)) for share in (1, 0.5, 0))
    return Chart(tuple(bars), tuple(strokes), ticks, *ends)


def nice(largest: float, least: float = 0) -> float:
    """Return the next round number at or above a value whose half is round too; never zero, never below `least`."""
    largest = max(largest, least) or 1
    size = 10.0 ** math.floor(math.log10(largest))
    return next(step * size for step in _NICE if step * size >= largest * 0.999999)


def _bar(mark: Mark, value: float, left: float, width: float, scale: float) -> Bar:
    y = _down(value, scale)
    return Bar(f"{left + width * _GAP / 2:.2f}%", f"{width * (1 - _GAP):.2f}%", f"{y:.1f}", f"{HEIGHT - y:.1f}", mark)


def _down(value: float, scale: float) -> float:
    return HEIGHT * (1 - min(value / scale, 1))
