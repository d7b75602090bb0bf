from datetime import date, timedelta

from reporting.figures import failed_updates, routed_first, time_to_case
from reporting.metrics import DayOfUpdates, OpenedCase, Period

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
BEFORE = WEEK.before()
HOUR = timedelta(hours=1)


def _link(period):
    return f"{period.first}/{period.last}"


def _cases(count, period, **values):
    return [OpenedCase(period.start + HOUR, **values) for _ in range(count)]


def test_share_says_where_it_came_from():
    asked = {"asked_at": WEEK.start}
    cases = _cases(10, BEFORE) + _cases(10, BEFORE, asked_at=BEFORE.start) + _cases(15, WEEK) + _cases(5, WEEK, **asked)
    figure = routed_first(cases, WEEK, BEFORE, _link)
    assert figure.title == "75 % of exceptions were routed before the customer asked, up from 50 %"
    assert figure.value == "75 %"
    assert figure.notes == ("15 of 20 cases; in 15 the customer never asked.",)
    assert figure.lines[0].values == ("20", "15", "75 %", "50 %")
    assert (figure.lines[0].label, figure.lines[0].url) == ("2 Mar", "2026-03-02/2026-03-02")
    assert figure.chart.bars[0].mark.label == "2 Mar: 15 of 20"


def test_small_samples_are_not_compared():
    figure = routed_first(_cases(1, BEFORE) + _cases(3, WEEK), WEEK, BEFORE, _link)
    assert figure.title == "100 % of exceptions were routed before the customer asked"
    assert figure.notes[1:] == (
        "A small sample: fewer than 20 cases.",
        "The compared period has 1 case: too few to compare.",
    )
    assert figure.chart.bars[0].mark.small


def test_empty_period_says_so_and_has_no_value():
    for figure in (routed_first([], WEEK, BEFORE, _link), time_to_case([], WEEK, BEFORE, _link)):
        assert (figure.title, figure.value) == ("No case was opened in this period", "")
        assert figure.chart.is_empty
    updates = failed_updates([], WEEK, BEFORE, _link)
    assert (updates.title, updates.value, updates.notes) == ("No update was received in this period", "", ())


def test_cases_nobody_can_judge_are_named():
    assert "No case with an order" in routed_first(_cases(2, WEEK, linked=False), WEEK, BEFORE, _link).title
    silent = time_to_case(_cases(2, WEEK), WEEK, BEFORE, _link)
    assert silent.title == "No case that rests on a scan was opened in this period"
    assert "2 cases found in silence rest on no scan." in silent.notes


def test_delay_is_said_as_people_say_it():
    cases = _cases(20, BEFORE, scan_at=BEFORE.start) + _cases(20, WEEK, scan_at=WEEK.start - HOUR)
    figure = time_to_case(cases, WEEK, BEFORE, _link)
    assert figure.title == "Half of the cases were open within 2 h of the carrier’s scan, up from 1 h"
    assert figure.lines[0].values == ("20", "2 h", "2 h", "1 h")


def test_updates_are_counted_by_day():
    days = [DayOfUpdates(WEEK.first, 100, 2, 90, 3, 1, 1), DayOfUpdates(BEFORE.first, 50, 1, 40, 0)]
    figure = failed_updates(days, WEEK, BEFORE, _link)
    assert figure.title == "2 messages failed and 3 scans are unmapped, up from 1"
    assert figure.value == "5"
    assert figure.notes == ("Of 100 messages with 90 new scans.", "1 were replayed, 1 of them could then be read.")
    assert figure.lines[0].values == ("100", "2", "3", "1", "5", "1")


def test_flawless_updates_say_so():
    figure = failed_updates([DayOfUpdates(WEEK.first, 100)], WEEK, BEFORE, _link)
    assert figure.title == "All 100 messages could be read, and every code in them is mapped"
    assert figure.value == "0"


def test_longer_compared_step_lists_stay_in_line():
    long = Period(date(2026, 1, 1), date(2026, 3, 31))
    assert len(routed_first([], long, long.a_year_before(), _link).lines) == 13
