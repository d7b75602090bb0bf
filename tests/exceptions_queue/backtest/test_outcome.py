"""What is told of each parcel adds up to the figures: a figure never says another number than its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from exceptions_queue.backtest.outcome import Outcome, outcome
from exceptions_queue.backtest.parcels import Parcel, Talk, fate
from exceptions_queue.backtest.replay import Replayed, replay
from exceptions_queue.backtest.tally import Tally, tally
from exceptions_queue.policy.default import default_policy
from shipments.facts import State
from tests.exceptions_queue.backtest.histories import day, parcel, told

_MOVING: Final = ((State.PICKED_UP, 0.5), (State.IN_TRANSIT, 1.5))
UNTIL: Final = day(40)


def past() -> list[Parcel]:
    """Return parcels of every fate: in time, needlessly tried, silent and late, asked for before and after a case."""
    silent = told("P2", *_MOVING, (State.DELIVERED, 14))
    late_talk, early_talk = (Talk(day(at), None, True) for at in (12, 1.0))
    return [
        parcel(1, events=told("P1", *_MOVING, (State.IN_TRANSIT, 3), (State.DELIVERED, 5))),
        parcel(2, events=silent),
        parcel(3, events=told("P3", *_MOVING, (State.ATTEMPTED, 3), (State.DELIVERED, 4))),
        parcel(4, events=silent, talks=(late_talk,)),
        parcel(5, events=told("P5", *_MOVING, (State.DELIVERED, 2)), talks=(early_talk,)),
        parcel(6, events=told("P6", *_MOVING)),
        parcel(7, events=told("P7", (State.DAMAGED, 2)), promised_at=None),
        parcel(8, events=told("P8", *_MOVING, (State.IN_TRANSIT, 9.9), (State.DELIVERED, 13)), promised_at=day(6)),
    ]


@pytest.fixture(scope="module")
def replayed() -> tuple[Sequence[Outcome], Tally]:
    policy = default_policy()
    found = [each for one in past() for each in replay([one], policy, lambda _: None, UNTIL)]
    told_ = [outcome(each, fate(each.parcel, UNTIL)) for each in found]
    return [each for each in told_ if each], tally(found, UNTIL)


def test_the_past_holds_every_fate(replayed):
    counted = replayed[1]
    assert min(counted.late, counted.flagged_late, counted.asked, counted.needless, counted.warned_first) > 0
    assert counted.asked > counted.warned_first


def test_rows_add_up_to_the_counts(replayed):
    told_, counted = replayed
    late = [each for each in told_ if each.late]
    right = [each for each in late if each.flagged_at]
    assert sum(each.cases for each in told_) == counted.cases
    assert (len(late), len(right)) == (counted.late, counted.flagged_late)
    assert sum(each.flagged_at is not None for each in told_) == counted.flagged
    assert sum(each.deadline - each.flagged_at >= timedelta(days=2) for each in right) == counted.two_days_ahead
    assert sum(each.asked_at is not None for each in told_) == counted.asked
    first = [each for each in told_ if each.asked_at and each.case_at and each.case_at <= each.asked_at]
    assert len(first) == counted.warned_first
    needless = [each for each in told_ if each.delivered_at and not each.late and not each.asked_at]
    assert sum(each.cases for each in needless) == counted.needless


def test_messages_add_up_to_the_counts(replayed):
    told_, counted = replayed
    assert sum(each.sent for each in told_) == counted.sent.total() > 0
    assert sum(each.held for each in told_) == counted.held.total() > 0
    assert sum(each.to_review for each in told_) == counted.drafts > 0
    assert {reason for each in told_ for reason in each.held_for} == set(counted.held)


def test_a_parcel_of_which_there_is_nothing_to_say_is_not_told():
    quiet = Replayed(parcel(1, events=told("P1", *_MOVING, (State.DELIVERED, 5))))
    assert outcome(quiet, fate(quiet.parcel, UNTIL)) is None


def test_a_parcel_is_told_from_the_first_instant_on(replayed):
    told_, _ = replayed
    for each in told_:
        known = [at for at in (each.case_at, each.asked_at) if at is not None]
        assert all(each.told_at <= at for at in known)
