"""USPS's bodies in, scans and events out."""

import pytest

from carriers.sources import usps
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import at, events, latest, scans

EXPLICIT, INFERRED = TimeConfidence.EXPLICIT, TimeConfidence.INFERRED


@pytest.mark.parametrize(
    ("sample", "state", "reason", "physical"),
    [
        ("label_created", "label_created", "", False),
        ("pre_shipment_partner", "label_created", "", False),
        ("picked_up", "picked_up", "", True),
        ("in_transit", "in_transit", "", True),
        ("forwarded", "in_transit", "", True),
        ("agent", "in_transit", "", True),
        ("arriving_on_time", "in_transit", "", False),
        ("out_for_delivery", "out_for_delivery", "", True),
        ("available_for_pickup", "available_for_pickup", "held_at_location", True),
        ("held_at_post_office", "available_for_pickup", "held_at_location", True),
        ("attempted", "attempted", "recipient_unavailable", True),
        ("refused", "attempted", "refused", True),
        ("address", "delayed", "address_issue", True),
        ("missent", "delayed", "missed_connection", True),
        ("weather", "delayed", "weather", True),
        ("customs_hold", "delayed", "customs_hold", True),
        ("arriving_late", "delayed", "other", False),
        ("status_not_updated", "delayed", "other", False),
        ("delivered", "delivered", "", True),
        ("insufficient_address", "returning", "address_issue", True),
        ("returning", "returning", "other", True),
        ("returning_unclaimed", "returning", "recipient_unavailable", True),
        ("returned", "returned", "other", True),
        ("lost", "lost", "lost", True),
        ("cancelled", "cancelled", "other", False),
        ("unmapped", "unknown", "", False),
        ("unknown_code_known_words", "out_for_delivery", "", True),
        ("category_contradicts", "attempted", "refused", True),
        ("header_contradicts", "attempted", "refused", True),
        ("header_older", "delivered", "", True),
        ("oldest_first", "delivered", "", True),
        ("out_of_order", "delivered", "", True),
        ("lone_event", "delivered", "", True),
        ("no_events", "delivered", "", True),
        ("summary", "out_for_delivery", "", True),
        ("status_sentence", "delivered", "", True),
        ("track_results", "delivered", "", True),
        ("track_results_sentence", "picked_up", "", True),
        ("capital_fields", "out_for_delivery", "", True),
        ("not_found", "unknown", "invalid_tracking_number", False),
        ("not_a_number", "unknown", "invalid_tracking_number", False),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason, physical):
    event = latest("usps", sample)
    assert (event.state, event.reason, event.physical) == (state, reason, physical)


def test_scan_carries_every_detail():
    scan = scans("usps", "in_transit")[0]
    assert scan.carrier == "usps"
    assert scan.tracking_number.startswith("94001SYN")
    assert scan.codes == ("A1", "TEXT:ARRIVED AT USPS REGIONAL FACILITY")
    assert scan.description == "Arrived at USPS Regional Facility"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:20:00"), EXPLICIT)
    assert scan.location == "AUSTIN TX DISTRIBUTION CENTER"
    assert scan.promised_at == at("02-28T21:00:00")
    assert scan.service == "USPS Ground Advantage™"


def test_delivery_is_told_with_the_place_it_was_left_at():
    assert scans("usps", "delivered")[0].codes == ("01:IN/AT MAILBOX", "01", "TEXT:DELIVERED, IN/AT MAILBOX")


def test_unknown_code_with_unknown_words_is_not_guessed():
    event = latest("usps", "unmapped")
    assert (event.mapped, event.raw_code) == (False, "ZQ")


def test_code_without_its_leading_zero_is_the_same_code():
    raw = b'{"trackingNumber": "9", "trackingEvents": [{"eventCode": "7", "eventType": "Arrival at Unit"}]}'
    (scan,) = usps.read(raw, Request())
    assert scan.codes[0] == "07"


@pytest.mark.parametrize(
    ("sample", "instant", "confidence"),
    [
        ("delivered", "02-27T17:20:00", EXPLICIT),
        ("local_time_with_offset", "02-27T17:20:00", EXPLICIT),
        ("local_time_with_short_offset", "02-27T17:20:00", EXPLICIT),
        ("local_time_called_utc", "02-27T11:20:00", INFERRED),
        ("seven_digits", "02-27T17:20:00.123456", EXPLICIT),
        ("no_time_of_day", "02-27T12:00:00", INFERRED),
        ("no_events", "02-27T11:20:00", INFERRED),
        ("track_results_sentence", "02-23T07:31:00", INFERRED),
    ],
)
def test_instant_is_as_sure_as_its_fields(sample, instant, confidence):
    scan = scans("usps", sample)[0]
    assert (scan.occurred_at, scan.time_confidence) == (at(instant), confidence)


def test_time_without_its_date_is_no_instant():
    (scan,) = scans("usps", "time_without_date")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_lines_of_a_summary_are_events_with_day_place_and_time():
    told = scans("usps", "summary")
    assert [(scan.occurred_at, scan.location) for scan in told] == [
        (at("02-27T07:10:00"), "AUSTIN, TX 78701"),
        (at("02-27T06:05:00"), "AUSTIN, TX 78701"),
        (at("02-23T16:10:00"), "RENO, NV 89502"),
        (at("02-23T12:00:00"), ""),
    ]
    assert all(event.mapped for event in events("usps", "summary"))


def test_older_answer_tells_its_summary_and_its_details():
    told = scans("usps", "track_results")
    assert [scan.codes[0] for scan in told] == ["01:PO BOX", "OF", "03"]
    assert told[0].service == "Priority Mail®"
    assert told[0].promised_at == at("02-28T23:59:59")
    assert told[2].occurred_at == at("02-23T12:00:00")


def test_failure_of_one_number_leaves_the_others():
    told = events("usps", "batch")
    assert [event.state for event in told][-3:] == ["picked_up", "label_created", "unknown"]
    assert len({event.tracking_number for event in told}) == 3


def test_older_batch_tells_each_piece():
    assert [(event.state, event.mapped) for event in events("usps", "track_results_several")] == [
        ("attempted", True),
        ("unknown", True),
    ]


def test_identical_results_are_told_once():
    assert len(scans("usps", "identical_results")) == 4


def test_number_not_found_is_the_one_asked_for():
    (scan,) = scans("usps", "not_found")
    assert (scan.tracking_number, scan.codes) == ("ASKED123", ("404",))


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("error_sign_in", "401: Unauthorized"),
        ("error_oauth", "invalid_client"),
        ("error_rate_limit", "429: Too many requests"),
        ("error_gateway", "temporarily unavailable"),
    ],
)
def test_carriers_own_error_is_a_trouble_of_the_feed(sample, words):
    with pytest.raises(FeedTrouble, match=words):
        scans("usps", sample)


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (b"{}", Unreadable, "neither “trackingEvents” nor “error”"),
        (b'{"trackingEvents": []}', Unreadable, "not a USPS tracking answer"),
        (b'{"trackingEvents": [{"eventCode": "01"}]}', Unreadable, "no tracking number"),
        (b'{"trackingNumber": "9", "trackingEvents": "none"}', Unreadable, "“trackingEvents” should be a list"),
        (b'{"status": "401", "title": "Unauthorized"}', Unreadable, "not a USPS tracking answer"),
        (b'{"errors": [{"code": "500", "message": "Away"}]}', FeedTrouble, "500: Away"),
        (b'{"TrackResults": {"TrackInfo": "none"}}', Unreadable, "“TrackInfo” should be a list"),
    ],
)
def test_hollow_body_is_refused(raw, error, words):
    with pytest.raises(error, match=words):
        usps.read(raw, Request())
