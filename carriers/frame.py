"""What the frame shows of the inbox: whether the feeds are heard, and how many messages failed.

One small query each, asked only when a template prints it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from carriers.models import Account, InboundMessage, MessageState
from carriers.silence import Hearing
from carriers.standing import standing_of

_MENU: Final = 8
_WORST_FIRST: Final = (Hearing.SILENT, Hearing.HEARD, Hearing.UNWATCHED, Hearing.NEVER, Hearing.OFF)
_WORDS: Final = {
    Hearing.SILENT: "silent, last heard",
    Hearing.HEARD: "heard",
    Hearing.UNWATCHED: "not watched, last heard",
    Hearing.NEVER: "nothing heard yet",
    Hearing.OFF: "switched off",
}
_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """One account as the top bar says it."""

    label: str
    tone: str
    words: str
    heard_at: datetime | None
    hearing: Hearing
    is_bad: bool
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
    """Give every template the health of the feeds, and the number of failed messages for the rail."""
    return {
        "feeds": SimpleLazyObject(partial(_feeds_at, timezone.now())),
        "failed_messages": SimpleLazyObject(_failed_messages),
    }


def _failed_messages() -> str:
    """Return how many messages failed, empty where none did; counted in an index, and not beyond a thousand."""
    failed = InboundMessage.objects.filter(state=MessageState.FAILED).order_by("-received_at", "-pk")
    count = failed[: _COUNTED + 1].count()
    return f"{_COUNTED:,}+" if count > _COUNTED else str(count or "")


def _feeds_at(now: datetime) -> Feeds:
    known = (_feed(row, now) for row in Account.objects.filter(is_active=True).order_by("source", "name"))
    accounts = tuple(sorted(known, key=_worst_first))
    return Feeds(*_in_one(accounts), accounts)


def _in_one(accounts: Collection[Feed]) -> tuple[str, str]:
    """Return the tone and the words for all feeds together; what nobody watches is not said to be heard."""
    hearings = [feed.hearing for feed in accounts]
    bad = [feed for feed in accounts if feed.is_bad]
    if bad:
        silent = all(feed.hearing is Hearing.SILENT for feed in bad)
        tone = "critical" if any(feed.tone == "critical" for feed in bad) else "high"
        return tone, f"{len(bad)} of {len(hearings)} feeds {'silent' if silent else 'in trouble'}"
    if Hearing.HEARD in hearings:
        return "good", "Feeds heard"
    return "low", "Feeds not watched" if hearings else "No feeds"


def _feed(account: Account, now: datetime) -> Feed:
    stands = standing_of(account, now)
    words = f"{stands.mark.label.lower()}, last heard" if stands.detail else _WORDS[stands.hearing]
    return Feed(
        label=str(account),
        tone=stands.mark.tone,
        words=words if account.last_message_at else words.removesuffix(", last heard"),
        heard_at=account.last_message_at,
        hearing=stands.hearing,
        is_bad=stands.is_bad,
        pk=account.pk,
    )


def _worst_first(feed: Feed) -> tuple[bool, int]:
    return not feed.is_bad, _WORST_FIRST.index(feed.hearing)
