"""Days of a backtest: the period that is tried by default, and cases by day or week."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from exceptions_queue.backtest.days import MOST_BARS, Days, Step, days_of, last_days, steps


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "days"),
    [
        ("2026-03-01", "2026-03-02", ("2026-03-01", "2026-03-01")),
        ("2026-03-01T05:00", "2026-03-02T00:00:01", ("2026-03-01", "2026-03-02")),
        ("2026-03-01", "2026-04-01", ("2026-03-01", "2026-03-31")),
    ],
)
def test_a_period_is_told_by_the_days_it_touches(begins: str, ends: str, days: tuple[str, str]):
    assert days_of(at(begins), at(ends)) == Days(*map(date.fromisoformat, days))


def test_whole_days_begin_and_end_at_midnight():
    days = Days(date(2026, 3, 1), date(2026, 3, 31))
    assert (days.begins_at, days.ends_at) == (at("2026-03-01"), at("2026-04-01"))
    assert days_of(days.begins_at, days.ends_at) == days


@pytest.mark.parametrize(("first", "begins"), [("2026-01-01", "2026-03-02"), ("2026-03-20", "2026-03-20")])
def test_thirty_days_are_tried_or_what_there_is(first: str, begins: str):
    last = date(2026, 3, 31)
    assert last_days(date.fromisoformat(first), last) == Days(date.fromisoformat(begins), last)


def test_days_without_a_case_are_not_left_out():
    tried = {"2026-03-01": {"support": 2, "finance": 1}, "2026-03-03": {"support": 1}}
    beside = {"2026-03-03": {"support": 4}}
    first, second, third = (date(2026, 3, day) for day in (1, 2, 3))
    assert steps(tried, beside) == [Step(first, first, 3, 0), Step(second, second, 0, 0), Step(third, third, 1, 4)]
    assert [each.tried for each in steps(tried, beside, "finance")] == [1, 0, 0]


def test_many_days_are_counted_by_weeks_from_monday():
    tried = {"2026-01-01": {"support": 1}, "2026-01-05": {"support": 2}, "2026-04-01": {"support": 4}}
    found = steps(tried, {})
    assert (found[0].first, found[0].last, found[0].tried) == (date(2025, 12, 29), date(2026, 1, 4), 1)
    assert found[1].tried == 2
    assert sum(each.tried for each in found) == 7
    assert all((each.last - each.first).days == 6 for each in found)


def test_the_most_days_a_chart_draws_are_days():
    last = date.fromordinal(date(2026, 1, 1).toordinal() + MOST_BARS - 1)
    assert len(steps({"2026-01-01": {"support": 1}, str(last): {"support": 1}}, {})) == MOST_BARS


def test_no_case_has_no_day():
    assert steps({}, {}) == []
