"""AfterShip's bodies in, scans and events out."""

import pytest

from carriers.sources import aftership
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
        ("not_collected", "available_for_pickup", "held_at_location"),
        ("attempted", "attempted", "recipient_unavailable"),
        ("refused", "attempted", "refused"),
        ("delivered", "delivered", ""),
        ("customs_clearance", "in_transit", ""),
        ("delayed_customs", "delayed", "customs_hold"),
        ("delayed_payment", "delayed", "payment_due"),
        ("delayed_address", "delayed", "address_issue"),
        ("delayed_weather", "delayed", "weather"),
        ("delayed_missed", "delayed", "missed_connection"),
        ("delayed_other", "delayed", "other"),
        ("returning", "returning", "other"),
        ("returned", "returned", "other"),
        ("damaged", "damaged", "damaged"),
        ("lost", "lost", "lost"),
        ("cancelled", "cancelled", "other"),
        ("pending", "unknown", ""),
        ("expired", "unknown", "other"),
        ("unmapped_tag", "unknown", ""),
        ("unmapped_subtag_in_transit", "unknown", ""),
        ("unmapped_subtag_of_an_exception", "delayed", "other"),
        ("tags_without_subtags", "attempted", "other"),
        ("checkpoints_without_tags", "delivered", ""),
        ("head_newer", "delivered", ""),
        ("newest_first", "delivered", ""),
        ("last_checkpoint", "delivered", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("aftership", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("aftership", "delivered")[-1]
    assert scan.carrier == "fedex"
    assert scan.codes == ("Delivered_003", "Delivered")
    assert scan.description == "Delivered"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.EXPLICIT)
    assert scan.location == "Memphis, TN, USA"
    assert scan.promised_at == at("02-27T23:59:59")
    assert scan.service == "FedEx Ground"


@pytest.mark.parametrize(
    ("sample", "code"), [("unmapped_tag", "Quantum_001"), ("unmapped_subtag_in_transit", "InTransit_099")]
)
def test_unknown_code_is_unmapped_and_not_physical(sample, code):
    event = latest("aftership", sample)
    assert (event.mapped, event.physical, event.raw_code) == (False, False, code)


def test_carriers_own_code_stands_where_a_checkpoint_has_no_tag():
    accepted, delivered = events("aftership", "checkpoints_without_tags")
    assert (accepted.raw_code, accepted.mapped) == ("raw:fedex:ACC", False)
    assert (delivered.raw_code, delivered.state) == ("", "delivered")


def test_head_that_a_checkpoint_tells_is_left_out():
    assert len(scans("aftership", "delivered")) == 4


def test_head_newer_than_the_checkpoints_has_the_time_of_the_change():
    head = scans("aftership", "head_newer")[-1]
    assert (head.occurred_at, head.time_confidence) == (at("02-27T18:05:11"), TimeConfidence.INFERRED)


def test_undated_head_is_no_earlier_than_the_newest_checkpoint():
    *_, newest, head = scans("aftership", "head_undated")
    assert (head.occurred_at, head.codes[0]) == (newest.occurred_at, "Delivered_001")


def test_times_without_zone_or_clock_keep_every_scan():
    no_zone, day, missing = scans("aftership", "times_without_zone")
    assert (no_zone.occurred_at, no_zone.time_confidence) == (at("02-24T01:27:00"), TimeConfidence.INFERRED)
    assert (day.occurred_at, day.location) == (at("02-25T12:00:00"), "TN, USA")
    assert missing.occurred_at is None


def test_list_gives_every_parcel_with_its_carrier():
    assert {scan.carrier for scan in scans("aftership", "tracking_list")} == {"fedex", "dhl_express"}


def test_missing_fields_are_found_elsewhere():
    scan = scans("aftership", "numbers_and_nulls")[0]
    assert (scan.tracking_number, scan.carrier) == ("770000012345", "canadapost")
    assert (scan.description, scan.location) == ("", "USA")
    assert scan.promised_at == at("02-28T23:59:59")


def test_carrier_missing_everywhere_is_the_one_asked_for():
    (scan,) = aftership.read(b'{"tracking_number": "1", "tag": "Delivered"}', ASKED)
    assert scan.carrier == "asked"


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("deleted", Unreadable, "no tracking with a status or a checkpoint"),
        ("error_key", FeedTrouble, "401, Unauthorized, Invalid API key"),
        ("error_rate_limit", FeedTrouble, "429"),
        ("error_not_tracked", FeedTrouble, "4004, NotFound, Tracking does not exist"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("aftership", sample)


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (b'{"meta": {"code": null}, "data": {}}', FeedTrouble, "no code and no message"),
        (b'{"data": {"trackings": []}}', Unreadable, "no tracking"),
        (b'{"event": "tracking_update", "msg": null}', Unreadable, "neither an AfterShip event nor a tracking"),
        (b'{"tracking_number": " "}', Unreadable, "no tracking number"),
        (b'{"tracking_number": "1", "checkpoints": "x"}', Unreadable, "“checkpoints” should be a list and is text"),
        (b'{"data": ' * 9 + b"{}" + b"}" * 9, Unreadable, "more than 8 envelopes"),
    ],
)
def test_hollow_body_is_refused(raw, error, words):
    with pytest.raises(error, match=words):
        aftership.read(raw, Request())


@pytest.mark.parametrize(
    ("raw", "starts"),
    [
        (body("aftership", "delivered"), "94dadd60-ed26"),
        (body("aftership", "pending"), ""),
        (b'[{"event_id": "12345678"}, {"event_id": "87654321"}]', ""),
        (b"\xff\x00 not json", ""),
    ],
)
def test_message_key_is_the_only_event_id(raw, starts):
    key = aftership.message_key({}, raw)
    assert key.startswith(starts)
    assert bool(key) == bool(starts)
