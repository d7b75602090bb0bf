"""What a verdict changes in a shipment's case: open, add, escalate, clear, recover, close, reopen (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from exceptions_queue.policy.situation import FindingKind, Found, Level, NextAction, Severity, Team, Verdict
from exceptions_queue.transitions import CaseState

_OF_A_MOMENT: Final = frozenset(
    {
        FindingKind.NO_FIRST_SCAN,
        FindingKind.STALLED,
        FindingKind.ATTEMPTED,
        FindingKind.ADDRESS_ISSUE,
        FindingKind.HELD_FOR_PICKUP,
        FindingKind.CUSTOMS_HOLD,
        FindingKind.RETURN_TO_SENDER,
        FindingKind.UNKNOWN_STATUS,
        FindingKind.RETURN_STALLED,
    }
)
"""Findings that are news again when the parcel was scanned after a person had closed the case on them."""

WHEN_LET_GO: Final = timedelta(minutes=5)
"""When a case that somebody holds is looked at again because it should move to another team."""


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding as stored on a case; cleared ones are told only of the case closed last."""

    id: int
    kind: FindingKind
    severity: int
    sentence: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A shipment's active case as stored."""

    id: int
    state: CaseState
    headline: FindingKind
    summary: str
    severity: int
    score: int
    team: Team
    next_action: NextAction
    due_at: datetime
    untouched: bool
    claimed: bool
    findings: tuple[KnownFinding, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What people had closed on this shipment before: when, and how severe each finding was."""

    closed_at: datetime
    severities: Mapping[FindingKind, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history to be written: its kind (a `CaseEvent.Kind` value) and what its sentence is made from."""

    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What to write. `case_id` None opens a case. `state` is the state after it.

    `leg_ends` and `leg_starts` keep the rule that an active case has exactly one open leg.
    """

    case_id: int | None
    state: CaseState
    headline: FindingKind
    summary: str
    severity: Severity | int
    score: int
    team: Team
    next_action: NextAction
    due_at: datetime
    added: tuple[Found, ...] = ()
    refreshed: tuple[tuple[int, Found], ...] = ()
    cleared: tuple[int, ...] = ()
    leg_ends: bool = False
    leg_starts: bool = False
    history: tuple[Line, ...] = ()


def consequences(
    verdict: Verdict, case: KnownCase | None, settled: Settled | None, *, moved_at: datetime | None, now: datetime
) -> Change | None:
    """Return what the verdict changes, or None where the case is as it should be.

    `moved_at` is the parcel's last physical scan. `settled` keeps a matter people closed from opening again unless it
    got worse or the parcel was scanned since.
    """
    if case is None:
        return _open(_news(verdict.findings, settled, moved_at), verdict)
    if verdict.level is not Level.CASE:
        return _heal(case, now)
    return _refresh(case, verdict)


def _news(findings: Iterable[Found], settled: Settled | None, moved_at: datetime | None) -> tuple[Found, ...]:
    """Return the findings that nobody has settled yet."""
    if settled is None:
        return tuple(findings)
    moved = moved_at is not None and moved_at > settled.closed_at
    return tuple(
        found
        for found in findings
        if found.severity > settled.severities.get(found.kind, 0) or (moved and found.kind in _OF_A_MOMENT)
    )


def _open(findings: tuple[Found, ...], verdict: Verdict) -> Change | None:
    if verdict.level is not Level.CASE or not findings:
        return None
    first = findings[0]
    opened = Line("opened", {"finding": first.kind.value, "sentence": first.sentence, "score": verdict.score})
    return Change(
        case_id=None,
        state=CaseState.OPEN,
        headline=first.kind,
        summary=first.sentence,
        severity=first.severity,
        score=verdict.score,
        team=first.team,
        next_action=first.next_action,
        due_at=first.due_at,
        added=findings,
        leg_starts=True,
        history=(opened, *(_found(found) for found in findings[1:])),
    )


def _heal(case: KnownCase, now: datetime) -> Change | None:
    """Return the end of a case nobody touched, or its wait for a person's word where somebody had."""
    if case.state is CaseState.RECOVERED:
        return None
    cleared = tuple(_cleared(finding) for finding in case.findings)
    if case.untouched:
        lines = (*cleared, Line("closed", {"outcome": "self_healed"}))
        return _carry(case, state=CaseState.CLOSED, cleared=_ids(case.findings), leg_ends=True, history=lines)
    return _carry(
        case,
        state=CaseState.RECOVERED,
        severity=Severity.LOW,
        next_action=NextAction.CONFIRM_RECOVERED,
        due_at=max(case.due_at, now),
        cleared=_ids(case.findings),
        leg_ends=True,
        leg_starts=True,
        history=(*cleared, Line("recovered", {"finding": case.headline.value})),
    )


def _refresh(case: KnownCase, verdict: Verdict) -> Change | None:
    """Return the same case with what is new, worse or gone in it."""
    known = {finding.kind: finding for finding in case.findings}
    found = {each.kind: each for each in verdict.findings}
    added = tuple(each for each in verdict.findings if each.kind not in known)
    refreshed = tuple((known[kind].id, each) for kind, each in found.items() if _differs(known.get(kind), each))
    gone = tuple(finding for kind, finding in known.items() if kind not in found)
    worse = [each for kind, each in found.items() if kind in known and each.severity > known[kind].severity]
    first = verdict.findings[0]
    back = case.state is CaseState.RECOVERED or (case.state is CaseState.WAITING and bool(added or worse))
    held = case.claimed or (case.state is CaseState.WAITING and not back)
    shown = _kept_headline(case, verdict) if held else first
    owed = first if not held and (back or first.kind is not case.headline) else None
    told = (shown.kind, shown.sentence, first.severity, verdict.score)
    if not (added or refreshed or gone or owed) and told == (case.headline, case.summary, case.severity, case.score):
        return None
    return _carry(
        case,
        state=CaseState.OPEN if back else case.state,
        headline=shown.kind,
        summary=shown.sentence,
        severity=first.severity,
        score=verdict.score,
        team=owed.team if owed else case.team,
        next_action=shown.next_action if owed or back else case.next_action,
        due_at=shown.due_at if owed or back else case.due_at,
        added=added,
        refreshed=refreshed,
        cleared=_ids(gone),
        leg_ends=bool(owed) or back,
        leg_starts=bool(owed) or back,
        history=(
            *((Line("reopened" if case.state is CaseState.RECOVERED else "woken", {"by": "news"}),) if back else ()),
            *(_found(each) for each in added),
            *(_worse(each) for each in worse),
            *(_cleared(finding) for finding in gone),
        ),
    )


def _kept_headline(case: KnownCase, verdict: Verdict) -> Found:
    """Return what a held case goes on showing: its headline while that is true, else its team's most urgent finding.

    The owner and the next action of a case do not change in somebody's hands; `lags` says when to look again.
    """
    same = next((found for found in verdict.findings if found.kind is case.headline), None)
    return same or next((found for found in verdict.findings if found.team is case.team), verdict.findings[0])


def lags(verdict: Verdict, case: KnownCase | None, change: Change | None) -> bool:
    """Say whether a held case shows another headline than its most urgent finding, and must be looked at again soon."""
    if case is None or not verdict.findings or verdict.level is not Level.CASE:
        return False
    return (change.headline if change else case.headline) is not verdict.findings[0].kind


def next_review(verdict: Verdict, case: KnownCase | None, change: Change | None, now: datetime) -> datetime | None:
    """Return when the shipment is looked at again though nothing happens; None where nothing can become news."""
    review_at = verdict.next_review_at
    if lags(verdict, case, change):
        return min(review_at or now + WHEN_LET_GO, now + WHEN_LET_GO)
    return review_at


def _differs(known: KnownFinding | None, found: Found) -> bool:
    return known is not None and (known.sentence, known.severity) != (found.sentence, found.severity)


def _carry(case: KnownCase, **changes: Any) -> Change:
    """Return a change of `case` that keeps all it does not name."""
    kept: dict[str, Any] = {
        "state": case.state,
        "headline": case.headline,
        "summary": case.summary,
        "severity": case.severity,
        "score": case.score,
        "team": case.team,
        "next_action": case.next_action,
        "due_at": case.due_at,
    }
    return Change(case_id=case.id, **(kept | changes))


def _ids(findings: Iterable[KnownFinding]) -> tuple[int, ...]:
    return tuple(finding.id for finding in findings)


def _found(found: Found) -> Line:
    return Line("found", {"finding": found.kind.value, "sentence": found.sentence})


def _worse(found: Found) -> Line:
    return Line("changed", {"finding": found.kind.value, "sentence": found.sentence, "severity": int(found.severity)})


def _cleared(finding: KnownFinding) -> Line:
    return Line("cleared", {"finding": finding.kind.value, "sentence": finding.sentence})
