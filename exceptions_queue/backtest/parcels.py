"""What is replayed: a parcel with its order, its events and its conversations, each with when it was known (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final, NamedTuple

from exceptions_queue.policy.clocks import end_of_promise
from exceptions_queue.policy.lessons import Heard, Lesson, lane_of, lesson
from shipments.facts import Direction, State
from shipments.timeline import ShipmentState, fold

_LOADED_LATER: Final = timedelta(days=30)
"""A parcel without any event, first seen so long after its order, was loaded as history. Source: our own rule."""


class Talk(NamedTuple):
    """A customer's conversation about the parcel's order, or about one parcel of it (`about`, by its id).

    `answered_at` is when an agent first replied.
    """

    opened_at: datetime
    closed_at: datetime | None
    asks_where: bool
    answered_at: datetime | None = None
    about: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether it was open at an instant."""
        return self.opened_at <= now and (self.closed_at is None or self.closed_at > now)

    def asks_after(self, delivered_at: datetime, now: datetime) -> bool:
        """Say whether it was opened by `now` to ask where a parcel is that had been delivered."""
        return self.asks_where and delivered_at < self.opened_at <= now


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of the past; `customer` groups the parcels of one customer, and is the parcel's own where unknown."""

    id: int
    customer: int
    carrier: str
    tracking_number: str
    service: str
    direction: Direction
    first_seen_at: datetime
    promised_at: datetime | None
    order_id: str = ""
    storefront: str = ""
    channel: str = ""
    tier: str = ""
    placed_at: datetime | None = None
    event_date: datetime | None = None
    value: Decimal | None = None
    currency: str = ""
    events: Sequence[Heard] = ()
    talks: Sequence[Talk] = ()

    @property
    def has_recipient(self) -> bool:
        """Say whether there is anybody to tell of it: a parcel without an order is nobody's."""
        return bool(self.order_id)

    @property
    def known_at(self) -> datetime:
        """Return when we first knew of it; the past of loaded history begins with its order."""
        first = min((each.at for each in self.events), default=None)
        placed = self.placed_at
        if first is None:
            loaded = placed is not None and self.first_seen_at - placed > _LOADED_LATER
            return placed if loaded and placed is not None else self.first_seen_at
        if first >= self.first_seen_at:
            return self.first_seen_at
        return min(first, placed) if placed is not None else first

    @property
    def known_since(self) -> datetime:
        """Return since when its clock runs, as far as is known in the end."""
        first = min((each.scan.occurred_at for each in self.events), default=self.first_seen_at)
        return min(first, self.placed_at or first, self.first_seen_at)

    def lesson(self) -> Lesson | None:
        """Return what it teaches once it is finished."""
        return lesson(
            self.events,
            lane=lane_of(self.carrier, self.service),
            known_since=self.known_since,
            direction=self.direction,
            deadline=None if self.promised_at is None else end_of_promise(self.promised_at),
        )

    def ending(self, until: datetime) -> ShipmentState:
        """Return what its timeline adds up to at an instant."""
        return fold(each.scan for each in self.events if each.at <= until)


class Fate(NamedTuple):
    """What became of a parcel's promise by an instant: was it late, and when did its delivery or its promise end."""

    deadline: datetime | None
    delivered_at: datetime | None
    late: bool

    @property
    def flag_until(self) -> datetime | None:
        """Return until when a warning is one: before the delivery and before the promised day ends."""
        ends = [at for at in (self.deadline, self.delivered_at) if at is not None]
        return min(ends, default=None) if self.deadline is not None else None


def fate(parcel: Parcel, until: datetime, zone: tzinfo = UTC) -> Fate:
    """Return what became of its promise by `until`; one that never arrived is late once its promise has ended.

    A promised date ends with that day in `zone`, as it does for the policy.
    """
    ending = parcel.ending(until)
    delivered_at = ending.delivered_at
    if parcel.promised_at is None or parcel.direction is not Direction.OUTBOUND or ending.state is State.CANCELLED:
        return Fate(None, delivered_at, False)
    deadline = end_of_promise(parcel.promised_at, zone)
    late = delivered_at > deadline if delivered_at is not None else until >= deadline
    return Fate(deadline, delivered_at, late)
