from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shipments import spoken

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=-5), "5 d"),
    ],
)
def test_duration_is_said_in_its_largest_unit(span, words):
    assert spoken.duration(span) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=10), "1 minute"),
        (timedelta(minutes=40), "40 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(days=4, hours=3), "4 days"),
    ],
)
def test_long_duration_is_said_in_prose(span, words):
    assert spoken.long_duration(span) == words


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(hours=-3), "3 h ago"),
        (timedelta(days=2), "in 2 d"),
    ],
)
def test_instant_is_said_relative_to_now(away, words):
    assert spoken.ago(NOW + away, NOW) == words


@pytest.mark.parametrize(
    ("away", "words", "tone"),
    [
        (timedelta(hours=5), "due in 5 h", ""),
        (timedelta(minutes=90), "due in 1 h", "high"),
        (timedelta(minutes=-40), "overdue 40 min", "critical"),
    ],
)
def test_deadline_warns_when_it_comes_near(away, words, tone):
    assert spoken.clock(NOW + away, NOW) == spoken.Clock(words, tone)


@pytest.mark.parametrize(
    ("promised", "words", "tone"),
    [
        (NOW + timedelta(days=3), "in 3 d", ""),
        (NOW + timedelta(days=1), "tomorrow", ""),
        (NOW + timedelta(hours=2), "today", "medium"),
        (NOW - timedelta(hours=2), "late today", "high"),
        (NOW - timedelta(hours=16), "1 d late", "high"),
        (NOW - timedelta(days=4), "4 d late", "critical"),
    ],
)
def test_promise_is_counted_in_calendar_days(promised, words, tone):
    assert spoken.lateness(promised, NOW) == spoken.Clock(words, tone)


@pytest.mark.parametrize(
    ("promised", "now", "words", "tone"),
    [
        # A date ends where the carrier is: 23:30 on the 7th in New York is already the 8th in UTC.
        (datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 8, 4, 30, tzinfo=UTC), "today", "medium"),
        (datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 8, 5, 30, tzinfo=UTC), "1 d late", "high"),
        # The clock goes forward on the 8th, so the 9th begins there at 04:00 in UTC.
        (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "today", "medium"),
        (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, 4, 0, tzinfo=UTC), "1 d late", "high"),
        # Midnight of New York is that date there.
        (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 20, tzinfo=UTC), "today", "medium"),
        # An hour is an instant, and its day the one it has there.
        (datetime(2026, 3, 8, 3, tzinfo=UTC), datetime(2026, 3, 7, 20, tzinfo=UTC), "today", "medium"),
        (datetime(2026, 3, 8, 3, tzinfo=UTC), datetime(2026, 3, 8, 4, tzinfo=UTC), "late today", "high"),
    ],
)
def test_the_days_of_a_promise_are_those_of_the_carriers_zone(promised, now, words, tone):
    assert spoken.lateness(promised, now, ZoneInfo("America/New_York")) == spoken.Clock(words, tone)


def test_a_promised_date_in_utc_is_kept_until_that_day_ends():
    day = datetime(2026, 3, 4, tzinfo=UTC)
    assert spoken.lateness(day, day + timedelta(hours=23, minutes=59)) == spoken.Clock("today", "medium")
    assert spoken.lateness(day, day + timedelta(hours=24)) == spoken.Clock("1 d late", "high")


def test_exact_instant_names_its_zone():
    assert spoken.exactly(NOW) == "Wed 4 Mar 2026, 15:00 UTC"


def test_money_shows_its_currency_first():
    assert spoken.money(Decimal("1249"), "USD") == "USD 1,249.00"
