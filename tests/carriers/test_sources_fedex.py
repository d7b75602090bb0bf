"""FedEx's bodies in, scans and events out."""

import pytest

from carriers.sources import fedex
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import at, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason", "physical"),
    [
        ("label_created", "label_created", "", False),
        ("picked_up", "picked_up", "", True),
        ("in_transit", "in_transit", "", True),
        ("out_for_delivery", "out_for_delivery", "", True),
        ("available_for_pickup", "available_for_pickup", "held_at_location", True),
        ("attempted", "attempted", "recipient_unavailable", True),
        ("refused", "attempted", "refused", True),
        ("address", "attempted", "address_issue", True),
        ("unknown_exception", "attempted", "other", True),
        ("future_delivery", "in_transit", "", False),
        ("weather", "delayed", "weather", True),
        ("customs_hold", "delayed", "customs_hold", True),
        ("missed_connection", "delayed", "missed_connection", True),
        ("payment_due", "delayed", "payment_due", True),
        ("security", "delayed", "security", True),
        ("delayed_address", "delayed", "address_issue", True),
        ("clearance", "in_transit", "", False),
        ("damaged", "damaged", "damaged", True),
        ("delivered", "delivered", "", True),
        ("returning", "returning", "other", True),
        ("lost", "lost", "lost", True),
        ("cancelled", "cancelled", "other", False),
        ("unmapped", "unknown", "", False),
        ("oldest_first", "delivered", "", True),
        ("out_of_order", "delivered", "", True),
        ("header_only", "delivered", "", True),
        ("header_newer", "delivered", "", True),
        ("header_older", "attempted", "recipient_unavailable", True),
        ("header_reason", "attempted", "recipient_unavailable", True),
        ("not_found", "unknown", "invalid_tracking_number", False),
        ("not_found_envelope", "unknown", "invalid_tracking_number", False),
        ("error_beside_scans", "out_for_delivery", "", True),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason, physical):
    event = latest("fedex", sample)
    assert (event.state, event.reason, event.physical) == (state, reason, physical)


def test_scan_carries_every_detail():
    scan = scans("fedex", "attempted")[0]
    assert scan.carrier == "fedex"
    assert scan.tracking_number == "794400000006"
    assert scan.codes == ("DE:08", "DE")
    assert scan.description == "Delivery exception"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:41:57"), TimeConfidence.EXPLICIT)
    assert scan.location == "Blue Point, NY, US"
    assert scan.promised_at == at("02-28T04:59:59")
    assert scan.service == "FEDEX_GROUND"


def test_reason_in_the_head_explains_the_scan_without_changing_its_code():
    scan = scans("fedex", "header_reason")[0]
    assert scan.codes == ("DE:A99", "DE:08", "DE")


def test_head_that_an_event_tells_is_left_out():
    assert len(scans("fedex", "delivered")) == 3


def test_times_with_and_without_zone_stand_side_by_side():
    assert [(scan.occurred_at, scan.time_confidence) for scan in scans("fedex", "mixed_zones")] == [
        (at("02-27T17:41:57"), TimeConfidence.EXPLICIT),
        (at("02-23T00:00:00"), TimeConfidence.INFERRED),
        (at("02-24T12:00:00"), TimeConfidence.INFERRED),
        (at("02-25T10:05:06.123456"), TimeConfidence.EXPLICIT),
    ]


def test_scan_without_date_is_kept_without_an_instant():
    (scan,) = scans("fedex", "no_date")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_failure_of_one_number_leaves_the_others():
    told = events("fedex", "partial_failure")
    assert [(event.tracking_number, event.state) for event in told] == [
        ("794400000041", "delivered"),
        ("794400000041", "picked_up"),
        ("794400000041", "label_created"),
        ("794400000042", "unknown"),
    ]


def test_identical_results_are_told_once():
    assert len(scans("fedex", "identical_results")) == 2


def test_pieces_of_one_number_keep_their_own_numbers():
    assert [scan.tracking_number for scan in scans("fedex", "several_pieces")] == ["794400000046"] * 2 + [
        "794400000047"
    ]


def test_number_not_found_in_the_envelope_is_the_one_asked_for():
    (scan,) = scans("fedex", "not_found_envelope")
    assert scan.tracking_number == "ASKED123"


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("error_oauth", "invalid_client"),
        ("error_sign_in", "NOT.AUTHORIZED.ERROR"),
        ("error_rate_limit", "RATE.LIMIT.ERROR"),
        ("error_outage", "SERVICE.UNAVAILABLE.ERROR"),
        ("error_internal", "INTERNAL.SERVER.ERROR"),
        ("only_trouble", "SYSTEM.UNAVAILABLE.EXCEPTION"),
    ],
)
def test_carriers_own_error_is_a_trouble_of_the_feed(sample, words):
    with pytest.raises(FeedTrouble, match=words):
        scans("fedex", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{}", "neither “completeTrackResults” nor “errors”"),
        (b'{"output": {"completeTrackResults": []}}', "no result, no scan and no error"),
        (b'{"output": []}', "“output” should be an object and is a list"),
        (
            b'{"output": {"completeTrackResults": [{"trackResults": [{"scanEvents": [{"eventType": "DL"}]}]}]}}',
            "no tracking number",
        ),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        fedex.read(raw, Request())
