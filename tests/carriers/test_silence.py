"""When a feed's silence is news, when it ends, and which carriers nobody tells of; the clock is an argument."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from carriers.silence import Feed, Hearing, OpenIncident, Voice, hearing, silences, silent_carriers

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

QUIET = Feed(1, "ups/shop", NOW - 4 * HOUR, 3 * HOUR)
OPEN = OpenIncident(7, NOW - 4 * HOUR)


@pytest.mark.parametrize(
    ("heard_at", "after", "expected"),
    [
        (None, 3 * HOUR, Hearing.NEVER),
        (None, None, Hearing.NEVER),
        (NOW - 90 * HOUR, None, Hearing.UNWATCHED),
        (NOW - 3 * HOUR, 3 * HOUR, Hearing.HEARD),
        (NOW - 3 * HOUR - SECOND, 3 * HOUR, Hearing.SILENT),
        (NOW + HOUR, 3 * HOUR, Hearing.HEARD),
    ],
)
def test_a_feed_is_silent_only_past_what_it_may(heard_at, after, expected):
    assert hearing(heard_at, after, NOW) is expected


def test_a_silent_feed_opens_one_incident_that_says_since_when():
    (opening,) = silences([QUIET], NOW).opening
    assert (opening.account_id, opening.last_heard_at) == (1, NOW - 4 * HOUR)
    assert opening.sentence == (
        "Nothing heard from ups/shop since Wed 4 Nov 2026, 08:00 UTC; it may keep silent for 3 hours."
    )


@pytest.mark.parametrize(
    "feed",
    [
        replace(QUIET, incident=OPEN),
        replace(QUIET, last_heard_at=NOW - HOUR),
        replace(QUIET, last_heard_at=None),
        replace(QUIET, silent_after=None),
        replace(QUIET, is_active=False),
    ],
    ids=["told already", "heard", "never heard", "not watched", "switched off"],
)
def test_nothing_changes_for_a_feed_that_is_not_news(feed):
    assert silences([feed], NOW) == ((), ())


@pytest.mark.parametrize(
    ("feed", "heard_at", "sentence"),
    [
        (
            replace(QUIET, last_heard_at=NOW - HOUR),
            NOW - HOUR,
            "Heard again Wed 4 Nov 2026, 11:00 UTC, after 3 hours of silence.",
        ),
        (replace(QUIET, silent_after=None), None, "Its silence is no longer watched."),
        (replace(QUIET, silent_after=9 * HOUR), None, "It may now keep silent for 9 hours."),
        (replace(QUIET, is_active=False), None, "The account was switched off."),
    ],
)
def test_an_incident_ends_with_the_reason(feed, heard_at, sentence):
    changes = silences([replace(feed, incident=OPEN)], NOW)
    assert changes.opening == ()
    assert changes.closing == ((7, 1, heard_at, sentence),)


def test_an_old_message_that_arrives_late_does_not_end_a_silence():
    feed = replace(QUIET, last_heard_at=NOW - 3.5 * HOUR, incident=OPEN)
    assert silences([feed], NOW) == ((), ())


SILENT = {1: NOW - 4 * HOUR, 2: NOW - 6 * HOUR}


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ([Voice("ups", 1, NOW)], {"ups": NOW - 4 * HOUR}),
        ([Voice("ups", 1, NOW), Voice("ups", 2, NOW)], {"ups": NOW - 4 * HOUR}),
        ([Voice("ups", 1, NOW), Voice("ups", 3, NOW)], {}),
        ([Voice("ups", 1, NOW), Voice("ups", 3, NOW - timedelta(days=20))], {"ups": NOW - 4 * HOUR}),
        ([Voice("ups", 1, NOW), Voice("usps", 3, NOW)], {"ups": NOW - 4 * HOUR}),
        ([Voice("usps", 3, NOW)], {}),
        ([], {}),
    ],
    ids=["alone", "both silent", "one speaks", "the other gave up long ago", "another carrier", "heard", "none"],
)
def test_a_carrier_is_silent_when_every_feed_that_tells_of_it_is(voices, expected):
    assert silent_carriers(voices, SILENT) == expected
