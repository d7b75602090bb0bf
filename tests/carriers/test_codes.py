"""The code table, the events built with it, and the tables the project ships with."""

from datetime import timedelta

import pytest

from carriers.codes import CodeTable, to_event
from carriers.seed import seed_rows
from carriers.sources import SOURCES
from carriers.sources.reading import Scan
from shipments.facts import Meaning, Reason, State, TimeConfidence
from tests.carriers.samples import RECEIVED_AT, at, shipped_table

ROWS = [
    ("ups", "X:DE", "delayed", "other", True, False),
    ("ups", "X:DE:08", "attempted", "recipient_unavailable", True, True),
    ("fedex", "Ow", "in_transit", "", True, False),
]


def make_scan(**changes):
    values = {
        "carrier": "ups",
        "tracking_number": "1Z",
        "codes": ("X:DE:08", "X:DE"),
        "description": "Not in",
        "occurred_at": at("03-01T10:00:00"),
        "time_confidence": TimeConfidence.EXPLICIT,
    }
    return Scan(**values | changes)


def event(**changes):
    return to_event(make_scan(**changes), CodeTable(ROWS), source="ups", received_at=RECEIVED_AT, message_id=7)


@pytest.mark.parametrize(
    ("system", "codes", "meaning"),
    [
        ("ups", ("X:DE:08", "X:DE"), Meaning(State.ATTEMPTED, "recipient_unavailable", True, True)),
        ("ups", ("X:DE:99", "X:DE"), Meaning(State.DELAYED, "other", True, False)),
        ("ups", ("x:de",), Meaning(State.DELAYED, "other", True, False)),
        ("fedex", ("OW",), Meaning(State.IN_TRANSIT, "", True, False)),
        ("ups", ("OW",), None),
        ("ups", ("X",), None),
        ("ups", (), None),
        ("", ("X:DE",), None),
    ],
)
def test_first_known_code_speaks(system, codes, meaning):
    assert CodeTable(ROWS).meaning(system, codes) == meaning


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("ups", "X:DE", "delayed", "", True, False), "X:DE: the code stands in the table twice"),
        (("ups", "Q", "delayed", "mood", True, False), "'mood' is not a reason"),
        (("ups", "Q", "flying", "", True, False), "flying"),
    ],
)
def test_table_refuses_a_bad_row(row, words):
    with pytest.raises(ValueError, match=words):
        CodeTable([*ROWS, row])


def test_rows_that_differ_in_capitals_are_each_found_as_written():
    table = CodeTable([*ROWS, ("ups", "x:de", "lost", "lost", True, False)])
    assert [table.meaning("ups", (code,)).state for code in ("X:DE", "x:de")] == ["delayed", "lost"]


def test_table_cannot_be_changed():
    table = CodeTable(ROWS)
    with pytest.raises(TypeError):
        table._exact["ups", "X"] = Meaning(State.LOST)
    with pytest.raises(AttributeError):
        table.more = 1


def test_event_carries_scan_and_meaning():
    told = event(location="Here", service="Ground", order_id="O-1")
    assert (told.state, told.reason, told.physical, told.mapped) == ("attempted", "recipient_unavailable", True, True)
    assert (told.raw_code, told.source, told.message_id) == ("X:DE:08", "ups", 7)
    assert (told.location, told.service, told.order_id) == ("Here", "Ground", "O-1")
    assert (told.occurred_at, told.received_at) == (at("03-01T10:00:00"), RECEIVED_AT)


def test_unknown_code_stays_unknown():
    told = event(codes=("X:QQ",))
    assert (told.state, told.reason, told.physical, told.mapped) == ("unknown", "", False, False)
    assert told.raw_code == "X:QQ"


def test_scan_known_by_its_words_has_no_code():
    told = event(codes=(), by_text=True)
    assert (told.raw_code, told.raw_description, told.mapped) == ("", "Not in", False)


@pytest.mark.parametrize("occurred_at", [None, RECEIVED_AT + timedelta(days=2, seconds=1)])
def test_missing_or_impossible_instant_is_the_receipt(occurred_at):
    told = event(occurred_at=occurred_at)
    assert (told.occurred_at, told.time_confidence) == (RECEIVED_AT, TimeConfidence.UNKNOWN)


def test_receipt_told_by_the_sender_is_kept_unless_later_than_ours():
    assert event(received_at=at("03-01T11:00:00")).received_at == at("03-01T11:00:00")
    assert event(received_at=RECEIVED_AT + timedelta(hours=1)).received_at == RECEIVED_AT


def test_same_scan_told_twice_is_one_event():
    assert event().identity == event(location="Elsewhere", description="NOT IN").identity
    assert event().identity != event(codes=("X:DE",)).identity


def test_every_shipped_row_is_sound():
    rows = seed_rows()
    assert len(CodeTable(row.table_row for row in rows)) == len(rows)
    for row in rows:
        assert row.description, row.code
        assert row.source, row.code
        assert row.confidence in {"hand", "read", "peer"}, row.code


def test_every_adapter_but_the_contract_has_its_table():
    systems = {row.system for row in seed_rows()}
    assert systems == {source.CODE_SYSTEM for source in SOURCES.values()} - {"events"}


def contradictions(row):
    """Yield what is odd about a shipped row."""
    if row.state in {State.LABEL_CREATED, State.CANCELLED, State.UNKNOWN} and row.physical:
        yield "is only data and says physical"
    if row.state in {State.PICKED_UP, State.OUT_FOR_DELIVERY, State.ATTEMPTED, State.RETURNED} and not row.physical:
        yield "happens to the parcel and says not physical"
    if row.state == State.IN_TRANSIT and row.reason:
        yield "is normal movement and has a reason"
    if row.reason == Reason.CUSTOMS_HOLD and row.state not in {State.DELAYED, State.RETURNING, State.LOST}:
        yield "is a customs hold and holds nothing up"
    if (row.state == State.AVAILABLE_FOR_PICKUP) != (
        row.reason == Reason.HELD_AT_LOCATION
    ) and row.state != State.DELAYED:
        yield "is held at a location and cannot be collected, or the other way round"
    if row.reason == Reason.INVALID_TRACKING_NUMBER and row.state != State.UNKNOWN:
        yield "is an unknown number with a known state"
    waits = row.reason in {Reason.PAYMENT_DUE, Reason.REFUSED} and row.state in {State.DELAYED, State.ATTEMPTED}
    if waits and not row.action_required:
        yield "waits for somebody and asks nobody to act"


def test_shipped_meanings_hold_together():
    assert [(row.system, row.code, fault) for row in seed_rows() for fault in contradictions(row)] == []


@pytest.mark.parametrize(
    ("system", "code", "state", "reason", "physical"),
    [
        ("ups", "X:Y7", "in_transit", "", False),
        ("ups", "D:B0", "returned", "other", True),
        ("ups", "D:1N", "available_for_pickup", "held_at_location", True),
        ("ups", "X:4C", "in_transit", "", False),
        ("ups", "X:DA", "in_transit", "", False),
        ("ups", "X:Y1", "delayed", "customs_hold", True),
        ("ups", "X:DL", "returning", "other", True),
        ("ups", "X:8H", "returning", "refused", True),
        ("ups", "I:OD", "out_for_delivery", "", True),
        ("ups", "D:F7", "in_transit", "", True),
        ("ups", "M:MP", "label_created", "", False),
        ("ups", "TW0001", "unknown", "invalid_tracking_number", False),
        ("fedex", "DE:17", "in_transit", "", False),
        ("ups", "X:CF", "returning", "customs_hold", False),
        ("fedex", "SE:08", "attempted", "recipient_unavailable", True),
        ("fedex", "CD:63", "delayed", "payment_due", True),
        ("fedex", "CP", "in_transit", "", False),
        ("fedex", "CD", "delayed", "customs_hold", True),
        ("fedex", "RS", "returning", "other", True),
        ("fedex", "OC", "label_created", "", False),
        ("fedex", "TRACKING.TRACKINGNUMBER.NOTFOUND", "unknown", "invalid_tracking_number", False),
        ("easypost", "in_transit:weather_delay", "delayed", "weather", True),
        ("easypost", "return_to_sender:refused", "returning", "refused", True),
        ("easypost", "error", "unknown", "invalid_tracking_number", False),
        ("shippo", "TRANSIT:package_held", "delayed", "held_at_location", True),
        ("shippo", "RETURNED:package_unclaimed", "returning", "recipient_unavailable", True),
        ("aftership", "Exception_011", "returned", "other", True),
        ("aftership", "InTransit_006", "in_transit", "", False),
        ("aftership", "Exception_018", "delayed", "customs_hold", True),
        ("17track", "InTransit_CustomsRequiringInformation", "delayed", "customs_hold", True),
        ("17track", "e:50", "delayed", "other", True),
        ("17track", "z:5:50", "delivered", "", True),
        ("shipengine", "PARCEL_DAMAGED", "returning", "damaged", True),
        ("shipengine", "AWAITING_ELECTRONIC_ADVICE", "label_created", "", False),
        ("shipengine", "DELIVERED_SPECIFIED_SAFE_PLACE", "delivered", "", True),
        ("karrio", "return_to_sender:consignee_refused", "returning", "refused", True),
        ("karrio", "fedex:RS", "returning", "other", True),
    ],
)
def test_shipped_table_knows_the_hard_cases(system, code, state, reason, physical):
    meaning = shipped_table().meaning(system, (code,))
    assert meaning is not None
    assert (meaning.state, meaning.reason, meaning.physical) == (state, reason, physical)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("shippo", "TRANSIT:quantum_hold"),
        ("aftership", "InTransit_010"),
        ("17track", "z:6:60"),
        ("shipengine", "CARRIER_STATUS_NOT_MAPPED"),
        ("shipengine", "COD_AMOUNT_PAID"),
        ("karrio", "tracker:in_transit"),
        ("karrio", "ups:DP"),
    ],
)
def test_shipped_table_leaves_alone_what_is_not_certain(system, code):
    assert shipped_table().meaning(system, (code,)) is None
