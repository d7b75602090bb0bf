"""Shippo's bodies in, scans and events out."""

import json

import pytest

from carriers.sources import shippo
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, RECEIVED_AT, at, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason"),
    [
        ("label_created", "label_created", ""),
        ("picked_up", "picked_up", ""),
        ("in_transit", "in_transit", ""),
        ("out_for_delivery", "out_for_delivery", ""),
        ("available_for_pickup", "available_for_pickup", "held_at_location"),
        ("attempted", "attempted", "recipient_unavailable"),
        ("undeliverable", "attempted", "other"),
        ("delayed", "delayed", "other"),
        ("delayed_address", "delayed", "address_issue"),
        ("held", "delayed", "held_at_location"),
        ("damaged", "damaged", "damaged"),
        ("delivered", "delivered", ""),
        ("returning", "returning", "other"),
        ("returning_unclaimed", "returning", "recipient_unavailable"),
        ("lost", "lost", "lost"),
        ("disposed", "lost", "other"),
        ("unknown", "unknown", ""),
        ("without_substatus", "attempted", "other"),
        ("no_status_yet", "unknown", ""),
        ("unmapped_status", "unknown", ""),
        ("unmapped_substatus", "unknown", ""),
        ("unmapped_detail_of_a_delivery", "delivered", ""),
        ("head_only", "out_for_delivery", ""),
        ("head_newer", "delivered", ""),
        ("status_as_text", "delivered", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("shippo", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("shippo", "in_transit")[-1]
    assert scan.carrier == "usps"
    assert scan.tracking_number.startswith("92055901649173")
    assert scan.codes == ("TRANSIT:package_arrived",)
    assert scan.description == "In transit"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.EXPLICIT)
    assert scan.location == "Fresno, CA, US"
    assert scan.promised_at == at("02-27T23:59:59")
    assert scan.service == "usps_priority"


@pytest.mark.parametrize(
    ("sample", "code"),
    [("unmapped_status", "QUANTUM"), ("unmapped_substatus", "TRANSIT:quantum_hold")],
)
def test_unknown_code_is_unmapped_and_not_physical(sample, code):
    event = latest("shippo", sample)
    assert (event.mapped, event.physical, event.raw_code) == (False, False, code)


def test_label_data_is_not_physical():
    label, accepted, *_ = events("shippo", "delivered")
    assert (label.physical, accepted.physical) == (False, True)


@pytest.mark.parametrize(("sample", "count"), [("delivered", 4), ("head_some_milliseconds_off", 4), ("head_newer", 4)])
def test_head_that_the_history_tells_is_left_out(sample, count):
    assert len(scans("shippo", sample)) == count


def test_track_without_status_is_one_event_however_often_it_is_told():
    (first,), (again,) = events("shippo", "no_status_yet"), events("shippo", "no_status_yet")
    assert (first.identity, first.mapped) == (again.identity, True)
    assert first.time_confidence is TimeConfidence.UNKNOWN


def test_odd_times_and_places_keep_every_scan():
    missing, day, no_zone = events("shippo", "odd_times")
    assert (missing.occurred_at, missing.time_confidence) == (RECEIVED_AT, TimeConfidence.UNKNOWN)
    assert (day.occurred_at, day.time_confidence) == (at("02-24T12:00:00"), TimeConfidence.INFERRED)
    assert (no_zone.occurred_at, no_zone.location) == (at("02-25T04:10:00"), "")


def test_list_gives_every_parcel():
    assert len({scan.tracking_number for scan in scans("shippo", "track_list")}) == 2


def test_carrier_missing_in_the_track_is_the_one_asked_for():
    (scan,) = shippo.read(b'{"tracking_number": "1", "tracking_status": {"status": "DELIVERED"}}', ASKED)
    assert (scan.carrier, scan.occurred_at) == ("asked", None)


@pytest.mark.parametrize("substatus", ["package_lost", {"code": "package_lost"}, {"code": "PACKAGE_LOST"}])
def test_substatus_is_read_however_it_is_written(substatus):
    track = {"tracking_number": "1", "tracking_status": {"status": "failure", "substatus": substatus}}
    (scan,) = shippo.read(json.dumps(track).encode(), Request())
    assert scan.codes == ("FAILURE:package_lost", "FAILURE")


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("transaction", Unreadable, "“transaction_updated” is not about a track"),
        ("transaction_object", Unreadable, "about a label"),
        ("error_detail", FeedTrouble, "Invalid token"),
        ("error_all", FeedTrouble, "not supported; Try another"),
        ("error_messages", FeedTrouble, "503: The carrier is not answering"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("shippo", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"results": []}', "no track"),
        (b'{"event": "track_updated", "data": null}', "neither a Shippo event nor a track"),
        (b'{"tracking_number": "", "tracking_status": null}', "no tracking number"),
        (b'{"tracking_number": "1", "tracking_history": 5}', "“tracking_history” should be a list"),
        (b'{"data": ' * 9 + b"{}" + b"}" * 9, "more than 8 envelopes"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        shippo.read(raw, Request())
