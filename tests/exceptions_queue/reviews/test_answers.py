"""Which case comes next: from a person's own start on, then what is left before it."""

import pytest

from exceptions_queue.models import ReviewCase
from exceptions_queue.reviews.answers import next_place
from tests.factories import NOW


@pytest.mark.parametrize(
    ("answered", "start", "place"),
    [((), 1, 1), ((1,), 1, 2), ((), 3, 3), ((3, 4), 3, 1), ((1, 2, 3, 4), 1, None), ((2,), 9, 1)],
)
def test_the_next_case_is_the_first_that_waits_from_the_start_on(answered, start, place):
    rows = [ReviewCase(place=n, answered_at=NOW if n in answered else None) for n in (4, 3, 2, 1)]
    assert next_place(rows, start=start) == place
