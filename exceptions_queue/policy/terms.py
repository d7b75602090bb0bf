"""The parts of a policy that say what and how much: services, approval limits, claim windows (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import TextChoices

from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.situation import Team
from shipments.facts import State


class StateClass(TextChoices):
    """Who should care that a parcel is in a state."""

    INFORMATIONAL = "informational", "For the record"
    CUSTOMER_FACING = "customer_facing", "Worth telling the customer"
    EXCEPTION = "exception", "Needs somebody"


class ClaimKind(TextChoices):
    LOST = "lost", "Lost"
    DAMAGED = "damaged", "Damaged"


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """A class of service and the words in a service's name that tell it."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Services:
    """The classes in the order in which they are tried; a service none of them knows has class "default"."""

    classes: tuple[ServiceClass, ...]
    _known: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def class_of(self, service: str) -> str:
        """Return the class of a service by its name as carriers and storefronts write it."""
        found = self._known.get(service)
        return self._learn(service) if found is None else found

    def _learn(self, service: str) -> str:
        spaced = f" {plain_words(service)} "
        matches = (each.name for each in self.classes if any(f" {words} " in spaced for words in each.words))
        name = next(matches, "default")
        if len(self._known) < 10_000:
            self._known[service] = name
        return name


@dataclass(frozen=True, slots=True)
class Approvals:
    """How much each role may decide alone, by currency; None is without limit, a role not named decides nothing.

    `goods` says that goods sent again count as much as their order is worth.
    """

    limits: Mapping[str, Mapping[str, Decimal | None]]
    goods: bool = False

    def limit(self, roles: Iterable[str], currency: str) -> Decimal | None:
        """Return the most that somebody with these roles may decide alone; None is without limit.

        In a currency the policy does not name only a role without limit anywhere decides.
        """
        named = self.limits.get(currency)
        if named is None:
            free = any(role in each and each[role] is None for each in self.limits.values() for role in roles)
            return None if free else Decimal(0)
        limits = [named[role] for role in roles if role in named]
        return None if None in limits else max((limit for limit in limits if limit is not None), default=Decimal(0))


class ClaimDates(NamedTuple):
    """When a claim opens and closes; None where the policy or the parcel does not say."""

    opens_at: datetime | None
    closes_at: datetime | None


class Anchor(TextChoices):
    """What the days of a claim window are counted from."""

    SHIPPED = "shipped", "Shipped"
    PROMISED = "promised", "Promised"
    LAST_SCAN = "last_scan", "Last scan"
    DELIVERED = "delivered", "Delivered"


@dataclass(frozen=True, slots=True)
class DaysAfter:
    """So many calendar days after something."""

    days: int
    anchor: Anchor

    def date(self, instants: Mapping[Anchor, datetime | None]) -> datetime | None:
        """Return the instant, or None where the anchor's own is not known."""
        start = instants.get(self.anchor)
        return None if start is None else start + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class ClaimWindow:
    """When a claim may be filed with a carrier and where that is written; None where nobody says."""

    carrier: str
    kind: ClaimKind
    opens: DaysAfter | None
    closes: DaysAfter | None
    source: str
    verify: str

    def dates(self, instants: Mapping[Anchor, datetime | None]) -> ClaimDates:
        """Return when the claim opens and closes for a parcel with these instants."""
        opens, closes = (each.date(instants) if each else None for each in (self.opens, self.closes))
        return ClaimDates(opens, closes)


@lru_cache(maxsize=4096)
def plain_words(name: str) -> str:
    """Return a service's name as separate small words: "FEDEX_2_DAY" and "2ndDayAir" as people would say them."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", apart.lower()).split())


def parse_states(line: Line) -> Mapping[State, StateClass]:
    """Return the class of every state. Raises: PolicyError."""
    lines = line.fields(State.values)
    return MappingProxyType({State(name): each.choice(StateClass) for name, each in lines.items()})


def parse_services(line: Line) -> Services:
    """Return the service classes in their order. Raises: PolicyError."""
    classes = []
    for row in line.rows():
        lines = row.fields(("class", "words"))
        words = tuple(plain_words(word.text()) for word in lines["words"].rows())
        classes.append(ServiceClass(lines["class"].text(), words))
    return Services(tuple(classes))


def parse_approvals(line: Line) -> Approvals:
    """Return who may decide how much alone, in which currency. Raises: PolicyError."""
    roles = [*Team.values, "manager"]
    limits: dict[str, Mapping[str, Decimal | None]] = {}
    lines = line.fields(("limits",), ("source", "goods"))
    for currency, row in lines["limits"].entries():
        limits[currency] = MappingProxyType(
            {
                role: None if entry.value is None else Decimal(str(entry.number("units", above=None)))
                for role, entry in row.fields((), roles).items()
            }
        )
    return Approvals(MappingProxyType(limits), lines["goods"].flag() if "goods" in lines else False)


def parse_claim_windows(line: Line) -> tuple[ClaimWindow, ...]:
    """Return the claim windows, one for a carrier and kind. Raises: PolicyError."""
    windows: dict[tuple[str, ClaimKind], ClaimWindow] = {}
    for row in line.rows():
        window = _parse_claim_window(row)
        if (window.carrier, window.kind) in windows:
            raise row.error(f"{window.carrier} {window.kind} is written twice", "keep one of them")
        windows[window.carrier, window.kind] = window
    return tuple(windows.values())


def _parse_claim_window(row: Line) -> ClaimWindow:
    lines = row.fields(("carrier", "kind", "opens", "closes", "source", "verify"))
    return ClaimWindow(
        carrier=lines["carrier"].text(),
        kind=lines["kind"].choice(ClaimKind),
        opens=_parse_days_after(lines["opens"]),
        closes=_parse_days_after(lines["closes"]),
        source=lines["source"].text(),
        verify=lines["verify"].text(),
    )


def _parse_days_after(line: Line) -> DaysAfter | None:
    if line.value is None:
        return None
    lines = line.fields(("days", "after"))
    return DaysAfter(lines["days"].whole("days"), lines["after"].choice(Anchor))
