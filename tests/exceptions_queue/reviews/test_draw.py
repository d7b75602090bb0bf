"""The draw: every kind of finding is seen, the rest in proportion, and a seed draws the same cases again."""

import random

import pytest

from exceptions_queue.reviews.draw import Candidate, draw, shared

MANY = [Candidate(n, "stalled", "support" if n % 3 else "fulfillment", "decided" if n % 2 else "") for n in range(100)]
RARE = [Candidate(1000, "lost", "finance", ""), Candidate(1001, "damaged", "support", "self_healed")]


@pytest.mark.parametrize(
    ("sizes", "places", "given"),
    [
        ({}, 20, {}),
        ({"stalled": 5}, 20, {"stalled": 5}),
        ({"stalled": 100, "lost": 1}, 20, {"stalled": 19, "lost": 1}),
        ({"stalled": 30, "lost": 10}, 4, {"stalled": 3, "lost": 1}),
        ({"stalled": 10, "lost": 10, "damaged": 2}, 20, {"stalled": 9, "lost": 9, "damaged": 2}),
        ({"stalled": 3, "lost": 2, "damaged": 1}, 2, {"stalled": 1, "lost": 1}),
        ({"stalled": 3, "lost": 0}, 2, {"stalled": 2}),
    ],
)
def test_places_are_shared_by_size_and_nobody_is_left_out(sizes, places, given):
    assert shared(sizes, places) == given


def test_rare_findings_are_drawn_among_many_others():
    drawn = draw([*MANY, *RARE], seed=7)
    assert len(drawn.candidates) == 20
    assert {each.finding for each in drawn.candidates} == {"stalled", "lost", "damaged"}
    teams = [each.team for each in drawn.candidates if each.finding == "stalled"]
    assert {(each.team, each.outcome) for each in drawn.candidates if each.finding == "stalled"} == {
        ("support", "decided"), ("support", ""), ("fulfillment", "decided"), ("fulfillment", "")
    }  # fmt: skip
    assert teams.count("support") == 12


def test_strata_add_up_to_what_there_was_and_what_was_drawn():
    drawn = draw([*MANY, *RARE], seed=7)
    assert sum(each.cases for each in drawn.strata) == 102
    assert sum(each.drawn for each in drawn.strata) == 20
    assert drawn.strata[0].finding == "stalled"
    assert [(each.finding, each.cases, each.drawn) for each in drawn.strata[-2:]] == [("damaged", 1, 1), ("lost", 1, 1)]


def test_the_same_seed_draws_the_same_whatever_the_order_of_cases():
    mixed = [*MANY, *RARE]
    first = draw(mixed, seed=7)
    random.Random(1).shuffle(mixed)
    assert draw(mixed, seed=7) == first
    assert draw(mixed, seed=8).candidates != first.candidates


def test_fewer_cases_are_all_drawn():
    drawn = draw(MANY[:7], seed=7)
    assert sorted(each.case_id for each in drawn.candidates) == list(range(7))


def test_no_case_draws_nothing():
    assert draw([], seed=7).candidates == ()
