"""Operating days and working hours, also across weekends, holidays and changes of the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.clocks import (
    OperatingDays,
    WorkingHours,
    day_count,
    end_of_promise,
    instant_of,
    last_day_of_promise,
    shown_by,
    wall_at,
)
from tests.exceptions_queue.policy.situations import at

WEEK = OperatingDays(holidays=frozenset({date(2026, 11, 26)}))
NEW_YORK = ZoneInfo("America/New_York")
ZONES = [UTC, NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]
ZONES.append(ZoneInfo("America/Santiago"))

instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
_CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward and back
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, by half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 9, 6, 4, tzinfo=UTC),  # Santiago, at midnight
]
near_a_change = st.builds(
    lambda change, days, around: change + timedelta(days=days) + around,
    st.sampled_from(_CHANGES),
    st.integers(-3, 1),
    st.timedeltas(-timedelta(hours=3), timedelta(hours=3)),
)
moments = st.one_of(instants, near_a_change)
calendars = st.builds(
    OperatingDays,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=20),
    st.sampled_from(ZONES),
)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param(at(4, 14), 0, at(4, 14), id="no day is now"),
        pytest.param(at(4, 14), 1, at(5, 14), id="the next day"),
        pytest.param(at(6, 14), 1, at(9, 14), id="over a weekend"),
        pytest.param(at(7, 10), 0, at(9, 0), id="a Saturday's clock begins on Monday"),
        pytest.param(at(7, 10), 1, at(10, 0), id="and has a whole Monday"),
        pytest.param(at(25, 14), 1, at(27, 14), id="over a holiday"),
        pytest.param(at(25, 14), 3, at(27, 14) + timedelta(days=4), id="over a holiday and a weekend"),
    ],
)
def test_operating_days_are_added(start: datetime, days: int, end: datetime):
    assert WEEK.add(start, days) == end


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (at(4, 14), at(4, 23), 0),
        (at(4, 14), at(5, 13, 59), 0),
        (at(4, 14), at(5, 14), 1),
        (at(6, 14), at(8, 20), 0),
        (at(6, 14), at(9, 14), 1),
        (at(7, 10), at(9, 23), 0),
        (at(7, 10), at(10, 0), 1),
        (at(7, 10), at(14, 12), 4),
        (at(7, 10), at(16, 0), 5),
        (at(5), at(4), 0),
    ],
)
def test_whole_operating_days_are_counted(start: datetime, end: datetime, days: int):
    assert WEEK.between(start, end) == days


spans = st.one_of(st.timedeltas(timedelta(0), timedelta(hours=3)), st.timedeltas(timedelta(0), timedelta(days=60)))


@settings(deadline=None, max_examples=300)
@given(calendars, moments, st.integers(0, 15), spans)
def test_counting_is_the_inverse_of_adding(calendar: OperatingDays, start: datetime, days: int, span: timedelta):
    assert calendar.between(start, calendar.add(start, days)) == days
    end = start + span
    passed = calendar.between(start, end)
    assert calendar.add(start, passed) <= end if passed else True
    assert calendar.add(start, passed + 1) > end


@settings(deadline=None, max_examples=300)
@given(calendars, moments, st.integers(0, 15), spans)
def test_a_clock_never_ends_in_the_past_nor_sooner_when_started_later(
    calendar: OperatingDays, start: datetime, days: int, span: timedelta
):
    assert start <= calendar.add(start, days) < calendar.add(start, days + 1)
    assert calendar.add(start, days) <= calendar.add(start + span, days)


@settings(deadline=None, max_examples=300)
@given(calendars, moments, spans, spans)
def test_days_counted_never_fall_as_time_goes_by(
    calendar: OperatingDays, start: datetime, span: timedelta, more: timedelta
):
    assert calendar.between(start, start + span) <= calendar.between(start, start + span + more)


@settings(deadline=None, max_examples=300)
@given(calendars, moments, spans)
def test_what_is_ready_later_never_leaves_sooner(calendar: OperatingDays, ready_at: datetime, span: timedelta):
    busy = replace(calendar, cutoff=time(17))
    assert ready_at <= busy.leaves_from(ready_at) <= busy.leaves_from(ready_at + span)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(ZONES), moments, spans)
def test_the_wall_never_runs_backwards(zone: tzinfo, moment: datetime, span: timedelta):
    assert wall_at(moment, zone) <= wall_at(moment + span, zone)
    assert shown_by(moment, zone) <= shown_by(moment + span, zone)
    assert instant_of(wall_at(moment, zone), zone) >= moment


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(ZONES), moments, moments)
def test_what_the_wall_has_shown_by_an_instant_came_first_by_then(zone: tzinfo, moment: datetime, other: datetime):
    wall = other.replace(tzinfo=None)
    assert (instant_of(wall, zone) <= moment) is (wall <= shown_by(moment, zone))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param((2026, 3, 7, 7, 30), 1, (2026, 3, 8, 7, 0), id="half past two is skipped: three o'clock"),
        pytest.param((2026, 3, 7, 8, 0), 1, (2026, 3, 8, 7, 0), id="three o'clock the day after"),
        pytest.param((2026, 10, 31, 5, 30), 1, (2026, 11, 1, 5, 30), id="the first half past one counts"),
        pytest.param((2026, 11, 1, 6, 30), 0, (2026, 11, 1, 7, 0), id="the repeated hour is over when it is two"),
        pytest.param((2026, 11, 1, 6, 30), 1, (2026, 11, 2, 7, 0), id="and stands at two the day after"),
    ],
)
def test_days_on_which_the_clock_changes(start: tuple[int, ...], days: int, end: tuple[int, ...]):
    new_york = OperatingDays(weekdays=frozenset(range(7)), zone=NEW_YORK)
    assert new_york.add(datetime(*start, tzinfo=UTC), days) == datetime(*end, tzinfo=UTC)


def test_an_operating_day_is_one_on_the_wall_also_when_it_has_25_hours():
    new_york = OperatingDays(weekdays=frozenset(range(7)), zone=NEW_YORK)
    before = datetime(2026, 10, 31, 12, tzinfo=NEW_YORK)
    assert new_york.add(before, 1) == datetime(2026, 11, 1, 12, tzinfo=NEW_YORK)
    assert new_york.add(before.astimezone(UTC), 1) - before == timedelta(hours=25)


def test_a_day_ends_at_midnight_where_the_carrier_is():
    new_york = OperatingDays(zone=NEW_YORK)
    friday_night = datetime(2026, 11, 7, 2, tzinfo=UTC)  # 21:00 on Friday in New York
    assert new_york.add(friday_night, 1) == datetime(2026, 11, 9, 21, tzinfo=NEW_YORK)


def test_a_calendar_without_a_day_is_refused():
    with pytest.raises(ValueError, match="at least one operating weekday"):
        OperatingDays(weekdays=frozenset())


OFFICE = WorkingHours(dict.fromkeys(range(5), ((480, 720), (750, 1020))), frozenset({date(2026, 11, 26)}))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param(at(4, 9), 2, at(4, 11), id="within one stretch"),
        pytest.param(at(4, 11), 2, at(4, 13, 30), id="over the lunch break"),
        pytest.param(at(4, 16), 8.5, at(5, 16), id="a whole day of work later"),
        pytest.param(at(4, 5), 1, at(4, 9), id="before work"),
        pytest.param(at(4, 20), 1, at(5, 9), id="after work"),
        pytest.param(at(6, 16), 2, at(9, 9), id="over a weekend"),
        pytest.param(at(25, 16), 2, at(27, 9), id="over a holiday"),
        pytest.param(at(4, 12, 10), 0, at(4, 12, 30), id="no time at all ends when work begins again"),
        pytest.param(at(4, 8), 4, at(4, 12), id="to the end of a stretch"),
    ],
)
def test_a_due_time_runs_in_working_hours(start: datetime, hours: float, end: datetime):
    assert OFFICE.add(start, hours) == end


def test_working_hours_follow_the_wall_clock_of_their_zone():
    berlin = WorkingHours(dict.fromkeys(range(7), ((540, 1020),)), zone=ZoneInfo("Europe/Berlin"))
    assert berlin.add(datetime(2026, 3, 28, 15, tzinfo=UTC), 2) == datetime(2026, 3, 29, 8, tzinfo=UTC)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(ZONES), moments, st.floats(0, 60), spans)
def test_more_time_or_a_later_start_never_ends_sooner(zone: tzinfo, start: datetime, hours: float, span: timedelta):
    night_shift = WorkingHours({**dict.fromkeys(range(5), ((0, 150), (480, 720), (750, 1020)))}, OFFICE.holidays, zone)
    assert night_shift.add(start + span, hours) >= night_shift.add(start, hours) >= start
    assert night_shift.add(start, hours + 1) > night_shift.add(start, hours)


def test_a_day_may_end_at_midnight():
    always = WorkingHours(dict.fromkeys(range(7), ((0, 1440),)))
    assert always.add(at(4, 23), 30) == at(6, 5)


def test_hours_without_any_are_refused():
    with pytest.raises(ValueError, match="at least one working interval"):
        WorkingHours({0: ()})


@pytest.mark.parametrize(
    ("promised_at", "ends_at"),
    [
        (at(4, 20), at(4, 20)),
        (at(4, 0), at(5, 0)),
        (datetime(2026, 11, 4, tzinfo=UTC) + timedelta(microseconds=1), at(5, 0) + timedelta(microseconds=1)),
    ],
)
def test_a_promise_at_midnight_lasts_its_day(promised_at: datetime, ends_at: datetime):
    assert end_of_promise(promised_at) == ends_at


def test_a_promised_date_is_one_where_the_carrier_is():
    assert end_of_promise(datetime(2026, 11, 4, 5, tzinfo=UTC), NEW_YORK) == datetime(2026, 11, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "ends_at"),
    [
        (UTC, datetime(2026, 7, 11, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 7, 11, 4, tzinfo=UTC)),
        (ZoneInfo("Europe/London"), datetime(2026, 7, 10, 23, tzinfo=UTC)),
        (ZoneInfo("Asia/Tokyo"), datetime(2026, 7, 10, 15, tzinfo=UTC)),
    ],
)
def test_a_stored_date_ends_with_that_day_where_the_carrier_is(zone: tzinfo, ends_at: datetime):
    ends = end_of_promise(datetime(2026, 7, 10, tzinfo=UTC), zone)
    assert ends == ends_at
    assert last_day_of_promise(ends, zone).date() == date(2026, 7, 10)


@pytest.mark.parametrize(
    ("day", "of", "words"), [(0, 3, "day 0 of 3"), (3, 3, "day 3 of 3"), (5, 3, "day 5, 3 allowed")]
)
def test_days_are_counted_in_words(day: int, of: int, words: str):
    assert day_count(day, of) == words
