"""The detectors of what is wrong with a delivered parcel: the customer has nothing, or was paid before (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exceptions_queue.policy.counting import DAY, count, figure, first_of
from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import Compensation, Situation
from exceptions_queue.policy.words import amount, day, instant


def delivered_not_received(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a delivered parcel whose customer asks where it is, until they say no more or the parcel moves again.

    It is worse when the wait is over in which such parcels turn up; some customers need not wait. The end of the
    conversation does not end the wait: "wait three days" ends conversations too. After it the customer is asked.
    """
    situation = moment.situation
    asked_at, delivered_at = situation.missed_since, situation.delivered_at
    if asked_at is None or delivered_at is None:
        return NOTHING
    wait_days = figure(rule, "wait_days", moment)
    waited_at = moment.calendar.add(asked_at, wait_days)
    decide_at, why = _decide_at(moment, rule, waited_at)
    said = f"Delivered {instant(delivered_at)}, but the customer {_asked(situation, asked_at)}"
    facts: dict[str, Any] = {"asked_at": asked_at.isoformat(), "decide_from": decide_at.isoformat()}
    if moment.now < decide_at:
        counted = count(moment, asked_at, wait_days)
        sentence = f"{said}: {counted.words}; most turn up by {moment.day(waited_at)}."
        facts |= {"day": counted.day, "of_days": wait_days}
        return Reading(Hit(asked_at, sentence, facts=facts), changes_at=first_of(moment, counted.rises_at, decide_at))
    if situation.missed_until is None:
        return Reading(Hit(asked_at, f"{said}: {why}, so decide now.", raised=True, facts=facts))
    silent_from = max(decide_at, situation.missed_until)
    silent_at = moment.calendar.add(silent_from, figure(rule, "ask_back_days", moment))
    if moment.now >= silent_at:
        return NOTHING
    return Reading(Hit(asked_at, f"{said}: {why}, so ask whether it came.", facts=facts), changes_at=silent_at)


def _asked(situation: Situation, asked_at: datetime) -> str:
    if situation.missed_until is None:
        return f"asks for it since {instant(asked_at)}"
    return f"asked for it on {day(asked_at)}, in a conversation that ended {day(situation.missed_until)}"


def _decide_at(moment: Moment, rule: DetectorRule, waited_at: datetime) -> tuple[datetime, str]:
    """Return from when on nobody waits any longer, and why."""
    situation = moment.situation
    asked_at = situation.missed_since or waited_at
    if moment.tier_points >= figure(rule, "no_wait_points", moment):
        return asked_at, f"a {situation.tier.lower()} customer does not wait"
    ends = [(waited_at, "the wait for it to turn up is over")]
    if situation.event_date is not None and asked_at < situation.event_date + DAY:
        soon_at = situation.event_date - DAY * figure(rule, "event_days", moment)
        ends.append((max(soon_at, asked_at), f"it is needed for {day(situation.event_date)}"))
    return min(ends, key=lambda end: end[0])


def later_delivered(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel delivered after its customer got money or goods for it, until somebody looked at that again."""
    delivered_at = moment.situation.delivered_at
    if delivered_at is None:
        return NOTHING
    before = [each for each in moment.situation.settled if each.on_its_way or each.at < delivered_at]
    if not before:
        return NOTHING
    told = " and ".join(_told(each) for each in before)
    facts = {
        "delivered_at": delivered_at.isoformat(),
        "decisions": [[each.kind, str(each.amount or ""), each.currency, each.at.isoformat()] for each in before],
    }
    after = "after" if all(each.at < delivered_at for each in before) else "but we heard of it only after"
    return Reading(Hit(delivered_at, f"Delivered {instant(delivered_at)}, {after} {told}.", facts=facts))


def _told(settled: Compensation) -> str:
    money = f" of {amount(settled.amount, settled.currency)}" if settled.amount is not None else ""
    return f"{settled.words}{money} on {day(settled.at)}"
