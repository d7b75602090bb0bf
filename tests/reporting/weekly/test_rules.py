"""Which rule stands out, and why: one sentence by the strongest reason, none where nothing does."""

from datetime import timedelta

import pytest

from exceptions_queue.policy.situation import FindingKind
from reporting.weekly.rules import Fired, dead, suggestion, suggestions
from tests.factories import NOW


def fired(**values):
    return Fired(**{"kind": FindingKind.STALLED, "last_at": NOW} | values)


@pytest.mark.parametrize(
    ("values", "advice", "says"),
    [
        ({"answered": 12, "worth": 3}, "tighten", "Only 3 of 12 were worth a case"),
        ({"answered": 5, "worth": 2}, "tighten", "Only 2 of 5 were worth a case"),
        ({"closed": 18, "healed": 14}, "tighten", "14 of 18 healed by themselves"),
        ({"answered": 9, "worth": 8, "closed": 10, "healed": 6}, "tighten", "6 of 10 healed by themselves"),
        ({"answered": 6, "worth": 1, "closed": 18, "healed": 18}, "tighten", "Only 1 of 6"),
        (
            {"answered": 12, "worth": 11, "linked": 14, "asked_first": 5},
            "loosen",
            "11 of 12 were worth a case, yet in 5 of 14 the customer asked first",
        ),
        ({"hits": 24, "hits_before": 10}, "look", "24 cases, 10 the week before: one cause"),
        ({"hits": 10, "hits_before": 0}, "look", "10 cases, 0 the week before: one cause"),
        ({"hits": 2, "hits_before": 10}, "look", "2 cases, 10 the week before: does its feed"),
        ({"hits": 0, "hits_before": 10}, "look", "0 cases, 10 the week before: does its feed"),
    ],
)
def test_a_rule_that_stands_out_says_why(values, advice, says):
    found = suggestion(fired(**values))
    assert (found.kind, found.advice) == (FindingKind.STALLED, advice)
    assert found.sentence.startswith(says)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"answered": 4, "worth": 0},
        {"answered": 10, "worth": 5},
        {"closed": 9, "healed": 9},
        {"closed": 20, "healed": 11},
        {"answered": 12, "worth": 11, "linked": 14, "asked_first": 2},
        {"answered": 12, "worth": 10, "linked": 14, "asked_first": 7},
        {"answered": 12, "worth": 11, "linked": 4, "asked_first": 4},
        {"hits": 9, "hits_before": 1},
        {"hits": 19, "hits_before": 10},
        {"hits": 6, "hits_before": 10},
        {"answered": 12, "worth": 3, "is_on": False},
        {"kind": FindingKind.DELIVERED_NOT_RECEIVED, "answered": 12, "worth": 12, "linked": 14, "asked_first": 14},
        {"kind": FindingKind.DELIVERED_NOT_RECEIVED, "closed": 20, "healed": 20},
    ],
)
def test_a_rule_with_too_little_to_go_on_or_nothing_odd_says_nothing(values):
    assert suggestion(fired(**values)) is None


def test_suggestions_begin_with_what_costs_most_work():
    rules = [
        fired(kind=FindingKind.LOST, cases=6, answered=6),
        fired(kind=FindingKind.STALLED, cases=90, answered=6),
        fired(kind=FindingKind.DAMAGED, cases=99),
    ]
    assert [each.kind for each in suggestions(rules)] == [FindingKind.STALLED, FindingKind.LOST]


def test_rules_that_do_not_fire_are_named_the_never_fired_first():
    rules = [
        fired(kind=FindingKind.STALLED, last_at=NOW - timedelta(days=30)),
        fired(kind=FindingKind.LOST, last_at=NOW - timedelta(days=31)),
        fired(kind=FindingKind.DAMAGED, last_at=None),
        fired(kind=FindingKind.ATTEMPTED, last_at=NOW - timedelta(days=50)),
        fired(kind=FindingKind.CUSTOMS_HOLD, last_at=None, is_on=False),
    ]
    assert [each.kind for each in dead(rules, NOW)] == [FindingKind.DAMAGED, FindingKind.ATTEMPTED, FindingKind.LOST]


@pytest.mark.parametrize("kind", ["invalid_tracking_number", "promise_missed", "unknown_status"])
def test_a_rule_that_waiting_does_not_help_is_not_told_to_wait(kind):
    for values in ({"answered": 12, "worth": 3}, {"closed": 18, "healed": 14}):
        assert "wait longer" not in suggestion(fired(kind=FindingKind(kind), **values)).sentence


def test_a_rule_that_fired_after_the_week_is_not_called_never_fired():
    assert (fired(last_at=None).never, fired(last_at=None, fires_later=True).never) == (
        "never",
        "not before this week's end",
    )
