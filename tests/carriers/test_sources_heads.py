"""What a tracker says of itself, joined with its scans."""

import pytest

from carriers.sources.heads import join_head, newest
from carriers.sources.instants import EXPLICIT, INFERRED, NOT_STATED
from carriers.sources.reading import Scan
from tests.carriers.samples import at


def scan(code, day=None):
    when = (at(f"03-{day:02d}T10:00:00"), EXPLICIT) if day else NOT_STATED
    return Scan("ups", "1Z", (code,) if code else (), code or "words", *when, by_text=not code)


@pytest.mark.parametrize(
    ("days", "place"),
    [
        ([3, 2, 1], 0),
        ([1, 2, 3], 2),
        ([2, 3, 1], 1),
        ([3, 3, 1], 0),
        ([1, 3, 3], 2),
        ([None, 2, 1], 1),
        ([None, None], 0),
    ],
)
def test_newest_scan_is_found_in_any_order(days, place):
    assert newest([scan("A", day) for day in days]) == place


def test_head_alone_is_the_scan():
    assert join_head([], scan("D")) == [scan("D")]


def test_silent_newest_scan_takes_the_heads_codes_behind_its_own():
    first, second = join_head([scan("X", 2), scan(None, 1)], scan("D"), silent=[0, 1])
    assert (first.codes, second.codes) == (("X", "D"), ())


def test_silent_scan_known_by_its_words_stays_known_by_them():
    (only,) = join_head([scan(None, 1)], scan("D"), silent=[0])
    assert (only.codes, only.by_text, only.description) == (("D",), True, "words")


def test_silent_scan_older_than_the_head_leaves_the_head_to_itself():
    assert join_head([scan("X", 1)], scan("D", 2), silent=[0]) == [scan("X", 1), scan("D", 2)]


def test_silent_scan_newer_than_the_head_takes_its_codes():
    (only,) = join_head([scan("X", 2)], scan("D", 1), silent=[0])
    assert (only.codes, only.occurred_at) == (("X", "D"), at("03-02T10:00:00"))


def test_silent_older_scan_takes_nothing():
    told = join_head([scan("A", 2), scan(None, 1)], scan("A"), silent=[1])
    assert told == [scan("A", 2), scan(None, 1)]


@pytest.mark.parametrize("head", [scan("A"), scan("A", 1), scan("A")._replace(occurred_at=at("03-01T10:00:59"))])
def test_head_that_a_scan_tells_is_left_out(head):
    assert join_head([scan("B", 2), scan("A", 1)], head) == [scan("B", 2), scan("A", 1)]


def test_dated_head_that_no_scan_tells_keeps_its_time():
    assert join_head([scan("A", 1)], scan("A", 2))[-1] == scan("A", 2)


def test_undated_head_takes_the_newest_instant_as_inferred():
    head = join_head([scan("A", 1), scan("B", 2)], scan("D"))[-1]
    assert (head.occurred_at, head.time_confidence) == (at("03-02T10:00:00"), INFERRED)


def test_undated_head_beside_undated_scans_stays_undated():
    assert join_head([scan("A")], scan("D"))[-1] == scan("D")
