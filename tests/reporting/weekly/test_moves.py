"""The week's figures in words, each beside the week before."""

from datetime import date, timedelta

import pytest

from reporting.metrics import Period
from reporting.weekly.moves import ABOUT, Moved, change, lines_of, week_before

BUSY = Moved(43, 40, 12, 9, timedelta(days=11, hours=5), linked=40, asked_first=4, failed=1200, unmapped=3)


def test_the_week_is_the_seven_whole_days_before_a_date():
    assert week_before(date(2026, 3, 4)) == Period(date(2026, 2, 25), date(2026, 3, 3))


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [(5, 5, "the same"), (0, 0, "the same"), (5, 3, "2 more"), (3, 5, "2 fewer"), (2000, 0, "2,000 more")],
)
def test_a_difference_is_told_in_words(now, then, said):
    assert change(now, then) == said


@pytest.mark.parametrize(
    ("slug", "now", "then", "said"),
    [
        ("opened", "43", "0", "43 more"),
        ("closed", "40", "0", "40 more"),
        ("healed", "12", "0", "12 more"),
        ("still-open", "9, the oldest 11 d", "0", "9 more"),
        ("found-first", "36 of 40", "none with an order", "36 more"),
        ("failed", "1,200", "0", "1,200 more"),
        ("unmapped", "3", "0", "3 more"),
    ],
)
def test_each_figure_stands_beside_the_week_before(slug, now, then, said):
    line = next(each for each in lines_of(BUSY, Moved()) if each.about.slug == slug)
    assert (line.now, line.then, line.change) == (now, then, said)


def test_every_figure_has_a_line():
    assert [line.about for line in lines_of(BUSY, BUSY)] == list(ABOUT)
