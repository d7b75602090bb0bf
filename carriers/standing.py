"""How feeds and their incidents look in one word: the same in the top bar, in the lists and on their own pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from carriers.health import polling_health
from carriers.models import Account, FeedEvent, FeedIncident
from carriers.polling.health import values_of
from carriers.silence import Hearing, hearing
from shipments.marks import Mark

_MARKS: Final = {
    Hearing.HEARD: Mark("Heard", "good", "check"),
    Hearing.SILENT: Mark("Silent", "critical", "critical"),
    Hearing.UNWATCHED: Mark("Not watched", "low", "low"),
    Hearing.NEVER: Mark("Nothing heard yet", "low", "question"),
    Hearing.OFF: Mark("Switched off", "low", "cross"),
}

_SILENT: Final = Mark("Silent", "critical", "critical")
_ENDED: Final = Mark("Ended", "good", "check")
_ICONS: Final = {
    FeedEvent.Kind.OPENED: "critical",
    FeedEvent.Kind.SEEN: "hand",
    FeedEvent.Kind.NOTE: "note",
    FeedEvent.Kind.CLOSED: "check",
    FeedEvent.Kind.WATCHED: "wait",
}


_ICON_OF_TONE: Final = {"critical": "critical", "high": "high", "medium": "wait", "low": "low"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a feed stands: whether it is heard, how that looks, and a sentence where its polls are in trouble.

    `is_bad` says that somebody should know.
    """

    hearing: Hearing
    mark: Mark
    detail: str
    is_bad: bool


def standing_of(account: Account, now: datetime) -> Standing:
    """Return how a feed stands: what keeps its polls from being answered before what is merely not heard."""
    heard = hearing_of(account, now)
    silent = heard is Hearing.SILENT
    health = polling_health(values_of(account), now)
    if health is None:
        return Standing(heard, _MARKS[heard], "", silent)
    mark = Mark(health.words.capitalize(), health.tone, _ICON_OF_TONE[health.tone])
    return Standing(heard, mark, health.detail, health.is_bad or silent)


def hearing_of(account: Account, now: datetime) -> Hearing:
    """Return whether an account's feed is heard at `now`."""
    if not account.is_active:
        return Hearing.OFF
    minutes = account.silent_after_minutes
    return hearing(account.last_message_at, None if minutes is None else timedelta(minutes=minutes), now)


def incidents_in_words(incidents: Iterable[FeedIncident], now: datetime) -> None:
    """Put on each incident how it looks (`mark`) and until when it lasted or lasts (`lasts_to`)."""
    for each in incidents:
        each.mark = _SILENT if each.closed_at is None else _ENDED
        each.lasts_to = each.heard_at or each.closed_at or now


def history_in_words(lines: Iterable[FeedEvent]) -> list[FeedEvent]:
    """Return lines of history, each with its `icon`."""
    told = list(lines)
    for each in told:
        each.icon = _ICONS[FeedEvent.Kind(each.kind)]
    return told
