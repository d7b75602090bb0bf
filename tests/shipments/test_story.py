from datetime import timedelta
from types import SimpleNamespace

import pytest

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
        "First reply to the customer, saying “in transit”",
        "Conversation closed",
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
