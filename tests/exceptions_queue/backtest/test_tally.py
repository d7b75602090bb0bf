"""The figures of a backtest from what was opened and what became of it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from exceptions_queue.backtest.parcels import Talk, fate
from exceptions_queue.backtest.replay import Opened, OpenedCase, Replayed
from exceptions_queue.backtest.results import results
from exceptions_queue.backtest.tally import Tally, flag_of, from_data, tally
from exceptions_queue.policy.situation import FindingKind, Severity, Team
from shipments.facts import State
from tests.exceptions_queue.backtest.histories import day, parcel, told

UNTIL = day(60)
LATE = parcel(1, events=told("1", (State.IN_TRANSIT, 2), (State.DELIVERED, 13)))
IN_TIME = parcel(2, events=told("2", (State.IN_TRANSIT, 2), (State.DELIVERED, 9)))


def opened(kind: FindingKind, at: datetime, case: int = 1) -> Opened:
    return Opened(kind, case, Team.FULFILLMENT, Severity.MEDIUM, 20, at)


def replayed(one, *findings: Opened, healed: int = 0) -> Replayed:
    cases = [OpenedCase(each.opened_at, Team.FULFILLMENT) for each in findings[:1]]
    return Replayed(one, list(findings), cases, healed)


@pytest.mark.parametrize(
    ("one", "at", "is_flag"),
    [(LATE, 10.4, True), (LATE, 10.6, False), (IN_TIME, 8.9, True), (IN_TIME, 9.1, False)],
    ids=["before the promise ends", "after it", "before the delivery", "after the delivery"],
)
def test_a_warning_is_a_flag_before_the_delivery_and_before_the_promise_ends(one, at: float, is_flag: bool):
    warning = opened(FindingKind.STALLED, day(at))
    assert (flag_of([warning], fate(one, UNTIL)) is warning) is is_flag


def test_only_warnings_flag_and_the_first_one_counts():
    findings = [opened(FindingKind.ATTEMPTED, day(3)), opened(FindingKind.PROMISE_AT_RISK, day(6))]
    first = opened(FindingKind.STALLED, day(5))
    assert flag_of([*findings, first], fate(LATE, UNTIL)) is first
    assert flag_of(findings[:1], fate(LATE, UNTIL)) is None


def test_the_figures_weigh_flags_against_what_became_of_them():
    total = tally(
        [
            replayed(LATE, opened(FindingKind.STALLED, day(7)), healed=1),
            replayed(IN_TIME, opened(FindingKind.PROMISE_AT_RISK, day(8)), healed=1),
            replayed(parcel(3, events=told("3", (State.DELIVERED, 12)))),
            replayed(parcel(4, events=told("4", (State.DELIVERED, 5)))),
        ],
        UNTIL,
    )
    figures = results(total, minutes_a_case=30)
    assert {
        "shipments": 4,
        "late": 2,
        "flagged": 2,
        "flags_per_1000": 500.0,
        "precision": 0.5,
        "recall": 0.5,
        "found_two_days_ahead": 0.5,
        "median_lead_days": 3.55,
        "found_late": 1,
        "cases": 2,
        "healed": 2,
        "noise_per_1000": 250.0,
        "cases_by_team": {"fulfillment": 2},
        "cases_by_day": {"2026-02-09": {"fulfillment": 1}, "2026-02-10": {"fulfillment": 1}},
        "findings": {"stalled": 1, "promise_at_risk": 1},
        "hours_of_work": 1.0,
    }.items() <= figures.items()


def test_a_case_before_the_question_answers_it_ahead():
    asked = parcel(1, events=LATE.events, talks=(Talk(day(8), None, True), Talk(day(6), None, False)))
    warned, late = opened(FindingKind.STALLED, day(7)), opened(FindingKind.STALLED, day(9))
    shares = [results(tally([replayed(asked, each)], UNTIL))["found_before_asked"] for each in (warned, late)]
    assert shares == [1.0, 0.0]


def test_a_case_somebody_asked_about_is_no_noise():
    asked = parcel(2, events=IN_TIME.events, talks=(Talk(day(8), None, True),))
    assert tally([replayed(asked, opened(FindingKind.STALLED, day(7)))], UNTIL).needless == 0


def test_a_share_of_nothing_is_not_told():
    figures = results(tally([], UNTIL))
    assert [figures[name] for name in ("precision", "recall", "median_lead_days", "noise_per_1000")] == [None] * 4


def test_tallies_add_up_and_come_back_from_where_they_are_stored():
    first = tally([replayed(LATE, opened(FindingKind.STALLED, day(7)))], UNTIL)
    second = tally([replayed(IN_TIME, opened(FindingKind.STALLED, day(7)))], UNTIL)
    stored = from_data(json.loads(json.dumps((first + second).to_data())))
    assert stored == tally(
        [
            replayed(LATE, opened(FindingKind.STALLED, day(7))),
            replayed(IN_TIME, opened(FindingKind.STALLED, day(7))),
        ],
        UNTIL,
    )
    assert from_data({}) == Tally()
