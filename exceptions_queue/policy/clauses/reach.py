"""The clauses about where the policy is live, what its work costs, and what it is called (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exceptions_queue.policy.clauses.parts import Clause, Field, FieldKind, Path, lowered, mark_of
from exceptions_queue.policy.situation import Team
from exceptions_queue.policy.words import carrier_name, known_carriers


def reach_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the scope, the minutes a case, and the name."""
    yield _scope(data["scope"])
    yield _workload(data["workload"])
    name = Field(("name",), FieldKind.TEXT, "name of this policy", data["name"])
    yield Clause("name", "Name", ("name",), ("This policy is called ", name, "."), was=mark_of(data["name"]))


def _scope(scope: dict[str, Any]) -> Clause:
    path: Path = ("scope",)
    parts = (
        "Cases are opened for these carriers: ",
        _some((*path, "carriers"), "carriers", scope, "such as ups, fedex; empty for all"),
        "; these storefronts: ",
        _some((*path, "storefronts"), "storefronts", scope, "empty for all"),
        "; and these queues: ",
        _some((*path, "teams"), "queues", scope, "such as support, finance; empty for all"),
        ". Everything else is judged and observed, and opens no case.",
    )
    return Clause("scope", "Scope", path, parts, was=mark_of(scope))


def _some(path: Path, label: str, scope: dict[str, Any], hint: str) -> Field:
    value = scope[str(path[-1])]
    carriers = [(each, carrier_name(each)) for each in known_carriers()]
    names = {"carriers": carriers, "teams": lowered(Team.choices)}
    return Field(path, FieldKind.LIST, label, value, hint=hint, names=tuple(names.get(str(path[-1]), ())))


def _workload(workload: dict[str, Any]) -> Clause:
    path: Path = ("workload", "minutes")
    parts: list[str | Field] = ["One case is "]
    for number, team in enumerate(Team):
        label = str(team.label).lower()
        parts.append(", " if number else "")
        parts.append(
            Field((*path, team.value), FieldKind.NUMBER, f"minutes for {label}", workload["minutes"][team.value])
        )
        parts.append(f" minutes of work for {label}")
    source = str(workload.get("source", ""))
    return Clause("workload", "Minutes a case", path, (*parts, "."), source, was=mark_of(workload["minutes"]))
