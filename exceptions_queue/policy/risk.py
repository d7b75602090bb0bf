"""The delay risk: how likely a parcel needs longer than is left, by where it is and how long it is silent (pure).

P(time still needed > time to the promise | lane, state, time since the last scan), from finished parcels. Small cells
lean on their parents: a lane on its carrier, a carrier on all, and all on "in time". Where parcels are seldom scanned,
only those promised about as soon count: how far a parcel has to go shows in what was promised for it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.lessons import ANY_PROMISE, GAPS, SPANS, Key, Lane, Lessons, band_of, decoded
from shipments.facts import State

ENOUGH: Final = 30
"""Parcels a cell needs before it is believed. Source: a rule of thumb of statistics; below it a share of one half is
unsure by more than 0.18 either way."""

LEANING: Final = 5
"""How many parcels of its parent a cell counts as its own. Source: on Cargo 2000 air freight (UCI data set 382) 5 did
as well as 20 and better than none."""

_QUARTER: Final = 4
_MOST_QUARTERS: Final = int(SPANS[-1] * _QUARTER)
_KEPT: Final = 4_000
_IN_TIME: Final = array("f", [0.0] * len(GAPS))
_DAY: Final = timedelta(days=1)

SELDOM: Final = _DAY
"""Parcels that usually go longer than this without a scan are parted by their promise as well.

Source: on Cargo 2000 air freight (UCI data set 382), scanned several times a day, that found 81 instead of 87 of 100
late shipments two days ahead for as many flags. On made-up two-scan histories of 8 to 9 late parcels in 100 it took the
flags from 185 to 140 of 1,000 where no lane was known, and from 145 to 139 where it was.
"""


class Odds(NamedTuple):
    """One cell's answer: of `parcels` like this one that nobody had scanned for `silent`, `share` needed longer.

    `lane` is the narrowest that has enough of them; `due_alike` says that only those promised about as soon count.
    `left` is what this one had left at that instant.
    """

    lane: Lane
    state: State
    silent: timedelta
    left: timedelta
    parcels: int
    share: float
    due_alike: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one lane in one state: spells counted by the gap they outlasted and the span they took.

    `still_there` says how many parcels had not been scanned again at each of `GAPS`; it first rises where parcels come
    into the state some time after their last physical scan.
    """

    counts: tuple[tuple[int, int, int], ...]
    still_there: tuple[int, ...]

    def longer_than(self, days: float) -> list[float]:
        """Return, at each of `GAPS`, how many of those still there took more than `days` from their last scan."""
        by_gap = [0.0] * len(GAPS)
        for gap, span, count in self.counts:
            low = SPANS[span]
            if low >= days:
                by_gap[gap] += count
            elif span + 1 < len(SPANS) and SPANS[span + 1] > days:
                by_gap[gap] += count * (SPANS[span + 1] - days) / (SPANS[span + 1] - low)
        return _from_the_end(by_gap)


class _Habits(NamedTuple):
    """How a lane speaks in a state: the parcels of its largest cell at each of `GAPS`, and the gap half outlast."""

    parcels: tuple[int, ...]
    usual_gap: timedelta | None


@dataclass(frozen=True)
class LearnedRisk:
    """The odds as learned from parcels known to be finished at `learned_at`; `version` names the stored table.

    The same question always has the same answer.
    """

    version: int
    learned_at: datetime
    parcels: int
    cells: Mapping[Key, Cell]
    _columns: dict[tuple[Key, int], array[float]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _habits: dict[tuple[Lane, State], _Habits] = field(default_factory=dict, init=False, repr=False, compare=False)

    def first_gap(self, lane: Lane, state: State, due_in: timedelta, share: float) -> int | None:
        """Return the first of `GAPS` at which the odds reach `share`; None where they never do.

        `due_in` is the time from the last scan to the promise.
        """
        column, parcels = self._column(lane, state, due_in), self._habits_of(lane, state).parcels
        return next((gap for gap, odds in enumerate(column) if odds >= share and parcels[gap] >= ENOUGH), None)

    def first_unknown_gap(self, lane: Lane, state: State) -> int:
        """Return the first of `GAPS` from which too few parcels are left to say anything; 0 where nothing is known."""
        parcels = self._habits_of(lane, state).parcels
        return max((gap + 1 for gap, most in enumerate(parcels) if most >= ENOUGH), default=0)

    def odds_at(self, lane: Lane, state: State, due_in: timedelta, gap: int) -> Odds | None:
        """Return the odds at one of `GAPS` with the cell they come from; None where too little is known."""
        if self._habits_of(lane, state).parcels[gap] < ENOUGH:
            return None
        share = self._column(lane, state, due_in)[gap]
        silent = _DAY * GAPS[gap]
        cells = self._believed(lane.keys(state, band_of(due_in / _DAY)))
        (carrier, service, _, band), cell = [each for each in cells if each[1].still_there[gap] >= ENOUGH][-1]
        alike = band != ANY_PROMISE
        return Odds(Lane(carrier, service), state, silent, due_in - silent, cell.still_there[gap], share, alike)

    def usual_gap(self, lane: Lane, state: State) -> timedelta | None:
        """Return how long half of the parcels here go without a scan; None where too little is known."""
        return self._habits_of(lane, state).usual_gap

    def _habits_of(self, lane: Lane, state: State) -> _Habits:
        if (known := self._habits.get((lane, state))) is None:
            if len(self._habits) >= _KEPT:
                self._habits.clear()
            known = self._habits[lane, state] = _habits([cell for _, cell in self._believed(lane.keys(state))])
        return known

    def _believed(self, keys: tuple[Key, ...]) -> list[tuple[Key, Cell]]:
        """Return the cells that exist, in their order."""
        return [(key, self.cells[key]) for key in keys if key in self.cells]

    def _column(self, lane: Lane, state: State, due_in: timedelta) -> array[float]:
        """Return the odds at each of `GAPS` for a promise so long after the last scan, to a quarter of a day."""
        quarters = min(max(round(due_in / _DAY * _QUARTER), 0), _MOST_QUARTERS)
        return self._leaning(lane.keys(state, band_of(due_in / _DAY)), quarters)

    def _leaning(self, keys: tuple[Key, ...], quarters: int) -> array[float]:
        """Return the odds of the last cell, which leans on the ones before it."""
        if not keys:
            return _IN_TIME
        if (column := self._columns.get((keys[-1], quarters))) is None:
            if len(self._columns) >= _KEPT:
                self._columns.clear()
            column = self._leaning(keys[:-1], quarters)
            if (cell := self.cells.get(keys[-1])) is not None:
                column = _leaned(cell, column, quarters / _QUARTER)
            self._columns[keys[-1], quarters] = column
        return column


def _leaned(cell: Cell, parent: array[float], days: float) -> array[float]:
    each = zip(cell.longer_than(days), parent, cell.still_there, strict=True)
    return array("f", [(late + LEANING * share) / (parcels + LEANING) for late, share, parcels in each])


def _habits(cells: Sequence[Cell]) -> _Habits:
    """Return how often parcels are scanned by their cells, from all carriers down to a lane."""
    most = tuple(max((cell.still_there[gap] for cell in cells), default=0) for gap in range(len(GAPS)))
    for still_there in (cell.still_there for cell in reversed(cells)):
        if (all_of_them := max(still_there)) >= ENOUGH:
            outlasted = max(gap + 1 for gap, left in enumerate(still_there) if left > all_of_them / 2)
            return _Habits(most, _DAY * GAPS[min(outlasted, len(GAPS) - 1)])
    return _Habits(most, None)


def gap_at(silent: timedelta) -> int:
    """Return which of `GAPS` a silence has outlasted."""
    return max(bisect_right(GAPS, silent / _DAY) - 1, 0)


def learned(lessons: Lessons, *, version: int, learned_at: datetime) -> LearnedRisk:
    """Return the table that lessons add up to; what too few parcels teach is left out.

    Promises part parcels only where they are seldom scanned.
    """
    wide = _cells((key, counted) for key, counted in lessons.cells.items() if key[-1] == ANY_PROMISE)
    seldom = {key[:-1] for key, cell in wide.items() if (_habits([cell]).usual_gap or SELDOM) > SELDOM}
    narrow = _cells(each for each in lessons.cells.items() if each[0][-1] != ANY_PROMISE and each[0][:-1] in seldom)
    return LearnedRisk(version, learned_at, lessons.parcels, MappingProxyType(wide | narrow))


def _cells(counts: Iterable[tuple[Key, Mapping[int, int]]]) -> dict[Key, Cell]:
    cells = ((key, _cell(counted)) for key, counted in counts)
    return {key: cell for key, cell in cells if max(cell.still_there) >= ENOUGH}


def to_data(risk: LearnedRisk) -> list[list[Any]]:
    """Return the cells as JSON values: carrier, service, state, band, and the counts as gap, span, count in turn."""
    return [[*key, [figure for each in cell.counts for figure in each]] for key, cell in sorted(risk.cells.items())]


def from_data(data: list[list[Any]], *, version: int, learned_at: datetime, parcels: int) -> LearnedRisk:
    """Return the table that `to_data` wrote, also before it knew bands."""
    cells: dict[Key, Cell] = {}
    for carrier, service, state, *band, figures in data:
        counts = tuple(zip(figures[::3], figures[1::3], figures[2::3], strict=True))
        cells[carrier, service, State(state), band[0] if band else ANY_PROMISE] = Cell(counts, _still_there(counts))
    return LearnedRisk(version, learned_at, parcels, MappingProxyType(cells))


def _cell(counted: Mapping[int, int]) -> Cell:
    counts = tuple((*decoded(code), count) for code, count in sorted(counted.items()))
    return Cell(counts, _still_there(counts))


def _still_there(counts: tuple[tuple[int, int, int], ...]) -> tuple[int, ...]:
    by_gap = [0] * len(GAPS)
    for gap, _, count in counts:
        by_gap[gap] += count
    return tuple(_from_the_end(by_gap))


def _from_the_end(by_gap: list[Any]) -> list[Any]:
    """Return what is still to come at each place: the sum from it to the end."""
    return list(accumulate(reversed(by_gap)))[::-1]
