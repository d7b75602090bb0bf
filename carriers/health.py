"""How an account fares, in words (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_LONG_PAUSE: Final = timedelta(hours=1)
"""A carrier that wants to be left alone for longer has a limit that does not fit our parcels."""


@dataclass(frozen=True, slots=True)
class AccountValues:
    """What is known of an account's feed; instants are aware, None where it never happened."""

    is_active: bool = True
    is_polled: bool = False
    last_message_at: datetime | None = None
    silent_after: timedelta | None = None
    polling_held_at: datetime | None = None
    paused_until: datetime | None = None
    open_until: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_error: str = ""
    last_polled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """One state of a feed: a `kind` to filter by, the look's tone, two or three words, and a sentence of detail.

    `is_bad` says that somebody should know; a person's own pause and a carrier's short request to wait are not bad.
    """

    kind: str
    tone: str
    words: str
    detail: str = ""
    is_bad: bool = False


def account_health(values: AccountValues, now: datetime) -> Health:
    """Return an account's health, the worst of what holds."""
    if not values.is_active:
        return Health("off", "low", "switched off")
    return polling_health(values, now) or _heard(values, now)


def polling_health(values: AccountValues, now: datetime) -> Health | None:
    """Return what keeps an account's polls from being answered, None where nothing does or nothing is asked."""
    if not (values.is_active and values.is_polled):
        return None
    if values.polling_held_at is not None:
        return Health("held", "low", "polling paused", "A person paused it. Resume it with `account resume`.")
    if values.open_until is not None:
        then = f"Next try {_clock(values.open_until, now)}." if values.open_until > now else "It is tried now."
        since = f"Failing since {_clock(values.failing_since, now)}. " if values.failing_since else ""
        return Health("broken", "critical", "not answering", f"{values.last_error} {since}{then}".strip(), True)
    if values.paused_until is not None and values.paused_until > now:
        detail = f"The carrier asked us to wait until {_clock(values.paused_until, now)}."
        is_long = values.paused_until - now > _LONG_PAUSE
        return Health("told_to_wait", "high" if is_long else "medium", "told to wait", detail, is_long)
    if values.failing_since is not None:
        count = f"{values.failures} call{'' if values.failures == 1 else 's'} failed in a row. "
        return Health("failing", "high", "failing", f"{count}{values.last_error}".strip(), True)
    return None


def _heard(values: AccountValues, now: datetime) -> Health:
    heard_at, allowed = values.last_message_at, values.silent_after
    if heard_at is None and values.is_polled and values.last_error:
        return Health("unheard", "high", "nothing heard yet", values.last_error, True)
    if heard_at is None:
        asked = "It was asked and has not answered yet." if values.last_polled_at else ""
        return Health("unheard", "low", "nothing heard yet", asked)
    if allowed is not None and now - heard_at > allowed:
        return Health("silent", "critical", "silent", f"Last heard {_clock(heard_at, now)}.", True)
    return Health("heard", "good", "heard")


def _clock(at: datetime | None, now: datetime) -> str:
    """Return an instant in UTC, with its day where that is not today's."""
    if at is None:
        return "never"
    at = at.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == now.astimezone(UTC).date() else f"{at:%-d %b, %H:%M} UTC"
