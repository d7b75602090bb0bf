"""What finished parcels teach: each stay with how long it lasted and how long delivery still took."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from exceptions_queue.policy.lessons import (
    ANY_PROMISE,
    BANDS,
    Heard,
    Lesson,
    Lessons,
    Spell,
    band_of,
    heard,
    lane_of,
    lesson,
)
from exceptions_queue.policy.risk import learned
from shipments.facts import Direction, State
from shipments.timeline import Scanned
from tests.exceptions_queue.policy.situations import at

LANE = lane_of("ups", "UPS Ground")


def told(state: State, occurred_at: datetime, *, physical: bool = True, at: datetime | None = None) -> Heard:
    return Heard(at or occurred_at, Scanned(occurred_at, uuid4(), state, "", physical))


def test_each_stay_is_counted_from_the_last_scan_to_the_delivery():
    events = [told(State.DELIVERED, at(6)), told(State.PICKED_UP, at(2)), told(State.IN_TRANSIT, at(3))]
    taught = lesson(events, lane=LANE, known_since=at(1))
    assert taught == Lesson(
        LANE,
        finished_at=at(6),
        heard_at=at(6),
        spells=(
            Spell(State.UNKNOWN, 0.0, 1.0, 5.0),
            Spell(State.PICKED_UP, 0.0, 1.0, 4.0),
            Spell(State.IN_TRANSIT, 0.0, 3.0, 3.0),
        ),
    )


def test_what_is_only_data_changes_the_state_but_not_the_clock():
    events = [
        told(State.IN_TRANSIT, at(2)),
        told(State.DELAYED, at(3), physical=False),
        told(State.DELIVERED, at(5)),
    ]
    taught = lesson(events, lane=LANE, known_since=at(2))
    assert taught is not None
    assert taught.spells == (Spell(State.IN_TRANSIT, 0.0, 1.0, 3.0), Spell(State.DELAYED, 1.0, 3.0, 3.0))


def test_each_stay_says_how_far_off_the_promise_was_from_its_last_scan():
    events = [told(State.IN_TRANSIT, at(2)), told(State.IN_TRANSIT, at(4)), told(State.DELIVERED, at(9))]
    taught = lesson(events, lane=LANE, known_since=at(1), deadline=at(7))
    assert taught is not None
    assert [spell.due_in for spell in taught.spells] == [6.0, 5.0, 3.0]


@pytest.mark.parametrize(("days", "like"), [(-1.0, 0.0), (1.9, 0.0), (2.0, 3.9), (18.0, 21.9), (40.0, 90.0)])
def test_promises_about_as_far_off_share_a_band(days: float, like: float):
    assert band_of(days) == band_of(like)


def test_every_mark_begins_a_band_and_no_promise_is_in_none_of_them():
    assert [band_of(mark) for mark in (0.0, *BANDS)] == list(range(1, len(BANDS) + 2))
    assert band_of(None) == ANY_PROMISE


def test_a_promise_is_the_last_thing_that_parts_parcels():
    assert LANE.keys(State.IN_TRANSIT, 3) == (*LANE.keys(State.IN_TRANSIT), ("ups", "ups ground", State.IN_TRANSIT, 3))
    assert lane_of("ups", "").keys(State.IN_TRANSIT, 3)[-1] == ("ups", "", State.IN_TRANSIT, 3)


def test_a_repeated_scan_of_the_same_state_begins_a_new_stay():
    events = [told(State.IN_TRANSIT, at(2)), told(State.IN_TRANSIT, at(4)), told(State.DELIVERED, at(5))]
    taught = lesson(events, lane=LANE, known_since=at(2))
    assert taught is not None
    assert [(spell.until, spell.total) for spell in taught.spells] == [(2.0, 3.0), (1.0, 1.0)]


@pytest.mark.parametrize("state", [State.RETURNED, State.LOST])
def test_a_parcel_that_never_arrived_took_longer_than_any(state: State):
    taught = lesson([told(State.IN_TRANSIT, at(2)), told(state, at(9))], lane=LANE, known_since=at(2))
    assert taught is not None
    assert [spell.total for spell in taught.spells] == [None]


@pytest.mark.parametrize(
    ("events", "direction"),
    [
        ([told(State.IN_TRANSIT, at(2))], Direction.OUTBOUND),
        ([told(State.IN_TRANSIT, at(2)), told(State.CANCELLED, at(3))], Direction.OUTBOUND),
        ([told(State.IN_TRANSIT, at(2)), told(State.DELIVERED, at(3))], Direction.RETURN),
        ([], Direction.OUTBOUND),
    ],
    ids=["on its way", "cancelled", "a return", "nothing told"],
)
def test_a_parcel_that_is_no_example_teaches_nothing(events: list[Heard], direction: Direction):
    assert lesson(events, lane=LANE, known_since=at(1), direction=direction) is None


def test_a_delivery_that_was_heard_of_late_teaches_from_then_on():
    events = [told(State.IN_TRANSIT, at(2)), told(State.DELIVERED, at(4), at=at(7))]
    taught = lesson(events, lane=LANE, known_since=at(1))
    assert taught is not None
    assert (taught.finished_at, taught.heard_at) == (at(4), at(7))


def test_forgetting_a_parcel_leaves_what_the_others_taught():
    first = Lesson(LANE, at(4), at(4), (Spell(State.IN_TRANSIT, 0.0, 2.0, 3.0), Spell(State.DELAYED, 1.0, 2.0, 3.0)))
    other = Lesson(LANE, at(5), at(5), (Spell(State.IN_TRANSIT, 0.5, 4.0, None),))
    both, alone = Lessons(), Lessons()
    both.add(first)
    both.add(other)
    both.add(first, -1)
    alone.add(other)
    assert {key: cell for key, cell in both.cells.items() if cell} == alone.cells
    assert both.parcels == 1


def test_a_stay_that_began_late_does_not_count_before_it_began():
    late = Lesson(LANE, at(9), at(9), (Spell(State.DELAYED, 2.0, 3.0, 5.0),))
    lessons = Lessons()
    lessons.add(late, 40)
    lessons.add(Lesson(LANE, at(9), at(9), (Spell(State.DELAYED, 0.0, 1.0, 1.0),)), 40)
    risk = learned(lessons, version=1, learned_at=at(10))
    still = risk.cells["ups", "ups ground", State.DELAYED, ANY_PROMISE].still_there
    assert (still[0], still[3], still[4], still[8], still[11], still[12]) == (40, 40, 0, 40, 40, 0)


def test_a_service_is_one_lane_however_it_is_spelled():
    assert lane_of("ups", "UPS_GROUND") == lane_of("ups", "Ups Ground") == LANE


@pytest.mark.parametrize(
    ("received_at", "first_seen_at", "known_at"),
    [
        (at(3), at(1), at(3)),
        (at(9), at(1), at(9)),
        (at(3), at(4), at(3)),
        (at(20), at(20), at(2)),
        (at(20), at(3), at(20)),
    ],
    ids=["in time", "late", "polled for the first time", "loaded history", "late on a parcel we knew"],
)
def test_loaded_history_was_known_when_it_happened(received_at: datetime, first_seen_at: datetime, known_at: datetime):
    scan = Scanned(at(2), uuid4(), State.IN_TRANSIT, "", True)
    assert heard(scan, received_at=received_at, first_seen_at=first_seen_at).at == known_at
    assert at(2) - timedelta(0) <= known_at
