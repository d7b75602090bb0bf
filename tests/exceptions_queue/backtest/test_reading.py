"""Parcels are read with all that is stored of them, as it is understood today."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exceptions_queue.backtest.parcels import Talk
from exceptions_queue.backtest.reading import groups_placed, parcels
from shipments.facts import State
from tests.factories import NOW, make_conversation, make_event, make_order, make_reading, make_shipment

pytestmark = pytest.mark.django_db


def test_an_event_means_what_its_newest_reading_says_from_its_scan_on():
    shipment = make_shipment()
    event = make_event(shipment, state=State.UNKNOWN, reason="", physical=False, mapped=False)
    make_reading(event, state=State.IN_TRANSIT, reason="", publication=1)
    make_reading(event, state=State.DELAYED, reason="weather", physical=True, mapped=True, publication=2)
    (parcel,) = parcels([shipment.pk])
    (heard,) = parcel.events
    scan = heard.scan
    assert (scan.state, scan.reason, scan.physical, scan.mapped) == (State.DELAYED, "weather", True, True)
    assert (heard.at, scan.occurred_at) == (event.received_at, event.occurred_at)


def test_an_event_never_read_anew_keeps_its_first_meaning():
    shipment = make_shipment()
    make_event(shipment, state=State.OUT_FOR_DELIVERY)
    make_reading(make_event(make_shipment(), state=State.UNKNOWN), state=State.LOST)
    (parcel,) = parcels([shipment.pk])
    assert [each.scan.state for each in parcel.events] == [State.OUT_FOR_DELIVERY]


def test_a_conversation_is_read_with_when_it_was_answered_and_closed():
    order = make_order()
    shipment = make_shipment(order=order)
    hours = [NOW + timedelta(hours=number) for number in range(3)]
    make_conversation(order=order, topic="wismo", opened_at=hours[0], first_reply_at=hours[1], closed_at=hours[2])
    (parcel,) = parcels([shipment.pk])
    assert parcel.talks == (Talk(hours[0], hours[2], True, hours[1]),)


def test_conversations_are_read_with_the_parcel_they_are_about():
    order = make_order()
    first, second = make_shipment(order=order), make_shipment(order=order)
    alone = make_shipment(order=None)
    for about in (first, alone):
        make_conversation(shipment=about, opened_at=NOW)
    read = {parcel.id: [talk.about for talk in parcel.talks] for parcel in parcels([first.pk, second.pk, alone.pk])}
    assert read == {first.pk: [first.pk], second.pk: [first.pk], alone.pk: [alone.pk]}


def test_what_was_heard_under_a_wrong_carrier_is_replayed_where_it_belongs():
    right = make_shipment()
    wrong = make_shipment(order=None, superseded_by=right)
    make_event(wrong, state=State.OUT_FOR_DELIVERY)
    groups = groups_placed(NOW - timedelta(days=90), NOW + timedelta(days=90))
    assert [group.shipment_ids for group in groups] == [(right.pk,)]
    (parcel,) = parcels([right.pk])
    assert [each.scan.state for each in parcel.events] == [State.OUT_FOR_DELIVERY]
