"""The bodies of DHL's Unified API in, scans and events out."""

import pytest

from carriers.sources import dhl_universal
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from shipments.facts import TimeConfidence
from tests.carriers.samples import at, body, events, latest, scans

EXPLICIT, INFERRED = TimeConfidence.EXPLICIT, TimeConfidence.INFERRED


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
        ("address", "delayed", "address_issue", True),
        ("missort", "delayed", "missed_connection", True),
        ("weather", "delayed", "weather", True),
        ("carrier_capacity", "delayed", "carrier_capacity", True),
        ("customs_hold", "delayed", "customs_hold", True),
        ("payment_due", "delayed", "payment_due", True),
        ("security", "delayed", "security", True),
        ("on_hold", "delayed", "held_at_location", True),
        ("damaged", "damaged", "damaged", True),
        ("delivered", "delivered", "", True),
        ("lost", "lost", "lost", True),
        ("returning", "returning", "other", True),
        ("returned", "returned", "other", True),
        ("cancelled", "cancelled", "other", False),
        ("failure_alone", "delayed", "other", True),
        ("failure_of_unknown_words", "delayed", "other", True),
        ("unknown", "unknown", "", False),
        ("unmapped", "unknown", "", False),
        ("unknown_code", "in_transit", "", True),
        ("status_detailed", "attempted", "payment_due", True),
        ("linked_words", "in_transit", "", True),
        ("express_sentences", "delivered", "", True),
        ("head_explains_the_event", "delivered", "", True),
        ("oldest_first", "delivered", "", True),
        ("header_newer", "delivered", "", True),
        ("header_older", "delivered", "", True),
        ("header_only", "out_for_delivery", "", True),
        ("french", "delivered", "", True),
        ("contradiction", "label_created", "", False),
        ("pushed", "in_transit", "", True),
        ("not_found", "unknown", "invalid_tracking_number", False),
    ],
)
def test_sample_ends_in_its_state(sample, state, reason, physical):
    event = latest("dhl_universal", sample)
    assert (event.state, event.reason, event.physical) == (state, reason, physical)


def test_scan_carries_every_detail_with_remark_and_next_step():
    scan = scans("dhl_universal", "customs_hold", Request())[0]
    assert scan.carrier == "dhl_ecommerce"
    assert scan.codes == ("ecommerce:506", "TEXT:HELD AT CUSTOMS", "TRANSIT")
    assert scan.description == (
        "HELD AT CUSTOMS. The shipment is pending completion of customs inspection. "
        "The status will be updated following customs inspection"
    )
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T10:20:00"), EXPLICIT)
    assert scan.location == "Amsterdam, NL"
    assert scan.promised_at == at("02-27T17:00:00")
    assert scan.service == "DHL PAKET"


def test_answer_about_a_parcel_stays_with_the_carrier_that_was_asked():
    assert scans("dhl_universal", "delivered", Request(number="1", carrier="dhl"))[0].carrier == "dhl"


@pytest.mark.parametrize(
    ("sample", "codes"),
    [
        ("failure_alone", ("FAILURE",)),
        ("out_for_delivery", ("TEXT:THE SHIPMENT HAS BEEN LOADED ONTO THE DELIVERY VEHICLE", "TRANSIT")),
        ("customs_hold", ("ecommerce:506", "TEXT:HELD AT CUSTOMS", "TRANSIT")),
        ("unmapped", ("TEXT:A SENTENCE NOBODY HAS LISTED",)),
    ],
)
def test_keys_go_from_the_divisions_code_to_the_class(sample, codes):
    assert scans("dhl_universal", sample)[0].codes == codes


def test_sentence_nobody_knows_without_a_class_is_not_guessed():
    event = latest("dhl_universal", "unmapped")
    assert (event.mapped, event.raw_code) == (False, "TEXT:A SENTENCE NOBODY HAS LISTED")


def test_sentences_with_their_places_are_known():
    assert [event.state for event in events("dhl_universal", "express_sentences")] == [
        *("delivered", "out_for_delivery", "attempted", "in_transit", "in_transit", "in_transit", "in_transit"),
        "picked_up",
    ]


def test_status_that_an_event_tells_adds_nothing():
    assert len(scans("dhl_universal", "express_sentences")) == 8


@pytest.mark.parametrize(
    ("sample", "instant", "confidence"),
    [
        ("local_time_without_offset", "02-27T11:20:00", INFERRED),
        ("seven_digits", "02-27T10:20:00.123456", EXPLICIT),
        ("no_time_of_day", "02-27T12:00:00", INFERRED),
    ],
)
def test_instant_is_as_sure_as_its_field(sample, instant, confidence):
    (scan,) = scans("dhl_universal", sample)
    assert (scan.occurred_at, scan.time_confidence) == (at(instant), confidence)


def test_event_without_an_instant_is_kept():
    (scan,) = scans("dhl_universal", "no_date")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_several_parcels_keep_their_own_carriers():
    told = scans("dhl_universal", "several_parcels", Request())
    assert [scan.carrier for scan in told] == ["dhl_parcel_de", "dhl_parcel_de", "dhl_express"]


def test_identical_results_are_told_once():
    assert len(scans("dhl_universal", "identical_results")) == 3


def test_number_not_found_is_the_one_asked_for():
    (scan,) = scans("dhl_universal", "not_found")
    assert (scan.carrier, scan.tracking_number, scan.codes) == ("asked", "ASKED123", ("404",))


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("error_sign_in", "401 Unauthorized"),
        ("error_rate_limit", "429 Too many requests"),
        ("error_gateway", "503 Service unavailable"),
    ],
)
def test_carriers_own_error_is_a_trouble_of_the_feed(sample, words):
    with pytest.raises(FeedTrouble, match=words):
        scans("dhl_universal", sample)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{}", "neither “shipments” nor an error"),
        (b'{"shipments": []}', "no shipment with an event or a status"),
        (b'{"shipments": [{"status": {"statusCode": "transit"}}]}', "no tracking number"),
        (b'{"shipments": 7}', "“shipments” should be a list and is a number"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        dhl_universal.read(raw, Request())


def test_status_may_be_plain_text():
    raw = b'{"shipments": [{"id": 7, "service": "express", "status": "delivered"}]}'
    assert dhl_universal.read(raw, Request())[0].codes == ("DELIVERED",)


def test_division_is_part_of_the_carriers_name_only_where_it_is_told():
    raw = body("dhl_universal", "header_only").replace(b'"service": "parcel-de"', b'"service": null')
    assert dhl_universal.read(raw, Request())[0].carrier == "dhl"
