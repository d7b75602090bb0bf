"""The promises of `assess`: the same answer every time, never milder by waiting, and woken up in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.consequences import Change, KnownCase, KnownFinding, asked, consequences
from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.document import Policy, parse_policy, to_data
from exceptions_queue.policy.situation import FindingKind, Level, OpenFinding, Severity, Situation, Verdict
from shipments.facts import Reason, State
from tests.exceptions_queue.policy.situations import NOW, at, make_label, make_situation
from tests.exceptions_queue.policy.strategies import instants, policies, situations

POLICY = default_policy()
POLICIES = st.one_of(st.just(POLICY), policies())
RANK = {Level.NONE: 0, Level.WATCH: 1, Level.CASE: 2}


def carried(situation: Situation, verdict: Verdict, opened_at: datetime) -> Situation:
    """Return the situation as it is once the verdict's case is open."""
    if verdict.level is not Level.CASE:
        return situation
    return replace(situation, open_findings=tuple(OpenFinding(each.kind, opened_at) for each in verdict.findings))


def known(change: Change) -> KnownCase:
    """Return the case as it stands once a change that opens it is written."""
    return KnownCase(
        id=1,
        state=change.state,
        headline=change.headline,
        summary=change.summary,
        severity=change.severity,
        score=change.score,
        team=change.team,
        next_action=change.next_action,
        due_at=change.due_at,
        untouched=True,
        claimed=False,
        findings=tuple(
            KnownFinding(number, each.kind, each.severity, each.sentence, each.due_at, asked(each))
            for number, each in enumerate(change.added)
        ),
    )


def urgency(verdict: Verdict) -> tuple[int, int, int]:
    return RANK[verdict.level], max((each.severity for each in verdict.findings), default=0), verdict.score


@settings(deadline=None, max_examples=150)
@given(situations(), POLICIES, instants)
def test_the_same_question_has_the_same_answer(situation: Situation, policy: Policy, now: datetime):
    assert assess(situation, policy, now) == assess(situation, parse_policy(to_data(policy)), now)


@settings(deadline=None, max_examples=200)
@given(situations(), POLICIES, instants, st.booleans())
def test_the_next_review_lies_ahead(situation: Situation, policy: Policy, now: datetime, silent: bool):
    review = assess(replace(situation, feed_silent=silent), policy, now).next_review_at
    assert review is None or review > now


@settings(deadline=None, max_examples=200)
@given(situations(), POLICIES, instants, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_later_look_is_never_less_urgent_while_nothing_moves(
    situation: Situation, policy: Policy, now: datetime, waits: timedelta
):
    situation = replace(situation, missed_until=None)  # whose conversation ended and who says no more is content
    verdict = assess(situation, policy, now)
    assert urgency(assess(carried(situation, verdict, now), policy, now + waits)) >= urgency(verdict)


@settings(deadline=None, max_examples=200)
@given(situations(), POLICIES, instants, st.floats(0, 1))
def test_nothing_changes_before_the_next_review(situation: Situation, policy: Policy, now: datetime, share: float):
    first = assess(situation, policy, now)
    opened = carried(situation, first, now)
    verdict = assess(opened, policy, now)
    assert (verdict.findings, verdict.level, verdict.score) == (first.findings, first.level, first.score)
    ends = verdict.next_review_at or now + timedelta(days=400)
    soon = min(now + (ends - now) * share, ends - timedelta(microseconds=1))
    assert assess(opened, policy, soon) == verdict


@settings(deadline=None, max_examples=200)
@given(situations(), POLICIES, instants)
def test_something_changes_at_the_next_review(situation: Situation, policy: Policy, now: datetime):
    verdict = assess(situation, policy, now)
    if verdict.next_review_at is not None:
        later = assess(carried(situation, verdict, now), policy, verdict.next_review_at)
        assert later != verdict


@settings(deadline=None, max_examples=200)
@given(situations(), POLICIES, instants)
def test_judging_again_changes_nothing_in_the_case(situation: Situation, policy: Policy, now: datetime):
    verdict = assess(situation, policy, now)
    change = consequences(verdict, None, None, moved_at=situation.last_physical_at, now=now)
    assert (change is not None) is (verdict.level is Level.CASE)
    if change is not None:
        again = assess(carried(situation, verdict, now), policy, now)
        assert consequences(again, known(change), None, moved_at=situation.last_physical_at, now=now) is None


@settings(deadline=None, max_examples=150)
@given(situations(), POLICIES, instants)
def test_a_score_is_the_sum_of_its_points(situation: Situation, policy: Policy, now: datetime):
    verdict = assess(situation, policy, now)
    assert verdict.score == sum(point.points for point in verdict.explanation.points)
    assert len(verdict.explanation.matched) == len(verdict.findings)


@settings(deadline=None, max_examples=60)
@given(situations(), POLICIES, instants)
def test_walking_from_review_to_review_ends(situation: Situation, policy: Policy, now: datetime):
    """No parcel is looked at without end: even days of silence are counted only so far."""
    for _ in range(120):
        verdict = assess(situation, policy, now)
        situation = carried(situation, verdict, now)
        if verdict.next_review_at is None:
            return
        now = verdict.next_review_at
    pytest.fail(f"still looked at on {now}")


def test_an_undisturbed_parcel_has_no_findings_and_is_looked_at_when_silence_would_tell():
    verdict = assess(make_situation(), POLICY, NOW)
    assert verdict.level is Level.NONE
    assert verdict.findings == ()
    assert verdict.next_review_at == at(9, 9)  # three operating days of silence: Thursday, Friday, Monday


@pytest.mark.parametrize("state", [State.DELIVERED, State.CANCELLED])
def test_a_parcel_at_its_end_is_never_looked_at_again(state: State):
    verdict = assess(make_situation(state=state, promised_at=at(1)), POLICY, NOW)
    assert (verdict.findings, verdict.next_review_at) == ((), None)


def test_one_failed_delivery_is_a_case_for_support_due_in_its_working_hours():
    situation = make_situation(
        state=State.ATTEMPTED, reason=Reason.RECIPIENT_UNAVAILABLE, attempts=1, last_attempt_at=at(4, 14, 5)
    )
    verdict = assess(situation, POLICY, NOW)
    found = verdict.findings[0]
    assert verdict.level is Level.CASE
    assert (found.kind, found.team, found.next_action) == ("attempted", "support", "confirm_redelivery")
    assert found.due_at == at(4, 19)
    assert found.sentence == (
        "UPS tried to deliver once; nobody was there. Last try Wed 4 Nov 14:05 UTC; usually kept until Wed 11 Nov."
    )


def test_the_clock_of_an_open_finding_runs_from_when_it_was_opened():
    situation = make_situation(state=State.ATTEMPTED, attempts=1, last_attempt_at=at(4))
    opened = replace(situation, open_findings=(OpenFinding(FindingKind.ATTEMPTED, at(4, 13)),))
    assert assess(opened, POLICY, NOW).findings[0].due_at == at(4, 17)


def test_the_worst_finding_comes_first_and_the_sooner_one_of_equals():
    situation = make_situation(
        state=State.DAMAGED, damaged_at=at(4, 10), reason=Reason.ADDRESS_ISSUE, promised_at=at(4, 12)
    )
    kinds = [each.kind for each in assess(situation, POLICY, NOW).findings]
    assert kinds == [FindingKind.ADDRESS_ISSUE, FindingKind.DAMAGED, FindingKind.PROMISE_MISSED]


def test_a_mild_finding_is_only_watched_until_circumstances_make_it_a_case():
    near = make_situation(last_physical_at=at(4, 14), promised_at=at(5, 10))
    assert assess(near, POLICY, NOW).level is Level.WATCH
    important = assess(replace(near, tier="VIP"), POLICY, NOW)
    assert important.level is Level.CASE
    assert [point.rule for point in important.explanation.points] == ["severity", "tier", "promise"]


def test_what_is_only_watched_stays_out_of_a_case_and_in_its_explanation():
    situation = make_label(reason=Reason.ADDRESS_ISSUE)
    verdict = assess(situation, POLICY, at(4, 13))
    assert [each.kind for each in verdict.findings] == [FindingKind.ADDRESS_ISSUE]
    assert verdict.explanation.near_misses[0].kind is FindingKind.NO_FIRST_SCAN
    assert verdict.explanation.near_misses[0].sentence.startswith("Only watched: ")


def test_an_open_finding_is_not_closed_because_the_score_sinks():
    situation = make_situation(last_physical_at=at(4, 14), promised_at=at(5, 10))
    opened = replace(situation, open_findings=(OpenFinding(FindingKind.PROMISE_AT_RISK, at(4, 12)),))
    assert assess(opened, POLICY, NOW).level is Level.CASE


def test_a_score_too_low_to_watch_finds_nothing_and_says_so():
    policy = parse_policy(DEFAULT_POLICY | {"score": DEFAULT_POLICY["score"] | {"watch": 15}})
    verdict = assess(make_situation(last_physical_at=at(4, 14), promised_at=at(5, 10)), policy, NOW)
    assert (verdict.level, verdict.findings) == (Level.NONE, ())
    assert verdict.explanation.near_misses[0].kind is FindingKind.PROMISE_AT_RISK


def test_a_detector_that_is_switched_off_finds_nothing():
    stalled = DEFAULT_POLICY["detectors"]["stalled"] | {"on": False}
    policy = parse_policy(DEFAULT_POLICY | {"detectors": {"stalled": stalled}})
    verdict = assess(make_situation(promised_at=None), policy, at(20))
    assert (verdict.findings, verdict.next_review_at) == ((), None)


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(0, Severity.MEDIUM), (23, Severity.MEDIUM), (24, Severity.HIGH), (47, Severity.HIGH), (48, Severity.CRITICAL)],
)
def test_a_missed_promise_grows_worse_by_the_day(hours: int, severity: Severity):
    situation = make_situation(last_physical_at=at(11, 12), promised_at=at(11, 20))
    verdict = assess(situation, POLICY, at(11, 20) + timedelta(hours=hours))
    assert verdict.findings[0].kind is FindingKind.PROMISE_MISSED
    assert verdict.findings[0].severity is severity


def test_the_explanation_names_the_facts_used_as_json_values():
    facts = assess(make_situation(promised_at=at(4), value=Decimal("19.90")), POLICY, NOW).explanation.facts
    assert facts["promised_at"] == "2026-11-04T12:00:00+00:00"
    assert facts["value"] == "19.90"
    assert "tier" not in facts


def test_of_two_equally_bad_findings_what_broke_the_promise_leads():
    silent_since = NOW - timedelta(days=40)
    silent = make_situation(
        known_since=silent_since,
        state_since=silent_since,
        first_physical_at=silent_since,
        last_physical_at=silent_since,
        last_event_at=silent_since,
        promised_at=NOW - timedelta(days=30),
    )
    first, *rest = assess(silent, POLICY, NOW).findings
    missed = next(found for found in rest if found.kind is FindingKind.PROMISE_MISSED)
    assert first.kind is FindingKind.LOST
    assert first.severity == missed.severity
