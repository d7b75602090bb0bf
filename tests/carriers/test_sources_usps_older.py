"""One-line events of USPS, read as events."""

import pytest

from carriers.sources.usps_older import told

PORCH = "Your item was delivered at the front door or porch"


@pytest.mark.parametrize(
    ("words", "line", "instant", "place"),
    [
        (
            "Out for Delivery",
            "{}, March 14, 2026, 8:05 am, AUSTIN, TX 78701",
            "2026-03-14T08:05:00",
            "AUSTIN, TX 78701",
        ),
        ("Delivered, In/At Mailbox", "{}, 03/14/2026, 1:05 pm, AUSTIN, TX", "2026-03-14T13:05:00", "AUSTIN, TX"),
        ("Shipping Label Created, USPS Awaiting Item", "{}, March 1, 2026", "2026-03-01", ""),
        ("Your item was delivered", "{} at 8:05 am on March 14, 2026 in AUSTIN.", "2026-03-14T08:05:00", "AUSTIN"),
        (PORCH, "{} at 8:05 am on March 14, 2026 in AUSTIN, TX.", "2026-03-14T08:05:00", "AUSTIN, TX"),
        ("Accepted", "{}, March 34, 2026", "", ""),
    ],
)
def test_line_tells_what_when_and_where(words, line, instant, place):
    assert told(line.format(words)) == {"eventType": words, "eventTimestamp": instant, "eventCity": place}


def test_line_without_a_day_is_only_words():
    assert told("USPS expects your item soon.") == {"eventType": "USPS expects your item soon."}
