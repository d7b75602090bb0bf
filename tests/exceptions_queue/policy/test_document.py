"""A policy document: what is right is kept whole, what is wrong is named by its line with the fix."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.document import parse_policy, to_data
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.rules import FIGURES
from exceptions_queue.policy.sentences import describe, describe_match
from exceptions_queue.policy.situation import FindingKind, Severity, Team
from exceptions_queue.policy.terms import Anchor, ClaimKind, StateClass
from shipments.facts import State
from tests.exceptions_queue.policy.situations import at


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the default document with one line written anew."""
    data = copy.deepcopy(DEFAULT_POLICY)
    *above, last = path.split("/")
    place: Any = data
    for name in above:
        place = place[int(name) if isinstance(place, list) else name]
    place[int(last) if isinstance(place, list) else last] = value
    return data


def without(path: str) -> dict[str, Any]:
    data = copy.deepcopy(DEFAULT_POLICY)
    *above, last = path.split("/")
    place: Any = data
    for name in above:
        place = place[name]
    del place[last]
    return data


def test_a_policy_comes_back_as_it_was_written():
    policy = default_policy()
    assert to_data(policy) == DEFAULT_POLICY
    assert parse_policy(to_data(policy)) == policy
    assert hash(parse_policy(to_data(policy))) == hash(policy)


def test_the_order_of_names_does_not_matter():
    """A database that keeps documents may shuffle them."""
    shuffled = json.loads(json.dumps(DEFAULT_POLICY, sort_keys=True))
    assert parse_policy(shuffled) == default_policy()
    assert describe(parse_policy(shuffled)) == describe(default_policy())


def test_another_figure_is_another_policy():
    other = parse_policy(changed("detectors/stalled/due_within_days", 4))
    assert other != default_policy()
    assert other.digest != default_policy().digest


WRONG = [
    (
        "detectors/stalled/days/ground",
        "three",
        "detectors.stalled.days.ground: 'three' is not a number; write whole days such as 3",
    ),
    (
        "detectors/stalled/days/ground",
        2.5,
        "detectors.stalled.days.ground: 2.5 is not a whole number; write whole days such as 3",
    ),
    ("detectors/stalled/days/ground", 0, "detectors.stalled.days.ground: 0 is too small; write 1 days or more"),
    (
        "detectors/stalled/days/grund",
        3,
        "detectors.stalled.days.grund: 'grund' is not known here; did you mean 'ground'?",
    ),
    (
        "detectors/stalled/days",
        {"ground": 3},
        "detectors.stalled.days: 'default' is missing; add a line 'default' for services not named here",
    ),
    (
        "detectors/stalled/carriers",
        {"ups": {"day": 3}},
        "detectors.stalled.carriers.ups.day: 'day' is not known here; did you mean 'days'?",
    ),
    ("detectors/stalled/on", "yes", "detectors.stalled.on: 'yes' is neither true nor false; write true or false"),
    ("detectors/stalled/team", "suport", "detectors.stalled.team: 'suport' is not known here; did you mean 'support'?"),
    (
        "detectors/stalled/severity",
        "bad",
        "detectors.stalled.severity: 'bad' is not known here; write one of critical, high, low, medium",
    ),
    (
        "detectors/stalled/allowed_hours",
        0,
        "detectors.stalled.allowed_hours: 0 is too small; write more than 0 hours",
    ),
    (
        "detectors/stalled/raised",
        "high",
        "detectors.stalled.raised: 'raised' is not known here; write one of",
    ),
    (
        "detectors/attempted/raised",
        "low",
        "detectors.attempted.raised: it is milder than 'severity'; write the same or a worse one",
    ),
    (
        "detectors/promise_missed/steps/1/severity",
        "low",
        "detectors.promise_missed.steps[2].severity: it is milder than the step before; write the same or a worse one",
    ),
    (
        "detectors/promise_missed/steps/1/after_days",
        1,
        "detectors.promise_missed.steps[2].after_days: 1 is too small; write 2 days or more",
    ),
    ("detectors/stuck", {}, "detectors.stuck: 'stuck' is not known here; write one of"),
    ("states/lost", "terrible", "states.lost: 'terrible' is not known here; write one of"),
    (
        "calendars/carriers",
        {},
        "calendars.carriers: 'default' is missing; add a calendar 'default' for carriers not named here",
    ),
    (
        "calendars/carriers/default/days",
        [],
        "calendars.carriers.default.days: no day is written; write at least one such as mon",
    ),
    (
        "calendars/carriers/default/holidays/0",
        "25.12.2026",
        "calendars.carriers.default.holidays[1]: '25.12.2026' is not a date; write it as 2026-12-25",
    ),
    (
        "calendars/carriers/default/zone",
        "New York",
        "calendars.carriers.default.zone: 'New York' is not a time zone; write one such as America/New_York",
    ),
    (
        "calendars/teams/support/hours/mon/0",
        "8-12",
        "calendars.teams.support.hours.mon[1]: '8-12' is not a stretch of time; write it as 09:00-12:30",
    ),
    (
        "calendars/teams/finance/hours/mon",
        ["13:00-17:00", "09:00-12:00"],
        "calendars.teams.finance.hours.mon[2]: it is out of order; "
        "write stretches that follow each other within the day",
    ),
    (
        "calendars/teams/support/hours",
        {},
        "calendars.teams.support.hours: no hour is written; write at least one day such as mon: 09:00-17:00",
    ),
    ("score/watch", 30, "score.watch: it is more than 'case'; write the same or less"),
    ("score/promise/2/points", 1, "score.promise[3].points: 1 is too small; write 5 points or more"),
    ("score/promise/2/days", 0, "score.promise[3].days: there is a step of 0 already; change that one, or write"),
    ("score/channels/shop", 3, "score.channels.shop: 'shop' is not known here; write one of"),
    ("score/tiers", [], "score.tiers: [] is not a table; write names with their values"),
    ("services", {}, "services: {} is not a list; write a list"),
    ("services/0/words/0", "", "services[1].words[1]: '' is not a text; write some words"),
    ("claim_windows/0/carrier", "ups", "claim_windows[3]: ups lost is written twice; keep one of them"),
    ("approvals/limits/USD/boss", 3, "approvals.limits.USD.boss: 'boss' is not known here; write one of"),
    ("approvals/goods", "yes", "approvals.goods: 'yes' is neither true nor false; write true or false"),
    ("name", None, "name: nothing is not a text; write some words"),
    ("format", 4, "format: '4' is not a format known here; write 3"),
    ("format", 0, "format: '0' is not a format known here; write 3"),
    ("messages/states", {"informational": "none"}, "messages.states: 'customer_facing' is missing; add a line"),
    ("messages/findings/lost", "sorry", "messages.findings.lost: 'sorry' is not known here; write one of"),
    ("messages/findings/losst", "none", "messages.findings.losst: 'losst' is not known here; did you mean 'lost'?"),
    ("messages/hold/answered_hours", -1, "messages.hold.answered_hours: -1 is too small; write 0 hours or more"),
    ("messages/hold/claimed_case", 1, "messages.hold.claimed_case: 1 is neither true nor false; write true or false"),
    ("decisions/0/suggest", "pray", "decisions[1].suggest: 'pray' is not known here; write one of"),
    ("decisions/0/finding", "losst", "decisions[1].finding: 'losst' is not known here; did you mean 'lost'?"),
    ("decisions/0/because", "", "decisions[1].because: '' is not a text; write some words"),
    ("decisions/0/when", {"tier": []}, "decisions[1].when.tier: 'tier' is not known here; did you mean 'tiers'?"),
    (
        "decisions/0/when",
        {"value_from": 100, "value_below": 100},
        "decisions[1].when.value_below: no value is both; write more than 100",
    ),
    ("scope/teams", ["sales"], "scope.teams[1]: 'sales' is not known here; write one of"),
    ("scope/carriers", "ups", "scope.carriers: 'ups' is not a list; write a list"),
    ("workload/minutes/finance", 0, "workload.minutes.finance: 0 is too small; write more than 0 minutes"),
    (
        "detectors/stalled/exceptions",
        [{"days": 3}],
        "detectors.stalled.exceptions[1]: it excepts every parcel; name a carrier, a service class or both",
    ),
    (
        "detectors/stalled/exceptions",
        [{"carrier": "ups"}],
        "detectors.stalled.exceptions[1]: it changes no figure; write at least one of days, customs_days",
    ),
    (
        "detectors/stalled/exceptions",
        [{"carrier": "ups", "days": 0}],
        "detectors.stalled.exceptions[1].days: 0 is too small; write 1 days or more",
    ),
    ("detector", {}, "detector: 'detector' is not known here; did you mean 'detectors'?"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=[line[2].split(";")[0] for line in WRONG])
def test_a_wrong_line_is_named_with_its_fix(path: str, value: Any, message: str):
    with pytest.raises(PolicyError) as refused:
        parse_policy(changed(path, value))
    assert str(refused.value).startswith(message)
    assert message.startswith(refused.value.path)


@pytest.mark.parametrize("path", ["name", "detectors", "states/lost", "detectors/stalled/days", "score/case"])
def test_a_missing_line_is_named(path: str):
    with pytest.raises(PolicyError, match=f"'{path.split('/')[-1]}' is missing; add a line"):
        parse_policy(without(path))


@pytest.mark.parametrize("data", [None, [], "policy", 3])
def test_what_is_no_document_is_refused(data: Any):
    with pytest.raises(PolicyError, match="is not a table; write names with their values"):
        parse_policy(data)


def test_a_detector_left_out_is_not_looked_for():
    assert FindingKind.STALLED not in parse_policy(without("detectors/stalled")).detectors


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("UPS Ground", "ground"),
        ("GroundAdvantage", "ground"),
        ("FEDEX_GROUND", "ground"),
        ("FEDEX_2_DAY", "expedited"),
        ("2ndDayAir", "expedited"),
        ("3DaySelect", "expedited"),
        ("Priority", "expedited"),
        ("FEDEX_EXPRESS_SAVER", "expedited"),
        ("NextDayAirSaver", "express"),
        ("PRIORITY_OVERNIGHT", "express"),
        ("PriorityMailExpress", "express"),
        ("SMART_POST", "economy"),
        ("PriorityMailInternational", "international"),
        ("EXPRESS WORLDWIDE", "international"),
        ("air", "default"),
        ("", "default"),
    ],
)
def test_services_are_told_by_their_words(service: str, name: str):
    assert default_policy().services.class_of(service) == name


@pytest.mark.parametrize(
    ("carrier", "service_class", "days"),
    [("usps", "ground", 4), ("usps", "express", 9), ("ups", "express", 1), ("fedex", "ground", 3), ("fedex", "", 5)],
)
def test_the_most_specific_figure_wins(carrier: str, service_class: str, days: int):
    own = {"usps": {"days": {"ground": 4, "default": 9}}, "fedex": {"days": {"economy": 8}}}
    rule = parse_policy(changed("detectors/stalled/carriers", own)).detectors[FindingKind.STALLED]
    assert rule.figures["days"].at(carrier, service_class) == days


def test_the_first_exception_wins_over_all_others():
    data = changed("detectors/stalled/carriers", {"usps": {"days": {"ground": 4, "default": 9}}})
    data["detectors"]["stalled"]["exceptions"] = [
        {"carrier": "usps", "service": "ground", "days": 6},
        {"service": "ground", "days": 8, "due_within_days": 2},
        {"carrier": "usps", "days": 7},
    ]
    rule = parse_policy(data).detectors[FindingKind.STALLED]
    days, due = rule.figures["days"], rule.figures["due_within_days"]
    assert [days.at(*each) for each in [("usps", "ground"), ("ups", "ground"), ("usps", "express")]] == [6, 8, 7]
    assert days.at("ups", "economy") == 5
    assert (due.at("ups", "ground"), due.at("ups", "economy")) == (2, 6)
    assert "5 (6 for USPS ground, 8 for ground, 7 for USPS, 1 for express" in describe(parse_policy(data))[1]


def test_every_figure_of_the_default_policy_names_its_source():
    for kind, rule in default_policy().detectors.items():
        assert set(FIGURES[kind]) <= set(rule.source), kind
    assert all(window.source and window.verify for window in default_policy().claim_windows)


def test_the_default_policy_knows_every_state_team_and_class():
    policy = default_policy()
    assert set(policy.states) == set(State)
    assert policy.states[State.ATTEMPTED] is StateClass.EXCEPTION
    assert set(policy.calendars.teams) == set(Team)
    assert policy.detectors[FindingKind.LOST].severity is Severity.CRITICAL


def test_a_claim_window_counts_from_its_anchor():
    policy = default_policy()
    usps, fedex = (policy.claim_window(carrier, ClaimKind.LOST) for carrier in ("usps", "fedex"))
    assert usps is not None
    assert usps.dates({Anchor.SHIPPED: at(2)}) == (at(17), at(2) + timedelta(days=60))
    assert fedex is not None
    assert fedex.dates({Anchor.SHIPPED: at(2)}) == (None, at(2) + timedelta(days=60))
    assert policy.claim_window("nobody", ClaimKind.LOST) is None


def test_a_policy_is_read_as_sentences():
    sentences = describe(default_policy())
    assert len(sentences) == len(default_policy().detectors)
    assert sentences[0] == (
        "Open “no first scan” for fulfillment when a label has no physical scan for 4 operating days (watched from 2). "
        "Low severity, medium when worse, high after 10 days. "
        "Check whether the warehouse handed it over within 8 working hours."
    )


def test_a_detector_switched_off_says_so():
    assert describe(parse_policy(changed("detectors/no_first_scan/on", False)))[0].startswith(
        "Switched off: “no first scan” when"
    )


def test_the_sentence_of_a_match_names_only_its_own_figures():
    rule = default_policy().detectors[FindingKind.STALLED]
    assert describe_match(rule, "ups", "economy") == (
        "Stalled (economy service): a parcel shows no physical scan for 5 operating days (10 while customs hold it) "
        "and is due within 6 days or has no promise; on a lane known well, silent longer than usual and 45 % likely "
        "to be late."
    )
