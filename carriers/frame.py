"""Whether the feeds are heard, for the dot in the top bar; one small query, asked only when the bar is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from carriers.models import Account
from carriers.silence import Hearing
from carriers.standing import hearing_of, mark_of

_MENU: Final = 8
_WORST_FIRST: Final = (Hearing.SILENT, Hearing.HEARD, Hearing.UNWATCHED, Hearing.NEVER, Hearing.OFF)
_WORDS: Final = {
    Hearing.SILENT: "silent, last heard",
    Hearing.HEARD: "heard",
    Hearing.UNWATCHED: "not watched, last heard",
    Hearing.NEVER: "nothing heard yet",
    Hearing.OFF: "switched off",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """One account as the top bar says it."""

    label: str
    tone: str
    words: str
    heard_at: datetime | None
    hearing: Hearing
    pk: int


@dataclass(frozen=True, slots=True)
class Feeds:
    """All feeds in one sentence, worst first."""

    tone: str
    words: str
    accounts: tuple[Feed, ...]

    @property
    def silent(self) -> tuple[Feed, ...]:
        """Return those nothing is heard of for longer than they may be silent."""
        return tuple(feed for feed in self.accounts if feed.hearing is Hearing.SILENT)

    @property
    def worst(self) -> tuple[Feed, ...]:
        """Return the few that the menu has room for."""
        return self.accounts[:_MENU]


def feeds(request: HttpRequest) -> dict[str, Any]:
    """Give every template the health of the feeds."""
    return {"feeds": SimpleLazyObject(partial(_feeds_at, timezone.now()))}


def _feeds_at(now: datetime) -> Feeds:
    known = (_feed(row, now) for row in Account.objects.filter(is_active=True).order_by("source", "name"))
    accounts = tuple(sorted(known, key=lambda feed: _WORST_FIRST.index(feed.hearing)))
    return Feeds(*_in_one(accounts), accounts)


def _in_one(accounts: Iterable[Feed]) -> tuple[str, str]:
    """Return the tone and the words for all feeds together; what nobody watches is not said to be heard."""
    hearings = [feed.hearing for feed in accounts]
    if silent := hearings.count(Hearing.SILENT):
        return "critical", f"{silent} of {len(hearings)} feeds silent"
    if Hearing.HEARD in hearings:
        return "good", "Feeds heard"
    return "low", "Feeds not watched" if hearings else "No feeds"


def _feed(account: Account, now: datetime) -> Feed:
    heard = hearing_of(account, now)
    return Feed(str(account), mark_of(heard).tone, _WORDS[heard], account.last_message_at, heard, account.pk)
