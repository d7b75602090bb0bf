"""When a carrier takes a claim, in a sentence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exceptions_queue.policy.claiming import claim_kind, told_window
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import Anchor, ClaimKind, ClaimWindow, DaysAfter

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
SHIPPED = datetime(2026, 2, 25, 3, tzinfo=UTC)
LONG_AGO = SHIPPED - timedelta(days=60)


OPENS, CLOSES = DaysAfter(15, Anchor.SHIPPED), DaysAfter(60, Anchor.SHIPPED)


def usps(opens=OPENS, closes=CLOSES) -> ClaimWindow:
    return ClaimWindow("usps", ClaimKind.LOST, opens, closes, "https://example.org/", "Verify with your contract.")


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ({FindingKind.DAMAGED, FindingKind.LOST}, ClaimKind.DAMAGED),
        ({FindingKind.PROMISE_MISSED}, ClaimKind.LOST),
        ({FindingKind.DELIVERED_NOT_RECEIVED}, ClaimKind.LOST),
        ({FindingKind.ADDRESS_ISSUE}, None),
        (set(), None),
    ],
)
def test_a_claim_is_for_damage_before_loss(kinds, found):
    assert claim_kind(kinds) is found


@pytest.mark.parametrize(
    ("window", "shipped", "says"),
    [
        (usps(), SHIPPED, "USPS takes claims for a lost parcel from Thu 12 Mar 2026 until Sun 26 Apr 2026."),
        (usps(), SHIPPED - timedelta(days=20), "USPS takes claims for a lost parcel until Mon 6 Apr 2026."),
        (
            usps(),
            SHIPPED - timedelta(days=60),
            "USPS took claims for a lost parcel until Wed 25 Feb 2026; that is over.",
        ),
        (
            usps(),
            None,
            "USPS takes claims for a lost parcel up to 60 days after it was shipped, and when that was is not known.",
        ),
        (usps(None, None), SHIPPED, "USPS takes claims for a lost parcel; nobody says until when."),
    ],
)
def test_it_says_from_when_until_when(window, shipped, says):
    told = told_window(window, {Anchor.SHIPPED: shipped}, NOW, UTC)
    assert told == f"{says} Verify with your contract."


def test_its_days_are_those_of_the_zone():
    told = told_window(usps(), {Anchor.SHIPPED: SHIPPED}, NOW, ZoneInfo("America/New_York"))
    assert "from Wed 11 Mar 2026 until Sat 25 Apr 2026" in told
