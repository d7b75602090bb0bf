"""The score: every circumstance is one line, and waiting never takes a point away."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exceptions_queue.policy import score
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.moment import moment_at
from exceptions_queue.policy.situation import Severity
from shipments.facts import Channel
from tests.exceptions_queue.policy.situations import NOW, at, make_situation

POLICY = default_policy()


def lines(now: datetime = NOW, **facts: Any) -> list[tuple[str, int, str]]:
    moment = moment_at(make_situation(**facts), POLICY, now)
    return [
        (point.rule, point.points, point.sentence) for point in score.points(moment, POLICY.score, Severity.MEDIUM)
    ][1:]


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"tier": "VIP"}, ("tier", 15, "Customer tier: vip.")),
        ({"contacts": 1}, ("contacts", 5, "Asked about this order 1 time.")),
        ({"contacts": 9}, ("contacts", 15, "Asked about this order 9 times.")),
        ({"earlier_cases": 2}, ("earlier_cases", 6, "2 earlier cases of this customer.")),
        ({"channel": Channel.REPLACEMENT}, ("channel", 10, "Sold as: replacement.")),
        ({"value": Decimal(100), "currency": "USD"}, ("order_value", 2, "Order value of 100 USD or more.")),
        ({"value": Decimal(950), "currency": "eur"}, ("order_value", 10, "Order value of 1000 USD or more.")),
        ({"value": Decimal(950), "currency": "XTS"}, ("order_value", 0, "Order value in XTS is not weighed.")),
        ({"value": Decimal(950)}, ("order_value", 0, "Order value in no currency is not weighed.")),
        ({"promised_at": at(5, 12)}, ("promise", 3, "Due within 1 day.")),
        ({"promised_at": at(4, 15)}, ("promise", 5, "Its promise has ended.")),
        ({"promised_at": at(2, 15)}, ("promise", 15, "Late by 2 days or more.")),
        ({"event_date": at(6, 15)}, ("event_date", 15, "Needed for an event on Fri 6 Nov.")),
        (
            {"known_since": at(4) - timedelta(days=10), "promised_at": None},
            ("age", 2, "On its way for 10 days or more."),
        ),
    ],
)
def test_a_circumstance_is_one_line(facts: dict[str, Any], line: tuple[str, int, str]):
    assert lines(**facts) == [line]


@pytest.mark.parametrize(
    "facts",
    [
        {"tier": "unheard of"},
        {"channel": Channel.DIRECT},
        {"value": Decimal("99.99"), "currency": "USD"},
        {"promised_at": at(5, 15, 1)},
        {"promised_at": None},
        {"event_date": at(30)},
    ],
)
def test_an_ordinary_circumstance_has_no_line(facts: dict[str, Any]):
    assert lines(**facts) == []


@pytest.mark.parametrize(
    ("promised_at", "told"),
    [(at(5, 16), []), (at(4, 12), []), (at(2, 15), [("promise", 10, "Late by 1 day or more.")])],
)
def test_a_delivered_parcel_is_as_late_as_it_came(promised_at: datetime, told: list[tuple[str, int, str]]):
    facts = {"promised_at": promised_at, "delivered_at": at(3, 15, 30), "known_since": at(1)}
    assert lines(at(20), **facts) == told
    assert score.changes_at(moment_at(make_situation(**facts), POLICY, at(20)), POLICY.score) is None


@pytest.mark.parametrize("now", [at(4, 11), at(4, 12), at(4, 13)], ids=["told ahead of time", "just now", "before"])
def test_nothing_rises_for_a_parcel_that_has_come(now: datetime):
    moment = moment_at(make_situation(delivered_at=at(4, 12)), POLICY, now)
    assert score.changes_at(moment, POLICY.score) is None


def test_the_worst_severity_is_the_first_line():
    point = score.points(moment_at(make_situation(), POLICY, NOW), POLICY.score, Severity.CRITICAL)[0]
    assert (point.rule, point.points) == ("severity", 40)


@pytest.mark.parametrize(
    ("now", "rises_at"),
    [(NOW, at(10, 20)), (at(10, 20), at(11, 20)), (at(11, 20), at(12, 9)), (at(26), None)],
)
def test_the_next_rise_is_known(now: datetime, rises_at: datetime | None):
    assert score.changes_at(moment_at(make_situation(), POLICY, now), POLICY.score) == rises_at
