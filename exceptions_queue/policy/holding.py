"""The detectors of parcels that are held: for the customer to collect, and by customs (pure)."""

from __future__ import annotations

from datetime import datetime

from exceptions_queue.policy.clocks import day_count, every_day
from exceptions_queue.policy.counting import count, figure, first_of
from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import Level
from exceptions_queue.policy.words import instant
from shipments.facts import Reason, State


def held_for_pickup(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that waits to be collected, once the customer may have forgotten it, until it leaves that place.

    Its days are calendar days: shops and lockers keep a parcel over a weekend too.
    """
    situation = moment.situation
    if moment.state != State.AVAILABLE_FOR_PICKUP and situation.reason != Reason.HELD_AT_LOCATION:
        return NOTHING
    since = moment.state_since if moment.state == State.AVAILABLE_FOR_PICKUP else moment.reason_since
    hold_days = figure(rule, "hold_days", moment)
    days = every_day(moment.calendar.zone)
    ends_at = days.add(since, hold_days)
    remind_at = days.add(since, min(figure(rule, "remind_days", moment), hold_days))
    alarm_at = days.add(since, max(hold_days - figure(rule, "alarm_days", moment), 0))
    first_at = min(remind_at, alarm_at)
    if moment.now < first_at:
        kept = f"kept until {moment.day(ends_at)}"
        near = f"Ready to collect since {instant(since)} and {kept}; a reminder is early yet."
        return Reading(near=near, changes_at=first_at)
    counted, rises_at = _day_of(moment, since, hold_days)
    sentence = f"Waits to be collected since {instant(since)}{counted}"
    last_day = ends_at.astimezone(moment.calendar.zone).date()
    facts = {"ready_since": since.isoformat(), "last_day": last_day.isoformat(), "of_days": hold_days}
    hit = Hit(first_at, sentence, raised=moment.now >= alarm_at, facts=facts)
    return Reading(hit, changes_at=first_of(moment, rises_at, alarm_at))


def _day_of(moment: Moment, since: datetime, hold_days: int) -> tuple[str, datetime | None]:
    """Return which day of its stay it is, with the last one, and when that changes."""
    days = every_day(moment.calendar.zone)
    ends_at = days.add(since, hold_days)
    if moment.now >= ends_at:
        return f"; its last day was {moment.day(ends_at)}: it may go back any time.", None
    passed = days.between(since, moment.now)
    return f": {day_count(passed, hold_days)}, kept until {moment.day(ends_at)}.", days.add(since, passed + 1)


def customs_hold(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that customs hold: watched at once, a case when it takes longer than clearing does."""
    situation = moment.situation
    if situation.reason != Reason.CUSTOMS_HOLD:
        return NOTHING
    since = moment.reason_since
    worse_days = figure(rule, "worse_days", moment)
    case_at = moment.calendar.add(since, min(figure(rule, "case_days", moment), worse_days))
    worse_at = moment.calendar.add(since, worse_days)
    counted = count(moment, since, worse_days)
    said = f" {moment.carrier} says “{situation.last_description}”." if situation.last_description else ""
    hit = Hit(
        since,
        f"Customs hold it since {instant(since)}: {counted.words}.{said}",
        raised=moment.now >= worse_at,
        level=Level.CASE if moment.now >= case_at else Level.WATCH,
        facts={"held_since": since.isoformat(), "day": counted.day, "of_days": worse_days},
    )
    return Reading(hit, changes_at=first_of(moment, counted.rises_at, case_at, worse_at))
