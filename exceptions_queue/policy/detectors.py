"""The detectors: for each finding, one small function from a moment to a reading (pure).

A reading's `changes_at` is the next instant at which this detector would say something else although nothing moved; the
assessment only keeps those ahead of now. Sentences change with it and at no other time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from exceptions_queue.policy.after_delivery import delivered_not_received, later_delivered
from exceptions_queue.policy.coming_back import refund_overdue, return_stalled
from exceptions_queue.policy.counting import count as _count
from exceptions_queue.policy.counting import figure as _figure
from exceptions_queue.policy.counting import first_of
from exceptions_queue.policy.counting import paused as _paused
from exceptions_queue.policy.disagreeing import source_disagreement
from exceptions_queue.policy.holding import customs_hold, held_for_pickup
from exceptions_queue.policy.lateness import likely_late, silence_counts
from exceptions_queue.policy.moment import NOTHING, Hit, Moment, Reading
from exceptions_queue.policy.rules import DetectorRule
from exceptions_queue.policy.situation import FindingKind, Level
from exceptions_queue.policy.words import WHY, instant, number, times
from shipments.facts import TERMINAL, Direction, Reason, State

_UNKNOWN_NUMBER: Final = Reason.INVALID_TRACKING_NUMBER
_DAY: Final = timedelta(days=1)


def no_first_scan(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a label whose parcel nobody has scanned; electronic scans do not count."""
    situation, now = moment.situation, moment.now
    if situation.first_physical_at is not None or situation.unmapped_code or situation.reason == _UNKNOWN_NUMBER:
        return NOTHING
    known, calendar = situation.known_since, moment.calendar
    since = calendar.leaves_from(known)
    usual_days = _figure(rule, "case_days", moment)
    case_days = calendar.allowed(usual_days, since)
    watch_at = calendar.add(since, min(calendar.allowed(_figure(rule, "watch_days", moment), since), case_days))
    if now < watch_at:
        return Reading(changes_at=watch_at)
    if (paused := _paused(moment, rule)) is not None:
        return paused
    raised = now >= calendar.add(since, case_days)
    count = _count(moment, since, case_days, usual_days)
    origin = "its label of" if moment.state == State.LABEL_CREATED else "we heard of it"
    sentence = f"{moment.carrier} has not scanned it since {origin} {instant(known)}: {count.words}."
    facts = {"day": count.day, "of_days": case_days}
    return Reading(Hit(watch_at, sentence, raised, Level.CASE if raised else Level.WATCH, facts), "", count.rises_at)


def stalled(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that is silent, due soon and likely to be late; silence alone is only a near miss."""
    situation, now = moment.situation, moment.now
    last = situation.last_physical_at
    if last is None:
        return NOTHING
    customs = situation.reason == Reason.CUSTOMS_HOLD
    usual = _figure(rule, "customs_days" if customs else "days", moment)
    allowed = moment.calendar.allowed(usual, last)
    odds = silence_counts(moment, rule)
    silent_at = _latest(moment.calendar.add(last, allowed), odds.longer_than_usual_at)
    deadline = moment.deadline
    matters_at = None if deadline is None else deadline - _DAY * _figure(rule, "due_within_days", moment)
    since = _latest(silent_at, matters_at, odds.likely_at)
    if now < silent_at:
        return Reading(changes_at=silent_at)
    if odds.never or now < since:
        return _silent_but(moment, last, matters_at, None if odds.never else since)
    if (paused := _paused(moment, rule)) is not None:
        return paused
    count = _count(moment, last, allowed, usual)
    where = "while customs hold it" if customs else "and nothing since"
    due = "" if deadline is None else f"; due {moment.due_day}"
    sentence = f"Last scanned {instant(last)}, {where}: {count.words}{due}.{odds.words}"
    facts = {"silent_since": last.isoformat(), "day": count.day, "of_days": allowed, **odds.facts}
    return Reading(Hit(since, sentence, facts=facts), changes_at=count.rises_at)


def _silent_but(moment: Moment, last: datetime, matters_at: datetime | None, since: datetime | None) -> Reading:
    """Say why a silence does not count yet."""
    if moment.deadline is not None and matters_at is not None and moment.now < matters_at:
        near = f"Silent since {instant(last)}, but not due before {moment.due_day}."
        return Reading(near=near, changes_at=matters_at)
    near = f"Silent since {instant(last)}, but most parcels like it still arrived in time."
    return Reading(near=near, changes_at=since)


def promise_at_risk(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that cannot or will hardly keep its promise, or is not out for delivery one day before it."""
    situation, now, deadline = moment.situation, moment.now, moment.deadline
    if deadline is None or now >= deadline or _tried_in_time(moment):
        return NOTHING
    if expected := moment.later_day:
        sentence = f"{moment.carrier} now expects {expected}; we promised {moment.due_day}."
        since = situation.last_event_at or situation.known_since
        return Reading(Hit(since, sentence, raised=True), changes_at=deadline)
    since = deadline - _DAY * _figure(rule, "days_before", moment)
    likely = likely_late(moment, rule, until=since)
    if now < since:
        return likely._replace(changes_at=_earliest(since, likely.changes_at))
    if likely.hit is not None and likely.hit.raised:
        return likely._replace(changes_at=_earliest(deadline, likely.changes_at))
    close = _close_to_promise(moment, rule, since, deadline)
    return close._replace(changes_at=_earliest(close.changes_at, likely.changes_at))


def _close_to_promise(moment: Moment, rule: DetectorRule, since: datetime, deadline: datetime) -> Reading:
    situation = moment.situation
    last = situation.last_physical_at
    quiet_days = _figure(rule, "quiet_days", moment)
    quiet_at = moment.calendar.add(situation.known_since if last is None else last, quiet_days)
    delayed = moment.state == State.DELAYED
    held_back = situation.feed_silent and rule.kind not in moment.open_kinds
    raised = delayed or (moment.now >= quiet_at and not held_back)
    seen = "never scanned" if last is None else f"last scanned {instant(last)}"
    why = WHY.get(situation.reason) if delayed else None
    because = f" {moment.carrier} says {why}." if why else f" {moment.carrier} calls it delayed." if delayed else ""
    sentence = f"Due {moment.due_day} and not out for delivery, {seen}.{because}"
    changes_at = deadline if raised or held_back else min(quiet_at, deadline)
    return Reading(Hit(since, sentence, raised), changes_at=changes_at)


def promise_missed(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that is not there although its promise has ended."""
    deadline = moment.deadline
    if deadline is None or _tried_in_time(moment):
        return NOTHING
    if moment.now < deadline:
        return Reading(changes_at=deadline)
    whose = "Promised for" if moment.promise_is_ours else f"{moment.carrier} expected it"
    unsure = f" {moment.carrier}'s feed is silent, so it may have arrived." if moment.situation.feed_silent else ""
    return Reading(Hit(deadline, f"{whose} {moment.due_day} and still not delivered.{unsure}"))


def attempted(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a delivery that failed, until the carrier takes the parcel out again."""
    situation = moment.situation
    if situation.attempts == 0 and moment.state != State.ATTEMPTED:
        return NOTHING
    last = situation.last_attempt_at or moment.state_since
    tries = max(situation.attempts, 1)
    if moment.state == State.OUT_FOR_DELIVERY:
        return Reading(near=f"Tried {times(tries)} before, and out for delivery again.")
    hold_days = _figure(rule, "hold_days", moment)
    goes_back_at = moment.calendar.add(last, hold_days)
    alarm_at = moment.calendar.add(last, max(hold_days - _figure(rule, "alarm_days", moment), 0))
    again = tries >= _figure(rule, "again_tries", moment)
    why = WHY.get(situation.reason) if moment.state == State.ATTEMPTED else None
    tried = f"{moment.carrier} tried to deliver {times(tries)}{f'; {why}' if why else ''}."
    over = moment.now >= goes_back_at
    last_day = moment.day(goes_back_at)
    kept = f"was usually kept until {last_day}: it may go back any time" if over else f"usually kept until {last_day}"
    sentence = f"{tried} Last try {instant(last)}; {kept}."
    facts = {"tries": tries, "last_try_at": last.isoformat(), "goes_back_at": goes_back_at.isoformat()}
    hit = Hit(last, sentence, raised=again or moment.now >= alarm_at, facts=facts)
    return Reading(hit, changes_at=first_of(moment, alarm_at, goes_back_at))


def address_issue(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel the carrier cannot deliver because of its address."""
    situation = moment.situation
    if situation.reason != Reason.ADDRESS_ISSUE:
        return NOTHING
    since = moment.reason_since
    said = f": “{situation.last_description}”" if situation.last_description else ""
    return Reading(Hit(since, f"{moment.carrier} reports a problem with the address since {instant(since)}{said}."))


def damaged(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel reported damaged, also where it was delivered all the same."""
    situation = moment.situation
    if situation.damaged_at is None and moment.state != State.DAMAGED and situation.reason != Reason.DAMAGED:
        return NOTHING
    since = situation.damaged_at or moment.reason_since
    after = " and delivered it all the same" if moment.state == State.DELIVERED else ""
    return Reading(Hit(since, f"{moment.carrier} reported it damaged {instant(since)}{after}."))


def lost(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that the carrier calls lost, or that nobody has scanned for so long that it is presumed lost.

    A silent return is stalled until its carrier says lost: nobody waits for it at the other end.
    """
    situation = moment.situation
    if moment.state == State.LOST or situation.reason == Reason.LOST:
        since = moment.state_since if moment.state == State.LOST else moment.reason_since
        return Reading(Hit(since, f"{moment.carrier} reported it lost {instant(since)}."))
    last = situation.last_physical_at
    if last is None or moment.state not in _MOVING or situation.direction is Direction.RETURN:
        return NOTHING
    days = _figure(rule, "presumed_days", moment)
    presumed_at = last + _DAY * days
    if moment.deadline is not None and moment.deadline > presumed_at:
        presumed_at = moment.deadline
    if moment.now < presumed_at:
        return Reading(changes_at=presumed_at)
    if (paused := _paused(moment, rule)) is not None:
        return paused
    sentence = f"Not scanned since {instant(last)}, more than {number(days, 'day')}: presumed lost."
    return Reading(Hit(presumed_at, sentence))


def return_to_sender(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel that comes back to us instead of reaching its customer."""
    situation = moment.situation
    since = situation.returning_at or moment.state_since
    why = WHY.get(situation.reason)
    because = f"; {why}" if why else ""
    if moment.state == State.RETURNED:
        back = moment.state_since
        return Reading(Hit(since, f"{moment.carrier} brought it back to us {instant(back)}{because}."))
    return Reading(Hit(since, f"{moment.carrier} is sending it back to us since {instant(since)}{because}."))


def invalid_tracking_number(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a number the carrier still does not know after the time it may take to know it."""
    situation = moment.situation
    if situation.reason != _UNKNOWN_NUMBER or situation.first_physical_at is not None:
        return NOTHING
    grace = _figure(rule, "grace_hours", moment)
    since = situation.known_since + timedelta(hours=grace)
    if moment.now < since:
        near = f"{moment.carrier} does not know the number yet; it may take until {instant(since)}."
        return Reading(near=near, changes_at=since)
    known = instant(situation.known_since)
    return Reading(Hit(since, f"{moment.carrier} does not know this number, {number(grace, 'hour')} after {known}."))


def unknown_status(moment: Moment, rule: DetectorRule) -> Reading:
    """Find a parcel whose latest scan nobody has given a meaning."""
    situation = moment.situation
    if not situation.unmapped_code:
        return NOTHING
    since = situation.state_since or situation.last_event_at or situation.known_since
    case_at = moment.calendar.add(since, _figure(rule, "case_days", moment))
    raised = moment.now >= case_at
    said = f"“{situation.last_description}”" if situation.last_description else "something"
    sentence = f"{moment.carrier} says {said} since {instant(since)}, and nobody has said yet what that means."
    return Reading(Hit(since, sentence, raised, Level.CASE if raised else Level.WATCH), changes_at=case_at)


def _latest(first: datetime, *others: datetime | None) -> datetime:
    return max([first, *(each for each in others if each is not None)])


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((each for each in instants if each is not None), default=None)


def _tried_in_time(moment: Moment) -> bool:
    """Say whether the carrier tried to deliver before the promise ended: what is left is the recipient's part."""
    tried = moment.situation.last_attempt_at
    return tried is not None and moment.deadline is not None and tried <= moment.deadline


_BEFORE: Final = frozenset({State.LABEL_CREATED, State.UNKNOWN})
_MOVING: Final = frozenset({State.PICKED_UP, State.IN_TRANSIT, State.OUT_FOR_DELIVERY, State.DELAYED, State.UNKNOWN})
_WITH_CARRIER: Final = frozenset({*_MOVING, State.LABEL_CREATED, State.DAMAGED})
_OPEN: Final = frozenset(State) - TERMINAL
_BOTH: Final = frozenset(Direction)
_OUTBOUND: Final = frozenset({Direction.OUTBOUND})


class Detector(NamedTuple):
    """A detector with the states and directions in which it can say anything."""

    find: Callable[[Moment, DetectorRule], Reading]
    states: frozenset[State]
    directions: frozenset[Direction] = _OUTBOUND


DETECTORS: Final[Mapping[FindingKind, Detector]] = MappingProxyType(
    {
        FindingKind.NO_FIRST_SCAN: Detector(no_first_scan, _BEFORE | _MOVING),
        FindingKind.STALLED: Detector(stalled, _MOVING),
        FindingKind.PROMISE_AT_RISK: Detector(promise_at_risk, _WITH_CARRIER - {State.OUT_FOR_DELIVERY}),
        FindingKind.PROMISE_MISSED: Detector(promise_missed, _WITH_CARRIER | {State.ATTEMPTED}),
        FindingKind.ATTEMPTED: Detector(attempted, _MOVING | {State.ATTEMPTED}, _BOTH),
        FindingKind.ADDRESS_ISSUE: Detector(address_issue, _OPEN - {State.RETURNING}, _BOTH),
        FindingKind.HELD_FOR_PICKUP: Detector(held_for_pickup, _OPEN - {State.RETURNING}),
        FindingKind.CUSTOMS_HOLD: Detector(customs_hold, _OPEN - {State.RETURNING}),
        FindingKind.DAMAGED: Detector(damaged, _OPEN | {State.DELIVERED}, _BOTH),
        FindingKind.LOST: Detector(lost, _OPEN | {State.LOST}, _BOTH),
        FindingKind.RETURN_TO_SENDER: Detector(return_to_sender, frozenset({State.RETURNING, State.RETURNED})),
        FindingKind.DELIVERED_NOT_RECEIVED: Detector(delivered_not_received, frozenset({State.DELIVERED})),
        FindingKind.INVALID_TRACKING_NUMBER: Detector(invalid_tracking_number, _BEFORE, _BOTH),
        FindingKind.UNKNOWN_STATUS: Detector(unknown_status, _OPEN, _BOTH),
        FindingKind.SOURCE_DISAGREEMENT: Detector(source_disagreement, frozenset(State), _BOTH),
        FindingKind.RETURN_STALLED: Detector(return_stalled, _MOVING | {State.LABEL_CREATED, State.RETURNING}, _BOTH),
        FindingKind.REFUND_OVERDUE: Detector(refund_overdue, frozenset({State.DELIVERED, State.RETURNED}), _BOTH),
        FindingKind.LATER_DELIVERED: Detector(later_delivered, frozenset({State.DELIVERED})),
    }
)
"""Every finding the policy can look for; `rules.FIGURES` names the figures each one reads."""
