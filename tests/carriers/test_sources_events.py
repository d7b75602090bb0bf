"""Our own event contract: what it takes, and how it refuses."""

import json

import pytest

from carriers.codes import to_event
from carriers.sources import events as contract
from carriers.sources.reading import Request, Unreadable
from shipments.facts import Meaning, State, TimeConfidence
from tests.carriers.samples import RECEIVED_AT, at, body, events, scans, shipped_table


def read(**changes):
    event = json.loads(body("events", "one")) | changes
    return contract.read(json.dumps(event).encode(), Request())[0]


def refusal(**changes):
    with pytest.raises(Unreadable) as refused:
        read(**changes)
    return str(refused.value)


def test_event_carries_every_field():
    scan = read(promised_at="2026-03-01T00:00:00Z", customer_id="C-1", time_confidence="inferred")
    assert scan.carrier == "ups"
    assert scan.codes == ("I:DP",)
    assert scan.stated == Meaning(State.IN_TRANSIT, "", physical=True)
    assert (scan.occurred_at, scan.time_confidence) == (at("02-27T17:30:00"), TimeConfidence.INFERRED)
    assert scan.promised_at == at("03-01T00:00:00")
    assert (scan.order_id, scan.customer_id, scan.source) == ("O-91", "C-1", "ups")
    assert scan.received_at == at("02-27T18:00:00")


def test_least_event_is_enough():
    (event,) = events("events", "least")
    assert (event.state, event.physical, event.raw_code) == ("delivered", True, "delivered")


@pytest.mark.parametrize(("sample", "count"), [("one", 1), ("list", 2), ("wrapped", 2), ("every_state", 14)])
def test_events_come_alone_listed_or_wrapped(sample, count):
    assert len(scans("events", sample)) == count


def test_every_state_may_be_stated():
    assert [event.state for event in events("events", "every_state")] == list(State)


@pytest.mark.parametrize(
    ("state", "said", "physical"),
    [
        ("label_created", None, False),
        ("cancelled", None, False),
        ("delivered", None, True),
        ("delayed", None, True),
        ("delayed", False, False),
        ("label_created", True, True),
    ],
)
def test_event_is_physical_as_said_or_as_its_state_is(state, said, physical):
    assert read(state=state, physical=said).stated.physical is physical


def test_an_event_without_a_state_leaves_its_code_to_the_code_table():
    assert read(state="unknown", reason="", raw_code="ZZ17").stated is None
    assert read(state="unknown", reason="", raw_code="", raw_description="depot note").stated is None
    assert read(state="unknown", reason="invalid_tracking_number", raw_code="ZZ17").stated is not None
    assert read(state="unknown", reason="", raw_code="", raw_description="").stated is not None


def test_a_promised_date_is_that_date_in_every_zone():
    assert read(promised_at="2026-03-01T00:00:00-03:00").promised_at == at("03-01T00:00:00")
    assert read(promised_at="2026-03-01T12:00:00-03:00").promised_at == at("03-01T15:00:00")


def test_event_without_instant_says_so():
    (scan,) = scans("events", "no_instant")
    assert (scan.occurred_at, scan.time_confidence) == (None, TimeConfidence.UNKNOWN)


def test_stated_meaning_needs_no_table_and_keeps_the_senders_receipt():
    event = to_event(read(raw_code="NEW"), shipped_table(), source="events", received_at=RECEIVED_AT)
    assert (event.mapped, event.state, event.source) == (True, "in_transit", "ups")
    assert event.received_at == at("02-27T18:00:00")


def test_events_told_by_words_are_identified_by_them():
    scan = read(raw_code="", raw_description="Left the depot")
    event = to_event(scan, shipped_table(), source="events", received_at=RECEIVED_AT)
    assert (scan.by_text, event.raw_code, event.raw_description) == (True, "", "Left the depot")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "unknown keys: colour"),
        ({"carrier": ""}, "carrier: is empty; it has to be given"),
        ({"carrier": 5}, "carrier: should be text and is a number"),
        ({"tracking_number": None}, "tracking_number: is empty; it has to be given"),
        ({"state": "flying"}, "state: 'flying' is not known; use one of label_created, picked_up, in_transit"),
        ({"state": None}, "state: is empty; it has to be given"),
        ({"previous_state": "flying"}, "previous_state: 'flying' is not known"),
        ({"reason": "mood"}, "reason: 'mood' is not known; use one of address_issue"),
        ({"occurred_at": "2026-13-01"}, "occurred_at: '2026-13-01' is not a time; use ISO 8601 with offset"),
        ({"occurred_at": "2026-01-13T10:00:00"}, "occurred_at: '2026-01-13T10:00:00' has no offset; add one"),
        ({"occurred_at": "0001-01-01T00:00:00Z"}, "is not plausible; give a year from 1990"),
        ({"occurred_at": None}, "occurred_at: is empty; give the time, or set time_confidence to unknown"),
        ({"occurred_at": 1767000000}, "occurred_at: should be text and is a number"),
        ({"promised_at": "soon"}, "promised_at: 'soon' is not a time"),
        ({"received_at": "2026-01-13"}, "received_at: '2026-01-13' has no offset"),
        ({"time_confidence": "high"}, "time_confidence: 'high' is not known; use one of explicit, inferred, unknown"),
        ({"physical": "yes"}, "physical: should be true or false and is text"),
        ({"location": []}, "location: should be text and is a list"),
    ],
)
def test_fault_names_its_field_and_what_to_do(changes, words):
    assert words in refusal(**changes)


@pytest.mark.parametrize("name", ["carrier", "tracking_number", "state", "occurred_at"])
def test_missing_field_is_named_once(name):
    event = json.loads(body("events", "one"))
    del event[name]
    with pytest.raises(Unreadable) as refused:
        contract.read(json.dumps(event).encode(), Request())
    assert str(refused.value) == f"{name}: is missing"


def test_faults_of_several_events_are_numbered():
    event = json.loads(body("events", "one"))
    with pytest.raises(Unreadable, match=r"event 2: state: 'x' is not known.*event 3: should be an object and is text"):
        contract.read(json.dumps([event, event | {"state": "x"}, "no"]).encode(), Request())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[]", "no event"),
        (b'{"events": {}}', "events: should be a list and is an object"),
        (b'{"events": [], "more": 1}', "unknown keys beside “events”: more"),
        (b"5", "should be an object and is a number"),
    ],
)
def test_hollow_body_is_unreadable(raw, words):
    with pytest.raises(Unreadable, match=words):
        contract.read(raw, Request())
