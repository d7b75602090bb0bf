"""Figures of a backtest: written, compared, marked where they rest on little, and said in one sentence."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from exceptions_queue.backtest.figures import FIGURES, LISTINGS, Listing, compared, headline
from exceptions_queue.backtest.results import results
from exceptions_queue.backtest.tally import Tally
from exceptions_queue.policy.situation import Team


def figures(**overrides: Any) -> dict[str, Any]:
    counted: dict[str, Any] = {"parcels": 400, "promised": 400, "late": 40, "flagged": 50, "flagged_late": 30}
    counted |= {"cases": 60, "asked": 30, "warned_first": 12, "needless": 8} | overrides
    workload = dict.fromkeys(Team, 6.0)
    return results(Tally(**counted, teams=Counter(support=counted["cases"])), workload=workload)


def row(key: str, tried: dict[str, Any], beside: dict[str, Any] | None) -> Any:
    return next(each for each in compared(tried, beside) if each.about.key == key)


@pytest.mark.parametrize(
    ("key", "new", "words", "difference", "verdict"),
    [
        ("cases", {"cases": 75}, ("60", "75"), "+15", ""),
        ("precision", {"flagged": 40}, ("60 %", "75 %"), "+15 points", "better"),
        ("recall", {"flagged_late": 26}, ("75 %", "65 %"), "−10 points", "worse"),
        ("found_late", {"flagged_late": 31}, ("10", "9"), "−1", "better"),
        ("noise_per_1000", {"needless": 10}, ("20.0", "25.0"), "+5.0", "worse"),
        ("found_before_asked", {}, ("40 %", "40 %"), "same", ""),
        ("hours_of_work", {"cases": 70}, ("6.0 h", "7.0 h"), "+1.0 h", ""),
    ],
)
def test_two_versions_stand_side_by_side(key, new, words, difference, verdict):
    found = row(key, figures(**new), figures())
    assert (found.beside.words, found.tried.words) == words
    assert (found.difference, found.verdict) == (difference, verdict)


def test_the_difference_is_that_of_the_values_shown():
    found = row("recall", figures(late=1000, flagged_late=504), figures(late=1000, flagged_late=495))
    assert (found.beside.words, found.tried.words, found.difference) == ("50 %", "50 %", "same")


def test_one_point_is_not_points():
    assert (
        row("recall", figures(late=100, flagged_late=51), figures(late=100, flagged_late=50)).difference == "+1 point"
    )


def test_nothing_to_measure_is_no_zero_and_has_no_difference():
    found = row("precision", figures(flagged=0, flagged_late=0), figures())
    assert (found.tried.words, found.difference, found.tried.few) == ("–", "", "")


@pytest.mark.parametrize(("flagged", "few"), [(19, "small sample: 19"), (20, "")])
def test_a_share_of_few_is_marked(flagged: int, few: str):
    assert row("precision", figures(flagged=flagged, flagged_late=5), None).tried.few == few


def test_one_version_alone_has_nothing_beside_it():
    found = compared(figures(), None)
    assert {(each.beside, each.difference) for each in found} == {(None, "")}


def test_figures_that_an_older_backtest_lacks_are_left_out():
    old = {key: value for key, value in figures().items() if not key.startswith("messages")}
    assert {each.key for each in FIGURES} - {each.about.key for each in compared(old, None)} == {
        "messages_sent",
        "messages_to_review",
        "messages_held",
    }


def test_every_list_has_its_words_and_every_figure_a_known_list():
    assert set(LISTINGS) == set(Listing)
    assert {each.listing for each in FIGURES} <= set(Listing)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (
            {"cases": 48},
            "Draft 2 would have opened 12 cases fewer than version 1, and found as many late parcels in time",
        ),
        ({"cases": 61, "flagged_late": 33}, "Draft 2 would have opened 1 case more than version 1, and found 3 late "),
        ({"flagged_late": 29}, "opened as many cases as version 1, and found 1 late parcel fewer in time"),
        ({}, "Draft 2 would have opened as many cases as version 1, and found as many late parcels in time"),
    ],
)
def test_one_sentence_says_what_would_change(new: dict[str, int], says: str):
    assert says in headline(figures(**new), figures(), "Draft 2", "version 1")


def test_one_sentence_says_what_one_version_would_do():
    said = headline(figures(), None, "Version 1", "")
    assert said == "Version 1 would have opened 60 cases, and found 30 of 40 late parcels in time"
