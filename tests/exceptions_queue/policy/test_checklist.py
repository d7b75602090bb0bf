"""The rollout checklist: every question is answered by the policy itself."""

from __future__ import annotations

import copy

from exceptions_queue.policy.checklist import checklist
from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.document import parse_policy


def answers(policy, asks: str) -> tuple[str, ...]:
    return next(each.answers for each in checklist(policy) if each.asks == asks)


def test_every_question_has_an_answer():
    assert all(each.answers and all(each.answers) for each in checklist(default_policy()))


def test_it_says_who_sees_what_and_who_does_what():
    policy = default_policy()
    assert "Delivered: the customer is told in a plain message." in answers(policy, "Which states do customers see?")
    routed = answers(policy, "Which problems are routed before the customer asks?")
    assert "Promise missed: for support, the customer is told with an apology." in routed
    work = answers(policy, "Which need a person, and whom?")
    assert any(
        line.startswith("Fulfillment, ") and "ask the carrier where it is within 8 h (stalled)" in line for line in work
    )


def test_what_is_switched_off_or_left_out_is_named():
    data = copy.deepcopy(DEFAULT_POLICY)
    data["detectors"]["lost"]["on"] = False
    del data["detectors"]["stalled"]
    silent = answers(parse_policy(data), "What is not looked for?")
    assert "Lost: switched off." in silent
    assert "Stalled: no rule." in silent
