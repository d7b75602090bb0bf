"""Whatever is found, asked, claimed and let go in whatever order, a case ends up where the policy wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.consequences import KnownCase, KnownFinding, asked, consequences, lags
from exceptions_queue.policy.situation import (
    Explanation,
    FindingKind,
    Found,
    Level,
    NextAction,
    Severity,
    Team,
    Verdict,
)
from exceptions_queue.transitions import CaseState
from tests.exceptions_queue.policy.test_consequences import DUE, NOW, carried_on

KINDS = [FindingKind(kind) for kind in ("attempted", "damaged", "lost")]
RULES = st.tuples(
    st.sampled_from([Team.SUPPORT, Team.FULFILLMENT]),
    st.sampled_from([NextAction.CONFIRM_REDELIVERY, NextAction.ASK_CARRIER]),
    st.integers(0, 2).map(lambda hours: DUE + timedelta(hours=hours)),
)
Policy = Mapping[FindingKind, tuple[Team, NextAction, datetime]]
POLICIES = st.fixed_dictionaries(dict.fromkeys(KINDS, RULES))
STEPS = st.one_of(
    st.dictionaries(st.sampled_from(KINDS), st.sampled_from([Severity.MEDIUM, Severity.HIGH])),
    st.sampled_from(["claim", "let go", "wait", "wake"]),
    POLICIES.map(lambda policy: ("publish", policy)),
)


def judged(policy: Policy, severities: Iterable[tuple[FindingKind, Severity]]) -> Verdict:
    found = [Found(kind, worst, *policy[kind][:2], f"It is {kind}.", policy[kind][2]) for kind, worst in severities]
    found.sort(key=lambda each: (-each.severity, each.kind))
    return Verdict(tuple(found), 40, Level.CASE if found else Level.NONE, Explanation(), None)


def carried_out(verdict: Verdict, case: KnownCase | None) -> KnownCase | None:
    """Return the case after a judgement; None where there is none any more."""
    changed = consequences(verdict, case, None, moved_at=None, now=NOW)
    if changed is None:
        return case
    if case is None:
        findings = tuple(
            KnownFinding(n, each.kind, each.severity, each.sentence, each.due_at, asked(each))
            for n, each in enumerate(changed.added)
        )
        return KnownCase(
            9, changed.state, changed.headline, changed.summary, changed.severity, changed.score, changed.team,
            changed.next_action, changed.due_at, untouched=True, claimed=False, findings=findings,
        )  # fmt: skip
    return None if changed.state is CaseState.CLOSED else carried_on(case, changed)


def after(step: str, case: KnownCase) -> KnownCase:
    """Return the case after what a person, or the end of a wait, did to it."""
    if step == "wait" and case.state is CaseState.OPEN:
        due_at = NOW + timedelta(days=9)
        return replace(case, state=CaseState.WAITING, claimed=False, untouched=False, due_at=due_at)
    if step == "wake" and case.state is CaseState.WAITING:
        return replace(case, state=CaseState.OPEN)
    return replace(case, claimed=step == "claim" or (case.claimed and step != "let go"), untouched=False)


@settings(deadline=None, max_examples=400)
@given(POLICIES, st.lists(STEPS, min_size=2, max_size=12))
def test_a_case_nobody_holds_is_as_the_policy_wants_it_and_a_held_one_is_or_lags(policy, steps):
    case, severities = None, {}
    for step in steps:
        if isinstance(step, dict):
            severities = step
        elif isinstance(step, tuple):
            policy = step[1]
        elif case is not None:
            case = after(step, case)
        verdict = judged(policy, severities.items())
        case = carried_out(verdict, case)
        if case is None or not verdict.findings:
            continue
        assert consequences(verdict, case, None, moved_at=None, now=NOW) is None
        first = verdict.findings[0]
        as_wanted = (case.headline, case.team, case.next_action) == (first.kind, first.team, first.next_action)
        is_held = case.claimed or case.state is CaseState.WAITING
        assert as_wanted or (is_held and lags(verdict, case, None))
