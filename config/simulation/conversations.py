"""What customers ask the helpdesk, when, and what the first reply tells them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from config.simulation.instants import DAY, HOUR, iso, midnight, working_instant
from config.simulation.kinds import Kind, state_of
from config.simulation.orders import PlacedOrder
from config.simulation.parcels import Parcel

_ASKS: Final = {
    "lost": 0.75,
    "damaged": 0.7,
    "customs": 0.5,
    "stalled": 0.35,
    "no_first_scan": 0.4,
    "address": 0.35,
    "weather": 0.3,
    "attempted": 0.3,
    "wrong_number": 0.5,
    "slow": 0.3,
    "missed": 0.25,
    "new_code": 0.2,
    "refused": 0.08,
    "collected": 0.1,
}
_ASKS_ANYWAY: Final = 0.03
_NOT_RECEIVED: Final = 0.004
_ASKS_AGAIN: Final = 0.14
_WRONG_REPLY: Final = 0.13


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation from opening to end; instants in seconds, the later ones perhaps after the world's end."""

    conversation_id: str
    parcel: Parcel
    topic: str
    opened_at: int
    first_reply_at: int
    first_reply_state: str
    closed_at: int

    @property
    def moments(self) -> tuple[int, int, int]:
        """Return the instants at which there is something new to tell."""
        return self.opened_at, self.first_reply_at, self.closed_at

    def contract(self, until: int) -> dict[str, Any]:
        """Return the conversation in the plain contract, as it stands at `until`."""
        replied, closed = self.first_reply_at <= until, self.closed_at <= until
        return {
            "conversation_id": self.conversation_id,
            "order_id": self.parcel.order_id,
            "customer_id": self.parcel.customer_id,
            "tracking_number": self.parcel.number,
            "topic": self.topic,
            "opened_at": iso(self.opened_at),
            "first_reply_at": iso(self.first_reply_at) if replied else None,
            "first_reply_state": self.first_reply_state if replied else None,
            "closed_at": iso(self.closed_at) if closed else None,
            "url": f"https://helpdesk.example.com/tickets/{self.conversation_id}",
        }


def talks(orders: Iterable[PlacedOrder], seed: int, ends: int) -> Iterator[Talk]:
    """Return the conversations opened about these orders by `ends`, order by order."""
    for order in orders:
        for parcel in order.parcels:
            yield from _about(parcel, seed, ends)


def _about(parcel: Parcel, seed: int, ends: int) -> Iterator[Talk]:
    rng = Random(seed * 998_244_353 + parcel.index)
    chance = rng.random()
    if chance < _ASKS.get(parcel.trouble, _ASKS_ANYWAY):
        opened = _asks_at(rng, parcel)
    elif not parcel.trouble and chance < _ASKS_ANYWAY + _NOT_RECEIVED and parcel.scans[-1].kind is Kind.DELIVERED:
        opened = parcel.scans[-1].at + int((4 + 40 * rng.random()) * HOUR)
    else:
        return
    times = [opened] if rng.random() > _ASKS_AGAIN else [opened, opened + int((0.8 + 2 * rng.random()) * DAY)]
    for number, at in enumerate(_awake(at) for at in times):
        if at <= ends:
            yield _talk(rng, parcel, f"T{seed:02d}{parcel.index:06d}{number}", at)


def _asks_at(rng: Random, parcel: Parcel) -> int:
    """Return when the customer asks: mostly after the trouble shows, sometimes a day before anybody knows of it."""
    if parcel.troubled_at is None:
        return parcel.label_at + int((2 + 2.5 * rng.random()) * DAY)
    if rng.random() < 0.2:
        return max(parcel.label_at + DAY, parcel.troubled_at - int(rng.random() * DAY))
    return parcel.troubled_at + int((2 + rng.expovariate(1 / 26)) * HOUR)


def _awake(at: int) -> int:
    """Move what would be written at night (UTC 5 to 12, as most customers live in America) to the day."""
    return at if at % DAY // HOUR >= 12 or at % DAY < 5 * HOUR else midnight(at) + 13 * HOUR + at % HOUR


def _talk(rng: Random, parcel: Parcel, number: str, opened: int) -> Talk:
    replied = working_instant(opened + int(2 * HOUR * rng.lognormvariate(0, 0.9)) + 240, opens=8, closes=20)
    looked_at = replied - (2 * DAY if rng.random() < _WRONG_REPLY else HOUR)
    state = state_of(scan for scan in parcel.scans if scan.at <= looked_at)
    if parcel.trouble == "damaged" and rng.random() < 0.8:
        topic = "damage"
    else:
        topic = "return" if parcel.is_return else "other" if rng.random() < 0.04 else "wismo"
    closed = working_instant(replied + int(9 * HOUR * rng.lognormvariate(0, 0.9)), opens=8, closes=20)
    return Talk(number, parcel, topic, opened, replied, state.value, closed)
