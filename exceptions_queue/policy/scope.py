"""The scope's part of a policy: where its cases are opened, and what a case costs (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.situation import Team


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a case is opened; outside it is only observed. An empty set limits nothing."""

    carriers: frozenset[str] = frozenset()
    storefronts: frozenset[str] = frozenset()
    teams: frozenset[Team] = frozenset()

    @property
    def limited(self) -> bool:
        """Say whether there is anything outside."""
        return bool(self.carriers or self.storefronts or self.teams)

    def holds(self, carrier: str, storefront: str, team: Team) -> bool:
        """Say whether a case of this carrier and storefront, whose headline this team owns, is opened."""
        return (
            (not self.carriers or carrier in self.carriers)
            and (not self.storefronts or storefront in self.storefronts)
            and (not self.teams or team in self.teams)
        )


def parse_scope(line: Line) -> Scope:
    """Return the scope. Raises: PolicyError."""
    lines = line.fields(("carriers", "storefronts", "teams"))
    return Scope(
        carriers=frozenset(each.text() for each in lines["carriers"].rows()),
        storefronts=frozenset(each.text() for each in lines["storefronts"].rows()),
        teams=frozenset(each.choice(Team) for each in lines["teams"].rows()),
    )


def parse_workload(line: Line) -> Mapping[Team, float]:
    """Return how many minutes of work one case is for each team. Raises: PolicyError."""
    minutes = line.fields(("minutes",), ("source",))["minutes"].fields(tuple(Team.values))
    return MappingProxyType({Team(name): each.number("minutes") for name, each in minutes.items()})
