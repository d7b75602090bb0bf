from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exceptions_queue.policy.clocks import end_of_promise
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
        (NOW, State.DELIVERED, NOW, "on time", ""),
        (NOW, State.DELIVERED, NOW + timedelta(hours=8), "8 h late", "high"),
        (NOW.replace(hour=0), State.DELIVERED, NOW, "on time", ""),
        (NOW - DAY, State.LOST, None, "not kept", ""),
        (NOW - DAY, State.CANCELLED, None, None, None),
    ],
)
def test_promise_is_said_in_words(promised, state, delivered, words, tone):
    found = promise_clock(promised_at=promised, state=state, delivered_at=delivered, now=NOW)
    assert found is None if words is None else (found.words, found.tone) == (words, tone)


ZONES = [ZoneInfo(name) for name in ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago")]
ZONES.append(UTC)
# Around the days on which the clocks of New York, Berlin, Lord Howe and Santiago change.
around_a_change = st.builds(
    lambda day, seconds: datetime(2026, *day, tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from([(3, 8), (11, 1), (3, 29), (10, 25), (4, 4), (10, 3), (9, 6), (6, 10)]),
    st.one_of(st.integers(-3 * 86_400, 3 * 86_400), st.sampled_from([-86_400, 0, 4 * 3600, 5 * 3600, 86_400])),
)


@given(promised=around_a_change, now=around_a_change, zone=st.sampled_from(ZONES))
def test_a_promise_is_late_in_words_from_the_instant_the_policy_calls_it_missed(promised, now, zone):
    found = promise_clock(promised_at=promised, state=State.IN_TRANSIT, delivered_at=None, now=now, zone=zone)
    assert ("late" in found.words) == (now >= end_of_promise(promised, zone))


@given(promised=around_a_change, delivered=around_a_change, zone=st.sampled_from(ZONES))
def test_a_delivered_parcel_is_late_in_words_where_it_came_after_its_promise_ended(promised, delivered, zone):
    known = {"promised_at": promised, "state": State.DELIVERED, "delivered_at": delivered, "now": NOW, "zone": zone}
    if delivered != end_of_promise(promised, zone):
        assert ("late" in promise_clock(**known).words) == (delivered > end_of_promise(promised, zone))


@pytest.mark.parametrize(
    ("delivered", "words"),
    [
        (datetime(2026, 3, 9, 3, 30, tzinfo=UTC), "on time"),
        (datetime(2026, 3, 9, 4, 30, tzinfo=UTC), "1 d late"),
    ],
)
def test_a_promised_date_is_kept_until_it_ends_where_the_carrier_is(delivered, words):
    known = {"promised_at": datetime(2026, 3, 8, tzinfo=UTC), "state": State.DELIVERED, "delivered_at": delivered}
    assert promise_clock(**known, now=NOW, zone=ZoneInfo("America/New_York")).words == words


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
