"""The score's part of a policy: how many points each circumstance is worth (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.rules import parse_sources
from exceptions_queue.policy.situation import Severity
from shipments.facts import Channel


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on (days from an instant, or an amount) it is worth `points`, which replace those of lower steps.

    `after` is `at` as days.
    """

    at: int
    points: int
    after: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # An amount of money is no time; its days are never asked for and may not leave what a timedelta holds.
        object.__setattr__(self, "after", timedelta(days=min(self.at, 1_000_000)))


@dataclass(frozen=True, slots=True)
class Each:
    """So many points each, and never more than `most`."""

    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Score:
    """The points a circumstance is worth and the score that is needed; the worst severity is always the first line.

    `severities` says what the worst one counts for, which never falls as it gets worse.
    `tiers` are in small letters. `worth` says what one unit of a currency is worth in `currency`. Steps go up.
    """

    case: int
    watch: int
    severities: Mapping[Severity, int]
    tiers: Mapping[str, int]
    channels: Mapping[str, int]
    currency: str
    worth: Mapping[str, Decimal]
    order_value: tuple[Step, ...]
    promise: tuple[Step, ...]
    event_date: tuple[Step, ...]
    age: tuple[Step, ...]
    contacts: Each
    earlier_cases: Each
    source: Mapping[str, str]


_NAMES: Final = (
    "case", "watch", "severities", "tiers", "channels", "currency", "worth", "order_value", "promise", "event_date",
    "age", "contacts", "earlier_cases",
)  # fmt: skip


def parse_score(line: Line) -> Score:
    """Return the weights. Raises: PolicyError."""
    lines = line.fields(_NAMES, ("source",))
    currency = lines["currency"].text()
    case, watch = lines["case"].whole("points"), lines["watch"].whole("points")
    if watch > case:
        raise lines["watch"].error("it is more than 'case'", "write the same or less")
    return Score(
        case=case,
        watch=watch,
        severities=_parse_severities(lines["severities"]),
        tiers=MappingProxyType({name.lower(): each.whole("points") for name, each in lines["tiers"].entries()}),
        channels=MappingProxyType(
            {Line(each.path, name).choice(Channel): each.whole("points") for name, each in lines["channels"].entries()}
        ),
        currency=currency,
        worth=_parse_worth(lines["worth"], currency),
        order_value=_parse_steps(lines["order_value"], "amount", 0, unit=currency),
        promise=_parse_steps(lines["promise"], "days", -365),
        event_date=_parse_steps(lines["event_date"], "days", -365),
        age=_parse_steps(lines["age"], "days", 0),
        contacts=_parse_each(lines["contacts"]),
        earlier_cases=_parse_each(lines["earlier_cases"]),
        source=parse_sources(lines["source"]) if "source" in lines else MappingProxyType({}),
    )


def _parse_severities(line: Line) -> Mapping[Severity, int]:
    """Return the points of every severity; a worse one may never count for less."""
    names = {severity.name.lower(): severity for severity in Severity}
    lines, least = line.fields(tuple(names)), 0
    points: dict[Severity, int] = {}
    for name, severity in names.items():
        points[severity] = least = lines[name].whole("points", least)
    return MappingProxyType(points)


def _parse_worth(line: Line, currency: str) -> Mapping[str, Decimal]:
    worth = {name.upper(): Decimal(str(each.number("units"))) for name, each in line.entries()}
    return MappingProxyType({**worth, currency: Decimal(1)})


def _parse_steps(line: Line, name: str, least: int, unit: str = "days") -> tuple[Step, ...]:
    """Return rising steps; the score may never fall because time goes by."""
    steps: list[Step] = []
    points = 0
    for row in line.rows():
        lines = row.fields((name, "points"))
        if steps and lines[name].value == steps[-1].at:
            raise lines[name].error(f"there is a step of {steps[-1].at} already", "change that one, or write another")
        step = Step(lines[name].whole(unit, least), lines["points"].whole("points", points))
        steps.append(step)
        least, points = step.at + 1, step.points
    return tuple(steps)


def _parse_each(line: Line) -> Each:
    lines = line.fields(("each", "most"))
    return Each(lines["each"].whole("points"), lines["most"].whole("points"))
