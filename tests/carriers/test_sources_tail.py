"""The long tail's bodies in, scans and events out."""

from datetime import UTC, datetime

import pytest

from carriers.seed import seed_rows
from carriers.sources import SOURCES, get_source
from carriers.sources.reading import FeedTrouble, NotAuthentic, Request, Unreadable
from carriers.sources.tail import CARRIERS, TAIL, read_xml_dhl_express
from shipments.facts import TimeConfidence
from shipments.timeline import Scanned, fold
from tests.carriers.samples import FOLDER, at, body, events, scans, xml_names

DIRECT = {"ups", "fedex", "usps", "dhl_universal", "dhl_express", "easypost", "shipengine", "events"}
EVERY_SAMPLE = [
    (source, path.stem) for source in TAIL for path in sorted((FOLDER / source).glob("*")) if (FOLDER / source).exists()
]
DHL_XML = b"""<req:TrackingResponse xmlns:req="http://www.dhl.com"><AWBInfo><AWBNumber>9000000001</AWBNumber><ShipmentInfo>
<EstDlvyDateUTC>2026-03-02 03:59:00</EstDlvyDateUTC><ShipmentEvent><Date>2026-02-27</Date><Time>09:42:00</Time>
<ServiceEvent><EventCode>PU</EventCode><Description>Shipment picked up</Description></ServiceEvent>
<ServiceArea><Description>KINGSTON-JAM</Description></ServiceArea></ShipmentEvent></ShipmentInfo></AWBInfo></req:TrackingResponse>"""


def state_of(source, name, number):
    told = [event for event in events(source, name) if event.tracking_number == number]
    return fold(
        Scanned(e.occurred_at, e.identity, e.state, e.reason, e.physical, e.mapped, e.promised_at, e.raw_code)
        for e in told
    )


@pytest.mark.parametrize(
    ("source", "sample", "number", "state", "reason"),
    [
        ("gls", "in_delivery", "90000000001", "out_for_delivery", ""),
        ("gls", "partial_failure", "90000000002", "unknown", "invalid_tracking_number"),
        ("gls", "partial_failure", "90000000003", "label_created", ""),
        ("gls", "head_only", "90000000004", "available_for_pickup", "held_at_location"),
        ("laposte", "held_by_customs", "ZZ000000001FR", "delayed", "customs_hold"),
        ("laposte", "returned", "ZZ000000002FR", "returned", "other"),
        ("laposte", "not_found", "ASKED123", "unknown", "invalid_tracking_number"),
        ("sendle", "delivered", "ASKED123", "delivered", ""),
        ("australiapost", "status_explains", "7XX1000000001", "available_for_pickup", "held_at_location"),
        ("nationex", "exception", "900000001", "attempted", "recipient_unavailable"),
        ("canadapost", "attempted", "9000000000000001", "attempted", "recipient_unavailable"),
        ("canadapost", "not_found", "ASKED123", "unknown", "invalid_tracking_number"),
        ("dpd", "afternoon", "ASKED123", "attempted", "other"),
        ("landmark", "clocks_disagree", "LTN900000001N1", "delivered", ""),
        ("dhl_parcel_de", "refused", "00340000000000000001", "attempted", "refused"),
        ("aramex", "unknown_numbers", "9000000002", "unknown", "invalid_tracking_number"),
        ("tnt", "two_consignments", "900000001", "delayed", "other"),
        ("tnt", "two_consignments", "900000002", "unknown", "invalid_tracking_number"),
    ],
)
def test_sample_ends_in_its_state(source, sample, number, state, reason):
    ended = state_of(source, sample, number)
    assert (ended.state, ended.reason) == (state, reason)


@pytest.mark.parametrize(
    ("source", "sample", "words"),
    [
        ("gls", "rate_limit", "GLS answered with an error: Rate limit quota violation"),
        ("canadapost", "sign_in", "E002: AAA Authentication Failure"),
        ("dhl_parcel_de", "sign_in", "5: Log-in failed"),
    ],
)
def test_trouble_of_the_feed_is_never_news_of_a_parcel(source, sample, words):
    with pytest.raises(FeedTrouble, match=words):
        scans(source, sample)


@pytest.mark.parametrize("source", sorted(TAIL))
@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b'{"hello": "world"}', b"<answer/>", b"<a><b>1</b></a>", b'{"tracking": [], "ok": true}']
)
def test_unrecognised_body_is_unreadable_and_not_merely_empty(source, raw):
    with pytest.raises(Unreadable, match=r"no answer of .* that we know"):
        get_source(source).read(raw, Request(number="1"))


@pytest.mark.parametrize("source", sorted(TAIL))
@pytest.mark.parametrize(
    "raw", [b'{"error": "Unauthorized"}', b"<a><Errors><Error>Sign-in failed</Error></Errors></a>"]
)
def test_messages_alone_are_trouble_of_the_feed(source, raw):
    with pytest.raises(FeedTrouble, match=r"answered with an error: (Unauthorized|Sign-in failed)"):
        get_source(source).read(raw, Request(number="1"))


@pytest.mark.parametrize(
    ("source", "sample", "instants"),
    [
        ("canadapost", "attempted", ["02-27T16:59:59 explicit", "02-27T13:00:00 explicit", "02-24T09:00:00 inferred"]),
        ("gls", "partial_failure", ["02-26T08:00:00 explicit", " unknown"]),
        ("dpd", "afternoon", ["02-27T09:30:00 inferred", "02-27T17:11:26 inferred"]),
        ("tnt", "two_consignments", ["02-27T08:41:00 inferred", "02-26T00:05:00 inferred", " unknown"]),
        ("dhl_parcel_de", "refused", ["02-26T09:02:00 inferred", "02-26T12:02:00 inferred"]),
        ("royalmail", "no_estimate", ["07-10T09:04:00 explicit"]),
        (
            "landmark",
            "clocks_disagree",
            ["02-24T04:30:00 inferred", "02-27T07:56:00 inferred", "02-27T07:56:00 inferred"],
        ),
    ],
)
def test_instant_is_as_sure_as_its_fields(source, sample, instants):
    wanted = [(at(when) if when else None, TimeConfidence(sure)) for when, sure in (i.split(" ") for i in instants)]
    assert [(scan.occurred_at, scan.time_confidence) for scan in scans(source, sample)] == wanted


def test_scan_carries_every_detail():
    scan = scans("canadapost", "attempted")[0]
    assert (scan.carrier, scan.tracking_number, scan.codes) == ("canadapost", "9000000000000001", ("1479",))
    assert (scan.description, scan.location) == ("Tentative de livraison", "OTTAWA, ON")
    assert (scan.promised_at, scan.service) == (at("02-27T23:59:59"), "Expedited Parcels")


def test_head_explains_only_the_newest_scan():
    assert [scan.codes for scan in scans("gls", "in_delivery")] == [
        ("ONTOUR.UNHEARD", "INDELIVERY"),
        ("INTIAL.NORMAL",),
        ("INTIAL.PREADVICE",),
    ]


def test_scan_without_a_code_is_known_by_its_words():
    first, second = events("australiapost", "status_explains")
    assert (first.raw_code, first.raw_description, first.mapped) == ("", "Words that no table has", True)
    assert (second.raw_code, second.state) == ("", "in_transit")


def test_unknown_code_without_a_telling_head_stays_unknown():
    raw = (
        b"<TrackResponse><Package><LandmarkTrackingNumber>1</LandmarkTrackingNumber><Events><Event><Status>New</Status>"
    )
    raw += (
        b"<DateTime>2026-02-27 04:23:00</DateTime><EventCode>77</EventCode></Event></Events></Package></TrackResponse>"
    )
    (scan,) = get_source("landmark").read(raw, Request())
    assert (scan.codes, scan.by_text) == (("77",), False)


@pytest.mark.parametrize(("source", "sample"), EVERY_SAMPLE)
def test_sample_read_twice_tells_the_same_events(source, sample):
    try:
        first = {event.identity for event in events(source, sample)}
    except FeedTrouble:
        return
    assert {event.identity for event in events(source, sample)} == first


def test_samples_in_xml_are_found():
    assert xml_names("canadapost") == ["attempted", "not_found", "sign_in"]


def test_byte_order_mark_is_no_obstacle():
    for source, sample in (("gls", "in_delivery"), ("tnt", "two_consignments")):
        raw = body(source, sample)
        assert TAIL[source].read(b"\xef\xbb\xbf" + raw, Request()) == TAIL[source].read(raw, Request())


@pytest.mark.parametrize("attack", [b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<!ENTITY x><a/>"])
def test_entities_are_refused(attack):
    with pytest.raises(Unreadable, match="entities of its own"):
        TAIL["canadapost"].read(attack, Request())


@pytest.mark.parametrize("raw", [b"<a><b></a>", b"<a>" * 5000, b"<?xml version='1.0' encoding='nonsense'?><a/>"])
def test_broken_xml_is_unreadable(raw):
    with pytest.raises(Unreadable, match=r"not valid XML|too deeply"):
        TAIL["canadapost"].read(raw, Request())


def test_message_is_authentic_only_with_the_secret_of_the_account():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    TAIL["gls"].verify({"x-waypost-secret": "right"}, b"", ("other", "right"), now)
    for headers in ({"x-waypost-secret": "wrong"}, {}):
        with pytest.raises(NotAuthentic):
            TAIL["gls"].verify(headers, b"", ("right",), now)
    assert TAIL["gls"].message_key({}, b"") == ""


def test_carriers_with_a_reader_of_their_own_are_not_in_the_tail():
    assert not TAIL.keys() & DIRECT
    assert SOURCES["gls"] is TAIL["gls"]


def test_every_table_of_the_tail_knows_the_number_not_found():
    rows = {(row.system, row.code) for row in seed_rows()}
    assert [name for name in TAIL if (TAIL[name].CODE_SYSTEM, "NOT_FOUND") not in rows] == []


def test_older_dhl_express_answer_in_xml_is_offered_to_its_source():
    (scan,) = read_xml_dhl_express(DHL_XML, Request())
    assert (scan.carrier, scan.codes, scan.location) == ("dhl_express", ("PU",), "KINGSTON-JAM")
    assert scan.promised_at == at("03-02T03:59:00")


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
def test_layouts_say_where_scans_and_numbers_stand(carrier):
    for layout in carrier.layouts:
        assert layout.codes
        assert layout.day or layout.status
    assert carrier.title
