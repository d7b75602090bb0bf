"""The clauses of the detectors: one sentence each, and one for every exception from it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from exceptions_queue.policy.clauses.normal import normal
from exceptions_queue.policy.clauses.parts import (
    Clause,
    Empty,
    Field,
    FieldKind,
    Path,
    choices,
    lowered,
    mark_of,
    numbered,
)
from exceptions_queue.policy.rules import FIGURES, RAISED
from exceptions_queue.policy.sentences import condition
from exceptions_queue.policy.shipped import DEFAULT_POLICY
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team
from exceptions_queue.policy.words import carrier_name, known_carriers

SEVERITIES = tuple((severity.name.lower(), severity.label) for severity in Severity)
_AS_OTHERS = "as for every other parcel"
_ACTIONS = tuple(
    (action.value, action.label)
    for action in NextAction
    if action not in {NextAction.APPROVE, NextAction.CONFIRM_RECOVERED}
)
"""What a rule may ask for; the rest the console asks for by itself."""
_FIGURE = re.compile("\x00([a-z_]+)\x00")


def rule_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the sentence of every detector followed by its exceptions, in the findings' own order."""
    for kind in FindingKind:
        rule = data["detectors"].get(kind.value)
        if rule is None or kind not in FIGURES:
            continue
        path: Path = ("detectors", kind.value)
        yield Clause(
            key=kind.value,
            title=kind.label,
            path=path,
            parts=_sentence(kind, rule, path),
            source=" ".join(str(each) for each in rule.get("source", {}).values()),
            switch=(*path, "on"),
            is_on=bool(rule["on"]),
            was=mark_of({name: value for name, value in rule.items() if name != "exceptions"}),
        )
        yield from _exceptions(data, kind, rule, (*path, "exceptions"))


def rule_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield an empty exception for every detector with figures."""
    for kind, figures in FIGURES.items():
        rule = data["detectors"].get(kind.value)
        if rule is not None and figures:
            rows = rule.get("exceptions", [])
            path: Path = ("detectors", kind.value, "exceptions", len(rows))
            yield Clause(
                key=f"{kind.value}:new",
                title=f"{kind.label}: an exception",
                path=path,
                parts=_exception(data, kind, {}, path),
                under=kind.value,
                is_new=True,
                was=mark_of(rows),
            )


def missing_detectors(data: dict[str, Any]) -> list[FindingKind]:
    """Return the findings that this document does not look for and that Waypost can."""
    return [
        kind for kind in FIGURES if kind.value not in data["detectors"] and kind.value in DEFAULT_POLICY["detectors"]
    ]


def with_detector(data: dict[str, Any], kind: FindingKind) -> dict[str, Any]:
    """Return the document looking for a finding as Waypost ships it. Raises: KeyError, where Waypost does not."""
    shipped = normal(DEFAULT_POLICY)["detectors"][kind.value]
    return {**data, "detectors": {**data["detectors"], kind.value: data["detectors"].get(kind.value, shipped)}}


def _sentence(kind: FindingKind, rule: dict[str, Any], path: Path) -> tuple[str | Field, ...]:
    parts: list[str | Field] = [
        f"Open “{kind.label.lower()}” for ",
        _choice(path, "team", "team", rule, lowered(Team.choices)),
        " when ",
    ]
    said = condition(kind, lambda name: f"\x00{name}\x00")
    for number, piece in enumerate(_FIGURE.split(said)):
        parts.append(_written(kind, rule, piece, path) if number % 2 else piece)
    parts += [". ", _choice(path, "severity", "severity", rule, SEVERITIES), " severity"]
    if kind in RAISED:
        raised = _choice(path, "raised", "severity when worse", rule, lowered(SEVERITIES), Empty.DROPS)
        parts += [replace(raised, before=", ", after=" when worse")]
    parts += [*_steps(rule, path), ". "]
    parts += [_choice(path, "next_action", "next action", rule, _ACTIONS), " within "]
    hours = Field((*path, "allowed_hours"), FieldKind.NUMBER, "working hours allowed", rule.get("allowed_hours"))
    return (*parts, hours, " working hours.")


def _steps(rule: dict[str, Any], path: Path) -> Iterator[Field]:
    """Yield when it gets worse by itself; one more pair is there to be filled."""
    steps = rule.get("steps", [])
    for number in range(len(steps) + 1):
        step = steps[number] if number < len(steps) else {}
        row: Path = (*path, "steps", number)
        yield Field(
            (*row, "after_days"),
            FieldKind.WHOLE,
            f"days after which it gets worse ({number + 1})",
            step.get("after_days"),
            empty=Empty.DROPS,
            stands_for=row,
            before=", after ",
            after=" days ",
        )
        yield Field(
            (*row, "severity"),
            FieldKind.CHOICE,
            f"severity then ({number + 1})",
            step.get("severity"),
            choices(lowered(SEVERITIES if step else SEVERITIES[::-1])),
            Empty.DROPS,
            row,
        )


def _exceptions(data: dict[str, Any], kind: FindingKind, rule: dict[str, Any], path: Path) -> Iterator[Clause]:
    rows = rule.get("exceptions", [])
    keys = numbered(f"{kind.value}:{row.get('carrier', '')}:{row.get('service', '')}" for row in rows)
    for number, (key, row) in enumerate(zip(keys, rows, strict=True)):
        yield Clause(
            key=key,
            title=f"{kind.label}, {_whom(row)}",
            path=(*path, number),
            parts=_exception(data, kind, row, (*path, number)),
            under=kind.value,
            row=True,
            ordered=len(rows) > 1,
            was=mark_of(row),
        )


def _exception(data: dict[str, Any], kind: FindingKind, row: dict[str, Any], path: Path) -> tuple[str | Field, ...]:
    carriers = choices(
        ((each, carrier_name(each)) for each in known_carriers()), ("", "any carrier"), now=row.get("carrier")
    )
    classes = dict.fromkeys(each["class"] for each in data["services"])
    services = choices(((each, each) for each in classes), ("", "any"), now=row.get("service"))
    parts: list[str | Field] = [
        "For ",
        Field((*path, "carrier"), FieldKind.CHOICE, "carrier", row.get("carrier"), carriers, Empty.DROPS, after=" "),
        Field((*path, "service"), FieldKind.CHOICE, "service", row.get("service"), services, Empty.DROPS, after=" "),
        "parcels: ",
    ]
    for name in FIGURES[kind]:
        field = _figure(kind, name, row.get(name), (*path, name))
        parts.append(replace(field, after=f" {field.label}; ", empty=Empty.DROPS, nothing=_AS_OTHERS))
    return tuple(parts)


def _written(kind: FindingKind, rule: dict[str, Any], name: str, path: Path) -> Field:
    """Return the field of a rule's own figure, with what counts where the document leaves it unwritten."""
    return _figure(kind, name, rule.get(name, FIGURES[kind][name].unwritten), (*path, name))


def _figure(kind: FindingKind, name: str, value: Any, path: Path) -> Field:
    figure = FIGURES[kind][name]
    return Field(path, FieldKind.WHOLE, figure.says, value)


def _choice(path: Path, name: str, label: str, rule: dict[str, Any], pairs: Any, empty: Empty = Empty.REFUSED) -> Field:
    value = rule.get(name)
    first = (("", "–"),) if empty is Empty.DROPS else ()
    return Field((*path, name), FieldKind.CHOICE, label, value, choices(pairs, *first, now=value), empty)


def _whom(row: dict[str, Any]) -> str:
    carrier, service = row.get("carrier", ""), row.get("service", "")
    return " ".join(filter(None, [carrier and carrier_name(carrier), service]))
