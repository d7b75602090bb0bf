"""What a verdict changes in a shipment's case: open, add, escalate, clear, recover, close, reopen (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

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

_OF_A_QUESTION: Final = frozenset({FindingKind.DELIVERED_NOT_RECEIVED})
"""Findings that rest only on what was asked after people had closed a case on them, so they are always news."""

WHEN_LET_GO: Final = timedelta(minutes=5)
"""When a case that somebody holds is looked at again because it should move to another team."""


class Asked(NamedTuple):
    """What the policy asks for a finding: of whom, what, and until when if it is not urgent; so it stays until the
    policy changes."""

    team: Team
    next_action: NextAction
    allowed_until: datetime


def asked(found: Found) -> Asked:
    """Return what the policy asks for a finding."""
    return Asked(found.team, found.next_action, found.allowed_until or found.due_at)


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding as stored on a case, with what the policy asked for it when its case last followed."""

    id: int
    kind: FindingKind
    severity: int
    sentence: str
    due_at: datetime
    asked: Asked


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A shipment's active case as stored; `claimed` says that somebody holds it or a second person is asked."""

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
    wakes_after: datetime | None = None
    """A physical scan later than this ends the case's wait; None where no scan does."""


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

    `leg_ends` and `leg_starts` keep the rule that an active case has exactly one open leg; where `leg_moves` that one
    takes over the action and the time.
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
    leg_moves: bool = False
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
    told = unsettled(verdict, case, settled, moved_at=moved_at)
    if told.level is not Level.CASE or not told.findings:
        return _heal(case, now)
    return _refresh(case, told, scanned=_is_scanned(case, moved_at))


def unsettled(
    verdict: Verdict, case: KnownCase | None, settled: Settled | None, *, moved_at: datetime | None
) -> Verdict:
    """Return the verdict without what people had closed an earlier case on, unless this one has it or it is news."""
    if case is None or settled is None:
        return verdict
    known = {finding.kind for finding in case.findings}
    news = _news(verdict.findings, settled, moved_at)
    return replace(verdict, findings=tuple(each for each in verdict.findings if each.kind in known or each in news))


def _news(findings: Iterable[Found], settled: Settled | None, moved_at: datetime | None) -> tuple[Found, ...]:
    """Return the findings that nobody has settled yet."""
    if settled is None:
        return tuple(findings)
    moved = moved_at is not None and moved_at > settled.closed_at
    return tuple(
        found
        for found in findings
        if found.severity > settled.severities.get(found.kind, 0)
        or found.kind in _OF_A_QUESTION
        or (moved and found.kind in _OF_A_MOMENT)
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


def _refresh(case: KnownCase, verdict: Verdict, *, scanned: bool) -> Change | None:
    """Return the same case with what is new, worse, gone or asked of somebody else in it."""
    known = {finding.kind: finding for finding in case.findings}
    found = {each.kind: each for each in verdict.findings}
    gone = tuple(finding for kind, finding in known.items() if kind not in found)
    worse = _worsened(case, verdict)
    first = verdict.findings[0]
    back = _is_back(case, verdict, scanned=scanned)
    held = case.claimed or (case.state is CaseState.WAITING and not back)
    shown = _kept_headline(case, verdict) if held else first
    kept = _kept_as_asked(case, shown, back=back) if held else None
    told_now = [kept if kept and kept.kind is each.kind else each for each in verdict.findings]
    added = tuple(each for each in told_now if each.kind not in known)
    refreshed = tuple((known[each.kind].id, each) for each in told_now if _differs(known.get(each.kind), each))
    owed = not held and (back or first.kind is not case.headline)
    moved = not held and _moves(case, first)
    told = (shown.kind, shown.sentence, first.severity, verdict.score)
    if not (added or refreshed or gone or owed) and told == (case.headline, case.summary, case.severity, case.score):
        return None
    hands_on = owed or back or (moved and first.team is not case.team)
    change = _carry(
        case,
        state=CaseState.OPEN if back else case.state,
        headline=shown.kind,
        summary=shown.sentence,
        severity=first.severity,
        score=verdict.score,
        team=first.team if owed or moved else case.team,
        next_action=shown.next_action if owed or back or moved else case.next_action,
        due_at=_due_at(shown, back=back) if hands_on or (moved and _is_due_as_asked(case)) else case.due_at,
        added=added,
        refreshed=refreshed,
        cleared=_ids(gone),
        leg_ends=hands_on,
        leg_starts=hands_on,
        leg_moves=moved and not hands_on,
    )
    by = ("scan" if scanned else "news") if back else ""
    return replace(change, history=_history(case, change, worse=worse, gone=gone, by=by, moved=moved))


def _history(
    case: KnownCase, change: Change, *, worse: Iterable[Found], gone: Iterable[KnownFinding], by: str, moved: bool
) -> tuple[Line, ...]:
    owes = (change.team, change.next_action, change.due_at)
    moved = moved and owes != (case.team, case.next_action, case.due_at)
    return (
        *((Line("reopened" if case.state is CaseState.RECOVERED else "woken", {"by": by}),) if by else ()),
        *((_moved(case, change),) if moved else ()),
        *(_found(each) for each in change.added),
        *(_worse(each) for each in worse),
        *(_cleared(finding) for finding in gone),
    )


def _worsened(case: KnownCase, verdict: Verdict) -> tuple[Found, ...]:
    known = {finding.kind: finding.severity for finding in case.findings}
    return tuple(each for each in verdict.findings if each.severity > known.get(each.kind, each.severity))


def _is_scanned(case: KnownCase, moved_at: datetime | None) -> bool:
    """Say whether the case waits for a scan and it came; `moved_at` is the parcel's last physical one."""
    if case.state is not CaseState.WAITING or case.wakes_after is None:
        return False
    return moved_at is not None and moved_at > case.wakes_after


def _is_back(case: KnownCase, verdict: Verdict, *, scanned: bool) -> bool:
    """Say whether news, or the scan it waited for, brings back a case that had recovered or waits."""
    if case.state is not CaseState.WAITING:
        return case.state is CaseState.RECOVERED
    known = {finding.kind for finding in case.findings}
    return scanned or any(each.kind not in known for each in verdict.findings) or bool(_worsened(case, verdict))


def _moves(case: KnownCase, found: Found) -> bool:
    """Say whether a finding leads the case and the policy asks something else for it by now.

    A case that people gave to another team stays where they want it.
    """
    led = _headline_of(case)
    return (
        led is not None
        and found.kind is led.kind
        and asked(found) != led.asked
        and (case.team, case.next_action) == (led.asked.team, led.asked.next_action)
    )


def _headline_of(case: KnownCase) -> KnownFinding | None:
    return next((finding for finding in case.findings if finding.kind is case.headline), None)


def _due_at(shown: Found, *, back: bool) -> datetime:
    """Return when a new turn ends; nobody owed anything while the case waited, so its team has all its time then."""
    return shown.turn_until or shown.due_at if back else shown.due_at


def _is_due_as_asked(case: KnownCase) -> bool:
    """Say whether a case is due when its headline is: a wait or a person's word gives it another time."""
    led = _headline_of(case)
    return led is not None and case.due_at in {led.due_at, led.asked.allowed_until}


def _kept_as_asked(case: KnownCase, shown: Found, *, back: bool) -> Found | None:
    """Return what a held case shows as it is asked for in that person's hands, where something else is asked for it.

    So it is stored, and the case follows once it is let go.
    """
    led = _headline_of(case)
    if led is not None and _moves(case, shown):
        team, action, until = led.asked
        kept = replace(shown, team=team, next_action=action, due_at=led.due_at, allowed_until=until)
    elif _takes_the_lead(case, shown) and _asks_another(shown, case):
        until = shown.allowed_until or shown.due_at
        kept = replace(shown, team=case.team, next_action=case.next_action, due_at=case.due_at, allowed_until=until)
    else:
        return None
    return replace(kept, next_action=shown.next_action, due_at=_due_at(shown, back=True)) if back else kept


def _takes_the_lead(case: KnownCase, found: Found) -> bool:
    led = _headline_of(case)
    return led is None or led.kind is not found.kind


def _asks_another(found: Found, case: KnownCase | Change) -> bool:
    return (found.team, found.next_action) != (case.team, case.next_action)


def _kept_headline(case: KnownCase, verdict: Verdict) -> Found:
    """Return what a held case goes on showing: its headline while that is true, else its team's most urgent finding.

    The owner and the next action of a case do not change in somebody's hands; `lags` says when to look again.
    """
    same = next((found for found in verdict.findings if found.kind is case.headline), None)
    return same or next((found for found in verdict.findings if found.team is case.team), verdict.findings[0])


def lags(verdict: Verdict, case: KnownCase | None, change: Change | None) -> bool:
    """Say whether a held case is not yet as the policy wants it, and must be looked at again soon.

    It shows another headline than its most urgent finding, or something else is asked for it by now.
    """
    if case is None or not verdict.findings or verdict.level is not Level.CASE:
        return False
    first, after = verdict.findings[0], change or case
    follows = _moves(case, first) or (_takes_the_lead(case, first) and _asks_another(first, after))
    held = case.claimed or after.state is CaseState.WAITING
    return after.headline is not first.kind or (follows and held)


def next_review(verdict: Verdict, case: KnownCase | None, change: Change | None, now: datetime) -> datetime | None:
    """Return when the shipment is looked at again though nothing happens; None where nothing can become news."""
    review_at = verdict.next_review_at
    if lags(verdict, case, change):
        return min(review_at or now + WHEN_LET_GO, now + WHEN_LET_GO)
    return review_at


def _differs(known: KnownFinding | None, found: Found) -> bool:
    if known is None:
        return False
    return (known.sentence, known.severity, known.asked) != (found.sentence, found.severity, asked(found))


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


def _moved(case: KnownCase, change: Change) -> Line:
    data = {
        "from_team": case.team.value,
        "to_team": change.team.value,
        "next_action": change.next_action.value,
        "due_at": change.due_at.isoformat(),
    }
    return Line("moved", data)


def _found(found: Found) -> Line:
    return Line("found", {"finding": found.kind.value, "sentence": found.sentence})


def _worse(found: Found) -> Line:
    return Line("changed", {"finding": found.kind.value, "sentence": found.sentence, "severity": int(found.severity)})


def _cleared(finding: KnownFinding) -> Line:
    return Line("cleared", {"finding": finding.kind.value, "sentence": finding.sentence})
