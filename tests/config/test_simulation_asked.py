"""Answers of the sources that no simulated service uses are read by the real adapters as the world means them."""

from datetime import UTC, datetime
from functools import cache

import pytest

from carriers.codes import CodeTable, to_event
from carriers.seed import seed_rows
from carriers.sources import get_source
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from config.simulation.kinds import MEANING, Kind
from config.simulation.world import World
from config.simulation.writers import ASKED_TELLERS, TELLERS
from config.simulation.writers.telling import Form
from shipments.facts import State

END = datetime(2026, 11, 23, 15, tzinfo=UTC)
WORLD = World(900, 25, 11, END)
SAID_OTHERWISE = {
    ("usps", Kind.DAMAGED): {State.DELAYED},
    ("usps", Kind.DAMAGE_REPORTED): {State.DELAYED},
    ("dhl_express", Kind.RETURNING): {State.DELAYED},
    ("dhl_universal", Kind.RETURNING): {State.DELAYED},
    ("dhl_universal", Kind.DAMAGE_REPORTED): {State.DELIVERED},
    ("dhl_universal", Kind.DAMAGED): {State.UNKNOWN, State.DELAYED},
    ("dhl_universal", Kind.LOST): {State.UNKNOWN, State.DELAYED},
    ("dhl_universal", Kind.WEATHER): {State.UNKNOWN, State.IN_TRANSIT},
    ("dhl_universal", Kind.NEW_CODE): {State.UNKNOWN, State.IN_TRANSIT},
}
"""What a carrier has no word of its own for, and says instead; the latest of DHL's sentences comes with its class."""


@cache
def parcels():
    return [parcel for order in WORLD.orders() for parcel in order.parcels if parcel.scans]


@cache
def table():
    return CodeTable(row.table_row for row in seed_rows())


def answers(source, form=Form.HISTORY):
    """Yield each parcel with the answer about its whole story."""
    for parcel in parcels():
        teller = ASKED_TELLERS[source](parcel, WORLD.offsets)
        yield parcel, teller.body(form, len(parcel.scans), WORLD.ends, 0)


@pytest.mark.parametrize("source", sorted(ASKED_TELLERS))
def test_every_scan_is_read_as_the_world_means_it(source):
    for parcel, body in answers(source):
        told = get_source(source).read(body, Request(parcel.number, received_at=END))
        events = [to_event(scan, table(), source=source, received_at=END) for scan in told]
        events = events if source == "dhl_express" else events[::-1]
        assert len(events) == len(parcel.scans)
        for scan, event in zip(parcel.scans, events, strict=True):
            wanted = SAID_OTHERWISE.get((source, scan.kind), {MEANING[scan.kind].state})
            assert event.state in wanted, (scan.kind, event.raw_code)


@pytest.mark.parametrize("source", sorted(ASKED_TELLERS))
def test_instants_are_the_worlds(source):
    for parcel, body in answers(source):
        told = get_source(source).read(body, Request(parcel.number, received_at=END))
        wanted = [scan.at for scan in parcel.scans]
        if source == "dhl_universal":  # It tells local time without offset.
            wanted = [scan.at + WORLD.offsets[scan.place.zone] for scan in parcel.scans]
        assert sorted(int(scan.occurred_at.timestamp()) for scan in told) == sorted(wanted)


@pytest.mark.parametrize("source", sorted(ASKED_TELLERS))
def test_unknown_number_is_one_scan(source):
    parcel, body = next(iter(answers(source, Form.NOT_FOUND)))
    (scan,) = get_source(source).read(body, Request(parcel.number, received_at=END))
    assert to_event(scan, table(), source=source, received_at=END).reason == "invalid_tracking_number"


@pytest.mark.parametrize("source", sorted(ASKED_TELLERS))
@pytest.mark.parametrize(("form", "error"), [(Form.WEB_PAGE, FeedTrouble), (Form.CUT_OFF, Unreadable)])
def test_broken_answer_is_refused(source, form, error):
    _, body = next(iter(answers(source, form)))
    with pytest.raises(error):
        get_source(source).read(body, Request("1", received_at=END))


def test_no_source_is_written_twice():
    assert not set(TELLERS) & set(ASKED_TELLERS)
