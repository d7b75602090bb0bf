"""What the learned table says of one parcel at one moment, and when it will say more (pure).

The odds only count upwards while nothing moves: an answer holds from the gap that first reached it, so that waiting
never makes a parcel look safer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from exceptions_queue.policy.lessons import GAPS, Lane, lane_of
from exceptions_queue.policy.moment import Moment
from exceptions_queue.policy.risk import LearnedRisk, Odds, gap_at
from exceptions_queue.policy.words import carrier_name, number
from shipments.facts import State

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_NEVER_SCANNED: Final = frozenset({State.LABEL_CREATED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Outlook:
    """A parcel before the learned table: its lane, its state, its last scan, and the time from there to its promise."""

    risk: LearnedRisk
    lane: Lane
    state: State
    since: datetime
    due_in: timedelta

    def reaches(self, percent: int) -> datetime | None:
        """Return when the odds of being late first reach `percent` if nothing moves; None where they never do."""
        gap = self.risk.first_gap(self.lane, self.state, self.due_in, percent / 100)
        return None if gap is None else self.since + _DAY * GAPS[gap]

    def unknown_from(self) -> datetime | None:
        """Return when it has been silent for longer than enough finished parcels were; None where that is never."""
        gap = self.risk.first_unknown_gap(self.lane, self.state)
        return None if gap == len(GAPS) else self.since + _DAY * GAPS[gap]

    def usual_until(self) -> datetime | None:
        """Return until when it is as silent as half of the parcels here; None where too little is known."""
        gap = self.risk.usual_gap(self.lane, self.state)
        return None if gap is None else self.since + gap

    def odds(self, at: datetime) -> Odds | None:
        """Return the odds as they stood at an instant that `reaches` named."""
        return self.risk.odds_at(self.lane, self.state, self.due_in, gap_at(at - self.since))

    def words(self, odds: Odds) -> str:
        """Return the odds as a sentence: how many parcels, how long silent, where, and how many needed longer."""
        return (
            f"Of {number(odds.parcels, 'parcel')} {_alike(odds)}, {in_tenths(odds.share)} needed "
            f"longer than the {_span(odds.left)} it then had left."
        )

    def facts(self, odds: Odds) -> dict[str, Any]:
        """Return the odds as JSON values: the table's version, its cell and sample size, and the percentage."""
        return {
            "table": self.risk.version,
            "learned_at": self.risk.learned_at.isoformat(),
            "cell": [*odds.lane, odds.state.value],
            "due_alike": odds.due_alike,
            "parcels": odds.parcels,
            "percent": round(odds.share * 100),
            "silent_days": odds.silent / _DAY,
            "days_left": round(odds.left / _DAY, 2),
        }


def outlook_of(moment: Moment) -> Outlook | None:
    """Return the outlook of a parcel, or None where nothing is learned yet or nothing was promised."""
    situation, risk, deadline = moment.situation, moment.risk, moment.deadline
    if risk is None or deadline is None:
        return None
    since = situation.last_physical_at or situation.known_since
    lane = lane_of(situation.carrier, situation.service)
    return Outlook(risk, lane, moment.state, since, deadline - since)


def in_tenths(share: float) -> str:
    """Return a share in words: "7 of 10", "nearly all", "hardly any"."""
    tenths = round(share * 10)
    return "hardly any" if tenths == 0 else "nearly all" if tenths == 10 else f"{tenths} of 10"


def _alike(odds: Odds) -> str:
    """Return what the parcels had in common: how long they were silent, where, and that they were due as soon."""
    due = " and due about as soon" if odds.due_alike else ""
    return f"{_stay(odds)} {_place(odds.lane)}{due}"


def _stay(odds: Odds) -> str:
    """Return how long the parcels had been where they were: "3 days silent in transit", "just picked up"."""
    if odds.state in _NEVER_SCANNED:
        return f"{_span(odds.silent)} without a first scan" if odds.silent else "just announced"
    state = State(odds.state).label.lower()
    return f"{_span(odds.silent)} silent {state}" if odds.silent else f"just {state}"


def _place(lane: Lane) -> str:
    if not lane.carrier:
        return "with any carrier"
    name = carrier_name(lane.carrier)
    return f"on {name} {lane.service.removeprefix(f'{lane.carrier} ')}" if lane.service else f"with {name}"


def _span(span: timedelta) -> str:
    """Return a span in whole days, or in hours where it is shorter than a day; past ones are nothing."""
    if span >= _DAY:
        return number(span // _DAY, "day")
    return number(max(span // _HOUR, 0), "hour")
