"""What each source tells, and which two cannot both be right."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shipments.disagreement import Part, Told, contradictions, tellings
from shipments.facts import State
from shipments.timeline import Scanned

T = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(source: str, state: str, hours: float, *, late: float = 0, reason: str = "", physical: bool = True) -> Told:
    at = T + HOUR * hours
    return Told(source, at + HOUR * late, Scanned(at, uuid4(), State(state), reason, physical))


def label(source: str, hours: float = -48) -> Told:
    return told(source, "label_created", hours, physical=False)


def not_known(source: str, hours: float) -> Told:
    return told(source, "unknown", hours, reason="invalid_tracking_number", physical=False)


AGREE = {
    "one source alone": [told("ups", "in_transit", 0), told("ups", "delivered", 5)],
    "the same": [told("ups", "delivered", 5), told("easypost", "delivered", 5)],
    "movement in other words": [told("ups", "out_for_delivery", 5), told("easypost", "in_transit", 1)],
    "the way back told as movement": [told("ups", "returning", 5), told("easypost", "in_transit", 6)],
    "a label says nothing": [told("ups", "in_transit", 5), label("easypost")],
    "a code without a meaning says nothing": [
        told("ups", "delivered", 5),
        told("easypost", "unknown", 6, physical=False),
    ],
    "not known while only a label is": [label("easypost"), not_known("ups", 0)],
    "not known once, scanned since": [
        told("easypost", "in_transit", 1),
        not_known("ups", 0),
        told("ups", "picked_up", 2),
    ],
    "delivered at last by both": [
        told("ups", "delivered", 5),
        told("easypost", "in_transit", 1),
        told("easypost", "delivered", 5, late=30),
    ],
}


@pytest.mark.parametrize("events", AGREE.values(), ids=AGREE.keys())
def test_sources_that_may_both_be_right_do_not_contradict(events):
    assert contradictions(tellings(events)) == ()


CONTRADICT = {
    "delivered, and moving before": ("delivered", 5, "in_transit", 1, True),
    "delivered, and moving after": ("in_transit", 9, "delivered", 5, False),
    "delivered, and lost after": ("lost", 9, "delivered", 5, False),
    "delivered, and lost before": ("delivered", 9, "lost", 5, False),
    "delivered, and returned": ("returned", 9, "delivered", 5, False),
    "lost, and moving before": ("lost", 9, "in_transit", 5, True),
    "returned, and moving before": ("returned", 9, "attempted", 5, True),
    "returned, and coming back before": ("returned", 9, "returning", 5, True),
    "cancelled, and moving after": ("in_transit", 9, "cancelled", 5, False),
}


@pytest.mark.parametrize("case", CONTRADICT.values(), ids=CONTRADICT.keys())
def test_sources_that_cannot_both_be_right_contradict(case):
    later, later_at, earlier, earlier_at, is_behind = case
    events = [told("b", earlier, earlier_at), told("a", later, later_at, late=2)]
    (found,) = contradictions(tellings(events))
    assert (found.first.source, found.second.source) == ("a", "b")
    assert (found.first.state, found.second.state) == (later, earlier)
    assert found.is_behind is is_behind
    assert found.since == T + HOUR * (later_at + 2)


def test_a_source_that_does_not_know_a_scanned_parcel_is_behind_whoever_spoke_last():
    (found,) = contradictions(tellings([told("easypost", "in_transit", 1), not_known("ups", 8)]))
    assert (found.second.source, found.second.part, found.is_behind) == ("ups", Part.NOT_KNOWN, True)


def test_more_news_of_the_same_kind_does_not_make_a_contradiction_younger():
    events = [told("ups", "delivered", 5), told("easypost", "in_transit", 6), told("easypost", "out_for_delivery", 20)]
    (found,) = contradictions(tellings(events))
    assert found.since == T + HOUR * 6


def test_each_source_is_folded_by_itself_in_any_order():
    events = [told("ups", "delivered", 5), told("easypost", "in_transit", 1), told("ups", "in_transit", 3)]
    assert tellings(events) == tellings(events[::-1])
    easypost, ups = tellings(events)
    assert (easypost.state, ups.state, ups.since) == (State.IN_TRANSIT, State.DELIVERED, T + HOUR * 5)


def test_of_three_sources_every_pair_is_compared():
    events = [told("a", "delivered", 5), told("b", "in_transit", 1), told("c", "lost", 6)]
    pairs = {(each.first.source, each.second.source) for each in contradictions(tellings(events))}
    assert pairs == {("a", "b"), ("c", "a"), ("c", "b")}
