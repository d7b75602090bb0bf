"""The learned table: shares by cell, small cells lean on larger ones, and what is unknown is said to be."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from exceptions_queue.policy.lessons import GAPS, Lane, Lesson, Lessons, Spell, lane_of
from exceptions_queue.policy.risk import ENOUGH, LearnedRisk, from_data, gap_at, learned, to_data
from shipments.facts import State
from tests.exceptions_queue.policy.situations import at, make_risk

GROUND = lane_of("ups", "UPS Ground")
DAY = timedelta(days=1)


def share(risk: LearnedRisk, due_in: timedelta, silent: timedelta = DAY * 0, lane: Lane = GROUND) -> float | None:
    odds = risk.odds_at(lane, State.IN_TRANSIT, due_in, gap_at(silent))
    return None if odds is None else odds.share


def test_the_share_is_of_those_still_silent_then():
    risk = make_risk(totals=[1.0] * 60 + [6.0] * 30 + [9.0] * 60)
    assert share(risk, DAY * 7) == pytest.approx(60 / 150, abs=0.04)
    assert share(risk, DAY * 7, DAY * 2) == pytest.approx(60 / 90, abs=0.06)


def test_a_parcel_that_never_arrived_needed_longer_than_any_promise():
    risk = make_risk(totals=[None] * 90 + [2.0] * 10)
    assert share(risk, DAY * 55) == pytest.approx(0.9, abs=0.08)


def test_a_span_between_two_marks_counts_in_part():
    risk = make_risk(totals=[20.0] * 400)
    at_mark, between, after = (share(risk, DAY * days) for days in (20.0, 20.25, 20.5))
    assert at_mark is not None
    assert between is not None
    assert at_mark > between > 0.45
    assert after == 0


def test_a_small_cell_leans_on_its_carrier_and_on_all():
    lessons = Lessons()
    slow = (Spell(State.IN_TRANSIT, 0.0, 9.0, 9.0),)
    fast = (Spell(State.IN_TRANSIT, 0.0, 2.0, 2.0),)
    lessons.add(Lesson(lane_of("ups", "Ground"), at(1), at(1), slow), 100)
    lessons.add(Lesson(lane_of("ups", "Air"), at(1), at(1), fast), ENOUGH)
    risk = learned(lessons, version=1, learned_at=at(2))
    ground, air = (share(risk, DAY * 5, lane=lane_of("ups", name)) for name in ("Ground", "Air"))
    unheard = share(risk, DAY * 5, lane=lane_of("ups", "Boat"))
    other = share(risk, DAY * 5, lane=lane_of("dhl", "Boat"))
    assert ground is not None
    assert air is not None
    assert unheard is not None
    assert other is not None
    assert ground > unheard >= other > air
    assert 0 < air < 0.15


def test_the_odds_name_the_narrowest_lane_with_enough_parcels():
    risk = make_risk(totals=[4.0] * 200)
    assert risk.odds_at(GROUND, State.IN_TRANSIT, DAY * 3, 0).lane == GROUND
    assert risk.odds_at(lane_of("ups", "Boat"), State.IN_TRANSIT, DAY * 3, 0).lane == Lane("ups", "")
    assert risk.odds_at(lane_of("dhl", "Boat"), State.IN_TRANSIT, DAY * 3, 0).lane == Lane("", "")


@pytest.mark.parametrize(("parcels", "known"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_too_few_parcels_say_nothing(parcels: int, known: bool):
    risk = make_risk(totals=[4.0] * parcels)
    assert (share(risk, DAY) is not None) is known
    assert (risk.first_unknown_gap(GROUND, State.IN_TRANSIT) > 0) is known
    assert (risk.usual_gap(GROUND, State.IN_TRANSIT) is not None) is known


def test_a_state_nobody_was_in_is_unknown():
    risk = make_risk(totals=[4.0] * 99)
    assert risk.odds_at(GROUND, State.DAMAGED, DAY, 0) is None
    assert risk.first_gap(GROUND, State.DAMAGED, DAY, 0.1) is None


def test_the_first_gap_is_where_the_odds_are_reached():
    risk = make_risk(totals=[1.0] * 100 + [8.0] * 100)
    assert risk.first_gap(GROUND, State.IN_TRANSIT, DAY * 5, 0.4) == 0
    assert GAPS[risk.first_gap(GROUND, State.IN_TRANSIT, DAY * 5, 0.7)] == 1.0
    assert risk.first_gap(GROUND, State.IN_TRANSIT, DAY * 5, 1.0) is None


def test_the_usual_gap_is_what_half_of_the_parcels_outlast():
    daily = make_risk(totals=[9.0] * 80, scanned_after=1.0)
    seldom = make_risk(totals=[7.0] * 40 + [9.0] * 40)
    assert daily.usual_gap(GROUND, State.IN_TRANSIT) == DAY
    assert seldom.usual_gap(GROUND, State.IN_TRANSIT) == DAY * 7


def near_and_far(*, scanned_after: float | None = None, far: int = 100) -> LearnedRisk:
    """Return odds where 100 parcels took 6 days of the 10 promised, and `far` ones 18 of 24; nobody was late."""
    lessons = Lessons()
    for parcels, total, due_in in ((100, 6.0, 10.0), (far, 18.0, 24.0)):
        spell = Spell(State.IN_TRANSIT, 0.0, scanned_after or total, total, due_in)
        lessons.add(Lesson(GROUND, at(1), at(1), (spell,)), parcels)
    return learned(lessons, version=1, learned_at=at(2))


def test_parcels_seldom_scanned_are_judged_by_those_promised_about_as_soon():
    """A far parcel still on its way after 10 days says nothing of a near one that is due by then."""
    risk = near_and_far()
    near = risk.odds_at(GROUND, State.IN_TRANSIT, DAY * 10, gap_at(DAY * 5))
    assert near is not None
    assert (near.parcels, near.due_alike) == (100, True)
    assert near.share < 0.05
    assert risk.first_gap(GROUND, State.IN_TRANSIT, DAY * 10, 0.5) == GAPS.index(6.0)


def test_parcels_scanned_daily_are_judged_whatever_was_promised():
    risk = near_and_far(scanned_after=1.0)
    odds = risk.odds_at(GROUND, State.IN_TRANSIT, DAY * 10, 0)
    assert odds is not None
    assert (odds.parcels, odds.due_alike) == (200, False)
    assert odds.share == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("far", "alike"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_too_few_parcels_promised_about_as_soon_leave_the_lane_to_judge(far: int, alike: bool):
    odds = near_and_far(far=far).odds_at(GROUND, State.IN_TRANSIT, DAY * 24, 0)
    assert odds is not None
    assert (odds.parcels, odds.due_alike) == ((far, True) if alike else (100 + far, False))


def test_a_promise_nobody_had_leaves_the_lane_to_judge():
    risk = make_risk(totals=[6.0] * 60, due_in=10.0)
    assert risk.odds_at(GROUND, State.IN_TRANSIT, DAY * 10, 0).due_alike
    assert not risk.odds_at(GROUND, State.IN_TRANSIT, DAY * 30, 0).due_alike
    assert not make_risk(totals=[6.0] * 60).odds_at(GROUND, State.IN_TRANSIT, DAY * 10, 0).due_alike


def test_a_table_comes_back_as_it_was_stored():
    risk = make_risk(totals=[1.5] * 40 + [None] * 30 + [70.0] * 45, due_in=3.0)
    stored = json.loads(json.dumps(to_data(risk)))
    assert from_data(stored, version=7, learned_at=risk.learned_at, parcels=115) == risk


def test_a_table_stored_before_promises_parted_parcels_is_still_read():
    risk = make_risk(totals=[4.0] * 60)
    stored = [[carrier, service, state, figures] for carrier, service, state, _, figures in to_data(risk)]
    assert from_data(stored, version=7, learned_at=risk.learned_at, parcels=60) == risk


def test_a_state_that_parcels_come_into_later_is_known_from_when_enough_are_in_it():
    """A label made hours after the order, and no scan since: nobody is in that state at the first gap."""
    lessons = Lessons()
    for total in [4.0] * 60 + [9.0] * 40:
        spell = Spell(State.IN_TRANSIT, 0.3, total, total)
        lessons.add(Lesson(GROUND, at(1), at(1), (spell,)))
    risk = learned(lessons, version=1, learned_at=at(2))
    assert share(risk, DAY * 7) is None
    assert share(risk, DAY * 7, DAY) == pytest.approx(0.4, abs=0.04)
    assert risk.first_unknown_gap(GROUND, State.IN_TRANSIT) == gap_at(DAY * 9)
    assert risk.usual_gap(GROUND, State.IN_TRANSIT) == DAY * 4
