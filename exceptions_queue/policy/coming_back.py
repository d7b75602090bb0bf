"""The detectors of goods that come back: they stand still, or they are in and the money is not out (pure)."""

from __future__ import annotations

from exceptions_queue.policy.counting import DAY, count, figure, paused
from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import Level
from exceptions_queue.policy.words import instant, number
from shipments.facts import Direction, State


def return_stalled(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a return nobody has scanned for days, and one that the customer never handed over."""
    situation = moment.situation
    is_return = situation.direction == Direction.RETURN
    if not is_return and moment.state != State.RETURNING:
        return NOTHING
    last = situation.last_physical_at
    if last is None:
        return _never_handed_over(moment, rule) if is_return else NOTHING
    usual = figure(rule, "days", moment)
    allowed = moment.calendar.allowed(usual, last)
    silent_at = moment.calendar.add(last, allowed)
    if moment.now < silent_at:
        return Reading(changes_at=silent_at)
    if (still := paused(moment, rule)) is not None:
        return still
    counted = count(moment, last, allowed, usual)
    sentence = f"On its way back to us, last scanned {instant(last)} and nothing since: {counted.words}."
    facts = {"silent_since": last.isoformat(), "day": counted.day, "of_days": allowed}
    return Reading(Hit(silent_at, sentence, facts=facts), changes_at=counted.rises_at)


def _never_handed_over(moment: Moment, rule: DetectorRule) -> Reading:
    known, days = moment.situation.known_since, figure(rule, "hand_in_days", moment)
    since = known + DAY * days
    if moment.now < since:
        return Reading(changes_at=since)
    if (still := paused(moment, rule)) is not None:
        return still
    sentence = f"Its return label is from {instant(known)}, and after {number(days, 'day')} nobody has handed it in."
    return Reading(Hit(since, sentence, level=Level.WATCH))


def refund_overdue(moment: Moment, rule: DetectorRule) -> Reading:
    """Find goods that are back with us while their customer has neither money nor other goods for them."""
    situation = moment.situation
    if moment.state != State.RETURNED and situation.direction != Direction.RETURN:
        return NOTHING
    back_at = situation.delivered_at or moment.state_since
    paid_at = situation.order_settled_at
    if not situation.order_id or (paid_at is not None and paid_at >= situation.known_since):
        return NOTHING
    allowed = figure(rule, "days", moment)
    since = moment.calendar.add(back_at, allowed)
    if moment.now < since:
        near = f"Back with us since {instant(back_at)}; the refund has until {moment.day(since)}."
        return Reading(near=near, changes_at=since)
    counted = count(moment, back_at, allowed)
    sentence = f"Back with us since {instant(back_at)} and not refunded: {counted.words}."
    facts = {"back_since": back_at.isoformat(), "day": counted.day, "of_days": allowed}
    return Reading(Hit(since, sentence, facts=facts), changes_at=counted.rises_at)
