"""When the odds of being late count: on their own, and together with silence (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.outlook import Outlook, outlook_of
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import Level
from exceptions_queue.policy.words import instant

_STAGES: Final = ("watch_percent", "case_percent", "urgent_percent")
_WATCH, _CASE, _URGENT = range(1, 4)
_DAY: Final = timedelta(days=1)


def likely_late(moment: Moment, rule: DetectorRule, *, until: datetime) -> Reading:
    """Find a parcel of a kind that is seldom in time; what is open before `until` is let go below "watch" only."""
    outlook = outlook_of(moment)
    if outlook is None:
        return NOTHING
    reached = [(outlook.reaches(_figure(rule, name, moment)), stage) for stage, name in enumerate(_STAGES, 1)]
    reached.append((_unscanned(moment, rule, outlook), _CASE))
    changes_at = min((at for at, _ in reached if at is not None and at > moment.now), default=None)
    past = [(stage, at) for at, stage in reached if at is not None and at <= moment.now]
    if not past or (moment.situation.feed_silent and rule.kind not in moment.open_kinds):
        return Reading(changes_at=changes_at)
    stage, at = max(past)
    raised = stage >= _CASE or (moment.now < until and rule.kind in moment.open_kinds)
    sentence, facts = _told(moment, outlook, at)
    level = Level.CASE if raised else Level.WATCH
    return Reading(Hit(at, sentence, raised, level, facts, urgent=stage >= _URGENT), changes_at=changes_at)


def _unscanned(moment: Moment, rule: DetectorRule, outlook: Outlook) -> datetime | None:
    """Return when a parcel nobody ever scanned counts as late: due soon, and the odds bad enough; None where never.

    No scan begins a silence there, so it cannot stall.
    """
    likely_at = outlook.reaches(_figure(rule, "unscanned_percent", moment))
    if moment.situation.last_physical_at is not None or likely_at is None:
        return None
    due_soon_at = outlook.since + outlook.due_in - _DAY * _figure(rule, "unscanned_days", moment)
    return max(likely_at, due_soon_at)


def _told(moment: Moment, outlook: Outlook, at: datetime) -> tuple[str, dict[str, object]]:
    """Return the sentence and the facts of odds that were reached at an instant."""
    last = moment.situation.last_physical_at
    seen = "never scanned" if last is None else f"last scanned {instant(last)}"
    due = f"Due {moment.due_day}, {seen}."
    odds = outlook.odds(at)
    return (due, {}) if odds is None else (f"{due} {outlook.words(odds)}", {"risk": outlook.facts(odds)})


class Silence(NamedTuple):
    """When a silence begins to count: it lasts longer than usual, and the odds of being late are bad enough.

    `longer_than_usual_at` and `likely_at` are None where nothing is known; `never` says that the odds stay good.
    """

    longer_than_usual_at: datetime | None = None
    likely_at: datetime | None = None
    never: bool = False
    words: str = ""
    facts: dict[str, object] = {}


def silence_counts(moment: Moment, rule: DetectorRule) -> Silence:
    """Return when silence counts on this lane; nothing where too little is known to say, and silence alone decides.

    What is open stays so while nothing moves, whatever a newer table says.
    """
    percent = _figure(rule, "late_percent", moment)
    outlook = outlook_of(moment) if percent else None
    if outlook is None:
        return Silence()
    found = _silence(outlook, percent)
    ahead = [at for at in (found.longer_than_usual_at, found.likely_at) if at is not None and at > moment.now]
    return Silence() if (found.never or ahead) and _held(moment, rule) else found


def _silence(outlook: Outlook, percent: int) -> Silence:
    likely_at, unknown_from = outlook.reaches(percent), outlook.unknown_from()
    usual_until = outlook.usual_until()
    if likely_at is None or (unknown_from is not None and unknown_from < likely_at):
        return Silence(usual_until, unknown_from, never=unknown_from is None)
    odds = outlook.odds(likely_at)
    if odds is None:
        return Silence(usual_until, likely_at)
    return Silence(usual_until, likely_at, False, f" {outlook.words(odds)}", {"risk": outlook.facts(odds)})


def _held(moment: Moment, rule: DetectorRule) -> bool:
    """Say whether the finding is open and the parcel was not scanned since."""
    last = moment.situation.last_physical_at
    return any(
        each.kind is rule.kind and (last is None or each.opened_at >= last) for each in moment.situation.open_findings
    )


def _figure(rule: DetectorRule, name: str, moment: Moment) -> int:
    return rule.figures[name].at(moment.situation.carrier, moment.service_class)
