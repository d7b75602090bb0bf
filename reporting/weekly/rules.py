"""What each rule did lately, and whether to tighten it, to loosen it, or to let it be (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import TextChoices

from exceptions_queue.policy.rules import FIGURES
from exceptions_queue.policy.situation import FindingKind

WEEKS: Final = 4
"""Over how many weeks shares are taken: one week has too few answers. Source: our own default."""
DEAD_AFTER: Final = timedelta(days=30)
"""When a rule that does not fire counts as dead. Source: our own default, as on the policy's own page."""
SMALL_SAMPLE: Final = 10
"""Below so many cases a share is marked: one case more moves it by ten points."""

_ENOUGH_ANSWERS: Final = 5
_ENOUGH_CASES: Final = 10
_SELDOM_WORTH: Final = 0.5
_ALWAYS_WORTH: Final = 0.9
_MOSTLY_HEALS: Final = 0.6
_OFTEN_LATE: Final = 0.2
_SURGE: Final = 2
"""When a rule stands out. Source: our own defaults; no public figure for such shares was found."""


_ASKED_FOR: Final = frozenset({FindingKind.DELIVERED_NOT_RECEIVED})
"""Trouble that only the customer can tell: they always ask first, and it heals when they say no more."""


_LEVERS: Final[Mapping[FindingKind, str]] = MappingProxyType(
    {
        FindingKind.INVALID_TRACKING_NUMBER: "look where these numbers come from, and correct them there",
        FindingKind.UNKNOWN_STATUS: "give the carriers' codes a meaning",
        FindingKind.DELIVERED_NOT_RECEIVED: "give it less weight in the score",
        FindingKind.SOURCE_DISAGREEMENT: "look which source is behind, and correct it there",
        **dict.fromkeys((kind for kind, figures in FIGURES.items() if not figures), "give it less weight in the score"),
    }
)
"""What helps against needless cases of a rule where waiting does not."""


class Advice(TextChoices):
    """What a rule that stands out asks for."""

    TIGHTEN = "tighten", "Tighten"
    LOOSEN = "loosen", "Loosen"
    LOOK = "look", "Look into"


@dataclass(frozen=True, slots=True)
class Fired:
    """What one rule did: `hits` in the week and `hits_before` in the one before, the rest in the last four weeks.

    `answered` cases have an opinion, of which `worth` say yes. Of the `closed`, `healed` did so without a decision. Of
    the `linked` to an order, in `asked_first` the customer asked before the case was open. `last_at` is ever before,
    and `fires_later` says whether it fired after the week.
    """

    kind: FindingKind
    is_on: bool = True
    hits: int = 0
    hits_before: int = 0
    cases: int = 0
    answered: int = 0
    worth: int = 0
    closed: int = 0
    healed: int = 0
    linked: int = 0
    asked_first: int = 0
    last_at: datetime | None = None
    fires_later: bool = False

    @property
    def never(self) -> str:
        """Say of a rule without a `last_at` that it did not fire."""
        return "not before this week's end" if self.fires_later else "never"

    @property
    def few_answers(self) -> bool:
        return 0 < self.answered < SMALL_SAMPLE

    @property
    def few_closed(self) -> bool:
        return 0 < self.closed < SMALL_SAMPLE


class Suggestion(NamedTuple):
    """What to do with a rule, in one sentence."""

    kind: FindingKind
    advice: Advice
    sentence: str


def suggestion(fired: Fired) -> Suggestion | None:
    """Return what stands out about a rule, the strongest reason first; None where nothing does."""
    for advice, holds, says in _REASONS:
        if fired.is_on and holds(fired):
            return Suggestion(fired.kind, advice, says(fired))
    return None


def suggestions(rules: Iterable[Fired]) -> list[Suggestion]:
    """Return what stands out, what costs most work first."""
    ordered = sorted(rules, key=lambda fired: -fired.cases)
    return [found for fired in ordered if (found := suggestion(fired))]


def dead(rules: Sequence[Fired], now: datetime) -> list[Fired]:
    """Return the rules that are on and did not fire for a month, those that never fired first."""
    silent = [fired for fired in rules if fired.is_on and (not fired.last_at or fired.last_at < now - DEAD_AFTER)]
    return sorted(silent, key=lambda fired: (fired.last_at is not None, fired.last_at or now))


def _seldom_worth(fired: Fired) -> bool:
    return fired.answered >= _ENOUGH_ANSWERS and fired.worth < _SELDOM_WORTH * fired.answered


def _mostly_heals(fired: Fired) -> bool:
    if fired.kind in _ASKED_FOR:
        return False
    return fired.closed >= _ENOUGH_CASES and fired.healed >= _MOSTLY_HEALS * fired.closed


def _finds_late(fired: Fired) -> bool:
    if fired.kind in _ASKED_FOR:
        return False
    is_good = fired.answered >= _ENOUGH_ANSWERS and fired.worth >= _ALWAYS_WORTH * fired.answered
    return is_good and fired.linked >= _ENOUGH_ANSWERS and fired.asked_first >= _OFTEN_LATE * fired.linked


def _surges(fired: Fired) -> bool:
    return fired.hits >= _ENOUGH_CASES and fired.hits >= _SURGE * max(fired.hits_before, 1)


def _falls(fired: Fired) -> bool:
    return fired.hits_before >= _ENOUGH_CASES and _SURGE * max(fired.hits, 1) <= fired.hits_before


_REASONS: Final[Sequence[tuple[Advice, Callable[[Fired], bool], Callable[[Fired], str]]]] = (
    (
        Advice.TIGHTEN,
        _seldom_worth,
        lambda fired: (
            f"Only {fired.worth} of {fired.answered} were worth a case: "
            f"{_LEVERS.get(fired.kind, 'make it wait longer, or ask for more')}."
        ),
    ),
    (
        Advice.TIGHTEN,
        _mostly_heals,
        lambda fired: (
            f"{fired.healed} of {fired.closed} healed by themselves: "
            f"{_LEVERS.get(fired.kind, 'make it wait longer before it opens a case')}."
        ),
    ),
    (
        Advice.LOOSEN,
        _finds_late,
        lambda fired: (
            f"{fired.worth} of {fired.answered} were worth a case, yet in {fired.asked_first} of {fired.linked} the "
            "customer asked first: let it open sooner."
        ),
    ),
    (
        Advice.LOOK,
        _surges,
        lambda fired: f"{fired.hits} cases, {fired.hits_before} the week before: one cause behind them is an incident.",
    ),
    (
        Advice.LOOK,
        _falls,
        lambda fired: f"{fired.hits} cases, {fired.hits_before} the week before: does its feed still tell us of them?",
    ),
)
"""Why a rule stands out, the strongest reason first."""
