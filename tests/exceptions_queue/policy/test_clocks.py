"""Operating days and working hours, also across weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.clocks import OperatingDays, WorkingHours, day_count, end_of_promise
from tests.exceptions_queue.policy.situations import at

WEEK = OperatingDays(holidays=frozenset({date(2026, 11, 26)}))
NEW_YORK = ZoneInfo("America/New_York")
ZONES = [UTC, NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]

instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
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


@settings(deadline=None)
@given(calendars, instants, st.integers(0, 15), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_counting_and_adding_agree(calendar: OperatingDays, start: datetime, days: int, span: timedelta):
    assert calendar.between(start, calendar.add(start, days)) == days
    end = start + span
    passed = calendar.between(start, end)
    tolerance = timedelta(hours=0 if calendar.zone is UTC else 1)  # a repeated hour is counted once
    assert calendar.add(start, passed) <= end + tolerance if passed else True
    assert calendar.add(start, passed + 1) > end - tolerance


@settings(deadline=None)
@given(calendars, instants, st.integers(0, 15), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_clock_started_later_never_ends_sooner(calendar: OperatingDays, start: datetime, days: int, span: timedelta):
    tolerance = timedelta(0) if calendar.zone is UTC else timedelta(hours=1)
    assert calendar.add(start + span, days) >= calendar.add(start, days) - tolerance
    assert calendar.add(start, days + 1) > calendar.add(start, days)


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


@settings(deadline=None)
@given(instants, st.floats(0, 60), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_more_time_or_a_later_start_never_ends_sooner(start: datetime, hours: float, span: timedelta):
    assert OFFICE.add(start + span, hours) >= OFFICE.add(start, hours) >= start
    assert OFFICE.add(start, hours + 1) > OFFICE.add(start, hours)


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
    ("day", "of", "words"), [(0, 3, "day 0 of 3"), (3, 3, "day 3 of 3"), (5, 3, "day 5, 3 allowed")]
)
def test_days_are_counted_in_words(day: int, of: int, words: str):
    assert day_count(day, of) == words
