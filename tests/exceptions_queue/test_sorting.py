from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from exceptions_queue.sorting import SORTS, BadCursor

WHEN = datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("slug", "keys"),
    [
        ("urgency", (-40, WHEN, 7)),
        ("due", (WHEN, 7)),
        ("oldest", (WHEN, 7)),
        ("newest", (-7,)),
        ("value", (Decimal("-80.00"), 7)),
        ("promise", (WHEN, 7)),
    ],
)
def test_a_place_written_and_read_again_is_the_same(slug, keys):
    row = SimpleNamespace(**{f"sort_{n}": key for n, key in enumerate(keys)})
    assert SORTS[slug].place(SORTS[slug].cursor(row)) == keys


@pytest.mark.parametrize(
    ("slug", "cursor"),
    [
        ("urgency", ""),
        ("urgency", "nonsense"),
        ("urgency", "-40~7"),
        ("urgency", "-40~x~7"),
        ("urgency", "-40~99999999999999999999~7"),
        ("urgency", f"{2**31}~0~7"),
        ("urgency", f"-40~0~{2**63}"),
        ("value", "NaN~7"),
        ("value", "Infinity~7"),
        ("value", "1e400~7"),
    ],
)
def test_a_place_nobody_wrote_is_refused(slug, cursor):
    with pytest.raises(BadCursor):
        SORTS[slug].place(cursor)
