"""17TRACK's bodies in, scans and events out: version 2, and both shapes of version 1."""

import json

import pytest

from carriers.codes import to_event
from carriers.sources import seventeen_track
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, RECEIVED_AT, at, events, latest, scans, shipped_table


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
        ("attempted_address", "attempted", "address_issue"),
        ("attempted_security", "attempted", "security"),
        ("refused", "attempted", "refused"),
        ("delivered", "delivered", ""),
        ("stopped", "delivered", ""),
        ("delayed", "delayed", "other"),
        ("security", "delayed", "security"),
        ("expired", "delayed", "other"),
        ("damaged", "damaged", "damaged"),
        ("returning", "returning", "other"),
        ("returned", "returned", "other"),
        ("lost", "lost", "lost"),
        ("destroyed", "lost", "other"),
        ("cancelled", "cancelled", "other"),
        ("not_found", "unknown", ""),
        ("not_found_invalid", "unknown", "invalid_tracking_number"),
        ("answer_no_news", "unknown", ""),
        ("unmapped_status", "unknown", ""),
        ("unmapped_sub_status_in_transit", "unknown", ""),
        ("unmapped_sub_status_of_an_exception", "delayed", "other"),
        ("version_2_0", "returning", "other"),
        ("version_2_0_milestones", "delivered", ""),
        ("latest_event_only", "delivered", ""),
        ("statuses_beside_track_info", "delivered", ""),
        ("two_carriers", "delivered", ""),
        ("version_1", "delivered", ""),
        ("version_1_alert", "delayed", "other"),
        ("version_1_not_found", "unknown", ""),
        ("version_1_numbered", "out_for_delivery", ""),
        ("wrapped_in_an_example", "delivered", ""),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason):
    event = latest("17track", sample)
    assert (event.state, event.reason) == (state, reason)


def test_scan_carries_every_detail():
    scan = scans("17track", "delivered")[0]
    assert scan.carrier == "china_post"
    assert scan.tracking_number.startswith("RR")
    assert scan.codes == ("Delivered_Other", "Delivered")
    assert scan.description == "Delivered"
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.EXPLICIT)
    assert scan.location == "Shenzhen, CN"
    assert scan.promised_at == at("02-27T12:00:00")
    assert scan.service == "ePacket"


@pytest.mark.parametrize(
    ("sample", "code"),
    [("unmapped_status", "Quantum_Other"), ("unmapped_sub_status_in_transit", "InTransit_Quantum")],
)
def test_unknown_code_is_unmapped_and_not_physical(sample, code):
    event = latest("17track", sample)
    assert (event.mapped, event.physical, event.raw_code) == (False, False, code)


def test_customs_clearance_is_no_movement():
    assert not latest("17track", "customs_clearance").physical


def test_only_the_newest_event_without_status_takes_the_head():
    newest, middle, label = events("17track", "version_2_0")
    assert (newest.state, newest.raw_code, newest.mapped) == ("returning", "", True)
    assert (middle.state, middle.mapped) == ("unknown", False)
    assert (label.state, label.raw_code) == ("label_created", "stage:InfoReceived")


def test_event_that_took_the_head_stays_the_same_event_when_the_head_moves_on():
    before, _, _ = events("17track", "version_2_0")
    parcel = {
        "number": before.tracking_number,
        "carrier": 100002,
        "track_info": {
            "latest_status": {"status": "Delivered", "sub_status": "Delivered_Other"},
            "tracking": {
                "providers": [
                    {
                        "events": [
                            {"time_iso": "2026-02-28T09:00:00-08:00", "description": "Delivered"},
                            {"time_iso": "2026-02-27T09:30:00-08:00", "description": before.raw_description},
                        ]
                    }
                ]
            },
        },
    }
    told = seventeen_track.read(json.dumps({"data": parcel}).encode(), ASKED)
    now = [to_event(scan, shipped_table(), source="17track", received_at=RECEIVED_AT) for scan in told]
    assert now[1].identity == before.identity
    assert now[0].state == "delivered"


def test_head_of_another_status_than_the_newest_milestone_is_told_beside_it():
    arrival, head = scans("17track", "head_of_another_stage")
    assert (head.codes[0], head.occurred_at) == ("Exception_Delayed", arrival.occurred_at)


def test_times_are_taken_from_wherever_they_stand():
    none, utc, raw, day = scans("17track", "odd_times")
    assert none.occurred_at is None
    assert (utc.occurred_at, utc.time_confidence) == (at("02-25T04:10:00"), TimeConfidence.EXPLICIT)
    assert (raw.occurred_at, raw.time_confidence) == (at("02-24T01:27:00"), TimeConfidence.EXPLICIT)
    assert (day.occurred_at, day.time_confidence) == (at("02-23T12:00:00"), TimeConfidence.INFERRED)


def test_answer_gives_every_accepted_parcel_and_leaves_the_refused():
    told = scans("17track", "answer")
    assert {scan.carrier for scan in told} == {"china_post", "dhl_express"}
    assert "BAD1" not in {scan.tracking_number for scan in told}


@pytest.mark.parametrize(
    ("carrier", "providers", "slug"),
    [
        (100002, [], "ups"),
        ("21051", [], "usps"),
        (
            3011,
            [{"provider": {"key": 9, "name": "Other"}}, {"provider": {"key": 3011, "name": "China EMS"}}],
            "china_ems",
        ),
        (0, [{"provider": {"key": 9, "alias": "Royal Mail"}}], "royalmail"),
        (0, [], "asked"),
    ],
)
def test_carrier_is_named_by_number_or_by_name(carrier, providers, slug):
    info = {"latest_status": {"status": "Delivered"}, "tracking": {"providers": providers}}
    raw = json.dumps({"data": {"number": "1", "carrier": carrier, "track_info": info}}).encode()
    assert [scan.carrier for scan in seventeen_track.read(raw, ASKED)] == [slug]


def test_carrier_known_by_number_alone_keeps_its_number():
    raw = b'{"data": {"number": "1", "carrier": 7041, "track_info": {"latest_status": {"status": "Delivered"}}}}'
    assert seventeen_track.read(raw, Request())[0].carrier == "17track_7041"


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [
        ("answer_refused", FeedTrouble, "-18019902: The tracking number does not register"),
        ("answer_registered", Unreadable, "no number with a status or an event"),
        ("error_key", FeedTrouble, "-18010002: Invalid security key"),
        ("error_plain", FeedTrouble, "429: Request frequency"),
    ],
)
def test_body_without_a_parcel_says_so(sample, error, words):
    with pytest.raises(error, match=words):
        scans("17track", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"code": 0, "data": {"accepted": [], "rejected": []}}', "no number with a status"),
        (b'{"event": "TRACKING_UPDATED", "data": null}', "neither a 17TRACK push nor an answer"),
        (b'{"data": {"number": ""}}', "has no number"),
        (b'{"data": {"number": "1", "track_info": 3}}', "“track_info” should be an object"),
        (b'{"data": ' * 9 + b"{}" + b"}" * 9, "more than 8 envelopes"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        seventeen_track.read(raw, Request())
