"""Answer the questions of a rollout from a policy, in sentences (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

from exceptions_queue.policy.clauses import clause_of, clauses_of, normal
from exceptions_queue.policy.document import Policy, to_data
from exceptions_queue.policy.messages import MessageKind
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy.terms import StateClass
from exceptions_queue.policy.words import number
from shipments.facts import State

_TOLD: Final = {
    MessageKind.NONE: "told nothing",
    MessageKind.NORMAL: "told in a plain message",
    MessageKind.APOLOGY: "told with an apology",
    MessageKind.REVIEWED: "told after a person has read the draft",
}


class Question(NamedTuple):
    """One question, its answers, and the part of the policy in which they are changed."""

    asks: str
    answers: tuple[str, ...]
    part: str


def checklist(policy: Policy) -> tuple[Question, ...]:
    """Return the questions in the order in which a rollout asks them; no answer is empty."""
    data = normal(to_data(policy))
    hold, scope = clause_of(data, "answers", "messages:hold"), clause_of(data, "reach", "scope")
    return (
        Question("Which states do customers see?", _states(policy, StateClass.CUSTOMER_FACING), "answers"),
        Question("Which states are only for the record?", _states(policy, StateClass.INFORMATIONAL), "answers"),
        Question("Which problems are routed before the customer asks?", _problems(policy), "rules"),
        Question("Which need a person, and whom?", tuple(_work(policy, team) for team in Team), "rules"),
        Question("What is not looked for?", _silent(policy), "rules"),
        Question("When is a message held back?", (hold.text if hold else "Never.",), "answers"),
        Question(
            "Who decides about money?",
            tuple(each.text for each in clauses_of(data, "money") if each.key.startswith("approvals:")),
            "money",
        ),
        Question("Where are cases opened?", (scope.text if scope else "Everywhere.",), "reach"),
    )


def _states(policy: Policy, wanted: StateClass) -> tuple[str, ...]:
    told = _TOLD[policy.messages.states[wanted]]
    states = [str(state.label) for state in State if policy.states[state] is wanted]
    return tuple(f"{state}: the customer is {told}." for state in states) or ("None.",)


def _on(policy: Policy) -> list[DetectorRule]:
    return [rule for rule in policy.detectors.values() if rule.on]


def _problems(policy: Policy) -> tuple[str, ...]:
    lines = []
    for rule in _on(policy):
        told = _TOLD[policy.messages.for_finding(rule.kind)]
        lines.append(f"{rule.kind.label}: for {rule.team.label.lower()}, the customer is {told}.")
    return tuple(lines) or ("None: every detector is switched off.",)


def _work(policy: Policy, team: Team) -> str:
    lines = [_one_work(rule) for rule in _on(policy) if rule.team is team]
    if not lines:
        return f"{team.label}: none."
    return f"{team.label}, {number(len(lines), 'kind')} of work: {'; '.join(lines)}."


def _one_work(rule: DetectorRule) -> str:
    action = str(rule.next_action.label)
    return f"{action[:1].lower()}{action[1:]} within {rule.allowed_hours:g} h ({rule.kind.label.lower()})"


def _silent(policy: Policy) -> tuple[str, ...]:
    off = [f"{rule.kind.label}: switched off." for rule in policy.detectors.values() if not rule.on]
    return (*off, *(f"{kind.label}: no rule." for kind in FindingKind if kind not in policy.detectors)) or ("Nothing.",)
