from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from exceptions_queue import story
from exceptions_queue.models import CaseEvent

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def scan(**overrides: Any) -> SimpleNamespace:
    values = {
        "occurred_at": NOW,
        "state": "in_transit",
        "reason": "",
        "mapped": True,
        "physical": True,
        "location": "Louisville, KY",
        "source": "ups",
        "raw_code": "I:AR",
        "raw_description": "Arrived at facility",
    }
    return SimpleNamespace(**values | overrides)


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({}, "In transit"),
        ({"state": "attempted", "reason": "recipient_unavailable"}, "Delivery attempted: nobody there to receive it"),
        ({"state": "damaged", "reason": "damaged"}, "Damaged"),
        ({"state": "label_created", "physical": False}, "Label created (data only, no scan of the parcel)"),
        ({"state": "unknown", "mapped": False, "physical": False}, "A status nobody has explained yet"),
    ],
)
def test_a_scan_is_told_in_our_words(overrides, text):
    assert story.scan_entry(scan(**overrides)).text == text


def test_a_scan_keeps_the_carriers_own_words():
    assert story.scan_entry(scan()).raw == "UPS: I:AR “Arrived at facility”"


def test_silence_is_drawn_after_the_scan_it_follows():
    first, second = NOW - timedelta(days=9), NOW - timedelta(days=4)
    drawn = story.silences([second, first], NOW, ended=False)
    assert [(entry.text, entry.tone) for entry in drawn] == [
        ("5 days without a physical scan", "high"),
        ("4 days without a physical scan, and counting", "high"),
    ]
    assert first < drawn[0].at < second


@pytest.mark.parametrize(
    ("scans", "ended"), [([], False), ([NOW - timedelta(days=30)], True), ([NOW - timedelta(hours=47)], False)]
)
def test_no_silence_where_nothing_is_missing(scans, ended):
    assert story.silences(scans, NOW, ended) == []


def test_days_are_newest_first_and_named_as_people_do():
    entries = [story.Entry(NOW - timedelta(days=days), "scan", str(days)) for days in (9, 1, 0, 400)]
    days = story.by_day(entries, NOW)
    assert [day.label for day in days] == ["Today", "Yesterday", "Monday 23 February", "Tuesday 28 January 2025"]


@pytest.mark.parametrize("kind", CaseEvent.Kind.values)
def test_every_kind_of_history_has_a_sentence_even_without_data(kind):
    entry = story.case_entry(SimpleNamespace(at=NOW, kind=kind, data={}), "Sam Rivera")
    assert entry.text
    assert entry.icon


@pytest.mark.parametrize(
    ("kind", "data", "text", "quote"),
    [
        ("handed_over", {"to_team": "fulfillment", "note": "Ask UPS."}, "handed the case to Fulfillment", "Ask UPS."),
        ("taken_over", {"holder": {"id": 1, "name": "Ana"}}, "took the case over from Ana", ""),
        ("waiting", {"waiting_on": "carrier", "until": "2026-03-06T09:00:00+00:00"},
         "Waits for the carrier until Fri 6 Mar, 09:00 UTC", ""),
        ("decided", {"kind": "refund", "amount": "80.00", "currency": "USD", "proposal": True},
         "proposed: refund, USD 80.00", ""),
        ("follow_up", {"what": "opened", "carrier": "ups", "kind": "address_correction"},
         "asked UPS: address correction", ""),
        ("closed", {"outcome": "self_healed"}, "closed the case: it healed by itself", ""),
    ],
)  # fmt: skip
def test_history_is_told_as_a_sentence(kind, data, text, quote):
    entry = story.case_entry(SimpleNamespace(at=NOW, kind=kind, data=data), "Sam Rivera")
    assert (entry.who, entry.text, entry.quote) == ("Sam Rivera", text, quote)


def test_what_the_policy_did_is_told_in_its_name():
    event = SimpleNamespace(at=NOW, kind="opened", data={"sentence": "No scan for 4 days."})
    assert story.case_entry(event, "").who == "The policy"


def test_waiting_leg_says_for_whom_and_until_when():
    wait = story.waiting([{"on": "carrier", "until": "2026-03-06T09:00:00+00:00", "note": "Trace 12"}])
    assert wait is not None
    assert wait.label == "Waits for the carrier until Fri 6 Mar"


@pytest.mark.parametrize("legs", [[], [{"on": "", "until": "2026-03-06T09:00:00+00:00", "note": ""}]])
def test_a_leg_that_waits_for_nobody_is_no_wait(legs):
    assert story.waiting(legs) is None
