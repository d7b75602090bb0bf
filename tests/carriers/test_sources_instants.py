"""Carriers' dates and times: every spelling seen, and the ones that are none."""

import pytest

from carriers.sources.instants import END_OF_DAY, day_and_time, instant, promise
from shipments.facts import TimeConfidence
from tests.carriers.samples import at

EXPLICIT, INFERRED, UNKNOWN = TimeConfidence.EXPLICIT, TimeConfidence.INFERRED, TimeConfidence.UNKNOWN


@pytest.mark.parametrize(
    ("text", "instant_in_utc", "confidence"),
    [
        ("2026-02-27T12:30:00Z", "02-27T12:30:00", EXPLICIT),
        ("2026-02-27T12:30:00+00:00", "02-27T12:30:00", EXPLICIT),
        ("2026-02-27T12:30:00-05:00", "02-27T17:30:00", EXPLICIT),
        ("2026-02-27T12:30:00.1234567-05:00", "02-27T17:30:00.123456", EXPLICIT),
        ("2026-02-27T12:30:00.5", "02-27T12:30:00.500000", INFERRED),
        ("2026-02-27 12:30:00", "02-27T12:30:00", INFERRED),
        ("2026-02-27T12:30", "02-27T12:30:00", INFERRED),
        ("2026-02-27", "02-27T12:00:00", INFERRED),
        ("20260227", "02-27T12:00:00", INFERRED),
    ],
)
def test_instant_is_read_in_utc(text, instant_in_utc, confidence):
    assert instant(text) == (at(instant_in_utc), confidence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "1989-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "2100-01-01",
        "9999-12-31T23:59:59-23:59",
        "2026-02-27T25:00:00Z",
        "2026-02-27T12:00:00+99:00",
        "27/02/2026",
        "1772000000",
    ],
)
def test_what_is_no_instant_counts_as_not_stated(text):
    assert instant(text) == (None, UNKNOWN)


@pytest.mark.parametrize(
    ("day", "time", "offset", "instant_in_utc", "confidence"),
    [
        ("20260227", "135004", "+00:00", "02-27T13:50:04", EXPLICIT),
        ("20260227", "13:50:04", "+00:00", "02-27T13:50:04", EXPLICIT),
        ("2026-02-27", "13:50", "-05:00", "02-27T18:50:00", EXPLICIT),
        ("20260227", "1350", "", "02-27T13:50:00", INFERRED),
        ("20260227", "95004", "", "02-27T09:50:04", INFERRED),
        ("20260227", "", "", "02-27T23:59:59", INFERRED),
        ("20260227", "noon", "", "02-27T23:59:59", INFERRED),
        ("20260227", "135004", "EST", "02-27T23:59:59", INFERRED),
    ],
)
def test_day_and_time_told_apart_are_read_together(day, time, offset, instant_in_utc, confidence):
    assert day_and_time(day, time, offset, time_of_day=END_OF_DAY) == (at(instant_in_utc), confidence)


@pytest.mark.parametrize(("day", "time"), [("", ""), ("", "135004"), ("20261332", "135004"), ("00000000", "")])
def test_no_day_is_no_instant(day, time):
    assert day_and_time(day, time, "+00:00") == (None, UNKNOWN)


@pytest.mark.parametrize(
    ("text", "offset", "kept_until"),
    [
        ("2026-02-27", "", "02-27T23:59:59"),
        ("20260227", "-05:00", "02-28T04:59:59"),
        ("2026-02-27T00:00:00Z", "", "02-27T23:59:59"),
        ("2026-02-27T00:00:00-06:00", "", "02-28T05:59:59"),
        ("2026-02-27T17:00:00-06:00", "", "02-27T23:00:00"),
        ("2026-02-27T17:00:00", "", "02-27T17:00:00"),
    ],
)
def test_promise_of_a_day_lasts_until_its_end(text, offset, kept_until):
    assert promise(text, offset) == at(kept_until)


@pytest.mark.parametrize("text", ["", "soon", "1970-01-01", "99999999"])
def test_what_is_no_date_promises_nothing(text):
    assert promise(text) is None
