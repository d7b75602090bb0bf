"""The simulated world: the same from the same seed, and as troubled as real ones."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from config.simulation.instants import SUNDAY, weekday
from config.simulation.kinds import Kind
from config.simulation.numbers import fedex_check, tracking_number, ups_check, usps_check
from config.simulation.parcels import Parcel
from config.simulation.stream import messages
from config.simulation.world import World
from shipments.contracts import parse_order

END = datetime(2026, 11, 23, 15, tzinfo=UTC)


@cache
def parcels() -> tuple[Parcel, ...]:
    """Return enough parcels for shares to settle; the world is a year long, so nearly all journeys have ended."""
    return tuple(parcel for order in World(12_000, 365, 5, END).orders() for parcel in order.parcels)


def share(wanted) -> float:
    return sum(map(wanted, parcels())) / len(parcels())


def is_late(parcel: Parcel) -> bool:
    arrived = [scan.at for scan in parcel.scans if scan.kind is Kind.DELIVERED]
    return bool(arrived) and arrived[-1] > parcel.promised_at


def test_the_same_seed_and_end_give_the_same_bytes():
    assert list(messages(150, 20, 3, END)) == list(messages(150, 20, 3, END))


def test_another_seed_gives_other_numbers():
    def numbers(seed):
        return {p.number for order in World(400, 20, seed, END).orders() for p in order.parcels}

    assert len(numbers(3)) == 400
    assert not numbers(3) & numbers(4)


@pytest.mark.parametrize("shipments", [1, 7, 250])
def test_a_world_has_as_many_shipments_as_asked_for(shipments):
    assert sum(len(order.parcels) for order in World(shipments, 10, 2, END).orders()) == shipments


def test_orders_come_in_order_and_within_the_period():
    placed = [order.placed_at for order in World(500, 20, 2, END).orders()]
    assert placed == sorted(placed)
    assert (END - timedelta(days=20)).timestamp() <= placed[0] < placed[-1] <= END.timestamp()


def test_every_order_keeps_the_plain_contract():
    for order in World(500, 20, 2, END).orders():
        assert parse_order(order.contract()).order_id == order.order_id


@pytest.mark.parametrize(
    "trouble, least, most",
    [
        ("", 0.85, 0.9),
        ("attempted", 0.02, 0.04),
        ("address", 0.015, 0.035),
        ("damaged", 0.01, 0.02),
        ("lost", 0.006, 0.01),
        ("no_first_scan", 0.006, 0.013),
        ("stalled", 0.012, 0.03),
        ("wrong_number", 0.001, 0.004),
        ("new_code", 0.003, 0.008),
    ],
)
def test_each_trouble_takes_its_believable_share(trouble, least, most):
    assert least <= share(lambda parcel: parcel.trouble == trouble) <= most


def test_about_one_in_twenty_is_late():
    assert 0.04 <= share(is_late) <= 0.07


def test_about_one_in_a_hundred_comes_back():
    assert 0.006 <= share(lambda p: any(scan.kind is Kind.RETURNING for scan in p.scans)) <= 0.016


def test_scans_are_in_order_and_apart():
    for parcel in parcels():
        assert all(one.at <= other.at for one, other in pairwise(parcel.scans)), parcel.trouble


def test_parcels_are_seldom_delivered_on_sundays():
    days = Counter(weekday(s.at - 6 * 3600) for p in parcels() for s in p.scans if s.kind is Kind.DELIVERED)
    assert days[SUNDAY] < days.total() * 0.03


def test_numbers_are_valid_in_form():
    assert ups_check("5R8939035756712") == 7
    assert fedex_check("98657878885") == 5
    assert usps_check("940011020088275606631") in range(10)
    assert tracking_number("ups", "UPS Ground", 9, 1).startswith("1Z")
    assert len(tracking_number("ups", "UPS Ground", 9, 1)) == 18
    assert len(tracking_number("fedex", "", 9, 1)) == 12
    assert len(tracking_number("usps", "", 9, 1)) == 22
