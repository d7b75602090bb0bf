from datetime import UTC, date, datetime, timedelta

import pytest

from reporting.metrics import (
    DayOfUpdates,
    Delay,
    OpenedCase,
    Period,
    Routing,
    Updates,
    delay,
    last_days,
    opened_in,
    routing,
    updates,
)

AT = datetime(2026, 3, 4, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))


def test_period_is_whole_days_with_both_ends():
    assert WEEK.days == 7
    assert (WEEK.start, WEEK.end) == (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))


def test_period_before_ends_where_this_one_begins():
    assert WEEK.before() == Period(date(2026, 2, 23), date(2026, 3, 1))
    assert WEEK.before().end == WEEK.start


def test_a_year_before_has_the_same_weekdays():
    assert WEEK.a_year_before().first.weekday() == WEEK.first.weekday()
    assert WEEK.a_year_before().days == 7


def test_last_days_end_today():
    assert last_days(date(2026, 3, 8), 7) == WEEK


@pytest.mark.parametrize("days, steps, last", [(1, 1, 1), (28, 28, 1), (44, 44, 1), (90, 13, 6)])
def test_chart_steps_are_days_then_weeks(days, steps, last):
    parts = last_days(WEEK.last, days).steps()
    assert (len(parts), parts[-1].days, parts[-1].last) == (steps, last, WEEK.last)


def test_routing_counts_who_asked_first():
    cases = [
        OpenedCase(AT),
        OpenedCase(AT, asked_at=AT + HOUR),
        OpenedCase(AT, asked_at=AT),
        OpenedCase(AT, asked_at=AT - HOUR),
        OpenedCase(AT, linked=False),
    ]
    found = routing(cases)
    assert found == Routing(cases=4, first=2, never_asked=1, unlinked=1)
    assert found.share == 0.5


def test_routing_of_nothing_has_no_share():
    assert routing([]).share is None
    assert routing([OpenedCase(AT, linked=False)]) == Routing(0, 0, 0, 1)


def test_delay_has_median_and_ninth_decile_of_scans_only():
    cases = [OpenedCase(AT, scan_at=AT - n * HOUR) for n in range(1, 11)] + [OpenedCase(AT)]
    assert delay(cases) == Delay(10, 5.5 * HOUR, 9 * HOUR, 1)


@pytest.mark.parametrize("count, p90", [(1, 1), (2, 2), (9, 9), (10, 9), (20, 18)])
def test_ninth_decile_is_a_case_that_happened(count, p90):
    assert delay([OpenedCase(AT, scan_at=AT - n * HOUR) for n in range(1, count + 1)]).p90 == p90 * HOUR


def test_delay_of_nothing_is_nothing():
    assert delay([]) == Delay(0, None, None, 0)


def test_updates_are_the_sums_of_the_days_in_the_period():
    days = [
        DayOfUpdates(date(2026, 3, 1), messages=9),
        DayOfUpdates(date(2026, 3, 2), messages=6, failed=1, scans=20, unmapped=2),
        DayOfUpdates(date(2026, 3, 8), messages=4, failed=1, replayed=2, recovered=1),
    ]
    found = updates(days, WEEK)
    assert found == Updates(messages=10, failed=2, scans=20, unmapped=2, replayed=2, recovered=1)
    assert found.share == 0.2
    assert updates([], WEEK).share is None


def test_opened_in_keeps_the_period():
    tick = timedelta(microseconds=1)
    instants = (WEEK.start - tick, WEEK.start, WEEK.end - tick, WEEK.end)
    before, first, last, after = (OpenedCase(at) for at in instants)
    assert opened_in([before, first, last, after], WEEK) == [first, last]
    assert opened_in([], WEEK) == []
