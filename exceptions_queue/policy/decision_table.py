"""The decision table's part of a policy: what is usually right for a problem in its circumstances (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import CaseView, DecisionKind, Role, allowed_decisions

ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the table asks of a case; `value` is in the policy's own currency, `tier` in small letters.

    `days_late` counts whole days of 24 hours since the promise ended; None where it has not, or nothing was promised.
    """

    finding: FindingKind
    compensated: bool = False
    value: Decimal | None = None
    days_late: int | None = None
    tier: str = ""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One line: for this finding (None: any), where all that is named holds, this is usually right."""

    finding: FindingKind | None
    suggest: DecisionKind
    because: str
    compensated: bool | None = None
    value_from: int | None = None
    value_below: int | None = None
    days_late: int | None = None
    tiers: frozenset[str] = frozenset()

    def holds(self, case: Circumstances) -> bool:
        """Say whether the line speaks of this case."""
        if self.finding is not None and self.finding is not case.finding:
            return False
        if self.compensated is not None and self.compensated is not case.compensated:
            return False
        if self.value_from is not None and (case.value is None or case.value < self.value_from):
            return False
        if self.value_below is not None and (case.value is None or case.value >= self.value_below):
            return False
        if self.days_late is not None and (case.days_late is None or case.days_late < self.days_late):
            return False
        return not self.tiers or case.tier in self.tiers


class Suggestion(NamedTuple):
    """What is usually right, why, and which line of the table (from 1) says so."""

    kind: DecisionKind
    sentence: str
    line: int


def suggested_decision(
    table: Iterable[DecisionLine], circumstances: Circumstances, case: CaseView, roles: Collection[Role]
) -> Suggestion | None:
    """Return the first line that speaks of the case and that this person may decide, or None.

    A second compensation of an order is never suggested.
    """
    free = {each.kind for each in allowed_decisions(case, roles) if not each.needs_reason}
    for number, line in enumerate(table, 1):
        if line.suggest in free and line.holds(circumstances):
            return Suggestion(line.suggest, line.because, number)
    return None


_WHEN: Final = ("compensated", "value_from", "value_below", "days_late", "tiers")


def parse_decisions(line: Line) -> tuple[DecisionLine, ...]:
    """Return the lines in the order in which they are tried. Raises: PolicyError."""
    return tuple(_parse_line(row) for row in line.rows())


def _parse_line(row: Line) -> DecisionLine:
    lines = row.fields(("finding", "suggest", "because"), ("when",))
    when = lines["when"].fields((), _WHEN) if "when" in lines else {}
    start = when["value_from"].whole("units") if "value_from" in when else None
    end = when["value_below"].whole("units", 1) if "value_below" in when else None
    if start is not None and end is not None and end <= start:
        raise when["value_below"].error("no value is both", f"write more than {start}")
    return DecisionLine(
        finding=None if lines["finding"].value == ANY else lines["finding"].choice(FindingKind),
        suggest=lines["suggest"].choice(DecisionKind),
        because=lines["because"].text(),
        compensated=when["compensated"].flag() if "compensated" in when else None,
        value_from=start,
        value_below=end,
        days_late=when["days_late"].whole("days") if "days_late" in when else None,
        tiers=frozenset(each.text().lower() for each in when["tiers"].rows()) if "tiers" in when else frozenset(),
    )
