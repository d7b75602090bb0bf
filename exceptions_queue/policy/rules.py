"""The detectors' part of a policy: what each may find, its figures, and who then owes what (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team


class Figure(NamedTuple):
    """One figure a detector reads: its unit in words, the least it may be, and what it says.

    `unwritten` counts in a document from before there was such a figure; None where it has to be written.
    """

    unit: str
    least: int
    says: str
    unwritten: int | None = None


FIGURES: Final[Mapping[FindingKind, Mapping[str, Figure]]] = MappingProxyType(
    {
        FindingKind.NO_FIRST_SCAN: {
            "watch_days": Figure("days", 0, "operating days after the label until it is watched"),
            "case_days": Figure("days", 1, "operating days after the label until it is a case"),
        },
        FindingKind.STALLED: {
            "days": Figure("days", 1, "operating days without a physical scan"),
            "customs_days": Figure("days", 1, "operating days without a physical scan while customs hold it"),
            "due_within_days": Figure("days", 0, "days to the promise within which silence counts"),
            "late_percent": Figure("percent", 0, "percent likely to be late from which silence counts", 0),
        },
        FindingKind.PROMISE_AT_RISK: {
            "days_before": Figure("days", 0, "days before the promise"),
            "quiet_days": Figure("days", 0, "operating days without a physical scan that make it a case"),
            "watch_percent": Figure("percent", 1, "percent likely to be late from which it is watched", 100),
            "case_percent": Figure("percent", 1, "percent likely to be late from which it is a case", 100),
            "urgent_percent": Figure(
                "percent", 1, "percent likely to be late from which half the time is allowed", 100
            ),
            "unscanned_percent": Figure(
                "percent", 1, "percent likely to be late from which a parcel never scanned is a case", 100
            ),
            "unscanned_days": Figure("days", 0, "days to the promise within which never scanned counts", 0),
        },
        FindingKind.PROMISE_MISSED: {},
        FindingKind.ATTEMPTED: {
            "again_tries": Figure("tries", 2, "tries that make it worse"),
            "hold_days": Figure("days", 1, "operating days the carrier keeps it after a try"),
            "alarm_days": Figure("days", 0, "operating days before it goes back that make it worse"),
        },
        FindingKind.ADDRESS_ISSUE: {},
        FindingKind.HELD_FOR_PICKUP: {
            "remind_days": Figure("days", 0, "days after which the customer is reminded to collect it"),
            "hold_days": Figure("days", 1, "days the carrier keeps it to be collected"),
            "alarm_days": Figure("days", 0, "days before it goes back that make it worse"),
        },
        FindingKind.CUSTOMS_HOLD: {
            "case_days": Figure("days", 0, "operating days customs may take until it is a case"),
            "worse_days": Figure("days", 1, "operating days with customs that make it worse"),
        },
        FindingKind.DAMAGED: {},
        FindingKind.LOST: {
            "presumed_days": Figure("days", 1, "days without a physical scan after which it is presumed lost"),
        },
        FindingKind.RETURN_TO_SENDER: {},
        FindingKind.DELIVERED_NOT_RECEIVED: {
            "wait_days": Figure("days", 0, "operating days to wait for it to turn up"),
            "no_wait_points": Figure("points", 1, "points of a customer's tier from which nobody waits"),
            "event_days": Figure("days", 0, "days before the event from which nobody waits"),
            "ask_back_days": Figure("days", 0, "operating days to ask back once the conversation has ended", 0),
        },
        FindingKind.INVALID_TRACKING_NUMBER: {
            "grace_hours": Figure("hours", 0, "hours a carrier may take to know a new number"),
        },
        FindingKind.UNKNOWN_STATUS: {
            "case_days": Figure("days", 0, "operating days a code may stay without a meaning"),
        },
        FindingKind.SOURCE_DISAGREEMENT: {
            "hours": Figure("hours", 0, "hours two sources may contradict each other"),
            "behind_hours": Figure("hours", 0, "hours a source may be behind another"),
        },
        FindingKind.RETURN_STALLED: {
            "days": Figure("days", 1, "operating days a return may go without a physical scan"),
            "hand_in_days": Figure("days", 1, "days a customer may take to hand a return in"),
        },
        FindingKind.REFUND_OVERDUE: {
            "days": Figure("days", 0, "operating days a refund may take once the goods are back"),
        },
        FindingKind.LATER_DELIVERED: {},
    }
)
"""The figures each detector reads; a detector appears here and in `detectors.DETECTORS`, or it does not exist."""

RAISED: Final = frozenset(
    {
        FindingKind.NO_FIRST_SCAN,
        FindingKind.PROMISE_AT_RISK,
        FindingKind.ATTEMPTED,
        FindingKind.HELD_FOR_PICKUP,
        FindingKind.CUSTOMS_HOLD,
        FindingKind.DELIVERED_NOT_RECEIVED,
        FindingKind.UNKNOWN_STATUS,
    }
)
"""The findings that know a worse second stage, with a severity of its own."""


Excepted = tuple[str, str, int]
"""One exception: carrier, class ("" is any) and the figure's value there."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One figure by service class, with a carrier's own values where it has them ("" is any class).

    `exceptions` are tried before those, in their order: carrier, class ("" is any), value.
    """

    default: int
    services: Mapping[str, int] = field(default_factory=dict)
    carriers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    exceptions: tuple[Excepted, ...] = ()

    def at(self, carrier: str, service_class: str) -> int:
        """Return the figure for a carrier and a service class: the first exception, else the most specific one."""
        for named, service, value in self.exceptions:
            if named in ("", carrier) and service in ("", service_class):
                return value
        if self.carriers:
            own = self.carriers.get(carrier)
            if own is not None:
                if service_class in own:
                    return own[service_class]
                if "" in own:
                    return own[""]
        return self.services.get(service_class, self.default)


@dataclass(frozen=True, slots=True)
class SeverityStep:
    """From `after_days` days of 24 hours after a finding became true, it is this severe."""

    after_days: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class DetectorRule:
    """What the policy says about one finding.

    `raised` is the severity of its worse stage (`RAISED`), `steps` rise with time. `allowed_hours` are working hours of
    the owner team. `carriers` names those with figures of their own.
    """

    kind: FindingKind
    on: bool
    severity: Severity
    raised: Severity
    steps: tuple[SeverityStep, ...]
    team: Team
    next_action: NextAction
    allowed_hours: float
    figures: Mapping[str, Threshold]
    source: Mapping[str, str]


Own = Mapping[str, Mapping[str, Mapping[str, int]]]
"""A carrier's own figures: carrier -> figure -> class -> value."""

_REQUIRED: Final = ("on", "severity", "team", "next_action", "allowed_hours")
_OPTIONAL: Final = ("raised", "steps", "carriers", "exceptions", "source")


def parse_detectors(line: Line, classes: Collection[str]) -> Mapping[FindingKind, DetectorRule]:
    """Return the detectors by finding, in the findings' own order; one the document leaves out is not looked for.

    Raises: PolicyError.
    """
    rules = {}
    for name, entry in line.entries():
        kind = Line(entry.path, name).choice(FindingKind)
        rules[kind] = _parse_rule(kind, entry, classes)
    return MappingProxyType({kind: rules[kind] for kind in FindingKind if kind in rules})


def _parse_rule(kind: FindingKind, line: Line, classes: Collection[str]) -> DetectorRule:
    figures = FIGURES[kind]
    optional = _OPTIONAL if kind in RAISED else tuple(name for name in _OPTIONAL if name != "raised")
    required = [name for name, figure in figures.items() if figure.unwritten is None]
    lines = line.fields((*_REQUIRED, *required), (*optional, *(name for name in figures if name not in required)))
    severity = lines["severity"].severity()
    raised = lines["raised"].severity() if "raised" in lines else severity
    if raised < severity:
        raise lines["raised"].error("it is milder than 'severity'", "write the same or a worse one")
    own = _parse_carriers(kind, lines["carriers"], classes) if "carriers" in lines else {}
    excepted = _parse_exceptions(kind, lines["exceptions"], classes) if "exceptions" in lines else {}
    return DetectorRule(
        kind=kind,
        on=lines["on"].flag(),
        severity=severity,
        raised=raised,
        steps=_parse_steps(lines["steps"], severity) if "steps" in lines else (),
        team=lines["team"].choice(Team),
        next_action=lines["next_action"].choice(NextAction),
        allowed_hours=lines["allowed_hours"].number("hours"),
        figures=MappingProxyType(
            {name: _threshold(name, lines.get(name), kind, classes, own, excepted.get(name, ())) for name in figures}
        ),
        source=parse_sources(lines["source"]) if "source" in lines else MappingProxyType({}),
    )


def _threshold(
    name: str, line: Line | None, kind: FindingKind, classes: Collection[str], own: Own, excepted: tuple[Excepted, ...]
) -> Threshold:
    figure = FIGURES[kind][name]
    if line is None:
        return Threshold(figure.unwritten or 0)
    by_class = dict(_parse_figure(line, figure, classes))
    default = by_class.pop("", None)
    if default is None:
        raise line.error("'default' is missing", "add a line 'default' for services not named here")
    carriers = {carrier: figures[name] for carrier, figures in own.items() if name in figures}
    return Threshold(default, MappingProxyType(by_class), MappingProxyType(carriers), excepted)


def _parse_exceptions(kind: FindingKind, line: Line, classes: Collection[str]) -> dict[str, tuple[Excepted, ...]]:
    """Return each figure's exceptions in the order in which they are tried."""
    figures = FIGURES[kind]
    excepted: dict[str, tuple[Excepted, ...]] = {}
    for row in line.rows():
        lines = row.fields((), ("carrier", "service", *figures))
        carrier = lines["carrier"].text() if "carrier" in lines else ""
        service = lines["service"].one_of(classes) if "service" in lines else ""
        if not carrier and not service:
            raise row.error("it excepts every parcel", "name a carrier, a service class or both")
        named = [name for name in figures if name in lines]
        if not named:
            raise row.error("it changes no figure", f"write at least one of {', '.join(figures) or 'none'}")
        for name in named:
            value = lines[name].whole(figures[name].unit, figures[name].least)
            excepted[name] = (*excepted.get(name, ()), (carrier, service, value))
    return excepted


def _parse_carriers(kind: FindingKind, line: Line, classes: Collection[str]) -> Own:
    return {
        carrier: {
            name: _parse_figure(figure, FIGURES[kind][name], classes)
            for name, figure in entry.fields((), tuple(FIGURES[kind])).items()
        }
        for carrier, entry in line.entries()
    }


def _parse_figure(line: Line, figure: Figure, classes: Collection[str]) -> Mapping[str, int]:
    """Return class -> value; a bare number, like 'default', counts for every class and stands under ""."""
    if not isinstance(line.value, dict):
        return MappingProxyType({"": line.whole(figure.unit, figure.least)})
    lines = line.fields((), ("default", *classes))
    return MappingProxyType(
        {"" if name == "default" else name: each.whole(figure.unit, figure.least) for name, each in lines.items()}
    )


def _parse_steps(line: Line, severity: Severity) -> tuple[SeverityStep, ...]:
    steps: list[SeverityStep] = []
    after, worst = 0, severity
    for row in line.rows():
        lines = row.fields(("after_days", "severity"))
        step = SeverityStep(lines["after_days"].whole("days", after + 1), lines["severity"].severity())
        if step.severity < worst:
            raise lines["severity"].error("it is milder than the step before", "write the same or a worse one")
        steps.append(step)
        after, worst = step.after_days, step.severity
    return tuple(steps)


def parse_sources(line: Line) -> Mapping[str, str]:
    """Return where figures come from, by the figure's name. Raises: PolicyError."""
    return MappingProxyType({name: entry.text() for name, entry in line.entries()})
