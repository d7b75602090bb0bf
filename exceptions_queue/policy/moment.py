"""What detectors look at: a situation at an instant with the policy's answers for it, and how they reply (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.clocks import OperatingDays, end_of_promise, last_day_of_promise
from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.risk import LearnedRisk
from exceptions_queue.policy.situation import FindingKind, Level, Situation
from exceptions_queue.policy.words import carrier_name, day
from shipments.facts import State

_DAY: Final = timedelta(days=1)
_NO_KINDS: Final[frozenset[FindingKind]] = frozenset()


@dataclass(slots=True)
class Moment:
    """One shipment at one instant.

    `state` is the last one known: a scan nobody understands does not undo what was known before it.
    `tier_points` is what the customer's tier is worth in the score.
    `deadline` is when the promise ends: ours, else the carrier's own estimate (`promise_is_ours` tells); None where
    nobody promised anything. `open_kinds` are the findings already open on its case, `risk` the odds learned so far.
    """

    situation: Situation
    now: datetime
    state: State
    service_class: str
    calendar: OperatingDays
    deadline: datetime | None
    promise_is_ours: bool
    open_kinds: frozenset[FindingKind]
    tier_points: int = 0
    risk: LearnedRisk | None = None

    @property
    def carrier(self) -> str:
        """Return the carrier's name in words."""
        return carrier_name(self.situation.carrier)

    @property
    def state_since(self) -> datetime:
        """Return since when it is in that state; from before that was kept, and unheard of, as near as is known."""
        situation = self.situation
        known_since = situation.last_known_since or situation.state_since
        return known_since or situation.last_event_at or situation.known_since

    @property
    def reason_since(self) -> datetime:
        """Return since when the carrier gives its reason."""
        return self.situation.reason_since or self.state_since

    @property
    def due_day(self) -> str:
        """Return the last day on which the promise is kept, in words and where the carrier is; empty without one."""
        return "" if self.deadline is None else day(last_day_of_promise(self.deadline, self.calendar.zone))

    def day(self, at: datetime) -> str:
        """Return the day of an instant, in words and where the carrier is."""
        return day(at.astimezone(self.calendar.zone))

    @property
    def later_day(self) -> str:
        """Return the day the carrier now expects, in words, where that is later than our promise; else empty."""
        estimate, deadline, zone = self.situation.estimated_at, self.deadline, self.calendar.zone
        if estimate is None or deadline is None or not self.promise_is_ours or estimate < deadline - _DAY:
            return ""
        expected = last_day_of_promise(end_of_promise(estimate, zone), zone)
        return day(expected) if expected.date() > last_day_of_promise(deadline, zone).date() else ""


def moment_at(situation: Situation, policy: Policy, now: datetime, risk: LearnedRisk | None = None) -> Moment:
    """Return a situation at `now` (aware, UTC) with what the policy says about its service, calendar and promise."""
    service_class = policy.services.class_of(situation.service)
    calendar = policy.calendars.operating_days(situation.carrier, service_class)
    promise = situation.promised_at or situation.estimated_at
    return Moment(
        situation,
        now,
        situation.last_known_state if situation.state == State.UNKNOWN else situation.state,
        service_class,
        calendar,
        None if promise is None else end_of_promise(promise, calendar.zone),
        situation.promised_at is not None,
        frozenset([each.kind for each in situation.open_findings]) if situation.open_findings else _NO_KINDS,
        policy.score.tiers.get(situation.tier.lower(), 0) if situation.tier else 0,
        risk,
    )


class Hit(NamedTuple):
    """A finding that is true.

    `since` is when it became true, `raised` whether it is in its worse stage, `level` the most it asks for. An
    `urgent` one has half the time allowed.
    """

    since: datetime
    sentence: str
    raised: bool = False
    level: Level = Level.CASE
    facts: Mapping[str, Any] = MappingProxyType({})
    urgent: bool = False


class Reading(NamedTuple):
    """What a detector says: a hit, or what is missing, and when silence alone would change the answer."""

    hit: Hit | None = None
    near: str = ""
    changes_at: datetime | None = None


NOTHING: Final = Reading()
