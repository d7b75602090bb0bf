"""What a customer is told at one moment: the news there is, the kind of message it asks for, and what holds it (pure).

Live triage and the backtest ask the same two questions: `news_of` what is new, then `prepared` whether it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.messages import Contact, Hold, MessageKind
from exceptions_queue.policy.situation import FindingKind, Found, Situation
from shipments.facts import Direction, State

_CARE: Final = (MessageKind.NONE, MessageKind.NORMAL, MessageKind.APOLOGY, MessageKind.REVIEWED)
"""The more there is to answer for, the later it stands."""


class News(NamedTuple):
    """One thing a customer may hear of: a state or a problem, how it is told, and since when it is so."""

    about: State | FindingKind
    kind: MessageKind
    since: datetime


class Prepared(NamedTuple):
    """One message that was prepared; `held` says why it does not go, None where it does.

    A reviewed one that is not held waits for a person as a draft.
    """

    at: datetime
    news: News
    held: Hold | None

    @property
    def is_sent(self) -> bool:
        """Say whether it goes out by itself."""
        return self.held is None and self.news.kind is not MessageKind.REVIEWED

    @property
    def is_draft(self) -> bool:
        """Say whether a person reads it first."""
        return self.held is None and self.news.kind is MessageKind.REVIEWED


def news_of(policy: Policy, situation: Situation, before: State, added: Iterable[Found], now: datetime) -> News | None:
    """Return what there is to tell of a parcel whose state was `before` and whose case now has `added` findings.

    One message tells one thing: the problem that takes the most care, of equals the most urgent; else the state the
    parcel is in now, and none that it only passed through. A return's states are no news to who sent it.
    """
    problems = [
        News(each.kind, policy.messages.for_finding(each.kind), datetime.fromisoformat(each.facts["since"]))
        for each in added
    ]
    told = max(problems, key=lambda each: _CARE.index(each.kind), default=None)
    if told is not None and told.kind is not MessageKind.NONE:
        return told
    state = situation.state
    if state is before or state is State.UNKNOWN or situation.direction is not Direction.OUTBOUND:
        return None
    kind = policy.messages.states[policy.states[state]]
    return None if kind is MessageKind.NONE else News(state, kind, situation.state_since or now)


def prepared(policy: Policy, news: News, contact: Contact, now: datetime) -> Prepared:
    """Return the message that tells some news, held where the policy holds it from a customer with that contact."""
    return Prepared(now, news, policy.messages.hold.holds(replace(contact, news_at=news.since), now))


def under_review(policy: Policy, kinds: Iterable[FindingKind]) -> bool:
    """Say whether a case with such findings open has a message that a person reads first."""
    return any(policy.messages.for_finding(each) is MessageKind.REVIEWED for each in kinds)
