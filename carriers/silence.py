"""When a feed's silence is news, and which carriers then nobody tells us about (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import TextChoices

from shipments.spoken import exactly, long_duration

RECENT: Final = timedelta(days=14)
"""A feed that told of a carrier this much less recently than another no longer counts as one that tells of it."""


class Hearing(TextChoices):
    """Whether a feed is heard."""

    HEARD = "heard", "Heard"
    SILENT = "silent", "Silent"
    UNWATCHED = "unwatched", "Not watched"
    NEVER = "never", "Nothing heard yet"
    OFF = "off", "Switched off"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """The incident a feed has open, and when the feed had been heard last when it was opened."""

    id: int
    last_heard_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """One account as its silence is judged; `silent_after` None means nobody watches it."""

    account_id: int
    label: str
    last_heard_at: datetime | None
    silent_after: timedelta | None
    is_active: bool = True
    incident: OpenIncident | None = None

    def hearing(self, now: datetime) -> Hearing:
        """Return whether it is heard at `now`."""
        if not self.is_active:
            return Hearing.OFF
        return hearing(self.last_heard_at, self.silent_after, now)


class Opening(NamedTuple):
    """An incident to open."""

    account_id: int
    last_heard_at: datetime
    allowed: timedelta
    sentence: str


class Closing(NamedTuple):
    """An incident to close; `heard_at` is when the feed spoke again, None where it ends for another reason."""

    incident_id: int
    account_id: int
    heard_at: datetime | None
    sentence: str


class Silences(NamedTuple):
    """What a look at all feeds changes, in the order of the accounts."""

    opening: tuple[Opening, ...]
    closing: tuple[Closing, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """One account that tells of one carrier, and the last time it did."""

    carrier: str
    account_id: int
    last_heard_at: datetime


def hearing(last_heard_at: datetime | None, silent_after: timedelta | None, now: datetime) -> Hearing:
    """Return whether a feed is heard at `now`."""
    if last_heard_at is None:
        return Hearing.NEVER
    if silent_after is None:
        return Hearing.UNWATCHED
    return Hearing.SILENT if now - last_heard_at > silent_after else Hearing.HEARD


def silences(feeds: Iterable[Feed], now: datetime) -> Silences:
    """Return which incidents begin and which end: each silent feed has exactly one open."""
    opening: list[Opening] = []
    closing: list[Closing] = []
    for feed in sorted(feeds, key=lambda feed: feed.account_id):
        silent = feed.hearing(now) is Hearing.SILENT
        if silent and feed.incident is None and feed.last_heard_at is not None and feed.silent_after is not None:
            opening.append(Opening(feed.account_id, feed.last_heard_at, feed.silent_after, _silent_sentence(feed)))
        elif not silent and feed.incident is not None:
            closing.append(_closing(feed, feed.incident))
    return Silences(tuple(opening), tuple(closing))


def silent_carriers(voices: Iterable[Voice], silent: Mapping[int, datetime]) -> dict[str, datetime]:
    """Return the carriers nobody tells us about, each with the instant since when.

    `silent` names the silent accounts and when each was last heard. A carrier is silent when every account that told
    of it recently is; `voices` are those of active accounts.
    """
    by_carrier: dict[str, list[Voice]] = {}
    for voice in voices:
        by_carrier.setdefault(voice.carrier, []).append(voice)
    found = {}
    for carrier, told in sorted(by_carrier.items()):
        oldest = max(voice.last_heard_at for voice in told) - RECENT
        recent = [voice.account_id for voice in told if voice.last_heard_at >= oldest]
        if all(account in silent for account in recent):
            found[carrier] = max(silent[account] for account in recent)
    return found


def _silent_sentence(feed: Feed) -> str:
    assert feed.last_heard_at is not None
    assert feed.silent_after is not None
    allowed = long_duration(feed.silent_after)
    return f"Nothing heard from {feed.label} since {exactly(feed.last_heard_at)}; it may keep silent for {allowed}."


def _closing(feed: Feed, incident: OpenIncident) -> Closing:
    heard_at = feed.last_heard_at
    if heard_at is not None and heard_at > incident.last_heard_at:
        silent_for = long_duration(heard_at - incident.last_heard_at)
        return Closing(
            incident.id, feed.account_id, heard_at, f"Heard again {exactly(heard_at)}, after {silent_for} of silence."
        )
    if not feed.is_active:
        why = "The account was switched off."
    elif feed.silent_after is None:
        why = "Its silence is no longer watched."
    else:
        why = f"It may now keep silent for {long_duration(feed.silent_after)}."
    return Closing(incident.id, feed.account_id, None, why)
