"""Which cases a review looks at: every kind of finding, then in proportion, the same for the same seed (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple, TypeVar

SIZE: Final = 20
"""How many cases a review draws. Source: the twenty-case review of the rollout plan."""
K = TypeVar("K", bound=tuple[str, ...] | str)


class Candidate(NamedTuple):
    """A case that may be drawn; `outcome` is empty while it is open."""

    case_id: int
    finding: str
    team: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """Cases that are alike in finding, team and outcome: how many there were, and how many of them were drawn."""

    finding: str
    team: str
    outcome: str
    cases: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Draw:
    """The cases in the order in which they are looked at, and what they were drawn from, the largest first."""

    candidates: tuple[Candidate, ...]
    strata: tuple[Stratum, ...]


def draw(candidates: Iterable[Candidate], *, seed: int, size: int = SIZE) -> Draw:
    """Draw up to `size` cases by chance, but so that no kind of finding is missed; fewer where there are fewer.

    The order of the candidates does not matter; the same seed draws the same cases from them.
    """
    cells: dict[tuple[str, str, str], list[Candidate]] = {}
    for each in candidates:
        cells.setdefault((each.finding, each.team, each.outcome), []).append(each)
    findings: Counter[str] = Counter()
    for (finding, _, _), members in cells.items():
        findings[finding] += len(members)
    places: dict[tuple[str, str, str], int] = {}
    for finding, wanted in shared(findings, size).items():
        places |= shared({cell: len(members) for cell, members in cells.items() if cell[0] == finding}, wanted)
    chosen: list[Candidate] = []
    for cell, members in cells.items():
        members.sort(key=lambda each: _lot(seed, each.case_id))
        chosen += members[: places.get(cell, 0)]
    chosen.sort(key=lambda each: _lot(seed, each.case_id))
    strata = [Stratum(*cell, len(members), places.get(cell, 0)) for cell, members in cells.items()]
    strata.sort(key=lambda each: (-findings[each.finding], each.finding, -each.cases, each.team, each.outcome))
    return Draw(tuple(chosen), tuple(strata))


def shared(sizes: Mapping[K, int], places: int) -> dict[K, int]:
    """Share places among groups: one for each while they last, the largest first; the rest in proportion.

    No group gets more places than it has members. Source of the proportion: Sainte-Laguë's method.
    """
    order = sorted(sizes, key=lambda group: (-sizes[group], group))
    given = {group: 1 for group in order[:places] if sizes[group]}
    for _ in range(places - len(given)):
        open_groups = [group for group in order if given.get(group, 0) < sizes[group]]
        if not open_groups:
            break
        first = max(open_groups, key=lambda group: sizes[group] / (2 * given.get(group, 0) + 1))
        given[first] = given.get(first, 0) + 1
    return given


def _lot(seed: int, case_id: int) -> bytes:
    """Return the lot of a case, which only the seed and its id decide."""
    return blake2b(f"{seed}:{case_id}".encode(), digest_size=8).digest()
