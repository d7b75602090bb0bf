"""What a set of changes does to the code table, and which spellings then mean something else (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from carriers.codes import CodeTable, Row, Spelling
from shipments.facts import Meaning

Told = Mapping[str, Any]
"""A row of the code table without its system and code, as JSON values."""

SAID = ("state", "reason", "physical", "action_required")
"""The part of a row that is its meaning."""


class Change(NamedTuple):
    """One code's row before and after; None where it has no row."""

    system: str
    code: str
    before: Told | None
    after: Told | None

    @property
    def is_real(self) -> bool:
        """Say whether the meaning differs at all."""
        return said(self.before) != said(self.after)


class Turn(NamedTuple):
    """What becomes of one spelling: which row answers it then, and what it means now and then (None: unmapped)."""

    spelling: Spelling
    answered_by: str
    now: Meaning | None
    then: Meaning | None

    @property
    def rewrites_history(self) -> bool:
        """Say whether events read differently; whether somebody has to act is no part of an event."""
        return _in_events(self.now) != _in_events(self.then)


def said(row: Told | None) -> tuple[Any, ...] | None:
    """Return what a row means, None where there is no row."""
    return None if row is None else tuple(row[name] for name in SAID)


def inverse(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that take these back."""
    return [Change(each.system, each.code, each.after, each.before) for each in changes]


def changed(rows: Iterable[Row], changes: Iterable[Change]) -> CodeTable:
    """Return the table as it stands after the changes."""
    told = {(row[0], row[1]): row for row in rows}
    for system, code, _, after in changes:
        told.pop((system, code), None)
        if after is not None:
            told[system, code] = (
                system,
                code,
                after["state"],
                after["reason"],
                after["physical"],
                after["action_required"],
            )
    return CodeTable(told.values())


def turns(spellings: Iterable[Spelling], now: CodeTable, then: CodeTable) -> list[Turn]:
    """Return the spellings that another row answers, or that mean something else, in the order given."""
    found = []
    for spelling in spellings:
        old, new = now.answer(spelling.system, spelling.keys), then.answer(spelling.system, spelling.keys)
        if old != new:
            found.append(
                Turn(spelling, new.code if new else "", old.meaning if old else None, new.meaning if new else None)
            )
    return found


def _in_events(meaning: Meaning | None) -> tuple[Any, ...] | None:
    return None if meaning is None else (meaning.state, meaning.reason, meaning.physical)
