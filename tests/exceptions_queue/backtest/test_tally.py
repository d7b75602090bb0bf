"""The figures of a backtest from what was opened and what became of it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from exceptions_queue.backtest.parcels import Talk, fate
from exceptions_queue.backtest.replay import Opened, OpenedCase, Replayed
from exceptions_queue.backtest.results import results
from exceptions_queue.backtest.tally import Tally, flag_of, from_data, tally
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.messages import Hold, MessageKind
from exceptions_queue.policy.situation import FindingKind, Severity, Team
from exceptions_queue.policy.telling import News, Prepared
from shipments.facts import State
from tests.exceptions_queue.backtest.histories import day, parcel, told

UNTIL = day(60)
WORKLOAD = default_policy().workload
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
    figures = results(total, minutes_a_case=30, workload=WORKLOAD)
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
        "hours_by_team": {"fulfillment": 1.0},
    }.items() <= figures.items()


def test_a_case_before_the_question_answers_it_ahead():
    asked = parcel(1, events=LATE.events, talks=(Talk(day(8), None, True), Talk(day(6), None, False)))
    warned, late = opened(FindingKind.STALLED, day(7)), opened(FindingKind.STALLED, day(9))
    tallies = [tally([replayed(asked, each)], UNTIL) for each in (warned, late)]
    assert [results(each, workload=WORKLOAD)["found_before_asked"] for each in tallies] == [1.0, 0.0]


def test_a_case_somebody_asked_about_is_no_noise():
    asked = parcel(2, events=IN_TIME.events, talks=(Talk(day(8), None, True),))
    assert tally([replayed(asked, opened(FindingKind.STALLED, day(7)))], UNTIL).needless == 0


def test_a_share_of_nothing_is_not_told():
    figures = results(tally([], UNTIL), workload=WORKLOAD)
    assert [figures[name] for name in ("precision", "recall", "median_lead_days", "noise_per_1000")] == [None] * 4


def test_hours_follow_each_team_s_own_minutes_unless_others_are_stated():
    cases = [OpenedCase(day(3), team) for team in (Team.SUPPORT, Team.SUPPORT, Team.FINANCE)]
    total = tally([Replayed(LATE, cases=cases)] * 10, UNTIL)
    own = results(total, workload={**WORKLOAD, Team.SUPPORT: 6, Team.FINANCE: 30})
    assert own["hours_by_team"] == {"finance": 5.0, "support": 2.0}
    assert (own["hours_of_work"], own["minutes_a_case"]) == (7.0, None)
    stated = results(total, minutes_a_case=12, workload=WORKLOAD)
    assert stated["hours_by_team"] == {"finance": 2.0, "support": 4.0}
    assert (stated["hours_of_work"], stated["minutes_a_case"]) == (6.0, 12)


def message(kind: MessageKind, held: Hold | None = None) -> Prepared:
    return Prepared(day(3), News(FindingKind.LOST, kind, day(3)), held)


def test_messages_are_counted_as_sent_as_drafts_or_as_held_and_why():
    kinds = [MessageKind.NORMAL, MessageKind.NORMAL, MessageKind.APOLOGY, MessageKind.REVIEWED]
    held = [message(MessageKind.REVIEWED, Hold.OLD_NEWS), message(MessageKind.NORMAL, Hold.CONVERSATION_OPEN)]
    total = tally([Replayed(LATE, messages=[*map(message, kinds), *held, held[1]])], UNTIL)
    figures = results(from_data(json.loads(json.dumps(total.to_data()))), workload=WORKLOAD)
    assert (figures["messages_sent"], figures["messages_to_review"], figures["messages_held"]) == (3, 1, 3)
    assert figures["messages_by_kind"] == {"apology": 1, "normal": 2}
    assert figures["messages_held_by_reason"] == {"conversation_open": 2, "old_news": 1}


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
