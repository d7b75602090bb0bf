"""How an account fares, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.health import AccountValues, account_health

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEARD = {"is_polled": True, "last_message_at": NOW - MINUTE}


@pytest.mark.parametrize(
    ("values", "kind", "tone", "is_bad", "detail"),
    [
        ({"is_active": False}, "off", "low", False, ""),
        ({}, "unheard", "low", False, ""),
        ({"is_polled": True, "last_polled_at": NOW}, "unheard", "low", False, "has not answered yet"),
        ({"is_polled": True, "last_error": "UPS knows no such path."}, "unheard", "high", True, "no such path"),
        (HEARD, "heard", "good", False, ""),
        (HEARD | {"last_error": "UPS did not answer in time."}, "heard", "good", False, ""),
        (HEARD | {"silent_after": timedelta(seconds=30)}, "silent", "critical", True, "14:59 UTC"),
        ({"last_message_at": NOW - timedelta(days=9), "silent_after": MINUTE}, "silent", "critical", True, "23 Feb"),
        (HEARD | {"polling_held_at": NOW, "open_until": NOW}, "held", "low", False, "account resume"),
        (
            HEARD | {"paused_until": NOW + 5 * MINUTE, "failing_since": NOW},
            "told_to_wait",
            "medium",
            False,
            "15:05 UTC",
        ),
        (HEARD | {"paused_until": NOW + timedelta(hours=12)}, "told_to_wait", "high", True, "5 Mar, 03:00 UTC"),
        (HEARD | {"paused_until": NOW}, "heard", "good", False, ""),
        (
            HEARD | {"failures": 2, "failing_since": NOW, "last_error": "UPS did not answer in time."},
            "failing",
            "high",
            True,
            "2 calls failed in a row. UPS did not answer in time.",
        ),
        (
            HEARD | {"open_until": NOW + MINUTE, "failing_since": NOW - MINUTE, "last_error": "UPS cannot be reached."},
            "broken",
            "critical",
            True,
            "UPS cannot be reached. Failing since 14:59 UTC. Next try 15:01 UTC.",
        ),
        (HEARD | {"open_until": NOW}, "broken", "critical", True, "It is tried now."),
    ],
)
def test_health_names_the_worst_that_holds(values, kind, tone, is_bad, detail):
    health = account_health(AccountValues(**values), NOW)
    assert (health.kind, health.tone, health.is_bad) == (kind, tone, is_bad)
    assert detail in health.detail
    assert health.words
