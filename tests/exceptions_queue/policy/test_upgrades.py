"""Documents of older formats: they are read as they were written, and mean what they meant."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.document import parse_policy, to_data
from exceptions_queue.policy.messages import MessageKind
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import FindingKind, Severity
from exceptions_queue.policy.upgrades import FORMAT, upgraded
from exceptions_queue.transitions import DecisionKind

LATER = ("messages", "decisions", "scope", "workload")


def format_1() -> dict[str, Any]:
    """Return the default policy as format 1 wrote it."""
    data = copy.deepcopy(DEFAULT_POLICY)
    for name in LATER:
        del data[name]
    del data["score"]["severities"]
    return {**data, "format": 1}


def test_a_document_of_format_1_is_read():
    policy = parse_policy(format_1())
    assert policy.detectors == default_policy().detectors
    assert to_data(policy)["format"] == FORMAT
    assert parse_policy(to_data(policy)) == policy


def test_a_document_of_format_1_sends_no_message_and_opens_everywhere():
    policy = parse_policy(format_1())
    assert set(policy.messages.states.values()) == {MessageKind.NONE}
    assert {policy.messages.for_finding(kind) for kind in FindingKind} == {MessageKind.NONE}
    assert not policy.scope.limited
    suggested = [(line.finding, line.suggest) for line in policy.decisions]
    assert (FindingKind.STALLED, DecisionKind.OPEN_TRACE) in suggested


def test_a_severity_counts_in_an_older_document_what_the_code_said():
    for data in (format_1(), {**format_1(), **{name: DEFAULT_POLICY[name] for name in LATER}, "format": 2}):
        assert parse_policy(data).score.severities == {each: int(each) for each in Severity}


def test_a_figure_learned_since_format_1_is_the_shipped_one():
    data = format_1()
    del data["detectors"]["stalled"]["due_within_days"]
    assert parse_policy(data).detectors == default_policy().detectors


def test_a_figure_that_need_not_be_written_stays_out_of_an_older_document():
    data = format_1()
    del data["detectors"]["stalled"]["late_percent"]
    percent = parse_policy(data).detectors[FindingKind.STALLED].figures["late_percent"]
    assert percent.at("ups", "ground") == 0
    assert "late_percent" not in upgraded(data)["detectors"]["stalled"]


def test_reading_an_older_document_leaves_it_as_it_was():
    data = format_1()
    before = copy.deepcopy(data)
    parse_policy(data)
    assert data == before


def test_a_mistake_in_an_older_document_is_still_named():
    data = format_1()
    data["detectors"]["stalled"]["days"] = "three"
    with pytest.raises(PolicyError, match=r"detectors\.stalled\.days: 'three' is not a number"):
        parse_policy(data)


@pytest.mark.parametrize("data", [None, [], 3, {"format": True}, {"format": "1"}, {"format": 99}])
def test_what_is_no_older_document_comes_back_as_it_is(data: Any):
    assert upgraded(data) is data


def test_todays_document_is_not_touched():
    assert upgraded(DEFAULT_POLICY) is DEFAULT_POLICY
