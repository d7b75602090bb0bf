"""Every simulated body is read by the real adapters and says what the world meant."""

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache

import pytest

from carriers.codes import CodeTable, to_event
from carriers.seed import seed_rows
from carriers.sources import get_source
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from config.simulation.instants import seconds
from config.simulation.kinds import Kind, state_of
from config.simulation.parcels import Parcel
from config.simulation.stream import RawMessage, messages
from config.simulation.world import World
from shipments.facts import EventFact, State
from shipments.timeline import Scanned, ShipmentState, fold

END = datetime(2026, 11, 23, 15, tzinfo=UTC)
WORLD = World(900, 25, 11, END)


@cache
def parcels() -> dict[str, Parcel]:
    return {parcel.number: parcel for order in WORLD.orders() for parcel in order.parcels}


@cache
def received() -> tuple[RawMessage, ...]:
    return tuple(messages(WORLD.shipments, WORLD.days, WORLD.seed, END))


@cache
def table() -> CodeTable:
    return CodeTable(row.table_row for row in seed_rows())


def read(message: RawMessage) -> list[EventFact]:
    request = Request(message.subject_number, message.subject_carrier, message.received_at)
    scans = get_source(message.source).read(message.body, request)
    return [to_event(scan, table(), source=message.source, received_at=message.received_at) for scan in scans]


@cache
def told() -> tuple[dict[str, list[EventFact]], int]:
    """Return each parcel's events and how many messages could not be read."""
    events, broken = defaultdict(list), 0
    for message in received():
        try:
            for event in read(message):
                events[event.tracking_number].append(event)
        except (Unreadable, FeedTrouble):
            broken += 1
    return events, broken


def folded(events: list[EventFact]) -> ShipmentState:
    return fold(
        Scanned(e.occurred_at, e.identity, e.state, e.reason, e.physical, e.mapped, None, e.raw_code) for e in events
    )


def test_every_body_but_the_broken_few_is_read():
    _, broken = told()
    assert 1 <= broken <= len(received()) / 300


def test_every_mapped_scan_is_known_to_the_code_tables():
    events, _ = told()
    unknown = {(e.source, e.raw_code) for found in events.values() for e in found if not e.mapped}
    assert unknown <= {("ups", "X:QZ"), ("fedex", "ZX"), ("events", "ZQ")}


def test_each_parcels_events_add_up_to_the_state_the_world_means():
    events, _ = told()
    wrong = []
    for number, found in events.items():
        parcel, latest = parcels()[number], max(e.occurred_at for e in found)
        scans = [scan for scan in parcel.scans if scan.at <= seconds(latest)]
        # Whether anybody's table knows a new code is the table's business.
        if not scans or scans[-1].kind is Kind.NEW_CODE:
            continue
        state, meant = folded(found).state, state_of(scans)
        if scans[-1].kind is Kind.ADDRESS and parcel.service.source == "fedex":
            meant = State.ATTEMPTED
        if state is not meant:
            wrong.append((number, parcel.trouble, state, meant))
    assert wrong == []


def test_duplicates_and_disorder_change_nothing():
    events, _ = told()
    for number in list(events)[:300]:
        once = list({e.identity: e for e in events[number]}.values())
        assert folded(once) == folded(events[number]) == folded(once[::-1])


def test_numbers_the_carrier_does_not_know_say_so():
    events, _ = told()
    numbers = [number for number, parcel in parcels().items() if parcel.trouble == "wrong_number" and number in events]
    assert numbers
    for number in numbers:
        assert {(e.state, e.reason) for e in events[number]} == {(State.UNKNOWN, "invalid_tracking_number")}


def test_messages_come_in_the_order_received_and_none_from_the_future():
    times = [message.received_at for message in received()]
    assert times == sorted(times)
    assert times[-1] <= END


def test_some_messages_are_told_twice():
    bodies = [(message.source, message.key or message.body) for message in received()]
    assert 0.01 < 1 - len(set(bodies)) / len(bodies) < 0.2


@pytest.mark.parametrize("source", ["easypost", "ups", "fedex", "events"])
def test_every_source_speaks(source):
    assert sum(message.source == source for message in received()) > 200
