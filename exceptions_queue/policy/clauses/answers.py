"""The clauses about what follows: the decision table, what a customer hears, and which states matter (pure)."""

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
_HOLD_WORDS: Final = (
    ("open_conversation", FieldKind.FLAG, "A message is held while a conversation about it is open (", ")"),
    ("claimed_case", FieldKind.FLAG, ", while somebody works on the case or has a message about it to read (", ")"),
    ("answered_hours", FieldKind.WHOLE, ", for ", " hours after an agent answered"),
    ("message_hours", FieldKind.WHOLE, ", for ", " hours after another message"),
    ("news_days", FieldKind.WHOLE, ", and for good when its news is more than ", " days old; 0 never holds."),
)


def answer_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the decision table line by line, then the messages, then the classes of states."""
    rows = data["decisions"]
    keys = numbered(_key(row) for row in rows)
    for number, (key, row) in enumerate(zip(keys, rows, strict=True)):
        yield _line(data, key, row, ("decisions", number))
    yield from _messages(data["messages"])
    yield _states(data["states"])


def answer_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield a line of the decision table to be added."""
    rows = data["decisions"]
    clause = _line(data, "decision:new", {}, ("decisions", len(rows)))
    yield Clause(clause.key, "Another line", clause.path, clause.parts, is_new=True, was=mark_of(rows))


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
    for name, kind, before, after in _HOLD_WORDS:
        pairs = (("yes", "yes"), ("no", "no")) if kind is FieldKind.FLAG else ()
        label = f"{before}{after}".strip(" ,().;").removeprefix("A message is held ")
        parts += [before, Field((*path, "hold", name), kind, label, messages["hold"][name], pairs), after]
    yield Clause(
        "messages:hold", "Messages held back", (*path, "hold"), tuple(parts),
        str(at(messages, ("source", "news_days")) or ""), was=mark_of(messages["hold"]),
    )  # fmt: skip


def _list_of(path: Path, named: Any, values: dict[str, Any], missing: Any = None) -> Iterator[str | Field]:
    for number, (name, label) in enumerate(named):
        yield f"{'; ' if number else ''}{label}: "
        value = values.get(name, missing)
        yield Field(
            (*path, name), FieldKind.CHOICE, str(label), value, choices(lowered(MessageKind.choices), now=value)
        )


def _states(states: dict[str, Any]) -> Clause:
    parts: list[str | Field] = ["A parcel that is "]
    for number, state in enumerate(State):
        parts.append(f"{'; ' if number else ''}{str(state.label).lower()} is ")
        pairs = choices(_CLASS_WORDS.items())
        parts.append(Field(("states", state.value), FieldKind.CHOICE, str(state.label), states[state.value], pairs))
    return Clause("states", "Classes of states", ("states",), (*parts, "."), was=mark_of(states))
