"""The fold: late, repeated and out-of-order scans, corrections after the end, and what an unknown code does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shipments.facts import TERMINAL, State
from shipments.timeline import NOTHING_YET, Scanned, advance, continues, fold

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def scan(hours: float, state: State, *, physical: bool = True, reason: str = "", mapped: bool = True, n: int = 0):
    at = START + timedelta(hours=hours)
    identity = uuid5(NAMESPACE_URL, f"{at} {state} {n}").hex
    return Scanned(at, identity, state, reason, physical, mapped, None, f"code-{state}", f"said {state}")


def told(*states: State) -> list[Scanned]:
    return [scan(hour, state, mapped=state is not State.UNKNOWN) for hour, state in enumerate(states)]


def states(*names: str):
    return [State(name) for name in names]


@pytest.mark.parametrize(
    "said, expected",
    [
        ("label_created picked_up in_transit out_for_delivery delivered", "delivered"),
        ("picked_up in_transit label_created", "in_transit"),  # a label printed again
        ("in_transit attempted in_transit", "in_transit"),
        ("in_transit returning in_transit out_for_delivery", "returning"),
        ("in_transit returning in_transit delivered", "returned"),
        ("in_transit returning unknown in_transit", "returning"),
        ("returned delivered", "delivered"),
        ("delivered picked_up", "delivered"),  # paperwork entered late
        ("delivered label_created", "delivered"),
        ("delivered unknown", "delivered"),
        ("delivered returning", "returning"),
        ("delivered out_for_delivery", "out_for_delivery"),
        ("delivered damaged", "damaged"),
        ("lost in_transit", "in_transit"),
        ("lost delivered", "delivered"),
        ("cancelled picked_up", "picked_up"),
        ("in_transit", "in_transit"),
        ("in_transit unknown out_for_delivery", "out_for_delivery"),
        ("damaged in_transit delivered", "delivered"),
    ],
)
def test_the_latest_word_counts_unless_it_cannot_be_news(said, expected):
    assert fold(told(*states(*said.split()))).state == expected


def test_an_unknown_scan_keeps_what_was_known_before():
    known = fold([scan(0, State.IN_TRANSIT), scan(1, State.UNKNOWN, mapped=False)])
    assert (known.state, known.last_known_state) == (State.UNKNOWN, State.IN_TRANSIT)
    assert known.unmapped_code == "code-unknown"
    again = advance(known, [scan(2, State.OUT_FOR_DELIVERY)])
    assert again.unmapped_code == ""


def test_an_unknown_scan_neither_takes_back_a_reason_nor_begins_a_state_anew():
    ready = scan(0, State.AVAILABLE_FOR_PICKUP, reason="held_at_location")
    known = fold([ready, scan(30, State.UNKNOWN, mapped=False)])
    assert (known.state_since, known.last_known_since) == (START + timedelta(hours=30), START)
    assert (known.reason, known.reason_since) == ("held_at_location", START)
    again = advance(known, [scan(50, State.AVAILABLE_FOR_PICKUP, reason="held_at_location")])
    assert (again.last_known_since, again.reason_since) == (START, START)
    assert advance(again, [scan(60, State.IN_TRANSIT)]).last_known_since == START + timedelta(hours=60)


def test_what_was_folded_before_a_known_state_was_dated_goes_on_from_its_first_report():
    before = fold([scan(0, State.AVAILABLE_FOR_PICKUP)])._replace(last_known_since=None)
    assert advance(before, [scan(30, State.AVAILABLE_FOR_PICKUP)]).last_known_since == START


def test_a_number_nobody_knew_is_known_once_there_is_a_scan_nobody_understands():
    not_found = scan(0, State.UNKNOWN, physical=False, reason="invalid_tracking_number")
    assert fold([not_found, scan(5, State.UNKNOWN, mapped=False)]).reason == ""


def test_a_parcel_that_was_scanned_is_not_lost_by_a_search_that_did_not_find_it():
    not_found = scan(5, State.UNKNOWN, physical=False, reason="invalid_tracking_number")
    assert fold([scan(0, State.IN_TRANSIT), not_found]).state is State.IN_TRANSIT
    assert fold([scan(0, State.LABEL_CREATED, physical=False), not_found]).reason == "invalid_tracking_number"


def test_data_alone_is_no_movement():
    known = fold([scan(0, State.PICKED_UP), scan(30, State.IN_TRANSIT, physical=False)])
    assert known.state is State.PICKED_UP
    assert known.last_physical_at == START
    assert known.last_event_at == START + timedelta(hours=30)


def test_a_label_alone_was_never_scanned():
    known = fold([scan(0, State.LABEL_CREATED, physical=False), scan(5, State.IN_TRANSIT, physical=False)])
    assert (known.state, known.first_physical_at) == (State.IN_TRANSIT, None)


def test_a_delay_told_by_data_alone_still_counts():
    assert fold([scan(0, State.IN_TRANSIT), scan(1, State.DELAYED, physical=False)]).state is State.DELAYED


def test_one_visit_told_twice_is_one_attempt_and_the_next_day_is_another():
    known = fold([scan(0, State.ATTEMPTED), scan(1, State.ATTEMPTED), scan(24, State.ATTEMPTED)])
    assert (known.attempts, known.last_attempt_at) == (2, START + timedelta(hours=24))


def test_a_correction_after_the_end_says_what_it_corrected():
    known = fold([scan(0, State.LOST), scan(9, State.DELIVERED)])
    assert (known.corrected_from, known.corrected_at) == (State.LOST, START + timedelta(hours=9))
    assert known.delivered_at == START + timedelta(hours=9)


def test_damage_is_remembered_while_the_parcel_travels_on():
    known = fold([scan(0, State.DAMAGED), scan(5, State.IN_TRANSIT)])
    assert (known.state, known.damaged_at) == (State.IN_TRANSIT, START)


def test_the_state_dates_from_its_first_report():
    known = fold([scan(0, State.IN_TRANSIT), scan(5, State.IN_TRANSIT, n=1)])
    assert known.state_since == START


def test_a_reason_dates_from_when_it_was_first_given_in_a_row():
    weather, customs = ([scan(hour, State.DELAYED, reason=reason) for hour in hours] for reason, hours in _HELD)
    known = fold(weather + customs)
    assert (known.state_since, known.reason_since) == (START, START + timedelta(hours=48))
    moving = advance(known, [scan(90, State.IN_TRANSIT)])
    assert (moving.reason, moving.reason_since) == ("", None)
    tried = fold([scan(0, State.ATTEMPTED, reason="address_issue"), scan(9, State.DELAYED, reason="address_issue")])
    assert (tried.state_since, tried.reason_since) == (START + timedelta(hours=9), START)


_HELD = (("weather", (0, 24)), ("customs_hold", (48, 72)))


def test_of_two_scans_of_one_instant_the_later_in_a_parcels_life_counts():
    assert fold([scan(0, State.DELIVERED), scan(0, State.OUT_FOR_DELIVERY)]).state is State.DELIVERED


SCANS = st.lists(
    st.builds(
        scan,
        st.integers(0, 60),
        st.sampled_from(State),
        physical=st.booleans(),
        mapped=st.booleans(),
        n=st.integers(0, 2),
    ),
    max_size=12,
    unique_by=lambda each: each.identity,
)


@given(SCANS, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_matter(scans: list[Scanned], random: Random):
    shuffled = scans + scans[: len(scans) // 2]
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(scans)


@given(SCANS)
def test_carrying_on_gives_what_folding_from_the_start_gives(scans: list[Scanned]):
    ordered = sorted(scans, key=lambda each: each.occurred_at)
    for cut in [n for n, (a, b) in enumerate(pairwise(ordered), start=1) if a.occurred_at < b.occurred_at]:
        known = fold(ordered[:cut])
        assert continues(known, ordered[cut:])
        assert advance(known, ordered[cut:]) == fold(scans)


@given(SCANS)
def test_what_is_stored_always_fits_the_database(scans: list[Scanned]):
    known = fold(scans)
    assert (known.delivered_at is not None) == (known.state is State.DELIVERED)
    assert (known.attempts > 0) == (known.last_attempt_at is not None)
    assert (known.last_event_at is None) == (not scans)


@given(SCANS, st.integers(0, 40))
def test_a_late_scan_never_undoes_a_delivery(scans: list[Scanned], hour: int):
    """A scan older than the delivery, however late it is told, changes neither the state nor its time."""
    on_the_way = [
        each for each in scans if each.state not in TERMINAL and each.occurred_at < START + timedelta(hours=50)
    ]
    delivered = [*on_the_way, scan(50, State.DELIVERED, n=9)]
    late = scan(hour, State.IN_TRANSIT, n=7)
    before, after = fold(delivered), fold([*delivered, late])
    assume(before.state is State.DELIVERED)
    assert (after.state, after.delivered_at) == (before.state, before.delivered_at)


def test_nothing_folds_to_nothing():
    assert fold([]) == NOTHING_YET
