"""The policy's calendars: when carriers move parcels, lane by lane, and when teams work (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import holidays

from exceptions_queue.policy.clocks import OperatingDays, Peak, WorkingHours
from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.situation import Team

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_YEARS: Final = range(2015, 2041)
"""The years whose public holidays are known; computed, never looked up anywhere."""
_DEFAULT: Final = "default"
_MOST_LANES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Calendars:
    """When carriers move parcels and when teams work.

    A calendar is named after a carrier, or after a lane as "carrier/service class"; "default" stands for any carrier
    without one of its own.
    """

    carriers: Mapping[str, OperatingDays]
    teams: Mapping[Team, WorkingHours]
    _known: dict[tuple[str, str], OperatingDays] = field(default_factory=dict, init=False, repr=False, compare=False)

    def operating_days(self, carrier: str, service_class: str = "") -> OperatingDays:
        """Return the calendar of a carrier, the one of its lane where there is one."""
        known = self._known.get((carrier, service_class))
        return known or self._learn(carrier, service_class)

    def _learn(self, carrier: str, service_class: str) -> OperatingDays:
        lanes = (f"{carrier}/{service_class}", carrier, f"{_DEFAULT}/{service_class}", _DEFAULT)
        found = next(self.carriers[lane] for lane in lanes if lane in self.carriers)
        if len(self._known) < _MOST_LANES:
            self._known[carrier, service_class] = found
        return found


def parse_calendars(line: Line, classes: Collection[str] = ()) -> Calendars:
    """Return both kinds of clocks; `classes` are the service classes a lane may name. Raises: PolicyError."""
    lines = line.fields(("carriers", "teams"))
    carriers = {}
    for name, entry in lines["carriers"].entries():
        _, is_lane, service_class = name.partition("/")
        if is_lane:
            Line(entry.path, service_class).one_of([*classes, _DEFAULT])
        carriers[name] = _parse_operating_days(entry)
    if _DEFAULT not in carriers:
        raise lines["carriers"].error("'default' is missing", "add a calendar 'default' for carriers not named here")
    teams = {
        Team(name): _parse_working_hours(entry) for name, entry in lines["teams"].fields(tuple(Team.values)).items()
    }
    return Calendars(MappingProxyType(carriers), MappingProxyType(teams))


def _parse_operating_days(line: Line) -> OperatingDays:
    lines = line.fields(("days",), ("holidays", "countries", "zone", "cutoff", "peak", "source"))
    weekdays = frozenset(_WEEKDAYS.index(day.one_of(_WEEKDAYS)) for day in lines["days"].rows())
    if not weekdays:
        raise lines["days"].error("no day is written", "write at least one such as mon")
    return OperatingDays(
        weekdays=weekdays,
        holidays=_parse_holidays(lines),
        zone=(lines["zone"] if "zone" in lines else Line("", "UTC")).zone(),
        cutoff=_parse_cutoff(lines["cutoff"]) if "cutoff" in lines else None,
        peak=_parse_peak(lines["peak"]) if "peak" in lines else None,
    )


def _parse_holidays(lines: Mapping[str, Line]) -> frozenset[date]:
    """Return the days written one by one and the public holidays of the countries named."""
    days = {day.day() for day in lines["holidays"].rows()} if "holidays" in lines else set()
    for country in lines["countries"].rows() if "countries" in lines else ():
        days |= _public_holidays(country)
    return frozenset(days)


def _public_holidays(line: Line) -> frozenset[date]:
    try:
        return _holidays_of(line.text())
    except NotImplementedError:
        fix = "write a country such as US, or with its part such as GB-ENG"
        raise line.error(f"the holidays of '{line.value}' are not known", fix) from None


@lru_cache(maxsize=64)
def _holidays_of(place: str) -> frozenset[date]:
    """Return the public holidays of a country or its part ("GB-ENG"). Raises: NotImplementedError where not known."""
    country, _, part = place.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))


def _parse_cutoff(line: Line) -> time:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", line.text())
    if match is None:
        raise line.error(f"'{line.value}' is not a time of day", "write it as 17:00")
    return time(int(match[1]), int(match[2]))


def _parse_peak(line: Line) -> Peak:
    lines = line.fields(("from", "to", "factor"), ("source",))
    factor = lines["factor"].number("times")
    if factor < 1:
        raise lines["factor"].error(f"{factor} would shorten the time", "write 1 or more")
    return Peak(_parse_day_of_year(lines["from"]), _parse_day_of_year(lines["to"]), Fraction(str(factor)))


def _parse_day_of_year(line: Line) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2024-{line.text()}")
    except ValueError:
        raise line.error(f"'{line.value}' is not a day of the year", "write month and day as 11-15") from None
    return day.month, day.day


def _parse_working_hours(line: Line) -> WorkingHours:
    lines = line.fields(("hours",), ("holidays", "countries", "zone", "source"))
    week = {
        _WEEKDAYS.index(name): _parse_intervals(entry) for name, entry in lines["hours"].fields((), _WEEKDAYS).items()
    }
    if not any(week.values()):
        raise lines["hours"].error("no hour is written", "write at least one day such as mon: 09:00-17:00")
    zone = (lines["zone"] if "zone" in lines else Line("", "UTC")).zone()
    return WorkingHours(MappingProxyType(week), _parse_holidays(lines), zone)


def _parse_intervals(line: Line) -> tuple[tuple[int, int], ...]:
    intervals: list[tuple[int, int]] = []
    for row in line.rows():
        match = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", row.text())
        if match is None:
            raise row.error(f"'{row.value}' is not a stretch of time", "write it as 09:00-12:30")
        opens, closes = (int(match[each]) * 60 + int(match[each + 1]) for each in (1, 3))
        if not (intervals[-1][1] if intervals else 0) <= opens < closes <= 1440:
            raise row.error("it is out of order", "write stretches that follow each other within the day")
        intervals.append((opens, closes))
    return tuple(intervals)
