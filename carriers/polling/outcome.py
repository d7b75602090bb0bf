"""What came of one call, sorted: news of parcels, numbers refused, and troubles of the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carriers.clients import CarrierRefused
from carriers.clients.http import Answer
from carriers.polling.claim import Errand, Target
from carriers.polling.verdict import judge
from carriers.sources import SOURCES
from carriers.sources.reading import FeedTrouble, Request, Unreadable


@dataclass(frozen=True, slots=True)
class Fetched:
    """One call that has ended, as its thread left it; `ended` orders calls by a clock of the process."""

    errand: Errand
    answers: tuple[Answer, ...]
    problem: Exception | None
    ended: float


@dataclass(frozen=True, slots=True)
class Bad:
    """An answer that cannot be read, kept for people; `about_number` says that only this number was refused."""

    target: Target
    body: bytes
    trouble: FeedTrouble | Unreadable
    about_number: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """One call and what it means; `problem` is what the account is to blame for, None where the carrier works."""

    errand: Errand
    news: tuple[tuple[Target, bytes], ...]
    bad: tuple[Bad, ...]
    problem: Exception | None

    @property
    def is_refusal(self) -> bool:
        """Tell whether only a person can mend it."""
        return isinstance(self.problem, CarrierRefused)


def outcome_of(fetched: Fetched, now: datetime) -> Outcome:
    """Return what a call came to, its answers judged by the source's own adapter."""
    by_number = {answer.number: answer for answer in fetched.answers}
    source = SOURCES.get(fetched.errand.account.source)
    news: list[tuple[Target, bytes]] = []
    bad: list[Bad] = []
    for target in fetched.errand.targets:
        if (answer := by_number.get(target.number)) is None:
            continue
        verdict = judge(source, answer.body, answer.status, Request(target.number, target.carrier, now))
        if verdict.trouble is None:
            news.append((target, answer.body))
        else:
            bad.append(Bad(target, answer.body, verdict.trouble, verdict.about_number))
    feed = [each.trouble for each in bad if not each.about_number]
    problem = fetched.problem or (feed[0] if feed and not news else None)
    return Outcome(fetched.errand, tuple(news), tuple(bad), problem)
