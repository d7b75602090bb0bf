"""A Karrio server's bodies in, scans and events out."""

import json

import pytest

from carriers.sources import karrio
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, at, body, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason"),
    [
        ("label_created", "label_created", ""),
        ("picked_up", "picked_up", ""),
        ("in_transit", "in_transit", ""),
        ("out_for_delivery", "out_for_delivery", ""),
        ("available_for_pickup", "available_for_pickup", "held_at_location"),
        ("attempted", "attempted", "other"),
        ("attempted_absent", "attempted", "recipient_unavailable"),
        ("refused", "attempted", "refused"),
        ("delivered", "delivered", ""),
        ("delayed", "delayed", "other"),
        ("delayed_weather", "delayed", "weather"),
        ("delayed_capacity", "delayed", "carrier_capacity"),
        ("missorted", "delayed", "missed_connection"),
        ("customs_hold", "delayed", "customs_hold"),
        ("payment_due", "delayed", "payment_due"),
        ("security", "delayed", "security"),
        ("address", "delayed", "address_issue"),
        ("damaged", "damaged", "damaged"),
        ("lost", "lost", "lost"),
        ("returning", "returning", "other"),
        ("returning_refused", "returning", "refused"),
        ("cancelled", "cancelled", "other"),
        ("unknown", "unknown", ""),
        ("fedex_codes", "delivered", ""),
        ("tracker_status_in_transit", "unknown", ""),
        ("tracker_status_delivered", "delivered", ""),
        ("delivered_flag", "delivered", ""),
        ("unmapped_status", "unknown", ""),
        ("unmapped_reason_in_transit", "unknown", ""),
        ("tracking_response", "in_transit", ""),
        ("event_object", "in_transit", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("karrio", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("karrio", "delivered")[0]
    assert scan.carrier == "dhl_express"
    assert scan.codes == ("dhl_express:QX", "delivered")
    assert scan.description == "Delivered"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.INFERRED)
    assert scan.location == "Bonn, DE"
    assert scan.promised_at == at("02-27T23:59:59")
    assert scan.service == "EXPRESS WORLDWIDE"


def test_reason_speaks_before_the_carriers_code():
    scan = scans("karrio", "attempted_absent")[0]
    assert scan.codes == (
        "dhl_express:QX:consignee_not_home",
        "delivery_failed:consignee_not_home",
        "dhl_express:QX",
        "delivery_failed",
    )


def test_reason_that_karrio_does_not_know_is_none():
    event = {"code": "DP", "status": "in_transit", "reason": "unknown"}
    raw = json.dumps({"tracking_number": "1", "carrier_name": "ups", "events": [event]}).encode()
    assert [scan.codes for scan in karrio.read(raw, Request())] == [("ups:DP", "in_transit")]


def test_carriers_own_codes_speak_where_karrio_is_silent():
    assert [event.state for event in events("karrio", "fedex_codes")] == [
        "delivered",
        "out_for_delivery",
        "picked_up",
        "label_created",
    ]


def test_tracker_in_transit_by_default_is_not_believed():
    assert [event.mapped for event in events("karrio", "tracker_status_in_transit")] == [False, False]


def test_tracker_status_is_the_newest_events_only():
    newest, before = events("karrio", "tracker_status_delivered")
    assert (newest.state, newest.raw_code) == ("delivered", "dhl_express:QQ")
    assert (before.state, before.mapped) == ("unknown", False)


def test_times_are_read_in_every_spelling():
    delivered, on_vehicle, *_ = scans("karrio", "fedex_codes")
    assert delivered.occurred_at == at("02-27T17:30:00")
    assert on_vehicle.occurred_at == at("02-27T08:10:00")
    none, day, odd, seconds, milliseconds = scans("karrio", "odd_times")
    assert (none.occurred_at, none.time_confidence) == (None, TimeConfidence.UNKNOWN)
    assert (day.occurred_at, day.time_confidence) == (at("02-25T12:00:00"), TimeConfidence.INFERRED)
    assert odd.occurred_at == at("02-25T12:00:00")
    assert seconds.occurred_at == at("02-25T04:10:00")
    assert milliseconds.occurred_at == at("02-25T05:10:00")


def test_list_gives_every_parcel():
    assert len({scan.tracking_number for scan in scans("karrio", "tracker_list")}) == 2


def test_carrier_missing_in_the_tracker_is_the_one_asked_for():
    (scan,) = karrio.read(b'{"tracking_number": "1", "status": "delivered"}', ASKED)
    assert scan.carrier == "asked"


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("shipment", Unreadable, "“shipment_fulfilled” is not about a tracker"),
        ("shipment_object", Unreadable, "about “shipment”, not about a tracker"),
        ("error", FeedTrouble, "authentication_required: Authentication credentials"),
        ("error_messages", FeedTrouble, "250003: Invalid Access License number"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("karrio", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"results": []}', "no tracker"),
        (b'{"event": "tracker_updated", "data": null}', "neither a Karrio event nor a tracker"),
        (b'{"tracking_number": "1"}', "no tracker with a status or an event"),
        (b'{"tracking_number": ""}', "no tracking number"),
        (b'{"results": ' * 9 + b"{}" + b"}" * 9, "more than 8 envelopes"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        karrio.read(raw, Request())


def test_secret_in_the_header_is_no_message_id():
    assert karrio.message_key({"x-event-id": "s3cret"}, body("karrio", "delivered")) == ""
