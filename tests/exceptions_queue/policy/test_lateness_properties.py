"""The promises of `assess` hold with learned odds too: steady between reviews, never milder by waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.lessons import Lesson, Lessons, Spell, lane_of
from exceptions_queue.policy.risk import LearnedRisk, learned
from exceptions_queue.policy.situation import Situation
from shipments.facts import State
from tests.exceptions_queue.policy.situations import at, make_situation
from tests.exceptions_queue.policy.test_assess import carried, urgency

POLICY = default_policy()
STATES = [State.IN_TRANSIT, State.PICKED_UP, State.UNKNOWN, State.LABEL_CREATED, State.DELAYED]
minutes = st.integers(0, 14 * 24 * 60).map(lambda count: timedelta(minutes=count))


@st.composite
def on_the_way(draw: st.DrawFn) -> tuple[Situation, datetime]:
    """Return a parcel that moves or is about to, with a promise, and an instant within two weeks of its last scan."""
    seen = at(3, 9) + draw(minutes) / 4
    scanned = draw(st.booleans())
    situation = make_situation(
        state=draw(st.sampled_from(STATES)),
        last_known_state=draw(st.sampled_from(STATES)),
        service=draw(st.sampled_from(["UPS Ground", "ups_ground", "Next Day Air"])),
        known_since=seen - timedelta(days=scanned),
        state_since=seen,
        last_event_at=seen,
        first_physical_at=seen if scanned else None,
        last_physical_at=seen if scanned else None,
        promised_at=seen + draw(minutes),
        tier=draw(st.sampled_from(["", "vip"])),
    )
    return situation, seen + draw(minutes)


@st.composite
def well_known(draw: st.DrawFn) -> LearnedRisk:
    """Return odds learned from many parcels in every state such a parcel may be in."""
    lessons = Lessons()
    days = st.floats(0.1, 20)
    for state in STATES:
        for until, more in draw(st.lists(st.tuples(days, st.floats(0, 15)), min_size=1, max_size=5)):
            total = draw(st.sampled_from([None, until + more, until + more]))
            lesson = Lesson(lane_of("ups", "UPS Ground"), at(1), at(1), (Spell(state, 0.0, until, total),))
            lessons.add(lesson, draw(st.integers(10, 60)))
    return learned(lessons, version=1, learned_at=datetime(2026, 11, 1, tzinfo=UTC))


@settings(deadline=None, max_examples=300)
@given(on_the_way(), well_known(), st.floats(0, 1))
def test_nothing_changes_before_the_next_review(asked: tuple[Situation, datetime], risk: LearnedRisk, share: float):
    situation, now = asked
    first = assess(situation, POLICY, now, risk)
    opened = carried(situation, first, now)
    verdict = assess(opened, POLICY, now, risk)
    assert (verdict.findings, verdict.level, verdict.score) == (first.findings, first.level, first.score)
    ends = verdict.next_review_at or now + timedelta(days=400)
    assert ends > now
    soon = min(now + (ends - now) * share, ends - timedelta(microseconds=1))
    assert assess(opened, POLICY, soon, risk) == verdict


@settings(deadline=None, max_examples=300)
@given(on_the_way(), well_known(), minutes)
def test_a_later_look_is_never_less_urgent_while_nothing_moves(
    asked: tuple[Situation, datetime], risk: LearnedRisk, waits: timedelta
):
    situation, now = asked
    verdict = assess(situation, POLICY, now, risk)
    assert urgency(assess(carried(situation, verdict, now), POLICY, now + waits, risk)) >= urgency(verdict)


@settings(deadline=None, max_examples=200)
@given(on_the_way(), well_known(), well_known())
def test_a_newer_table_does_not_close_what_a_silent_parcel_was_stalled_for(
    asked: tuple[Situation, datetime], risk: LearnedRisk, newer: LearnedRisk
):
    situation, now = asked
    verdict = assess(situation, POLICY, now, risk)
    again = assess(carried(situation, verdict, now), POLICY, now, newer)
    stalled = {each.kind for each in verdict.findings} & {"stalled"}
    assert stalled <= {each.kind for each in again.findings}


@settings(deadline=None, max_examples=100)
@given(on_the_way(), well_known())
def test_walking_from_review_to_review_ends(asked: tuple[Situation, datetime], risk: LearnedRisk):
    situation, now = asked
    for _ in range(80):
        verdict = assess(situation, POLICY, now, risk)
        situation = carried(situation, verdict, now)
        if verdict.next_review_at is None:
            return
        assert assess(situation, POLICY, verdict.next_review_at, risk) != verdict
        now = verdict.next_review_at
    pytest.fail(f"still looked at on {now}")
