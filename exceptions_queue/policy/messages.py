"""The messages' part of a policy: what a customer is told of a state or a finding, and when it is held back (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db.models import TextChoices

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.rules import parse_sources
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import StateClass


class MessageKind(TextChoices):
    """How a customer is told."""

    NONE = "none", "Nothing"
    NORMAL = "normal", "A plain message"
    APOLOGY = "apology", "A message with an apology"
    REVIEWED = "reviewed", "A draft that a person reads first"


class Hold(TextChoices):
    """Why a message is held although its rule would send it."""

    CONVERSATION_OPEN = "conversation_open", "A conversation about it is open"
    AGENT_ANSWERED = "agent_answered_recently", "An agent answered recently"
    HEARD_FROM_US = "heard_from_us_recently", "The customer had a message recently"
    UNDER_REVIEW = "case_under_review", "Somebody looks at the case"
    OLD_NEWS = "old_news", "The news is old"


@dataclass(frozen=True, slots=True)
class Contact:
    """What a customer hears from us anyway, at the moment a message is ready; instants are aware and in UTC.

    A case is under review while somebody works on it, or has a draft about it to read.
    """

    conversation_is_open: bool = False
    answered_at: datetime | None = None
    last_message_at: datetime | None = None
    case_under_review: bool = False
    news_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """When a message is held although its rule would send it; zero hours or days never hold."""

    open_conversation: bool
    claimed_case: bool
    answered_hours: int
    message_hours: int
    news_days: int

    def holds(self, contact: Contact, now: datetime) -> Hold | None:
        """Return why a message is held now; None where it may go."""
        if self.open_conversation and contact.conversation_is_open:
            return Hold.CONVERSATION_OPEN
        if _within(contact.answered_at, timedelta(hours=self.answered_hours), now):
            return Hold.AGENT_ANSWERED
        if _within(contact.last_message_at, timedelta(hours=self.message_hours), now):
            return Hold.HEARD_FROM_US
        if self.claimed_case and contact.case_under_review:
            return Hold.UNDER_REVIEW
        if self.news_days and contact.news_at is not None and now - contact.news_at > timedelta(days=self.news_days):
            return Hold.OLD_NEWS
        return None

    def words(self, hold: Hold) -> str:
        """Return a reason as a sentence with the figure it rests on."""
        return {
            Hold.CONVERSATION_OPEN: "A conversation about it is open.",
            Hold.AGENT_ANSWERED: f"An agent answered in the last {self.answered_hours} hours.",
            Hold.HEARD_FROM_US: f"The customer had a message in the last {self.message_hours} hours.",
            Hold.UNDER_REVIEW: "Somebody is working on the case, or has a message about it to read.",
            Hold.OLD_NEWS: f"The news is more than {self.news_days} days old.",
        }[hold]


@dataclass(frozen=True, slots=True)
class Messages:
    """What a customer is told: by the class of a state, and by finding; a finding not named tells nothing."""

    states: Mapping[StateClass, MessageKind]
    findings: Mapping[FindingKind, MessageKind]
    hold: Suppression
    source: Mapping[str, str]

    def for_finding(self, kind: FindingKind) -> MessageKind:
        """Return what a finding tells the customer."""
        return self.findings.get(kind, MessageKind.NONE)


_HOLD: Final = ("open_conversation", "claimed_case", "answered_hours", "message_hours", "news_days")


def parse_messages(line: Line) -> Messages:
    """Return the rules of messages. Raises: PolicyError."""
    lines = line.fields(("states", "findings", "hold"), ("source",))
    states = lines["states"].fields(StateClass.values)
    return Messages(
        states=MappingProxyType({StateClass(name): each.choice(MessageKind) for name, each in states.items()}),
        findings=MappingProxyType(
            {
                Line(each.path, name).choice(FindingKind): each.choice(MessageKind)
                for name, each in lines["findings"].entries()
            }
        ),
        hold=_parse_hold(lines["hold"]),
        source=parse_sources(lines["source"]) if "source" in lines else MappingProxyType({}),
    )


def _parse_hold(line: Line) -> Suppression:
    lines = line.fields(_HOLD)
    return Suppression(
        open_conversation=lines["open_conversation"].flag(),
        claimed_case=lines["claimed_case"].flag(),
        answered_hours=lines["answered_hours"].whole("hours"),
        message_hours=lines["message_hours"].whole("hours"),
        news_days=lines["news_days"].whole("days"),
    )


def _within(at: datetime | None, span: timedelta, now: datetime) -> bool:
    return at is not None and now - at < span
