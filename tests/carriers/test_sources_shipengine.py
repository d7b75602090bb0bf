"""ShipEngine's bodies in, scans and events out."""

import json

import pytest

from carriers.sources import shipengine
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, at, body, events, latest, scans


@pytest.mark.parametrize(
    ("sample", "state", "reason"),
    [
        ("label_created", "label_created", ""),
        ("picked_up", "picked_up", ""),
        ("in_transit", "in_transit", ""),
        ("customs_clearance", "in_transit", ""),
        ("customs_hold", "delayed", "customs_hold"),
        ("out_for_delivery", "out_for_delivery", ""),
        ("available_for_pickup", "available_for_pickup", "held_at_location"),
        ("attempted", "attempted", "recipient_unavailable"),
        ("attempted_payment", "attempted", "payment_due"),
        ("delivered", "delivered", ""),
        ("delayed", "delayed", "other"),
        ("delayed_address", "delayed", "address_issue"),
        ("missorted", "delayed", "missed_connection"),
        ("damaged", "damaged", "damaged"),
        ("returning", "returning", "other"),
        ("returning_refused", "returning", "refused"),
        ("returning_damaged", "returning", "damaged"),
        ("returning_security", "returning", "security"),
        ("lost", "lost", "lost"),
        ("disposed", "lost", "other"),
        ("cancelled", "cancelled", "other"),
        ("not_yet_in_system", "unknown", ""),
        ("unknown", "unknown", ""),
        ("statuses_without_details", "delayed", "other"),
        ("unmapped_status", "unknown", ""),
        ("unmapped_detail_in_transit", "unknown", ""),
        ("unmapped_detail_of_a_delivery", "delivered", ""),
        ("carrier_status_not_mapped", "unknown", ""),
        ("events_without_status", "delivered", ""),
        ("head_newer", "delivered", ""),
        ("head_only", "delivered", ""),
        ("camel_case", "delivered", ""),
        ("several", "delivered", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("shipengine", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("shipengine", "delivered")[0]
    assert scan.carrier == "ups"
    assert scan.codes == ("DELIVERED", "DE")
    assert scan.description == "Delivered"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.EXPLICIT)
    assert scan.location == "AUSTIN, TX, US"
    assert scan.promised_at == at("02-27T23:59:59")


def test_camel_case_says_the_same():
    def told(sample):
        return [(scan.codes, scan.occurred_at, scan.location, scan.promised_at) for scan in scans("shipengine", sample)]

    assert told("camel_case") == told("delivered")


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("unmapped_status", "QQ"),
        ("unmapped_detail_in_transit", "QUANTUM_HOLD"),
        ("carrier_status_not_mapped", "CARRIER_STATUS_NOT_MAPPED:ups:ZZ"),
    ],
)
def test_unknown_code_is_unmapped_and_not_physical(sample, code):
    event = latest("shipengine", sample)
    assert (event.mapped, event.physical, event.raw_code) == (False, False, code)


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ({"event_code": "OF"}, ("event:ups:OF",)),
        ({"status_code": "NY", "carrier_status_code": "M", "carrier_detail_code": "MP"}, ("NY:ups:M:MP", "NY")),
        ({"status_code": "", "event_code": "", "carrier_status_code": 7}, ("event:ups:7",)),
        ({"status_code": "it", "event_code": "U1", "carrier_detail_code": "U1"}, ("IT:ups:U1", "IT")),
        ({"status_code": "IT", "status_detail_code": "IN_TRANSIT", "event_code": "U1"}, ("IN_TRANSIT",)),
        ({"status_detail_code": "DELIVERED"}, ("DELIVERED",)),
    ],
)
def test_carriers_own_code_counts_where_shipengine_gives_no_detail(told, codes):
    raw = json.dumps({"tracking_number": "1", "carrier_code": "ups", "events": [told]}).encode()
    assert [scan.codes for scan in shipengine.read(raw, Request())] == [codes]


def test_carriers_code_stands_before_a_status_without_detail():
    assert scans("shipengine", "statuses_without_details")[1].codes == ("IT:ups:DP", "IT")


def test_only_the_newest_event_without_status_takes_the_head():
    newest, before, first = events("shipengine", "events_without_status")
    assert (newest.carrier, newest.raw_code, newest.state) == ("usps", "event:usps:01", "delivered")
    assert (before.raw_code, before.mapped) == ("event:usps:OF", False)
    assert (first.raw_code, first.mapped) == ("", False)


def test_delivery_that_no_event_tells_has_its_own_time():
    head = scans("shipengine", "head_newer")[-1]
    assert (head.codes, head.occurred_at) == (("DELIVERED", "DE"), at("02-27T17:30:00"))


def test_undated_head_is_no_earlier_than_the_newest_event():
    told = scans("shipengine", "head_undated")
    assert (told[-1].codes[0], told[-1].occurred_at) == ("CARRIER_DELAYS", told[0].occurred_at)


def test_local_time_is_inferred_and_a_missing_one_is_kept():
    local, missing = scans("shipengine", "local_time_only")
    assert (local.occurred_at, local.time_confidence) == (at("02-25T04:10:00"), TimeConfidence.INFERRED)
    assert missing.occurred_at is None


@pytest.mark.parametrize(
    ("address", "carrier"),
    [
        ("https://api.shipengine.com/v1/tracking/stamps_com/9400", "usps"),
        ("https://api.shipengine.com/v1/tracking?carrier_code=fedex&tracking_number=1", "fedex"),
        ("https://api.shipstation.com/v2/labels/se-1/track", "asked"),
        ("http://[::1", "asked"),
        ("", "asked"),
    ],
)
def test_carrier_missing_in_the_data_is_named_by_the_address(address, carrier):
    data = {"tracking_number": "1", "status_code": "DE"}
    raw = json.dumps({"resource_url": address, "resource_type": "API_TRACK", "data": data}).encode()
    assert [scan.carrier for scan in shipengine.read(raw, ASKED)] == [carrier]


def test_list_gives_every_parcel():
    assert len({scan.tracking_number for scan in scans("shipengine", "several")}) == 2


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("batch", Unreadable, "about “API_BATCH”, not about tracking"),
        ("without_data", Unreadable, "fetch the tracking instead"),
        ("error", FeedTrouble, "rate_limit_exceeded: Too many requests"),
        ("error_message", FeedTrouble, "Unauthorized"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("shipengine", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"tracking_number": "1", "events": []}', "no tracking with a status or an event"),
        (b'{"tracking_number": null, "status_code": "DE"}', "no tracking number"),
        (b'{"tracking_number": "1", "events": [1]}', "“events” should hold objects"),
        (b'{"data": ' * 9 + b"{}" + b"}" * 9, "more than 8 envelopes"),
        (b'{"hello": 1}', "neither “data” nor “tracking_number”"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        shipengine.read(raw, Request())


def test_message_has_no_id_of_its_own():
    assert shipengine.message_key({}, body("shipengine", "delivered")) == ""
