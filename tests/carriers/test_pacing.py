"""How many calls an account may make: never more than its limit in any minute or day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.pacing import Allowance, Limits, calls_left, refilled, spent

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def test_a_fresh_account_may_make_a_tenth_of_its_limit_at_once():
    assert calls_left(refilled(Allowance(), Limits(120), NOW), Limits(120)) == 12


def test_what_was_spent_flows_in_again():
    limits = Limits(120)
    empty = spent(refilled(Allowance(), limits, NOW), 12)
    assert calls_left(refilled(empty, limits, NOW), limits) == 0
    assert calls_left(refilled(empty, limits, NOW + timedelta(seconds=5)), limits) == 9
    assert calls_left(refilled(empty, limits, NOW + timedelta(hours=5)), limits) == 12


def test_the_daily_limit_holds_calls_back_when_the_minute_would_not():
    limits = Limits(600, 250)
    left = spent(refilled(Allowance(), limits, NOW), 25)
    assert calls_left(refilled(left, limits, NOW + timedelta(minutes=1)), limits) == 0
    assert calls_left(refilled(left, limits, NOW + timedelta(minutes=10)), limits) == 1


def test_a_clock_that_goes_back_adds_nothing():
    limits = Limits(60)
    empty = spent(refilled(Allowance(), limits, NOW), 6)
    back = refilled(empty, limits, NOW - timedelta(hours=1))
    assert (calls_left(back, limits), back.counted_at) == (0, NOW)


def test_calls_made_twice_are_paid_for_later():
    limits = Limits(60)
    owing = spent(refilled(Allowance(), limits, NOW), 8)
    assert calls_left(owing, limits) == 0
    assert calls_left(refilled(owing, limits, NOW + timedelta(seconds=2)), limits) == 0


@pytest.mark.parametrize(("limits", "span"), [(True, timedelta(minutes=1)), (False, timedelta(days=1))])
@given(limit=st.integers(2, 700), waits=st.lists(st.floats(0, 1.2), max_size=60))
def test_no_window_ever_holds_more_calls_than_the_limit(limits: bool, span: timedelta, limit: int, waits: list[float]):
    bounds = Limits(limit) if limits else Limits(1_000_000, limit)
    allowance, now, made = Allowance(), NOW, []
    for wait in waits:
        now += wait * span
        allowance = refilled(allowance, bounds, now)
        calls = calls_left(allowance, bounds)
        allowance = spent(allowance, calls)
        made.append((now, calls))
    for begin, _ in made:
        assert sum(calls for at, calls in made if begin <= at < begin + span) <= limit
