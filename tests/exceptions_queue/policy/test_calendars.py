"""Calendars as the policy writes them: lanes, countries' holidays, cut-off and peak."""

from copy import deepcopy
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from exceptions_queue.policy.calendars import Calendars, parse_calendars
from exceptions_queue.policy.clocks import OperatingDays, Peak
from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.reading import Line, PolicyError
from tests.exceptions_queue.policy.situations import at

CLASSES = ["express", "international"]


def parse(**carriers: Any) -> Calendars:
    data = deepcopy(DEFAULT_POLICY["calendars"])
    data["carriers"] = {"default": {"days": ["mon"]}} | carriers
    return parse_calendars(Line("calendars", data), CLASSES)


def weekday(name: str) -> dict[str, Any]:
    return {"days": [name]}


@pytest.mark.parametrize(
    ("carrier", "service_class", "day"),
    [
        ("ups", "international", 2),
        ("ups", "express", 1),
        ("fedex", "international", 3),
        ("fedex", "express", 0),
        ("dhl", "express", 4),
        ("dhl", "international", 3),
    ],
)
def test_a_lane_comes_before_its_carrier_and_a_carrier_before_the_default(carrier, service_class, day):
    calendars = parse(
        **{
            "ups": weekday("tue"),
            "ups/international": weekday("wed"),
            "default/international": weekday("thu"),
            "dhl/express": weekday("fri"),
        }
    )
    assert calendars.operating_days(carrier, service_class).weekdays == {day}


def test_a_country_brings_its_public_holidays():
    us = parse(usps={"days": ["fri"], "countries": ["US"], "holidays": ["2026-11-27"]}).operating_days("usps")
    assert {date(2026, 12, 25), date(2026, 11, 27), date(2026, 7, 3)} <= us.holidays
    assert date(2026, 11, 20) not in us.holidays


def test_both_ends_of_a_lane_may_rest():
    lane = parse(**{"ups/international": {"days": ["wed"], "countries": ["US", "GB-ENG"]}})
    holidays = lane.operating_days("ups", "international").holidays
    assert {date(2026, 11, 11), date(2026, 12, 28)} <= holidays  # Veterans Day; Boxing Day in lieu


def test_holidays_are_the_same_every_time_they_are_read():
    calendar = {"days": ["mon"], "countries": ["CA"]}
    assert parse(canadapost=calendar) == parse(canadapost=deepcopy(calendar))


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        (
            {"countries": ["XX"]},
            "calendars.carriers.ups.countries[1]: the holidays of 'XX' are not known; "
            "write a country such as US, or with its part such as GB-ENG",
        ),
        (
            {"countries": ["GB-QQ"]},
            "calendars.carriers.ups.countries[1]: the holidays of 'GB-QQ' are not known; "
            "write a country such as US, or with its part such as GB-ENG",
        ),
        ({"cutoff": "5 pm"}, "calendars.carriers.ups.cutoff: '5 pm' is not a time of day; write it as 17:00"),
        ({"cutoff": "24:00"}, "calendars.carriers.ups.cutoff: '24:00' is not a time of day; write it as 17:00"),
        (
            {"peak": {"from": "15 Nov", "to": "01-15", "factor": 2}},
            "calendars.carriers.ups.peak.from: '15 Nov' is not a day of the year; write month and day as 11-15",
        ),
        (
            {"peak": {"from": "11-15", "to": "01-15", "factor": 0.5}},
            "calendars.carriers.ups.peak.factor: 0.5 would shorten the time; write 1 or more",
        ),
        (
            {"peak": {"from": "11-15", "to": "01-15"}},
            "calendars.carriers.ups.peak: 'factor' is missing; add a line 'factor'",
        ),
    ],
)
def test_a_wrong_line_is_named_with_its_fix(calendar, message):
    with pytest.raises(PolicyError) as refused:
        parse(ups=weekday("mon") | calendar)
    assert str(refused.value) == message


def test_a_lane_of_a_class_nobody_knows_is_refused():
    with pytest.raises(PolicyError, match="did you mean 'international'"):
        parse(**{"ups/internationl": weekday("mon")})


CHRISTMAS = Peak((11, 15), (1, 15), Fraction("1.7"))
SUMMER = Peak((7, 1), (7, 31), Fraction(2))


@pytest.mark.parametrize(
    ("peak", "day", "covered"),
    [
        (CHRISTMAS, date(2026, 11, 14), False),
        (CHRISTMAS, date(2026, 11, 15), True),
        (CHRISTMAS, date(2027, 1, 1), True),
        (CHRISTMAS, date(2027, 1, 15), True),
        (CHRISTMAS, date(2027, 1, 16), False),
        (SUMMER, date(2026, 7, 31), True),
        (SUMMER, date(2026, 8, 1), False),
    ],
)
def test_a_peak_may_go_over_the_new_year(peak, day, covered):
    assert peak.covers(day) is covered


@pytest.mark.parametrize(("days", "allowed"), [(0, 0), (1, 2), (2, 3), (3, 5), (4, 7), (5, 9), (7, 12), (10, 17)])
def test_the_peaks_allowance_is_in_whole_days(days, allowed):
    busy = OperatingDays(peak=CHRISTMAS)
    assert busy.allowed(days, at(16)) == allowed
    assert busy.allowed(days, at(14)) == days


def test_the_default_policy_allows_for_the_peak_and_the_cut_off():
    calendar = default_policy().calendars.operating_days("ups", "ground")
    assert calendar.allowed(7, at(15)) == 12
    assert calendar.leaves_from(at(4, 17)) == at(4, 17)
    assert calendar.leaves_from(at(4, 17, 1)) == at(5, 0)


@pytest.mark.parametrize(
    ("ready_at", "leaves"),
    [(at(7, 20), at(7, 20)), (at(6, 20), at(7, 0)), (at(4, 9), at(4, 9))],
    ids=["nobody collects on a Saturday anyway", "Friday night", "in the morning"],
)
def test_what_is_ready_after_the_cut_off_leaves_the_next_day(ready_at: datetime, leaves: datetime):
    calendar = default_policy().calendars.operating_days("ups")
    assert calendar.leaves_from(ready_at) == leaves
    assert calendar.add(ready_at + timedelta(0), 1) <= calendar.add(leaves, 1)
