"""DHL Express's bodies in, scans and events out."""

import pytest

from carriers.sources import dhl_express
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import at, body, events, latest, scans

EXPLICIT, INFERRED = TimeConfidence.EXPLICIT, TimeConfidence.INFERRED


@pytest.mark.parametrize(
    ("sample", "state", "reason", "physical"),
    [
        ("label_created", "label_created", "", False),
        ("label_created_code", "label_created", "", False),
        ("picked_up", "picked_up", "", True),
        ("in_transit", "in_transit", "", True),
        ("clearance", "in_transit", "", False),
        ("out_for_delivery", "out_for_delivery", "", True),
        ("available_for_pickup", "available_for_pickup", "held_at_location", True),
        ("attempted", "attempted", "recipient_unavailable", True),
        ("refused", "attempted", "refused", True),
        ("not_delivered", "attempted", "other", True),
        ("address", "delayed", "address_issue", True),
        ("on_hold", "delayed", "held_at_location", True),
        ("missort", "delayed", "missed_connection", True),
        ("customs_hold", "delayed", "customs_hold", True),
        ("payment_due", "delayed", "payment_due", True),
        ("security", "delayed", "security", False),
        ("stopped", "delayed", "other", True),
        ("trace", "delayed", "lost", False),
        ("damaged", "damaged", "damaged", True),
        ("delivered_damaged", "damaged", "damaged", True),
        ("delivered", "delivered", "", True),
        ("partial_delivery", "delivered", "", True),
        ("lost", "lost", "other", True),
        ("returned", "returned", "other", True),
        ("unknown_closed", "unknown", "other", False),
        ("unmapped", "unknown", "", False),
        ("newest_first", "delivered", "", True),
        ("out_of_order", "delivered", "", True),
        ("header_contradicts", "attempted", "recipient_unavailable", True),
        ("french", "delivered", "", True),
        ("timestamp", "delivered", "", True),
        ("shipment_level_failure", "delayed", "other", True),
        ("not_found", "unknown", "invalid_tracking_number", False),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason, physical):
    event = latest("dhl_express", sample)
    assert (event.state, event.reason, event.physical) == (state, reason, physical)


def test_scan_carries_every_detail_and_what_dhl_remarks():
    scan = scans("dhl_express", "on_hold")[-1]
    assert (scan.carrier, scan.codes, scan.service) == ("dhl_express", ("OH",), "P")
    assert scan.description == "Shipment on hold. The shipment is on hold for inspection"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:20:00"), EXPLICIT)
    assert scan.location == "Austin, TX-US"
    assert scan.promised_at == at("02-27T23:59:00")


def test_unknown_checkpoint_is_not_guessed():
    event = latest("dhl_express", "unmapped")
    assert (event.mapped, event.raw_code) == (False, "QZ")


@pytest.mark.parametrize(
    ("sample", "instants"),
    [
        ("local_time_without_offset", [("02-27T11:20:00", INFERRED)]),
        ("no_time_of_day", [("02-27T23:59:59", INFERRED), ("02-27T12:00:00", INFERRED)]),
        ("seven_digits", [("02-27T17:20:00.123456", EXPLICIT)]),
        ("timestamp", [("02-27T11:20:00", INFERRED)]),
        ("label_created", [("02-23T12:00:00", INFERRED)]),
    ],
)
def test_instant_is_as_sure_as_its_fields(sample, instants):
    assert [(scan.occurred_at, scan.time_confidence) for scan in scans("dhl_express", sample)] == [
        (at(text), confidence) for text, confidence in instants
    ]


def test_checkpoint_without_a_date_is_kept_without_an_instant():
    (scan,) = scans("dhl_express", "no_date")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_several_shipments_are_told_each():
    numbers = [scan.tracking_number for scan in scans("dhl_express", "several_parcels")]
    assert (len(numbers), len(set(numbers))) == (4, 2)


def test_identical_results_are_told_once():
    assert len(scans("dhl_express", "identical_results")) == 2


def test_checkpoints_of_pieces_repeat_nothing():
    assert len(scans("dhl_express", "pieces")) == 3


def test_piece_that_was_asked_for_is_told_under_its_number():
    told = scans("dhl_express", "pieces", Request(number="jd01syn0000000000001"))
    assert [scan.tracking_number for scan in told][3:] == ["JD01SYN0000000000001"] * 2


def test_checkpoints_of_the_only_piece_are_the_shipments():
    assert {scan.tracking_number[:2] for scan in scans("dhl_express", "events_of_the_only_piece")} == {"90"}


def test_checkpoints_of_two_pieces_stay_apart():
    numbers = [scan.tracking_number for scan in scans("dhl_express", "events_of_two_pieces")]
    assert numbers == ["JD01SYN0000000000003"] + ["JD01SYN0000000000004"] * 3


def test_shipment_not_found_leaves_the_others():
    told = events("dhl_express", "partial_failure")
    assert [event.state for event in told] == ["picked_up", "in_transit", "in_transit", "unknown"]


def test_number_not_found_is_the_one_asked_for():
    (scan,) = scans("dhl_express", "not_found")
    assert (scan.tracking_number, scan.codes, scan.occurred_at) == ("ASKED123", ("404",), None)


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("error_sign_in", "Invalid Credentials: Unauthorized"),
        ("error_rate_limit", "429 Too many requests"),
        ("error_gateway", "500 Process failure"),
        ("error_request", "400 Wrong format"),
    ],
)
def test_carriers_own_error_is_a_trouble_of_the_feed(sample, words):
    with pytest.raises(FeedTrouble, match=words):
        scans("dhl_express", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{}", "neither “shipments” nor an error"),
        (b'{"shipments": []}', "no shipment with a checkpoint or a status"),
        (b'{"shipments": [{"events": [{"typeCode": "OK"}]}]}', "no tracking number"),
        (b'{"shipments": "none"}', "“shipments” should be a list and is text"),
        (b"<?xml version='1.0'?><req:TrackingResponse/>", "XML"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        dhl_express.read(raw, Request())


def test_remarks_may_be_plain_text():
    raw = body("dhl_express", "picked_up").replace(b'"typeCode": "PU"', b'"typeCode": "PU", "remarks": "By bike"')
    assert dhl_express.read(raw, Request())[0].description == "Shipment picked up. By bike"
