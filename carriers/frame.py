"""What the frame shows of the inbox: whether the feeds are heard, and how many messages failed.

One small query each, asked only when a template prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from carriers.models import Account, InboundMessage, MessageState

_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """One account as the top bar says it."""

    label: str
    tone: str
    words: str
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Feeds:
    """All feeds in one sentence, worst first."""

    tone: str
    words: str
    accounts: tuple[Feed, ...]


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
    accounts = tuple(
        sorted((_feed(row, now) for row in Account.objects.filter(is_active=True)), key=lambda feed: feed.tone)
    )
    silent = [feed for feed in accounts if feed.tone == "critical"]
    if silent:
        return Feeds("critical", f"{len(silent)} of {len(accounts)} feeds silent", accounts)
    return Feeds("good" if accounts else "low", "Feeds heard" if accounts else "No feeds", accounts)


def _feed(account: Account, now: datetime) -> Feed:
    heard_at, allowed = account.last_message_at, account.silent_after_minutes
    if heard_at is None:
        return Feed(str(account), "low", "nothing heard yet", None)
    if allowed is not None and now - heard_at > timedelta(minutes=allowed):
        return Feed(str(account), "critical", "silent, last heard", heard_at)
    return Feed(str(account), "good", "heard", heard_at)
