"""How a feed usually behaves: lag, rate, and after which silence to ask."""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.rhythm import LAG_BOUNDS, LAG_CLASSES, Lag, hour_of, lag_class, lag_of, rate_of, usual_silence

NOW = datetime(2026, 11, 4, 12, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("lag", "number"),
    [(-HOUR, 0), (MINUTE, 0), (5 * MINUTE, 0), (6 * MINUTE, 1), (2 * DAY, LAG_CLASSES - 2), (3 * DAY, LAG_CLASSES - 1)],
)
def test_a_lag_is_counted_in_the_class_that_holds_it(lag, number):
    assert lag_class(lag) == number


def _counts(**classes: int) -> list[int]:
    return [classes.get(f"c{n}", 0) for n in range(LAG_CLASSES)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (_counts(), None),
        (_counts(c0=1), Lag(LAG_BOUNDS[0], LAG_BOUNDS[0], 1)),
        (_counts(c0=94, c4=6), Lag(LAG_BOUNDS[0], LAG_BOUNDS[4], 100)),
        (_counts(c0=95, c4=5), Lag(LAG_BOUNDS[0], LAG_BOUNDS[0], 100)),
        (_counts(c3=1, c10=1), Lag(LAG_BOUNDS[3], None, 2)),
    ],
)
def test_lag_is_the_end_of_the_class_half_and_nearly_all_lie_in(counts, expected):
    assert lag_of(counts) == expected


def test_the_rate_is_the_last_whole_hour_beside_the_median_of_that_hour():
    last = hour_of(NOW) - HOUR
    counts = {last: 3, **{last - DAY * days: 10 * days for days in range(1, 8)}, last - 2 * HOUR: 999}
    assert rate_of(counts, last - 7 * DAY, NOW) == (3, 40)


def test_days_without_a_message_count_as_zero():
    last = hour_of(NOW) - HOUR
    assert rate_of({last - DAY: 10}, last - 10 * DAY, NOW) == (0, 0)


@pytest.mark.parametrize("since", [None, NOW - 3 * DAY])
def test_no_usual_rate_is_claimed_from_less_than_a_week(since):
    assert rate_of({}, since, NOW).usual is None


def spans(days: int, *, every: int = 1, begin: int = 8, end: int = 18) -> list[tuple[datetime, datetime]]:
    """Return the first and last message of each working hour of some days."""
    first = datetime(2026, 10, 1, tzinfo=UTC)
    return [
        (first + DAY * day + HOUR * hour, first + DAY * day + HOUR * hour + 50 * MINUTE)
        for day in range(days)
        for hour in range(begin, end, every)
    ]


def test_nights_pass_and_half_as_much_again():
    found = usual_silence(spans(20))
    assert found == (22, 14 * HOUR + 10 * MINUTE, 20)


def test_a_feed_that_speaks_all_day_is_asked_after_an_hour():
    assert usual_silence(spans(20, begin=0, end=24)).hours == 1


def test_one_outage_does_not_stretch_it():
    told = spans(28)
    outage = datetime(2026, 10, 10, tzinfo=UTC), datetime(2026, 10, 12, tzinfo=UTC)
    kept = [span for span in told if not outage[0] < span[0] < outage[1]]
    assert usual_silence(kept).hours == usual_silence(told).hours


@pytest.mark.parametrize("told", [[], spans(1), spans(7)[:1], spans(5)])
def test_nothing_is_suggested_before_a_week_was_seen(told):
    assert usual_silence(told) is None
