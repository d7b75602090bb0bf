"""At each simulated moment the odds know only what was then past."""

from __future__ import annotations

import pytest

from exceptions_queue.backtest.tables import LearnedTables, learning_time, teaches
from exceptions_queue.policy.lessons import Lesson, Spell, lane_of
from shipments.facts import State
from tests.exceptions_queue.backtest.histories import day

LANE = lane_of("ups", "ground")


def lesson(finished: float, heard: float | None = None) -> Lesson:
    spells = (Spell(State.IN_TRANSIT, 0.0, 2.0, 2.0),)
    return Lesson(LANE, day(finished), day(finished if heard is None else heard), spells)


def test_a_table_is_learned_at_midnight():
    assert learning_time(day(3.99)) == day(3)
    assert learning_time(day(3)) == day(3)


def test_a_day_knows_what_was_finished_before_it_and_nothing_later():
    tables = LearnedTables([lesson(1.5), lesson(2.5), lesson(2.5, heard=4.5)], begins_at=day(0))
    known = [(table := tables.at(day(at))) and table.parcels for at in (1.9, 2.1, 3.1, 4.9, 5.0)]
    assert known == [None, 1, 2, 2, 3]


def test_days_may_be_asked_for_in_any_order():
    tables = LearnedTables([lesson(1.5), lesson(2.5)], begins_at=day(0))
    later, earlier = tables.at(day(9)), tables.at(day(2))
    assert (later and later.parcels, earlier and earlier.parcels) == (2, 1)


def test_what_is_half_a_year_old_is_forgotten():
    tables = LearnedTables([lesson(1.5), lesson(100.5)], begins_at=day(150))
    known = [(table := tables.at(day(at))) and table.parcels for at in (181, 182, 300)]
    assert known == [2, 1, None]


@pytest.mark.parametrize(
    ("one", "at", "counts"),
    [(lesson(1), 2, True), (lesson(2), 2, False), (lesson(1, heard=3), 2, False), (lesson(1), 182, False)],
    ids=["finished", "at midnight itself", "not heard of", "too old"],
)
def test_a_finished_parcel_teaches_from_when_it_was_known_for_half_a_year(one: Lesson, at: int, counts: bool):
    assert teaches(one, day(at)) is counts
