"""Read a policy document line by line; what is wrong names the line and the fix (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from difflib import get_close_matches
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import TextChoices

from exceptions_queue.policy.situation import Severity

Choice = TypeVar("Choice", bound=TextChoices)
Number = TypeVar("Number", int, float)

_MOST: Final = {"days": 3650, "hours": 10_000, "times": 100}
"""The most that is meant of each unit; beyond it clocks leave the calendar."""
_MOST_OF_OTHERS: Final = 1_000_000_000


class PolicyError(ValueError):
    """A line of a policy document that cannot be used, with its path and how to write it."""

    def __init__(self, path: str, problem: str, fix: str) -> None:
        self.path, self.problem, self.fix = path, problem, fix
        super().__init__(f"{path}: {problem}; {fix}")


@dataclass(frozen=True, slots=True)
class Line:
    """One place in a document: where it is and what stands there."""

    path: str
    value: Any

    def error(self, problem: str, fix: str) -> PolicyError:
        """Return the error that blames this line."""
        return PolicyError(self.path, problem, fix)

    def fields(self, required: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, Line]:
        """Return the named lines below this one; a missing or unknown name raises PolicyError."""
        lines = dict(self.entries())
        for name in required:
            if name not in lines:
                raise self.error(f"'{name}' is missing", f"add a line '{name}'")
        known = [*required, *optional]
        for name, line in lines.items():
            if name not in known:
                raise line.error(f"'{name}' is not known here", _did_you_mean(name, known))
        return lines

    def entries(self) -> Iterator[tuple[str, Line]]:
        """Yield the lines below this one with their names."""
        if not isinstance(self.value, dict):
            raise self.error(f"{_show(self.value)} is not a table", "write names with their values")
        for name, value in self.value.items():
            yield str(name), Line(f"{self.path}.{name}" if self.path else str(name), value)

    def rows(self) -> list[Line]:
        """Return the lines of a list, numbered from 1 in their paths."""
        if not isinstance(self.value, list | tuple):
            raise self.error(f"{_show(self.value)} is not a list", "write a list")
        return [Line(f"{self.path}[{number}]", value) for number, value in enumerate(self.value, 1)]

    def whole(self, unit: str, least: int = 0) -> int:
        """Return a whole number of `unit`, at least `least`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.error(f"{_show(self.value)} is not a {_kind(self.value)}number", f"write whole {unit} such as 3")
        if self.value < least:
            raise self.error(f"{self.value} is too small", f"write {least} {unit} or more")
        return self._bounded(self.value, unit)

    def number(self, unit: str, above: float | None = 0) -> float:
        """Return a number of `unit` greater than `above`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error(f"{_show(self.value)} is not a number", f"write a number of {unit} such as 8")
        if above is not None and self.value <= above:
            raise self.error(f"{self.value} is too small", f"write more than {above:g} {unit}")
        return self._bounded(self.value, unit)

    def _bounded(self, value: Number, unit: str) -> Number:
        most = _MOST.get(unit.rpartition(" ")[2], _MOST_OF_OTHERS)
        if not value <= most:
            raise self.error(f"{value} is too large", f"write {most} {unit} or less")
        return value

    def text(self) -> str:
        """Return a text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.error(f"{_show(self.value)} is not a text", "write some words")
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.error(f"{_show(self.value)} is neither true nor false", "write true or false")
        return self.value

    def choice(self, choices: type[Choice]) -> Choice:
        """Return one of the values of an enumeration."""
        return choices(self.one_of(list(choices.values)))

    def one_of(self, names: Collection[str]) -> str:
        """Return the text, which must be one of the names."""
        if self.value not in names:
            raise self.error(f"{_show(self.value)} is not known here", _did_you_mean(self.value, names))
        return str(self.value)

    def severity(self) -> Severity:
        """Return a severity, written as its name in small letters."""
        return Severity[self.one_of([severity.name.lower() for severity in Severity]).upper()]

    def day(self) -> date:
        """Return a calendar date."""
        try:
            return date.fromisoformat(self.value)
        except (TypeError, ValueError):
            raise self.error(f"{_show(self.value)} is not a date", "write it as 2026-12-25") from None

    def zone(self) -> tzinfo:
        """Return a time zone by its name; UTC itself where that is the name."""
        try:
            return UTC if self.value == "UTC" else ZoneInfo(self.text())
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.error(f"{_show(self.value)} is not a time zone", "write one such as America/New_York") from None


def _show(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else "nothing" if value is None else str(value)


def _kind(value: Any) -> str:
    return "whole " if isinstance(value, float) else ""


def _did_you_mean(name: Any, known: Collection[str]) -> str:
    close = get_close_matches(str(name), list(known), n=1)
    return f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(sorted(set(known)))}"
