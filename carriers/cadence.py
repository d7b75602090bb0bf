"""When to ask about a parcel again, from where it is and how long it has been silent (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from shipments.facts import State


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often one account asks, by where a parcel is; the defaults hold where an account says nothing else."""

    # Most labels wait for the next pick-up, once a day.
    label_minutes: int = 360
    # A parcel on its way is scanned a few times a day.
    moving_minutes: int = 120
    # The hours in which an attempt can still be mended the same day.
    out_minutes: int = 20
    # What has been silent for days seldom speaks within the hour; deadlines, not polls, make its silence news.
    silent_minutes: int = 720
    # Damage claims and "delivered to sender" follow a delivery within days.
    ended_minutes: int = 720
    # Money is at stake until it is found or paid.
    lost_minutes: int = 1440
    silent_after_hours: int = 72
    ended_days: int = 5
    # UPS, FedEx and USPS take claims for 60 days after mailing or the promised day; a month more for slow lanes.
    # Source: claim terms of the carriers as gathered in November 2026.
    give_up_days: int = 90


class Pace(Enum):
    """What a state asks for; each value is the field of `Cadence` with its minutes."""

    LABEL = "label_minutes"
    MOVING = "moving_minutes"
    OUT = "out_minutes"
    ENDED = "ended_minutes"
    LOST = "lost_minutes"


PACES: Final = MappingProxyType(
    {
        State.UNKNOWN: Pace.LABEL,
        State.LABEL_CREATED: Pace.LABEL,
        State.PICKED_UP: Pace.MOVING,
        State.IN_TRANSIT: Pace.MOVING,
        State.OUT_FOR_DELIVERY: Pace.OUT,
        State.AVAILABLE_FOR_PICKUP: Pace.MOVING,
        State.ATTEMPTED: Pace.MOVING,
        State.DELAYED: Pace.MOVING,
        State.DAMAGED: Pace.MOVING,
        State.RETURNING: Pace.MOVING,
        State.DELIVERED: Pace.ENDED,
        State.RETURNED: Pace.ENDED,
        State.CANCELLED: Pace.ENDED,
        State.LOST: Pace.LOST,
    }
)

_OUT_FOR_A_DAY: Final = timedelta(hours=18)
"""A van that has been out longer than this is back; the parcel is only moving."""

_JITTER: Final = 0.1
"""Polls spread over a tenth of their interval to either side, so that parcels of one hour do not stay together."""

_FIRST_RETRY: Final = timedelta(minutes=1)
_LONGEST_RETRY: Final = timedelta(hours=1)
_ONLY_ONCE: Final = 10
"""Doublings after which a retry has long reached its longest."""


def cadence_of(document: Mapping[str, object]) -> Cadence:
    """Return the cadence an account states, its gaps filled by the defaults.

    Raises: ValueError naming a field that is not one, or is no whole number above 0.
    """
    known = [field.name for field in fields(Cadence)]
    for name, value in document.items():
        if name not in known:
            raise ValueError(f"“{name}” is not part of a cadence; its parts are {', '.join(known)}.")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 1_000_000:
            raise ValueError(f"“{name}” should be a whole number above 0.")
    return Cadence(**{name: value for name, value in document.items() if isinstance(value, int)})


def next_poll_at(
    state: State, last_change_at: datetime, cadence: Cadence, *, now: datetime, seed: str
) -> datetime | None:
    """Return when to ask about a parcel next, None when no answer can matter any more.

    `last_change_at` is the parcel's latest scan, else when it became known. The same `seed` gives the same jitter.
    """
    silent_for = now - last_change_at
    pace = PACES[state]
    if pace is Pace.ENDED and silent_for > timedelta(days=cadence.ended_days):
        return None
    if silent_for > timedelta(days=cadence.give_up_days):
        return None
    return now + _spread(_interval(pace, silent_for, cadence), seed)


def retry_at(attempts: int, *, now: datetime, seed: str) -> datetime:
    """Return when to ask again about a number that was not answered `attempts` times in a row, at least once."""
    wait = min(_FIRST_RETRY * 2 ** min(attempts - 1, _ONLY_ONCE), _LONGEST_RETRY)
    return now + _spread(wait, f"{seed}:{attempts}")


def _interval(pace: Pace, silent_for: timedelta, cadence: Cadence) -> timedelta:
    if pace is Pace.OUT and silent_for > _OUT_FOR_A_DAY:
        pace = Pace.MOVING
    usual: int = getattr(cadence, pace.value)
    if pace in (Pace.LABEL, Pace.MOVING) and silent_for > timedelta(hours=cadence.silent_after_hours):
        usual = max(usual, cadence.silent_minutes)
    return timedelta(minutes=usual)


def _spread(interval: timedelta, seed: str) -> timedelta:
    digest = hashlib.blake2b(seed.encode(errors="replace"), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / 2**64
    return interval * (1 + _JITTER * (2 * share - 1))
