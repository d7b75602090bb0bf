"""Say a policy in sentences a person can read and change (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.rules import DetectorRule, Threshold
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.words import carrier_name, number

_ONE_OF_MANY: Final = re.compile(r"\b(1 (?:operating )?(?:day|hour|point))s\b")

Say = Callable[[str], str]
"""Gives the words of one figure by its name."""

_WHEN: Final[Mapping[FindingKind, Callable[[Say], str]]] = MappingProxyType(
    {
        FindingKind.NO_FIRST_SCAN: lambda say: (
            f"a label has no physical scan for {say('case_days')} operating days (watched from {say('watch_days')})"
        ),
        FindingKind.STALLED: lambda say: (
            f"a parcel shows no physical scan for {say('days')} operating days ({say('customs_days')} while customs "
            f"hold it) and is due within {say('due_within_days')} days or has no promise; on a lane known well, "
            f"silent longer than usual and {say('late_percent')} % likely to be late"
        ),
        FindingKind.PROMISE_AT_RISK: lambda say: (
            f"a parcel is {say('case_percent')} % likely to be late (watched from {say('watch_percent')} %, in half "
            f"the time from {say('urgent_percent')} %; {say('unscanned_percent')} % is enough for one never "
            f"scanned that is due within {say('unscanned_days')} days) or not out for delivery {say('days_before')} "
            f"days before its promise, worse when delayed or without a physical scan for {say('quiet_days')} operating "
            "days, or expected after it"
        ),
        FindingKind.PROMISE_MISSED: lambda say: "a parcel is not delivered when its promise ends",
        FindingKind.ATTEMPTED: lambda say: (
            f"a delivery failed, worse from {say('again_tries')} tries or {say('alarm_days')} operating days before "
            f"the carrier stops keeping it, {say('hold_days')} operating days after the last try"
        ),
        FindingKind.ADDRESS_ISSUE: lambda say: "the carrier reports a problem with the address",
        FindingKind.HELD_FOR_PICKUP: lambda say: (
            f"a parcel waits to be collected for {say('remind_days')} days, worse {say('alarm_days')} days before the "
            f"carrier stops keeping it, {say('hold_days')} days after it was ready"
        ),
        FindingKind.CUSTOMS_HOLD: lambda say: (
            f"customs hold a parcel for {say('case_days')} operating days (watched at once), worse after "
            f"{say('worse_days')}"
        ),
        FindingKind.DAMAGED: lambda say: "the carrier reports damage",
        FindingKind.LOST: lambda say: (
            f"the carrier reports it lost, or nothing was scanned for {say('presumed_days')} days and its promise ended"
        ),
        FindingKind.RETURN_TO_SENDER: lambda say: "a parcel to a customer is coming back or is back",
        FindingKind.DELIVERED_NOT_RECEIVED: lambda say: (
            f"a customer asks for a parcel that is delivered, worse {say('wait_days')} operating days later; nobody "
            f"waits whose tier is worth {say('no_wait_points')} points, nor from {say('event_days')} days before the "
            f"event; where the conversation ended, the customer is asked back for {say('ask_back_days')} operating "
            "days after that"
        ),
        FindingKind.INVALID_TRACKING_NUMBER: lambda say: (
            f"the carrier does not know a number {say('grace_hours')} hours after we did"
        ),
        FindingKind.UNKNOWN_STATUS: lambda say: (
            f"a carrier's code has no meaning yet, worse after {say('case_days')} operating days"
        ),
        FindingKind.SOURCE_DISAGREEMENT: lambda say: (
            f"two sources contradict each other for {say('hours')} hours, or one is {say('behind_hours')} hours behind "
            "the other"
        ),
        FindingKind.RETURN_STALLED: lambda say: (
            f"goods on their way back show no physical scan for {say('days')} operating days (a label nobody has "
            f"handed in is watched after {say('hand_in_days')} days)"
        ),
        FindingKind.REFUND_OVERDUE: lambda say: (
            f"goods are back for {say('days')} operating days and their customer got neither money nor other goods"
        ),
        FindingKind.LATER_DELIVERED: lambda say: (
            "a parcel is delivered after it was refunded, replaced or claimed, until somebody looks at that again"
        ),
    }
)


def condition(kind: FindingKind, say: Say) -> str:
    """Return when a detector finds, its figures said by `say`."""
    return _singular(_WHEN[kind](say))


def describe(policy: Policy) -> tuple[str, ...]:
    """Return one sentence for each detector of a policy, in the findings' own order."""
    return tuple(describe_rule(rule) for rule in policy.detectors.values())


def describe_rule(rule: DetectorRule) -> str:
    """Return the whole sentence of a detector, with the figures of every class and carrier."""
    when = condition(rule.kind, lambda name: _all_figures(rule.figures[name]))
    does = f"Open {_quoted(rule)} for {rule.team.label.lower()}" if rule.on else f"Switched off: {_quoted(rule)}"
    return f"{does} when {when}. {_how_bad(rule)} {rule.next_action.label} within {_hours(rule)} working hours."


def describe_match(rule: DetectorRule, carrier: str, service_class: str) -> str:
    """Return the sentence of a detector as it holds for one carrier and service class."""
    when = condition(rule.kind, lambda name: str(rule.figures[name].at(carrier, service_class)))
    services = "" if service_class == "default" or not rule.figures else f" ({service_class} service)"
    return f"{rule.kind.label}{services}: {when}."


def _singular(sentence: str) -> str:
    """Return a sentence with "1 day" for "1 days"."""
    return _ONE_OF_MANY.sub(r"\1", sentence).replace("1 tries", "1 try")


def _all_figures(threshold: Threshold) -> str:
    parts = [str(threshold.default)]
    for carrier, service, value in threshold.exceptions:
        parts.append(f"{value} for {' '.join(filter(None, [carrier and carrier_name(carrier), service]))}")
    parts += [*(f"{value} for {name}" for value, name in _ascending(threshold.services))]
    for carrier, own in sorted(threshold.carriers.items()):
        parts += [f"{value} for {carrier_name(carrier)}{f' {name}' if name else ''}" for value, name in _ascending(own)]
    return parts[0] if len(parts) == 1 else f"{parts[0]} ({', '.join(parts[1:])})"


def _ascending(figures: Mapping[str, int]) -> list[tuple[int, str]]:
    return sorted((value, name) for name, value in figures.items())


def _how_bad(rule: DetectorRule) -> str:
    parts = [f"{rule.severity.label} severity"]
    if rule.raised > rule.severity:
        parts.append(f"{rule.raised.label.lower()} when worse")
    parts += [f"{step.severity.label.lower()} after {number(step.after_days, 'day')}" for step in rule.steps]
    return f"{', '.join(parts)}."


def _quoted(rule: DetectorRule) -> str:
    return f"“{rule.kind.label.lower()}”"


def _hours(rule: DetectorRule) -> str:
    return f"{rule.allowed_hours:g}"
