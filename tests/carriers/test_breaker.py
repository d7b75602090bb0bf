"""When a carrier is left alone, tried once, and asked again."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from carriers.breaker import (
    FAILURES_TO_OPEN,
    LONGEST_REST,
    TRIAL_LASTS,
    Breaker,
    calls_allowed,
    failed,
    is_trial,
    refused,
    trial_begun,
)

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def after_failures(count: int) -> Breaker:
    return reduce(lambda breaker, _: failed(breaker, NOW), range(count), Breaker())


def test_single_failures_leave_it_closed():
    breaker = after_failures(FAILURES_TO_OPEN - 1)
    assert breaker.open_until is None
    assert calls_allowed(breaker, 4, NOW) == 4


def test_failures_in_a_row_open_it():
    breaker = after_failures(FAILURES_TO_OPEN)
    assert breaker == Breaker(FAILURES_TO_OPEN, 1, NOW + MINUTE)
    assert calls_allowed(breaker, 4, NOW + MINUTE / 2) == 0


def test_calls_that_were_under_way_do_not_open_it_again():
    breaker = failed(after_failures(FAILURES_TO_OPEN), NOW + MINUTE / 2)
    assert (breaker.trips, breaker.open_until) == (1, NOW + MINUTE)


def test_after_its_rest_one_trial_is_allowed_and_no_second_beside_it():
    breaker = after_failures(FAILURES_TO_OPEN)
    later = NOW + MINUTE
    assert is_trial(breaker, later)
    assert calls_allowed(breaker, 4, later) == 1
    assert calls_allowed(trial_begun(breaker, later), 4, later) == 0


def test_a_trial_whose_worker_was_killed_may_be_made_again():
    breaker = trial_begun(after_failures(FAILURES_TO_OPEN), NOW)
    assert calls_allowed(breaker, 4, NOW + TRIAL_LASTS) == 1


def test_a_trial_that_fails_rests_twice_as_long_up_to_the_longest():
    breaker, rests = after_failures(FAILURES_TO_OPEN), []
    for _ in range(6):
        breaker = failed(trial_begun(breaker, NOW), NOW, trial=True)
        rests.append(breaker.open_until - NOW)
    assert rests == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE, LONGEST_REST, LONGEST_REST, LONGEST_REST]


def test_a_refusal_opens_it_at_once_and_for_long():
    assert refused(Breaker(), NOW) == Breaker(1, 1, NOW + LONGEST_REST)
