from datetime import timedelta
from types import SimpleNamespace

import pytest

from shipments import story
from shipments.facts import State
from shipments.promises import promise_clock
from shipments.story import parcel_story
from tests.factories import NOW

DAY = timedelta(days=1)


def scan(days_ago, state=State.IN_TRANSIT, **overrides):
    values = {
        "occurred_at": NOW - days_ago * DAY,
        "state": state,
        "reason": "",
        "physical": True,
        "mapped": True,
        "raw_code": "OF",
        "raw_description": "Out",
        "location": "Louisville",
        "source": "ups",
        "corrected": None,
    }
    return SimpleNamespace(**values | overrides)


def lines(*scans, state=State.IN_TRANSIT, talks=()):
    return [entry.text for day in parcel_story(scans, talks, state=state, now=NOW) for entry in day.entries]


def test_scans_are_told_newest_first_in_our_words():
    attempted = scan(0, State.ATTEMPTED, reason="recipient_unavailable")
    assert lines(scan(1), attempted) == ["Delivery attempted: nobody there to receive it", "In transit"]


def test_carriers_words_stand_behind_ours():
    (day,) = parcel_story([scan(0)], [], state=State.IN_TRANSIT, now=NOW)
    assert (day.label, day.entries[0].raw, day.entries[0].where) == ("Today", "UPS: OF “Out”", "Louisville")


def test_data_and_unexplained_scans_say_so():
    data, unknown = scan(1, State.LABEL_CREATED, physical=False), scan(0, State.UNKNOWN, mapped=False, physical=False)
    assert lines(data, unknown) == [
        "A status nobody has explained yet",
        "Label created (data only, no scan of the parcel)",
    ]


def test_silence_is_drawn_between_physical_scans_and_until_now():
    assert lines(scan(9), scan(7, physical=False), scan(4)) == [
        "4 days without a physical scan, and counting",
        "In transit",
        "In transit (data only, no scan of the parcel)",
        "5 days without a physical scan",
        "In transit",
    ]


def test_no_silence_after_the_end():
    assert lines(scan(9, State.DELIVERED), state=State.DELIVERED) == ["Delivered"]


def test_long_silence_warns():
    (day,) = parcel_story([scan(4)], [], state=State.IN_TRANSIT, now=NOW)
    assert [entry.tone for entry in day.entries] == ["high", ""]


def test_conversation_is_part_of_the_story():
    talk = SimpleNamespace(
        opened_at=NOW - DAY,
        first_reply_at=NOW,
        first_reply_state="in_transit",
        closed_at=NOW,
        url="",
        get_topic_display=lambda: "Where is my order",
    )
    assert lines(talks=[talk]) == [
        "Conversation closed",
        "First reply to the customer, saying “in transit”",
        "The customer wrote: where is my order",
    ]


@pytest.mark.parametrize(
    "promised, state, delivered, words, tone",
    [
        (None, State.IN_TRANSIT, None, None, None),
        (NOW + 2 * DAY, State.IN_TRANSIT, None, "in 2 d", ""),
        (NOW - DAY, State.IN_TRANSIT, None, "1 d late", "high"),
        (NOW - DAY, State.DELIVERED, NOW, "1 d late", "high"),
        (NOW, State.DELIVERED, NOW + timedelta(hours=8), "on time", ""),
        (NOW - DAY, State.LOST, None, "not kept", ""),
        (NOW - DAY, State.CANCELLED, None, None, None),
    ],
)
def test_promise_is_said_in_words(promised, state, delivered, words, tone):
    found = promise_clock(promised_at=promised, state=state, delivered_at=delivered, now=NOW)
    assert found is None if words is None else (found.words, found.tone) == (words, tone)


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
    assert story.scan_entry(scan(0, **overrides)).text == text


def test_a_scan_keeps_the_carriers_own_words():
    assert story.scan_entry(scan(0)).raw == "UPS: OF “Out”"


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


def test_one_act_with_several_lines_is_told_in_its_order_and_quoted_once():
    lines = [story.Entry(NOW, "act", text, who="Sam", quote="Sent.") for text in ("decided", "waits")]
    (day,) = story.by_day(lines, NOW)
    assert [(entry.text, entry.quote) for entry in day.entries] == [("waits", ""), ("decided", "Sent.")]


@pytest.mark.parametrize(
    ("location", "place"),
    [("SALT LAKE CITY, UT, US", "Salt Lake City, UT, US"), ("Köln, DE", "Köln, DE"), ("", "")],
)
def test_places_are_not_shouted(location, place):
    assert story.scan_entry(scan(0, location=location)).where == place
