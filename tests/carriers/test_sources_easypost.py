"""EasyPost's bodies in, scans and events out."""

import pytest

from carriers.sources import easypost
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, RECEIVED_AT, at, body, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason"),
    [
        ("label_created", "label_created", ""),
        ("in_transit", "in_transit", ""),
        ("out_for_delivery", "out_for_delivery", ""),
        ("available_for_pickup", "available_for_pickup", "held_at_location"),
        ("attempted", "attempted", "other"),
        ("delayed_weather", "delayed", "weather"),
        ("delayed_address", "delayed", "address_issue"),
        ("damaged", "damaged", "damaged"),
        ("delivered", "delivered", ""),
        ("returning", "returning", "other"),
        ("returning_refused", "returning", "refused"),
        ("lost", "lost", "lost"),
        ("cancelled", "cancelled", "other"),
        ("unknown_not_found", "unknown", "invalid_tracking_number"),
        ("unmapped", "unknown", ""),
        ("header_only", "out_for_delivery", ""),
        ("header_newer", "delivered", ""),
        ("header_older", "delivered", ""),
        ("newest_first", "delivered", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("easypost", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("easypost", "in_transit")[-1]
    assert scan.carrier == "fedex"
    assert scan.tracking_number == "614400000002"
    assert scan.codes == ("in_transit:arrived_at_facility:fedex:AR", "in_transit:arrived_at_facility", "in_transit")
    assert scan.description == "Arrived at FedEx location"
    assert scan.occurred_at == at("02-27T17:30:00")
    assert scan.time_confidence is TimeConfidence.EXPLICIT
    assert scan.location == "BROOKLYN, NY, US"
    assert scan.promised_at == at("02-27T23:59:59")
    assert scan.service == "FEDEX_GROUND"


def test_label_data_is_not_physical():
    label, pickup, _ = events("easypost", "in_transit")
    assert not label.physical
    assert pickup.physical


def test_unknown_status_is_unmapped_and_not_physical():
    event = latest("easypost", "unmapped")
    assert (event.mapped, event.physical, event.raw_code) == (False, False, "quantum_hold:unknown:fedex:QQ")


def test_tracker_without_details_gives_one_scan_of_its_own_time():
    (scan,) = scans("easypost", "header_only")
    assert scan.occurred_at == at("02-27T18:05:11")
    assert scan.time_confidence is TimeConfidence.INFERRED


def test_header_older_than_the_scans_is_left_out():
    assert len(scans("easypost", "header_older")) == 2


def test_header_that_a_scan_tells_is_left_out():
    assert len(scans("easypost", "delivered")) == 3


def test_odd_times_keep_every_scan():
    missing, day, seven_digits, absurd = scans("easypost", "odd_times")
    assert (missing.occurred_at, missing.time_confidence) == (None, TimeConfidence.UNKNOWN)
    assert (day.occurred_at, day.time_confidence) == (at("02-25T12:00:00"), TimeConfidence.INFERRED)
    assert (seven_digits.occurred_at, seven_digits.time_confidence) == (
        at("02-25T08:15:30.123456"),
        TimeConfidence.INFERRED,
    )
    assert absurd.occurred_at is None


def test_scan_without_instant_takes_the_time_of_receipt():
    event = events("easypost", "odd_times")[0]
    assert (event.occurred_at, event.time_confidence) == (RECEIVED_AT, TimeConfidence.UNKNOWN)


def test_details_without_codes_are_read_by_status():
    assert [event.state for event in events("easypost", "carrier_codes_missing")] == ["label_created", "in_transit"]


def test_list_gives_every_parcel_once():
    told = scans("easypost", "trackers")
    assert [scan.tracking_number for scan in told] == ["614400000101"] + ["614400000102"] * 3


def test_carrier_missing_in_the_tracker_is_the_one_asked_for():
    (scan,) = easypost.read(b'{"tracking_code": "1", "status": "delivered"}', ASKED)
    assert scan.carrier == "asked"


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("event_without_result", Unreadable, "tracker.updated” came without its tracker"),
        ("event_list", Unreadable, "fetch the tracker instead"),
        ("event_of_a_batch", Unreadable, "is about a Batch, not about a tracker"),
        ("error", FeedTrouble, "RATE_LIMITED: Too many requests"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("easypost", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"trackers": []}', "no tracker"),
        (b'{"tracking_code": ""}', "no tracking code"),
        (b'{"tracking_code": "1"}', "no tracker with a status"),
        (b"[]", "no tracker"),
        (b"{}", "neither an EasyPost event nor a tracker"),
        (b'{"tracking_code": ["1"]}', "should be text holds a list"),
        (b'{"tracking_code": "1", "tracking_details": 5}', "“tracking_details” should be a list and is a number"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        easypost.read(raw, Request())


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (body("easypost", "delivered"), "evt_5yn7he71c0009"),
        (body("easypost", "header_only"), ""),
        (b'[{"id": "evt_1"}, {"id": "evt_2"}]', ""),
        (b"\xff\x00 not json", ""),
        (b"", ""),
    ],
)
def test_message_key_is_the_only_event_id(raw, key):
    assert easypost.message_key({}, raw) == key
