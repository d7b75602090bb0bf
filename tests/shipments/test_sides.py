"""What a page shows of the sources of one parcel."""

from datetime import timedelta

import pytest

from shipments.facts import State
from shipments.sides import sides_of
from tests.factories import NOW, make_event, make_shipment

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_one_source_has_nothing_beside_it():
    parcel = make_shipment()
    make_event(parcel)
    make_event(parcel, occurred_at=NOW)
    assert sides_of(parcel.events.all()) is None


def test_sources_that_agree_stand_side_by_side():
    parcel = make_shipment()
    make_event(parcel, source="ups")
    make_event(parcel, source="easypost", state=State.OUT_FOR_DELIVERY, occurred_at=NOW)
    sides = sides_of(parcel.events.all())
    assert sides.apart_since is None
    assert [(side.name, side.mark.label, side.scans, side.is_apart) for side in sides.each] == [
        ("EasyPost", "Out for delivery", 1, False),
        ("UPS", "In transit", 1, False),
    ]


def test_sources_that_contradict_each_other_are_marked_with_since_when_we_know():
    parcel = make_shipment()
    make_event(parcel, source="ups", occurred_at=NOW - 9 * HOUR)
    make_event(parcel, source="easypost", state=State.DELIVERED, occurred_at=NOW - 5 * HOUR, received_at=NOW - 4 * HOUR)
    make_event(parcel, source="shopify", state=State.LABEL_CREATED, physical=False, occurred_at=NOW - 20 * HOUR)
    sides = sides_of(parcel.events.all())
    assert sides.apart_since == NOW - 4 * HOUR
    assert [(side.name, side.is_apart) for side in sides.each] == [
        ("EasyPost", True),
        ("Shopify", False),
        ("UPS", True),
    ]
