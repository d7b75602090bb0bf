from datetime import timedelta

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.api_tokens import Scope, create_token
from shipments.facts import State
from tests.factories import NOW, make_event, make_reading, make_shipment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    """Return a client of a program that may read shipments."""
    from datetime import UTC, datetime

    now = datetime.now(tz=UTC)
    secret = create_token(name="reader", scopes=[Scope.SHIPMENTS_READ], lasts=timedelta(days=1), now=now)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_shipment_has_its_events_in_the_contract_form(reader):
    shipment = make_shipment(carrier="ups", tracking_number="1Z9")
    later = make_event(shipment, state=State.OUT_FOR_DELIVERY, occurred_at=NOW, raw_code="OT")
    make_event(shipment, state=State.IN_TRANSIT, occurred_at=NOW - timedelta(hours=3), location="")
    told = reader.get("/api/v1/shipments/UPS/1z%209/").json()
    assert (told["carrier"], told["tracking_number"], told["state"]) == ("ups", "1Z9", "in_transit")
    assert (told["order_id"], told["customer_id"]) == (shipment.order.order_id, shipment.order.customer.customer_id)
    first, second = told["events"]
    assert (first["state"], first["previous_state"], first["location"]) == ("in_transit", None, None)
    assert second == {
        "carrier": "ups",
        "tracking_number": "1Z9",
        "order_id": shipment.order.order_id,
        "customer_id": shipment.order.customer.customer_id,
        "state": "out_for_delivery",
        "previous_state": "in_transit",
        "reason": "",
        "occurred_at": "2026-03-04T15:00:00+00:00",
        "received_at": "2026-03-04T15:05:00+00:00",
        "time_confidence": "explicit",
        "promised_at": "2026-03-05T15:00:00+00:00",
        "raw_code": "OT",
        "raw_description": later.raw_description,
        "location": later.location,
        "physical": True,
        "source": "ups",
    }


def test_shipment_without_order_promises_nothing(reader):
    make_shipment(tracking_number="1Z9", order=None, promised_at=None)
    told = reader.get("/api/v1/shipments/ups/1Z9/").json()
    assert (told["order_id"], told["customer_id"], told["promised_at"], told["events"]) == (None, None, None, [])


def test_unknown_shipment_is_404(reader):
    assert reader.get("/api/v1/shipments/ups/1Z9/").status_code == 404


def test_reading_needs_a_token_or_a_person():
    make_shipment(tracking_number="1Z9")
    assert Client().get("/api/v1/shipments/ups/1Z9/").status_code == 401
    person = Client()
    person.force_login(make_user())
    assert person.get("/api/v1/shipments/ups/1Z9/").status_code == 200


@pytest.mark.parametrize("events", [1, 30])
def test_queries_are_as_many_for_any_timeline(reader, events):
    from django.db import connection

    shipment = make_shipment(tracking_number="1Z9")
    for hours in range(events):
        make_event(shipment, occurred_at=NOW - timedelta(hours=hours))
    with CaptureQueriesContext(connection) as queries:
        reader.get("/api/v1/shipments/ups/1Z9/")
    assert len(queries) <= 4


def test_a_scan_is_told_as_it_is_read_now_with_what_it_said_before(reader):
    scan = make_event(make_shipment(tracking_number="1Z9"), state=State.UNKNOWN, mapped=False, raw_code="X:QQ")
    make_event(scan.shipment, occurred_at=NOW)
    make_reading(scan, state=State.DELAYED, reason="weather", publication=4)
    told = reader.get("/api/v1/shipments/ups/1Z9/").json()
    assert [(each["state"], each["reason"], each["previous_state"]) for each in told["events"]] == [
        ("delayed", "weather", None),
        ("in_transit", "", "delayed"),
    ]
    assert told["corrections"] == [
        {
            "occurred_at": "2026-03-01T15:00:00Z",
            "raw_code": "X:QQ",
            "state": "delayed",
            "state_before": "unknown",
            "publication": 4,
            "corrected_at": "2026-03-04T15:00:00Z",
        }
    ]
