"""Learn from finished parcels how long each stay took and how long delivery still took from there (pure)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from exceptions_queue.policy.terms import plain_words
from shipments.facts import Direction, State
from shipments.timeline import NOTHING_YET, Scanned, ShipmentState, advance, in_order

GAPS: Final = (*(n / 4 for n in range(16)), *(4 + n / 2 for n in range(12)), *(10.0 + n for n in range(21)))
"""Days since the last scan at which the odds may change, finer while a parcel is usually scanned daily.

Source: on Cargo 2000 air freight (UCI data set 382) quarters of a day found 85 of 100 late shipments two days ahead,
halves 73. Later on few parcels are left, and a bin must hold enough of them.
"""

SPANS: Final = (*(n / 4 for n in range(64)), *(16 + n / 2 for n in range(32)), *(32.0 + n for n in range(33)))
"""Days from a scan to the delivery, as they are counted; what took longer, or never arrived, is in the last bin."""

REMEMBERED: Final = timedelta(days=180)
"""How long a finished parcel teaches. Source: half a year holds enough parcels of a small lane, and lets go of a
season or a contract that is over; on two-scan histories a year and half a year did equally well."""

_DAY: Final = timedelta(days=1)
_WIDTH: Final = 256
_FINISHED: Final = frozenset({State.DELIVERED, State.RETURNED, State.LOST})

BANDS: Final = (2.0, 4.0, 7.0, 11.0, 16.0, 22.0, 30.0, 40.0)
"""Days from the last scan to the promise that part parcels promised soon from those promised later.

Source: our own rule, wider the further off a promise is. On made-up two-scan histories where no lane was known 47 to
53 of 100 warnings were right without bands and 58 to 61 with them; half or twice as many bands did as well.
"""

ANY_PROMISE: Final = 0
"""The band of all parcels, whenever they were promised and also where they were not."""

Key = tuple[str, str, State, int]
"""Carrier, service in plain words, state, band of the promise; an empty service is all of the carrier, an empty carrier
is all of them."""


def band_of(due_in: float | None) -> int:
    """Return which band a promise so many days after the last scan belongs to; that of all where nothing is due."""
    return ANY_PROMISE if due_in is None else bisect_right(BANDS, due_in) + 1


class Lane(NamedTuple):
    """Where parcels behave alike: a carrier and its service in plain words."""

    carrier: str
    service: str

    def keys(self, state: State, band: int = ANY_PROMISE) -> tuple[Key, ...]:
        """Return the cells that know of a state here, from all carriers down to this lane and its band of promises."""
        wide: tuple[Key, ...] = (("", "", state, ANY_PROMISE), (self.carrier, "", state, ANY_PROMISE))
        keys = (*wide, (self.carrier, self.service, state, ANY_PROMISE)) if self.service else wide
        return (*keys, (self.carrier, self.service, state, band)) if band != ANY_PROMISE else keys


def lane_of(carrier: str, service: str) -> Lane:
    """Return the lane of a parcel; a service is the same however it is spelled."""
    return Lane(carrier, plain_words(service))


class Spell(NamedTuple):
    """One stay: the parcel is in `state`, and nobody scans it from `since` to `until`.

    `began` and `until` are days after the last physical scan (or after we heard of the parcel), `total` the days from
    there to its delivery, None where it never arrived; `due_in` those to its promise, None where it had none.
    """

    state: State
    began: float
    until: float
    total: float | None
    due_in: float | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one finished parcel teaches; `heard_at` is when we knew that it was finished."""

    lane: Lane
    finished_at: datetime
    heard_at: datetime
    spells: tuple[Spell, ...]


TOLD_AFTERWARDS: Final = timedelta(days=3)
"""An event from before we knew its parcel, told so much later, was loaded as history. Source: our own rule; carriers
that are polled tell a new parcel's scans within a day or two."""


class Heard(NamedTuple):
    """One event of a timeline and the instant at which we knew of it."""

    at: datetime
    scan: Scanned


def heard(scan: Scanned, *, received_at: datetime, first_seen_at: datetime) -> Heard:
    """Return an event with when we knew of it: when it was received, or when it happened if it is loaded history."""
    afterwards = min(received_at, first_seen_at) - scan.occurred_at > TOLD_AFTERWARDS
    return Heard(scan.occurred_at if afterwards else received_at, scan)


def known_state(known: ShipmentState) -> State:
    """Return the last state that was understood: an unknown scan does not undo it."""
    return known.last_known_state if known.state is State.UNKNOWN else known.state


def lesson(
    events: Iterable[Heard],
    *,
    lane: Lane,
    known_since: datetime,
    direction: Direction = Direction.OUTBOUND,
    deadline: datetime | None = None,
) -> Lesson | None:
    """Return what a parcel teaches, or None where it is not finished, was cancelled or comes back as a return.

    `events` in any order; a repeat counts once. `deadline` is when its promise ended, None where it had none.
    """
    if direction is not Direction.OUTBOUND:
        return None
    told = {each.scan.identity: each for each in events}
    ordered = in_order(each.scan for each in told.values())
    steps = list(_steps(ordered, known_since))
    if not steps or steps[-1].known.state not in _FINISHED:
        return None
    last = steps[-1].known
    finished_at = last.delivered_at or last.state_since
    if finished_at is None or finished_at <= known_since:
        return None
    heard_at = min(each.at for each in told.values() if each.scan.occurred_at >= finished_at)
    ends = _Ends(finished_at, last.delivered_at is not None, deadline)
    return Lesson(lane, finished_at, heard_at, tuple(_spells(steps, known_since, ends)))


class _Step(NamedTuple):
    at: datetime
    known: ShipmentState


def _steps(ordered: Iterable[Scanned], known_since: datetime) -> Iterator[_Step]:
    known = NOTHING_YET
    for scan in ordered:
        known = advance(known, (scan,))
        yield _Step(scan.occurred_at, known)


class _Ends(NamedTuple):
    finished_at: datetime
    delivered: bool
    deadline: datetime | None

    def spell(self, state: State, anchor: datetime, began: datetime, until: datetime) -> Spell:
        total = (self.finished_at - anchor) / _DAY if self.delivered else None
        due_in = None if self.deadline is None else (self.deadline - anchor) / _DAY
        return Spell(state, max((began - anchor) / _DAY, 0.0), (until - anchor) / _DAY, total, due_in)


def _spells(steps: list[_Step], known_since: datetime, ends: _Ends) -> Iterator[Spell]:
    state, anchor, began = State.UNKNOWN, known_since, known_since
    for at, known in (*steps, _Step(ends.finished_at, steps[-1].known)):
        now = known_state(known), known.last_physical_at or known_since
        if at < ends.finished_at and now == (state, anchor):
            continue
        until = min(at, ends.finished_at)
        if until > began:
            yield ends.spell(state, anchor, began, until)
        if at >= ends.finished_at:
            return
        (state, anchor), began = now, at


class Lessons:
    """Counts of spells by cell; adding and taking away leaves what the rest teaches."""

    def __init__(self) -> None:
        self.parcels = 0
        self.cells: dict[Key, Counter[int]] = {}

    def add(self, lesson: Lesson, times: int = 1) -> None:
        """Count a finished parcel; `times=-1` forgets it."""
        self.parcels += times
        for spell in lesson.spells:
            for code, count in _counted(spell):
                for key in lesson.lane.keys(spell.state, band_of(spell.due_in)):
                    cell = self.cells.setdefault(key, Counter())
                    cell[code] += count * times
                    if not cell[code]:
                        del cell[code]


def _counted(spell: Spell) -> Iterator[tuple[int, int]]:
    """Yield where a spell is counted: up to the last gap it outlasted, and not in those before it began."""
    last = bisect_left(GAPS, spell.until) - 1
    first = bisect_left(GAPS, spell.began)
    span = len(SPANS) - 1 if spell.total is None else bisect_right(SPANS, spell.total) - 1
    if last >= first:
        yield last * _WIDTH + span, 1
        if first:
            yield (first - 1) * _WIDTH + span, -1


def decoded(code: int) -> tuple[int, int]:
    """Return the gap and the span a count belongs to, as places in `GAPS` and `SPANS`."""
    return divmod(code, _WIDTH)
