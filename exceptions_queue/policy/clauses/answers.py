"""The clauses about what follows: decisions, what a customer hears, which states matter, incidents (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from exceptions_queue.policy.clauses.parts import (
    Clause,
    Empty,
    Field,
    FieldKind,
    Path,
    at,
    choices,
    lowered,
    mark_of,
    numbered,
)
from exceptions_queue.policy.decision_table import ANY
from exceptions_queue.policy.messages import MessageKind
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import StateClass
from exceptions_queue.transitions import DecisionKind
from shipments.facts import State

_CLASS_WORDS: Final = {
    StateClass.INFORMATIONAL.value: "for the record",
    StateClass.CUSTOMER_FACING.value: "worth telling the customer",
    StateClass.EXCEPTION.value: "something for us",
}
_WHETHER: Final = (("yes", "was"), ("no", "was not"))
_HELD: Final = (("yes", "is held"), ("no", "is not held"))
_HOLD_FLAGS: Final = (
    ("open_conversation", "While a conversation about it is open, a message ", "; "),
    ("claimed_case", "while somebody works on the case or has a message about it to read, a message ", "."),
)
_HOLD_FIGURES: Final = (
    ("answered_hours", "hours after an agent answered", " It is held for ", " hours after an agent answered, for "),
    ("message_hours", "hours after another message", "", " hours after another message, and for good when its news "),
    ("news_days", "days after which news is too old to send", "is more than ", " days old; 0 never holds."),
)


def answer_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the decision table line by line, the messages, the classes of states, and when cases are one incident."""
    rows = data["decisions"]
    keys = numbered(_key(row) for row in rows)
    for number, (key, row) in enumerate(zip(keys, rows, strict=True)):
        yield _line(data, key, row, ("decisions", number))
    yield from _messages(data["messages"])
    yield _states(data["states"])
    if "incidents" in data:
        yield _incidents(data["incidents"])


def answer_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield a line of the decision table to be added, and incidents where the policy offers none."""
    rows = data["decisions"]
    clause = _line(data, "decision:new", {}, ("decisions", len(rows)))
    yield Clause(clause.key, "Another line", clause.path, clause.parts, is_new=True, was=mark_of(rows))
    if "incidents" not in data:
        clause = _incidents({})
        yield Clause("incidents:new", clause.title, clause.path, clause.parts, is_new=True, was=clause.was)


def _line(data: dict[str, Any], key: str, row: dict[str, Any], path: Path) -> Clause:
    when, currency = row.get("when", {}), data["score"]["currency"]
    findings = choices(lowered(FindingKind.choices), (ANY, "any problem"), now=row.get("finding"))
    decisions, place = choices(lowered(DecisionKind.choices)), (*path, "when")
    parts = (
        "For ",
        Field((*path, "finding"), FieldKind.CHOICE, "problem", row.get("finding"), findings),
        _whether((*place, "compensated"), when.get("compensated")),
        _only((*place, "value_from"), "value from", when, ", worth ", f" {currency} or more"),
        _only((*place, "value_below"), "value below", when, ", worth less than ", f" {currency}"),
        _only((*place, "days_late"), "days late", when, ", late by ", " days or more"),
        Field(
            (*place, "tiers"), FieldKind.LIST, "customer tiers", when.get("tiers"), empty=Empty.DROPS,
            before=", for customers of ",
        ),
        ", suggest ",
        Field((*path, "suggest"), FieldKind.CHOICE, "decision", row.get("suggest"), decisions),
        ": ",
        Field((*path, "because"), FieldKind.LONG, "why", row.get("because")),
    )  # fmt: skip
    finding = row.get("finding", "")
    title = f"Usual decision for {dict(findings).get(finding, finding).lower()}"
    return Clause(key, title, path, parts, row=True, ordered=True, was=mark_of(row))


def _key(row: dict[str, Any]) -> str:
    when = row.get("when")
    return f"decision:{row['finding']}:{mark_of(when)}" if when else f"decision:{row['finding']}"


def _only(path: Path, label: str, when: dict[str, Any], before: str, after: str) -> Field:
    value = when.get(str(path[-1]))
    return Field(path, FieldKind.WHOLE, label, value, empty=Empty.DROPS, before=before, after=after)


def _whether(path: Path, value: Any) -> Field:
    return Field(
        path, FieldKind.FLAG, "compensated before", value, (("", "either way"), *_WHETHER), Empty.DROPS,
        before=", where the order ", after=" compensated before",
    )  # fmt: skip


def _messages(messages: dict[str, Any]) -> Iterator[Clause]:
    path: Path = ("messages",)
    by_class = _list_of((*path, "states"), _CLASS_WORDS.items(), messages["states"])
    yield Clause(
        "messages:states", "Messages about states", (*path, "states"),
        ("What a customer hears of a state that is ", *by_class, "."), str(at(messages, ("source", "states")) or ""),
        was=mark_of(messages["states"]),
    )  # fmt: skip
    by_finding = _list_of((*path, "findings"), lowered(FindingKind.choices), messages["findings"], missing="none")
    yield Clause(
        "messages:findings", "Messages about problems", (*path, "findings"),
        ("What a customer hears of ", *by_finding, "."), str(at(messages, ("source", "findings")) or ""),
        was=mark_of(messages["findings"]),
    )  # fmt: skip
    parts: list[str | Field] = []
    hold = messages["hold"]
    for name, before, after in _HOLD_FLAGS:
        says = f"{before[:1].lower()}{before[1:]}"
        label = says.removesuffix(", a message ")
        place = (*path, "hold", name)
        parts += [before, Field(place, FieldKind.FLAG, label, hold[name], _HELD, tells=f"{says}{{}}"), after]
    for name, label, before, after in _HOLD_FIGURES:
        parts += [before, Field((*path, "hold", name), FieldKind.WHOLE, label, hold[name]), after]
    yield Clause(
        "messages:hold", "Messages held back", (*path, "hold"), tuple(parts),
        str(at(messages, ("source", "news_days")) or ""), was=mark_of(messages["hold"]),
    )  # fmt: skip


def _list_of(path: Path, named: Any, values: dict[str, Any], missing: Any = None) -> Iterator[str | Field]:
    for number, (name, label) in enumerate(named):
        yield f"{'; ' if number else ''}{label}: "
        value = values.get(name, missing)
        yield Field(
            (*path, name), FieldKind.CHOICE, str(label), value, choices(lowered(MessageKind.choices), now=value),
            tells=f"of “{label}” a customer hears {{}}",
        )  # fmt: skip


def _states(states: dict[str, Any]) -> Clause:
    parts: list[str | Field] = ["A parcel that is "]
    for number, state in enumerate(State):
        parts.append(f"{'; ' if number else ''}{str(state.label).lower()} is ")
        pairs = choices(_CLASS_WORDS.items())
        label = str(state.label)
        says = f"“{label.lower()}” is {{}}"
        parts.append(Field(("states", state.value), FieldKind.CHOICE, label, states[state.value], pairs, tells=says))
    return Clause("states", "Classes of states", ("states",), (*parts, "."), was=mark_of(states))


def _incidents(rule: dict[str, Any]) -> Clause:
    path: Path = ("incidents",)
    source = " ".join(str(each) for each in rule.get("source", {}).values())
    parts = (
        "Cases of one carrier, one place and one trouble are offered as one incident from ",
        Field((*path, "least_cases"), FieldKind.WHOLE, "cases of an incident", rule.get("least_cases")),
        " cases within ",
        Field((*path, "within_hours"), FieldKind.WHOLE, "hours of an incident", rule.get("within_hours")),
        " hours.",
    )
    return Clause("incidents", "Mass incidents", path, parts, source, row=True, was=mark_of(rule))
