"""When a parcel of the past was known, and what became of its promise."""

from __future__ import annotations

from datetime import datetime

import pytest

from exceptions_queue.backtest.parcels import Fate, Parcel, fate
from shipments.facts import Direction, State
from tests.exceptions_queue.backtest.histories import BEGINS, day, parcel, told


@pytest.mark.parametrize(
    ("one", "known_at"),
    [
        (parcel(first_seen_at=day(2)), day(2)),
        (parcel(first_seen_at=day(2), events=told("1", (State.IN_TRANSIT, 2.5))), day(2)),
        (parcel(first_seen_at=day(900), events=told("1", (State.IN_TRANSIT, 2.5))), BEGINS),
        (parcel(first_seen_at=day(900), placed_at=None, events=told("1", (State.IN_TRANSIT, 2.5))), day(2.5)),
        (parcel(first_seen_at=day(900)), BEGINS),
        (parcel(first_seen_at=day(20)), day(20)),
    ],
    ids=["heard of", "seen before its scans", "loaded", "loaded without order", "loaded, never scanned", "sent late"],
)
def test_a_parcel_is_known_from_when_we_heard_of_it_or_could_have(one: Parcel, known_at: datetime):
    assert one.known_at == known_at


@pytest.mark.parametrize(
    ("one", "became"),
    [
        (parcel(events=told("1", (State.DELIVERED, 10.4))), Fate(day(10.5), day(10.4), False)),
        (parcel(events=told("1", (State.DELIVERED, 10.6))), Fate(day(10.5), day(10.6), True)),
        (parcel(promised_at=day(10), events=told("1", (State.DELIVERED, 10.9))), Fate(day(11), day(10.9), False)),
        (parcel(), Fate(day(10.5), None, True)),
        (parcel(promised_at=day(80)), Fate(day(81), None, False)),
        (parcel(events=told("1", (State.CANCELLED, 2))), Fate(None, None, False)),
        (parcel(direction=Direction.RETURN), Fate(None, None, False)),
        (parcel(promised_at=None, events=told("1", (State.DELIVERED, 9))), Fate(None, day(9), False)),
        (parcel(events=told("1", (State.DELIVERED, 9), heard_after=70)), Fate(day(10.5), None, True)),
    ],
    ids=[
        "in time",
        "late",
        "promised a day",
        "never",
        "not yet",
        "cancelled",
        "a return",
        "no promise",
        "not heard of",
    ],
)
def test_a_promise_is_kept_until_it_ends(one: Parcel, became: Fate):
    assert fate(one, day(60)) == became


def test_a_warning_counts_until_the_delivery_or_the_end_of_the_promise():
    assert Fate(day(10), day(8), False).flag_until == day(8)
    assert Fate(day(10), day(12), True).flag_until == day(10)
    assert Fate(None, day(8), False).flag_until is None
