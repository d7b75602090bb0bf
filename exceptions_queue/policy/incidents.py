"""Mass incidents: many cases of one carrier, one place and one trouble in a short time are one matter (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.rules import parse_sources
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.words import WHY, carrier_name
from shipments.facts import Reason

_OF_ONE_PARCEL: Final = frozenset(
    {
        Reason.ADDRESS_ISSUE,
        Reason.RECIPIENT_UNAVAILABLE,
        Reason.REFUSED,
        Reason.PAYMENT_DUE,
        Reason.HELD_AT_LOCATION,
        Reason.INVALID_TRACKING_NUMBER,
        Reason.NO_FIRST_SCAN,
        Reason.OTHER,
    }
)
"""Reasons that lie with one recipient or say nothing of the place; the finding itself is the trouble then."""


@dataclass(frozen=True, slots=True)
class IncidentRule:
    """From how many cases within how many hours the policy sees one incident."""

    least_cases: int
    within_hours: int
    source: Mapping[str, str]

    @property
    def within(self) -> timedelta:
        """Return the time in which the cases must have been opened."""
        return timedelta(hours=self.within_hours)


class Key(NamedTuple):
    """What the cases of one incident have in common: a carrier, a place as it is compared, and a trouble."""

    carrier: str
    place: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One open case that belongs to no incident yet; `location` is where its parcel was scanned last."""

    case_id: int
    carrier: str
    location: str
    headline: FindingKind
    reason: str
    opened_at: datetime

    @property
    def key(self) -> Key | None:
        """Return what it could share with others, or None where its place is not known."""
        place = plain_place(self.location)
        return Key(self.carrier, place, trouble_of(self.headline, self.reason)) if place else None


@dataclass(frozen=True, slots=True)
class Offer:
    """Cases that are one matter, earliest first; `incident_id` is the open incident they join, None for a new one."""

    key: Key
    location: str
    cases: tuple[int, ...]
    since: datetime
    incident_id: int | None = None


def offers(
    sightings: Iterable[Sighting], open_incidents: Mapping[Key, int], rule: IncidentRule, now: datetime
) -> tuple[Offer, ...]:
    """Return the incidents that cases opened by `now` add up to, the largest first, each case in one at most."""
    groups: dict[Key, list[Sighting]] = defaultdict(list)
    for each in sightings:
        if (key := each.key) is not None and now - rule.within < each.opened_at <= now:
            groups[key].append(each)
    found = [
        _offer(key, sorted(cases, key=_order), open_incidents.get(key))
        for key, cases in groups.items()
        if key in open_incidents or len(cases) >= rule.least_cases
    ]
    return tuple(sorted(found, key=lambda offer: (-len(offer.cases), offer.key)))


def _order(sighting: Sighting) -> tuple[datetime, int]:
    return sighting.opened_at, sighting.case_id


def _offer(key: Key, cases: Sequence[Sighting], incident_id: int | None) -> Offer:
    return Offer(key, cases[0].location, tuple(each.case_id for each in cases), cases[0].opened_at, incident_id)


def trouble_of(headline: FindingKind, reason: str) -> str:
    """Return what one incident is about: the carrier's reason where it concerns a place, else the finding."""
    return headline.value if not reason or reason in _OF_ONE_PARCEL else str(reason)


def plain_place(location: str) -> str:
    """Return a place as it is compared: "LOUISVILLE,KY US" and "Louisville, KY, US" are the same."""
    return " ".join(re.findall(r"\w+", location.casefold()))


def title(carrier: str, location: str, trouble: str) -> str:
    """Say what an incident is in half a sentence: "UPS, Louisville, KY: the weather held it up"."""
    if trouble in FindingKind.values:
        said = FindingKind(trouble).label
    else:
        said = WHY.get(trouble) or trouble.replace("_", " ")
    return f"{carrier_name(carrier)}, {location}: {said[:1].lower()}{said[1:]}"


def parse_incidents(line: Line) -> IncidentRule:
    """Return from when on cases are one incident. Raises: PolicyError."""
    lines = line.fields(("least_cases", "within_hours"), ("source",))
    return IncidentRule(
        lines["least_cases"].whole("cases", 2),
        lines["within_hours"].whole("hours", 1),
        parse_sources(lines["source"]) if "source" in lines else MappingProxyType({}),
    )
