"""Read a carrier's dates and times as instants, and say how sure we are of them (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from shipments.facts import TimeConfidence

EARLIEST_YEAR: Final = 1990
LATEST_YEAR: Final = 2100
"""A carrier's instant outside these years is a filler or a fault, and counts as not stated."""

START_OF_DAY: Final = "00:00:00"
MIDDAY: Final = "12:00:00"
END_OF_DAY: Final = "23:59:59"

_HALF_DAY: Final = re.compile(r"(1[0-2]|0?[1-9])((?::[0-5]\d){0,2})\s*([AaPp])\.?[Mm]\.?")

Instant = tuple[datetime | None, TimeConfidence]

EXPLICIT: Final = TimeConfidence.EXPLICIT
INFERRED: Final = TimeConfidence.INFERRED
NOT_STATED: Final[Instant] = (None, TimeConfidence.UNKNOWN)


def instant(value: str, *, time_of_day: str = MIDDAY) -> Instant:
    """Return the instant an ISO 8601 text states, in UTC.

    Without a zone it is read as UTC and inferred; without a time of day it takes `time_of_day`. Digits beyond
    microseconds are cut. Text that is no time, or lies in an absurd year, counts as not stated.
    """
    if not value:
        return NOT_STATED
    if len(value) <= 10:
        value = f"{value}T{time_of_day}"
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return NOT_STATED
    if not EARLIEST_YEAR <= at.year < LATEST_YEAR:
        return NOT_STATED
    zone = at.tzinfo
    if zone is UTC:
        return at, EXPLICIT
    if zone is None:
        return at.replace(tzinfo=UTC), INFERRED
    return at.astimezone(UTC), EXPLICIT


def day_and_time(day: str, time: str, offset: str, *, time_of_day: str = MIDDAY) -> Instant:
    """Return the instant of a day and a time told apart ("20240423", "135004" or "13:50:04"), in UTC.

    `offset` is the zone ("-04:00"), empty where the carrier tells none: then UTC is inferred. Without a time the
    day's `time_of_day` is inferred, so that the scan is kept.
    """
    if len(day) == 8 and day.isdigit():
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if not time:
        return instant(day + "T" + time_of_day) if day else NOT_STATED
    if time.isdigit():
        time = time.zfill(6) if len(time) > 4 else time.zfill(4)
        time = f"{time[:2]}:{time[2:4]}:{time[4:6] or '00'}"
    found = instant(f"{day}T{time}{offset}")
    return found if found[0] is not None or not day else instant(day + "T" + time_of_day)


def twenty_four_hours(time: str) -> str:
    """Return a time of day told with AM or PM ("07:16 PM") in 24 hours; any other text as it is."""
    found = _HALF_DAY.fullmatch(time)
    if not found:
        return time
    hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
    return f"{hour:02d}{found[2] or ':00'}"


def promise(value: str, offset: str = "") -> datetime | None:
    """Return the instant by which a stated delivery date is kept, in UTC; None where it is no date.

    Where only a day or its midnight is told, the promise is kept until the end of that day, in its own zone.
    """
    if not value:
        return None
    try:
        at = datetime.fromisoformat(f"{value}T{END_OF_DAY}{offset}" if len(value) <= 10 else value)
    except ValueError:
        return None
    if not EARLIEST_YEAR <= at.year < LATEST_YEAR:
        return None
    if at.hour == at.minute == at.second == 0:
        at = at.replace(hour=23, minute=59, second=59, microsecond=0)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
