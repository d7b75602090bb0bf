"""UPS's bodies in, scans and events out."""

import json

import pytest

from carriers.sources import ups
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import at, body, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason", "physical"),
    [
        ("label_created", "label_created", "", False),
        ("picked_up", "picked_up", "", True),
        ("in_transit", "in_transit", "", True),
        ("out_for_delivery", "out_for_delivery", "", True),
        ("available_for_pickup", "available_for_pickup", "held_at_location", True),
        ("locker", "available_for_pickup", "held_at_location", True),
        ("attempted", "attempted", "recipient_unavailable", True),
        ("refused", "attempted", "refused", True),
        ("delayed_weather", "delayed", "weather", True),
        ("delayed_address", "delayed", "address_issue", True),
        ("missed_connection", "delayed", "missed_connection", True),
        ("carrier_capacity", "delayed", "carrier_capacity", True),
        ("payment_due", "delayed", "payment_due", True),
        ("security", "delayed", "security", True),
        ("customs_hold", "delayed", "customs_hold", False),
        ("clearance", "in_transit", "", False),
        ("customer_request", "in_transit", "", False),
        ("damaged", "damaged", "damaged", True),
        ("delivered", "delivered", "", True),
        ("delivered_then_damaged", "damaged", "damaged", True),
        ("returning", "returning", "other", True),
        ("returned", "returned", "other", True),
        ("lost", "lost", "lost", True),
        ("cancelled", "cancelled", "other", False),
        ("unmapped", "unknown", "", False),
        ("numeric_codes", "delayed", "customs_hold", False),
        ("rescheduled", "delayed", "other", True),
        ("french", "delivered", "", True),
        ("no_activity", "out_for_delivery", "", True),
        ("head_tells_the_delivery", "delivered", "", True),
        ("not_found", "unknown", "invalid_tracking_number", False),
        ("alert_out_for_delivery", "out_for_delivery", "", True),
        ("alert_exception", "delayed", "address_issue", True),
        ("alert_local_time", "in_transit", "", True),
        ("alert_new_date", "label_created", "", False),
        ("alert_unknown_code_known_status", "delivered", "", True),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason, physical):
    event = latest("ups", sample)
    assert (event.state, event.reason, event.physical) == (state, reason, physical)


def test_scan_carries_every_detail():
    scan = scans("ups", "in_transit")[0]
    assert scan.carrier == "ups"
    assert scan.tracking_number == "1ZSYN0000000000003"
    assert scan.codes == ("I:DP", "SD:5")
    assert scan.description == "Departed from Facility"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.EXPLICIT)
    assert scan.location == "CHARLOTTE, NC, US"
    assert scan.service == "UPS Ground"


def test_scheduled_day_is_kept_until_its_end_where_the_parcel_is():
    assert scans("ups", "in_transit")[0].promised_at == at("02-28T04:59:59")


def test_rescheduled_day_replaces_the_scheduled_one():
    assert scans("ups", "rescheduled")[0].promised_at == at("03-03T04:59:59")


def test_same_code_means_what_its_type_says():
    assert [event.state for event in events("ups", "same_code_other_type")] == ["in_transit", "label_created"]


def test_unknown_code_is_not_guessed_from_its_type():
    event = latest("ups", "unmapped")
    assert (event.mapped, event.raw_code) == (False, "X:QQ")


@pytest.mark.parametrize(
    ("sample", "instants"),
    [
        ("local_time_with_offset", [("02-25T08:45:00", TimeConfidence.EXPLICIT)]),
        ("local_time_without_offset", [("02-25T03:45:00", TimeConfidence.INFERRED)]),
        (
            "no_time_of_day",
            [
                ("02-27T23:59:59", TimeConfidence.INFERRED),
                ("02-27T12:00:00", TimeConfidence.INFERRED),
                ("02-23T00:00:00", TimeConfidence.INFERRED),
            ],
        ),
        (
            "head_tells_the_delivery",
            [
                ("02-27T13:00:00", TimeConfidence.EXPLICIT),
                ("02-24T01:10:00", TimeConfidence.EXPLICIT),
                ("02-23T16:00:00", TimeConfidence.EXPLICIT),
                ("02-27T18:30:00", TimeConfidence.EXPLICIT),
            ],
        ),
        ("alert_local_time", [("02-27T09:15:19", TimeConfidence.INFERRED)]),
        ("alert_out_for_delivery", [("02-27T14:15:19", TimeConfidence.EXPLICIT)]),
    ],
)
def test_instant_is_as_sure_as_its_fields(sample, instants):
    assert [(scan.occurred_at, scan.time_confidence) for scan in scans("ups", sample)] == [
        (at(text), confidence) for text, confidence in instants
    ]


def test_activity_without_a_date_is_kept_without_an_instant():
    (scan,) = scans("ups", "no_date")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_several_parcels_are_told_once_each():
    numbers = [scan.tracking_number for scan in scans("ups", "several_parcels")]
    assert numbers == ["1ZSYN0000000000041"] * 3 + ["1ZSYN0000000000042"] * 2


def test_lone_activity_that_is_no_list_is_read():
    document = json.loads(body("ups", "head_tells_the_delivery"))
    package = document["trackResponse"]["shipment"][0]["package"][0]
    package["activity"] = package["activity"][0]
    told = ups.read(json.dumps(document).encode(), Request())
    assert [scan.codes[0] for scan in told] == ["I:OT", "SD:11"]


def test_list_of_alerts_gives_each():
    assert [event.state for event in events("ups", "alert_list")] == ["out_for_delivery", "delivered"]


@pytest.mark.parametrize(
    ("sample", "number"), [("not_found", "1ZSYN0000000000050"), ("not_found_without_number", "ASKED123")]
)
def test_number_not_found_is_one_mapped_scan(sample, number):
    (event,) = events("ups", sample)
    assert (event.tracking_number, event.raw_code, event.mapped) == (number, "TW0001", True)


def test_older_error_for_a_number_not_found_is_a_scan_too():
    raw = b'{"response": {"errors": [{"code": "151044", "message": "No tracking information available"}]}}'
    (scan,) = ups.read(raw, Request(number="1z 9"))
    assert (scan.tracking_number, scan.codes, scan.occurred_at) == ("1Z9", ("151044",), None)


def test_number_not_found_may_have_no_number_at_all():
    (scan,) = scans("ups", "not_found_without_number", Request())
    assert scan.tracking_number == ""


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("error_sign_in", FeedTrouble, "250002: Invalid Authentication Information"),
        ("error_rate_limit", FeedTrouble, "429: Too many requests"),
        ("error_gateway", FeedTrouble, "503: Upstream is away"),
        ("subscription_reply", Unreadable, "reply to a subscription"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("ups", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{}", "not a UPS tracking message"),
        (b'{"errors": null}', "not a UPS tracking message"),
        (b'{"trackResponse": {}}', "no package, no activity and no warning"),
        (b'{"trackResponse": {"shipment": [{"package": [{}]}]}}', "no tracking number"),
        (b'{"activityStatus": {"type": "I"}}', "alert has no tracking number"),
        (b'{"trackingNumber": "1", "activityStatus": {}}', "activity status is empty"),
        (b'{"trackResponse": {"shipment": "none"}}', "“shipment” should be a list and is text"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        ups.read(raw, Request())
