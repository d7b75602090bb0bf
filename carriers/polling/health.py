"""An account's columns as the values its health is judged by."""

from __future__ import annotations

from datetime import timedelta

from carriers.health import AccountValues
from carriers.models import Account


def values_of(account: Account) -> AccountValues:
    """Return what is known of an account's feed."""
    silent_after = account.silent_after_minutes
    return AccountValues(
        is_active=account.is_active,
        is_polled=account.is_polled,
        last_message_at=account.last_message_at,
        silent_after=None if silent_after is None else timedelta(minutes=silent_after),
        polling_held_at=account.polling_held_at,
        paused_until=account.paused_until,
        open_until=account.open_until,
        failures=account.failures,
        failing_since=account.failing_since,
        last_error=account.last_error,
        last_polled_at=account.last_polled_at,
    )
