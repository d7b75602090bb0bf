"""A time is typed as the clock of the team shows it, also on the days on which that clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exceptions_queue.follow_up_forms import NudgeForm
from exceptions_queue.forms import WaitForm, WhenField, morning_in
from exceptions_queue.incident_forms import MassActForm
from exceptions_queue.mass_acts import ACTS, ActKind
from exceptions_queue.models import Leg

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 7, 3, tzinfo=UTC)  # In New York the evening of the 6th; its clock goes forward on the 8th.


def waited(zone: tzinfo, **typed: str) -> WaitForm:
    return WaitForm({"waiting_on": "carrier", **typed}, now=NOW, zone=zone)


@pytest.mark.parametrize(
    ("zone", "typed", "until"),
    [
        (UTC, "2026-03-07T09:00", datetime(2026, 3, 7, 9, tzinfo=UTC)),
        (NEW_YORK, "2026-03-07T09:00", datetime(2026, 3, 7, 14, tzinfo=UTC)),
        (NEW_YORK, "2026-03-08T09:00", datetime(2026, 3, 8, 13, tzinfo=UTC)),
        (BERLIN, "2026-03-07 09:00", datetime(2026, 3, 7, 8, tzinfo=UTC)),
        # The hour that the clock skips begins where it goes on; of the hour it repeats the first one counts.
        (NEW_YORK, "2026-03-08T02:30", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (NEW_YORK, "2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        # What names its zone itself is that instant.
        (NEW_YORK, "2026-03-08T09:00+01:00", datetime(2026, 3, 8, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_of_the_wall_clock_where_the_team_works(zone, typed, until):
    form = waited(zone, when="exact", until=typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["until"] == until


@pytest.mark.parametrize("typed", ["tomorrow", "2026-02-30T09:00", "2026-03-08T25:00"])
def test_what_is_no_time_is_refused(typed):
    assert "until" in waited(NEW_YORK, when="exact", until=typed).errors


@pytest.mark.parametrize(
    ("zone", "days", "morning"),
    [
        (UTC, 1, datetime(2026, 3, 8, 9, tzinfo=UTC)),
        (NEW_YORK, 1, datetime(2026, 3, 7, 14, tzinfo=UTC)),
        (NEW_YORK, 2, datetime(2026, 3, 8, 13, tzinfo=UTC)),
    ],
)
def test_tomorrow_morning_is_nine_of_the_day_after_the_teams_today(zone, days, morning):
    assert morning_in(days, NOW, zone) == morning
    form = waited(zone, when=str(days))
    assert form.is_valid()
    assert form.cleaned_data["until"] == morning


def test_a_wait_for_the_next_scan_ends_in_a_week_without_one():
    form = waited(NEW_YORK, when="scan")
    assert form.is_valid()
    assert (form.cleaned_data["or_scan"], form.cleaned_data["until"]) == (True, morning_in(7, NOW, NEW_YORK))
    assert waited(UTC, when="2").is_valid()


@pytest.mark.parametrize("when", ["1", "7", "promise"])
def test_other_waits_end_at_their_time_whatever_is_scanned(when):
    form = WaitForm(
        {"waiting_on": "date", "when": when}, now=NOW, zone=UTC, promise_ends=datetime(2026, 3, 9, 23, tzinfo=UTC)
    )
    assert form.is_valid()
    assert form.cleaned_data["or_scan"] is False


def test_the_end_of_the_promise_is_offered_while_it_is_to_come():
    ends = datetime(2026, 3, 9, 4, tzinfo=UTC)
    form = WaitForm({"waiting_on": "date", "when": "promise"}, now=NOW, zone=NEW_YORK, promise_ends=ends)
    assert form.is_valid()
    assert form.cleaned_data["until"] == ends
    assert "Its promise ends, Mon 9 Mar, 00:00 (New York time)" in str(form["when"])
    for over in (None, NOW, NOW - timedelta(days=1)):
        assert "promise" not in str(WaitForm(now=NOW, zone=UTC, promise_ends=over)["when"])


def test_a_case_waits_for_whom_a_leg_can_wait():
    assert [key for key, _ in WaitForm(now=NOW, zone=UTC).fields["waiting_on"].choices] == Leg.WaitingOn.values


@pytest.mark.parametrize(("zone", "name"), [(UTC, "UTC"), (NEW_YORK, "New York time"), (BERLIN, "Berlin time")])
def test_the_zone_stands_beside_the_field(zone, name):
    assert waited(zone)["until"].label == f"Exact time ({name})"
    assert NudgeForm(now=NOW, zone=zone)["next_nudge_at"].label == f"Remind it again at ({name})"
    form = MassActForm(act=ACTS[ActKind.KEEP_WAITING], now=NOW, zone=zone)
    assert form["until"].label == f"Until ({name})"


def test_two_forms_of_different_zones_do_not_meet():
    waited(BERLIN)
    assert waited(NEW_YORK)["until"].label == "Exact time (New York time)"


def test_a_time_that_is_offered_is_shown_on_the_same_clock():
    form = MassActForm(act=ACTS[ActKind.KEEP_WAITING], now=NOW, zone=NEW_YORK)
    assert 'value="2026-03-08T09:00"' in str(form["until"])


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from([UTC, NEW_YORK, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago")]),
)
def test_a_time_that_is_sent_back_as_it_was_shown_is_the_same_instant(at, zone):
    field, at = WhenField(label="When"), at.replace(second=0, microsecond=0)
    field.put_in(zone)
    back = field.clean(field.prepare_value(at).strftime("%Y-%m-%dT%H:%M"))
    # While the clock repeats an hour, what it shows may be either; then the first is meant.
    assert back == at or (at.astimezone(zone).fold and timedelta(0) < at - back <= timedelta(hours=1))
