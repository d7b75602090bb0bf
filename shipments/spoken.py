"""Instants, durations and money as people say them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline in words, with the tone of its urgency (empty while there is time)."""

    words: str
    tone: str = ""


def duration(span: timedelta) -> str:
    """Return the length of a span in its largest unit: "40 min", "3 h", "5 d"; the sign is dropped."""
    span = abs(span)
    if span < _MINUTE:
        return "1 min"
    if span < _HOUR:
        return f"{span // _MINUTE} min"
    if span < 2 * _DAY:
        return f"{span // _HOUR} h"
    return f"{span // _DAY} d"


def long_duration(span: timedelta) -> str:
    """Return the length of a span in prose: "40 minutes", "1 hour", "4 days"."""
    span = abs(span)
    size, unit = next(
        ((size, unit) for size, unit in ((_DAY, "day"), (_HOUR, "hour")) if span >= (2 if unit == "day" else 1) * size),
        (_MINUTE, "minute"),
    )
    count = max(1, span // size)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def ago(at: datetime, now: datetime) -> str:
    """Return an instant relative to now: "just now", "3 h ago", "in 2 d"."""
    if abs(now - at) < _MINUTE:
        return "just now"
    return f"{duration(now - at)} ago" if at < now else f"in {duration(at - now)}"


def clock(due_at: datetime, now: datetime) -> Clock:
    """Return a deadline in words: "due in 2 h", "overdue 40 min"; it warns in the last two hours."""
    left = due_at - now
    if left < timedelta(0):
        return Clock(f"overdue {duration(left)}", "critical")
    return Clock(f"due in {duration(left)}", "high" if left < 2 * _HOUR else "")


def lateness(promised_at: datetime, now: datetime, zone: tzinfo = UTC) -> Clock:
    """Return a promise in words by calendar day in `zone`: "2 d late", "today", "in 3 d".

    A promise at midnight, in UTC or in `zone`, is a date: it is kept until that day ends in `zone`.
    """
    days = (now.astimezone(zone).date() - day_promised(promised_at, zone)).days
    if days > 0:
        return Clock(f"{days} d late", "critical" if days > 2 else "high")
    if days == 0:
        in_time = is_date(promised_at, zone) or promised_at > now
        return Clock("today", "medium") if in_time else Clock("late today", "high")
    return Clock("tomorrow", "") if days == -1 else Clock(f"in {-days} d", "")


def day_promised(promised_at: datetime, zone: tzinfo = UTC) -> date:
    """Return the day of a promise in `zone`; midnight in UTC is how a date is stored, and stays that date."""
    return promised_at.astimezone(UTC if _is_midnight(promised_at, UTC) else zone).date()


def is_date(promised_at: datetime, zone: tzinfo) -> bool:
    """Say whether a promise names a day and no hour of it: it is at midnight in UTC or in `zone`."""
    return _is_midnight(promised_at, UTC) or _is_midnight(promised_at, zone)


def _is_midnight(at: datetime, zone: tzinfo) -> bool:
    return at.astimezone(zone).time().replace(microsecond=0) == time()


def exactly(at: datetime) -> str:
    """Return an instant in full, in UTC: "Mon 23 Nov 2026, 18:35 UTC"."""
    return f"{at.astimezone(UTC):%a %-d %b %Y, %H:%M} UTC"


def zone_name(zone: tzinfo) -> str:
    """Return a time zone as people call it: "New York time", "UTC"."""
    name = getattr(zone, "key", None) or str(zone)
    return name if "/" not in name else f"{name.rsplit('/', 1)[1].replace('_', ' ')} time"


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency: "USD 1,249.00"."""
    return f"{currency} {amount:,.2f}".strip()
