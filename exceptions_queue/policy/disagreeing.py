"""The detector that hears several sources: two of them tell a different story for longer than they may (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.words import instant
from shipments.disagreement import Contradiction, Part, Telling, contradictions
from shipments.marks import source_name

_HOUR: Final = timedelta(hours=1)


def source_disagreement(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel of which two sources tell what cannot both be true, once each had its time to correct itself."""
    told = moment.situation.tellings
    if not told:
        return NOTHING
    found = [(_ends_at(each, moment, rule), n, each) for n, each in enumerate(contradictions(told))]
    if not found:
        return NOTHING
    since, _, worst = min(found)
    says = f"{_says(worst.first)}; {_says(worst.second, worst.is_behind)}."
    if moment.now < since:
        return Reading(near=f"{says} They may differ until {instant(since)}.", changes_at=since)
    facts = {
        "sources": [[each.source, each.state.value, each.since.isoformat()] for each in (worst.first, worst.second)],
        "disagree_since": worst.since.isoformat(),
    }
    return Reading(Hit(since, says, facts=facts))


def _ends_at(pair: Contradiction, moment: Moment, rule: DetectorRule) -> datetime:
    """Return when the time ends in which these two may differ; the slower of them has its usual lag."""
    figure = rule.figures["behind_hours" if pair.is_behind else "hours"]
    return pair.since + _HOUR * figure.at(moment.situation.carrier, moment.service_class)


def _says(telling: Telling, is_behind: bool = False) -> str:
    name = source_name(telling.source)
    if telling.part is Part.NOT_KNOWN:
        return f"{name} does not know it on {instant(telling.last_at)}"
    said = f"“{telling.state.label.lower()}”"
    if is_behind:
        return f"{name} still says {said}, last on {instant(telling.last_at)}"
    return f"{name} says {said} since {instant(telling.since)}"
