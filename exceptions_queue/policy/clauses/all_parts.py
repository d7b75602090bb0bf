"""The parts of a policy in the order in which people read them (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.clauses.answers import answer_adders, answer_clauses
from exceptions_queue.policy.clauses.clocks import clock_adders, clock_clauses
from exceptions_queue.policy.clauses.money import money_adders, money_clauses
from exceptions_queue.policy.clauses.parts import Clause
from exceptions_queue.policy.clauses.reach import reach_clauses
from exceptions_queue.policy.clauses.rules import rule_adders, rule_clauses
from exceptions_queue.policy.clauses.score import score_adders, score_clauses


def _nothing(data: dict[str, Any]) -> Iterator[Clause]:
    yield from ()


class Part(NamedTuple):
    """One part: what it is called, what it says, its clauses and what can be added."""

    slug: str
    title: str
    says: str
    clauses: Callable[[dict[str, Any]], Iterable[Clause]]
    adders: Callable[[dict[str, Any]], Iterable[Clause]] = _nothing


PARTS: Final = (
    Part("rules", "What opens a case", "One sentence a problem; exceptions are tried first, from the top.",
         rule_clauses, rule_adders),
    Part("score", "How urgent it is", "Points add up: circumstances lift a problem, and time.",
         score_clauses, score_adders),
    Part("answers", "What follows", "The first line that fits is suggested; what customers hear; which states matter.",
         answer_clauses, answer_adders),
    Part("money", "Limits and claims", "Who decides how much alone, and when a carrier takes a claim.",
         money_clauses, money_adders),
    Part("clocks", "Calendars and services", "When carriers move parcels, when teams work, how a service is told.",
         clock_clauses, clock_adders),
    Part("reach", "Scope and workload", "Where cases are opened, and how much work one is.", reach_clauses),
)  # fmt: skip
PART_SLUGS: Final = {part.slug: part for part in PARTS}


def clauses_of(data: dict[str, Any], slug: str) -> list[Clause]:
    """Return the clauses of one part of a normal document, in its order."""
    return list(PART_SLUGS[slug].clauses(data))


def adders_of(data: dict[str, Any], slug: str) -> list[Clause]:
    """Return what can be added to one part."""
    return list(PART_SLUGS[slug].adders(data))


def clause_of(data: dict[str, Any], slug: str, key: str) -> Clause | None:
    """Return a clause or an adder by its key, or None where it is gone."""
    found = (each for each in (*clauses_of(data, slug), *adders_of(data, slug)) if each.key == key)
    return next(found, None)
