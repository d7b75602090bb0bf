"""Write a document's detectors one way: a figure, then its exceptions in the order in which they are tried (pure).

A document may write a figure as a table by class and give carriers tables of their own; both mean exceptions, the most
specific first, after those that are written as exceptions.
"""

from __future__ import annotations

import copy
from typing import Any

from exceptions_queue.policy.rules import FIGURES
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.upgrades import upgraded


def normal(data: Any) -> dict[str, Any]:
    """Return a valid document in today's format with every exception written as one; judging by it is the same."""
    document: dict[str, Any] = copy.deepcopy(upgraded(data))
    classes = list(dict.fromkeys(row["class"] for row in document["services"]))
    for kind, rule in document["detectors"].items():
        rows = [*rule.pop("exceptions", []), *_of_carriers(rule.pop("carriers", {}), classes)]
        rows += _of_classes(rule, list(FIGURES[FindingKind(kind)]), classes)
        if rows:
            rule["exceptions"] = rows
    return document


def _of_carriers(carriers: dict[str, Any], classes: list[str]) -> list[dict[str, Any]]:
    rows = []
    for carrier, figures in sorted(carriers.items()):
        for service in (*classes, "default"):
            named = {"service": service} if service != "default" else {}
            values = {name: _at(value, service) for name, value in figures.items()}
            kept = {name: value for name, value in values.items() if value is not None}
            if kept:
                rows.append({"carrier": carrier, **named, **kept})
    return rows


def _of_classes(rule: dict[str, Any], figures: list[str], classes: list[str]) -> list[dict[str, Any]]:
    tables = {name: rule[name] for name in figures if isinstance(rule.get(name), dict)}
    rows = []
    for service in classes:
        kept = {name: table[service] for name, table in tables.items() if service in table}
        if kept:
            rows.append({"service": service, **kept})
    rule.update({name: table["default"] for name, table in tables.items()})
    return rows


def _at(value: Any, service: str) -> Any:
    """Return what a carrier's figure says of one class; a bare number stands for all of them."""
    if not isinstance(value, dict):
        return value if service == "default" else None
    return value.get(service)
