"""Judge one shipment: what is wrong, how urgent, who owes what by when, and when to look again (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from exceptions_queue.policy import score
from exceptions_queue.policy.detectors import DETECTORS, Detector
from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.moment import NOTHING, Hit, Moment, moment_at
from exceptions_queue.policy.risk import LearnedRisk
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.sentences import describe_match
from exceptions_queue.policy.situation import (
    Explanation,
    FindingKind,
    Found,
    Level,
    NearMiss,
    Severity,
    Situation,
    Verdict,
)
from exceptions_queue.policy.weights import Score
from shipments.facts import Direction, State

_DAY: Final = timedelta(days=1)
_FOLLOWS: Final = frozenset({FindingKind.PROMISE_AT_RISK, FindingKind.PROMISE_MISSED})
_FACTS: Final = (
    "carrier", "tracking_number", "service", "direction", "state", "last_known_state", "reason", "state_since",
    "reason_since", "known_since", "last_event_at", "first_physical_at", "last_physical_at", "attempts",
    "last_attempt_at", "damaged_at", "returning_at", "delivered_at", "corrected_from", "corrected_at", "unmapped_code",
    "promised_at", "estimated_at", "order_id", "channel", "event_date", "value", "currency", "tier", "contacts",
    "earlier_cases", "missed_since", "missed_until", "order_settled_at", "feed_silent", "feed_silent_since",
)  # fmt: skip
_read_facts: Final = attrgetter(*_FACTS)
_NOTHING: Final = Verdict((), 0, Level.NONE, Explanation(), None)


def assess(situation: Situation, policy: Policy, now: datetime, risk: LearnedRisk | None = None) -> Verdict:
    """Return what the policy says of a shipment at `now` (aware, UTC), with the odds learned so far.

    Findings are the most urgent first. The verdict stays the same until `next_review_at` unless a fact changes; the
    clock of a finding not open yet starts now, that of an open one when it was opened. Nothing is wrong with a parcel
    that is superseded: what happens to it is judged where it belongs.
    """
    if situation.superseded:
        return _NOTHING
    plan = _plan(policy)
    moment = moment_at(situation, policy, now, risk)
    hits: list[tuple[DetectorRule, Hit]] = []
    near: list[NearMiss] = []
    wakes: list[datetime] = []
    for rule, detector in plan.detectors[moment.state, situation.direction]:
        reading = detector.find(moment, rule)
        if reading is NOTHING:
            continue
        hit, missing, changes_at = reading
        if changes_at is not None and changes_at > now:
            wakes.append(changes_at)
        if hit is not None:
            hits.append((rule, hit))
        elif missing:
            near.append(NearMiss(rule.kind, missing))
    if hits:
        return _verdict(plan, moment, hits, near, wakes)
    explanation = Explanation(near_misses=tuple(near), facts=_facts(situation)) if near else Explanation()
    return Verdict((), 0, Level.NONE, explanation, min(wakes) if wakes else None)


class _Judged(NamedTuple):
    rule: DetectorRule
    hit: Hit
    severity: Severity
    opened_at: datetime | None

    def level(self, total: int, needed: int) -> Level:
        """Return what it asks for; what is already open stays worth its case until its detector lets go."""
        worth = self.opened_at is not None or (self.hit.level is Level.CASE and total >= needed)
        return Level.CASE if worth else Level.WATCH


def _verdict(
    plan: _Plan, moment: Moment, hits: list[tuple[DetectorRule, Hit]], near: list[NearMiss], wakes: list[datetime]
) -> Verdict:
    opened = {each.kind: each.opened_at for each in moment.situation.open_findings}
    judged = [_Judged(rule, hit, _severity(rule, hit, moment.now, wakes), opened.get(rule.kind)) for rule, hit in hits]
    weights = plan.policy.score
    lines = score.points(moment, weights, max(each.severity for each in judged))
    total = sum(line.points for line in lines)
    if (rises_at := score.changes_at(moment, weights)) is not None:
        wakes.append(rises_at)
    level, told = _told(judged, total, weights, near)
    findings = sorted((_found(plan, moment, each, level) for each in told), key=_urgency)
    explanation = Explanation(
        matched=tuple(plan.matched(each.kind, moment) for each in findings),
        rules=tuple(each.kind for each in findings),
        points=lines,
        near_misses=tuple(near),
        facts=_facts(moment.situation) | _odds(findings),
    )
    return Verdict(tuple(findings), total, level, explanation, min(wakes) if wakes else None)


def _told(judged: list[_Judged], total: int, needed: Score, near: list[NearMiss]) -> tuple[Level, list[_Judged]]:
    """Return the level and the findings on it; what is only watched beside a case, or not even that, nearly matched."""
    cases = [each for each in judged if each.level(total, needed.case) is Level.CASE]
    if not cases and total >= needed.watch:
        return Level.WATCH, judged
    near += [NearMiss(each.rule.kind, f"Only watched: {each.hit.sentence}") for each in judged if each not in cases]
    return (Level.CASE, cases) if cases else (Level.NONE, [])


def _severity(rule: DetectorRule, hit: Hit, now: datetime, wakes: list[datetime]) -> Severity:
    """Return how bad a finding is by now, and note when it gets worse by itself."""
    severity = rule.raised if hit.raised else rule.severity
    for step in rule.steps:
        from_at = hit.since + _DAY * step.after_days
        if now < from_at:
            wakes.append(from_at)
            break
        severity = max(severity, step.severity)
    return severity


def _found(plan: _Plan, moment: Moment, judged: _Judged, level: Level) -> Found:
    """Return a finding with its clock: from when it was opened, from now where its case opens now."""
    rule, hit, severity, opened_at = judged
    starts_at = opened_at or (moment.now if level is Level.CASE else hit.since)
    hours_of = plan.policy.calendars.teams[rule.team]
    until = hours_of.add(starts_at, rule.allowed_hours)
    hours = rule.allowed_hours / 2 if hit.urgent else rule.allowed_hours
    due_at = hours_of.add(starts_at, hours) if hit.urgent else until
    return Found(
        kind=rule.kind,
        severity=severity,
        team=rule.team,
        next_action=rule.next_action,
        sentence=hit.sentence,
        due_at=due_at,
        facts={"since": hit.since.isoformat(), **hit.facts},
        allowed_until=until,
        turn_until=due_at if opened_at is None else hours_of.add(moment.now, hours),
    )


def _urgency(found: Found) -> tuple[int, bool, datetime, str]:
    """Order by severity; a broken promise follows what broke it, so that the cause is the headline."""
    return -found.severity, found.kind in _FOLLOWS, found.due_at, found.kind


def _facts(situation: Situation) -> dict[str, Any]:
    """Return the facts that are known, as JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else value
        for name, value in zip(_FACTS, _read_facts(situation), strict=True)
        if value is not None and value != ""
    }


def _odds(findings: list[Found]) -> dict[str, Any]:
    """Return the odds that a finding rests on, with the table they come from."""
    return next(({"risk": each.facts["risk"]} for each in findings if "risk" in each.facts), {})


@dataclass(frozen=True, slots=True)
class _Plan:
    """A policy worked out once: which detectors can say anything about a state, and the sentences of what matched."""

    policy: Policy
    detectors: Mapping[tuple[State, Direction], tuple[tuple[DetectorRule, Detector], ...]]
    sentences: dict[tuple[FindingKind, str, str], str] = field(default_factory=dict)

    def matched(self, kind: FindingKind, moment: Moment) -> str:
        key = kind, moment.situation.carrier, moment.service_class
        if (sentence := self.sentences.get(key)) is None:
            sentence = self.sentences[key] = describe_match(self.policy.detectors[kind], *key[1:])
        return sentence


@lru_cache(maxsize=64)
def _plan(policy: Policy) -> _Plan:
    pairs = [(rule, DETECTORS[kind]) for kind, rule in policy.detectors.items() if rule.on]
    return _Plan(
        policy,
        {
            (state, direction): tuple(
                (rule, each) for rule, each in pairs if state in each.states and direction in each.directions
            )
            for state in State
            for direction in Direction
        },
    )
