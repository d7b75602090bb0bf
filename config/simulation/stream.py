"""The messages of a world in the order we receive them, rendered only when they are due (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Final

from config.simulation.delivery import Sent, sent
from config.simulation.instants import DAY, instant
from config.simulation.orders import PlacedOrder
from config.simulation.world import World
from config.simulation.writers.telling import Form

ACCOUNT: Final = "demo"
_POLLED: Final = frozenset({"ups", "fedex"})
_EVENT_ID: Final = re.compile(rb'"id":"(evt_[0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message as it arrives; an empty key means that its body identifies it."""

    source: str
    account: str
    key: str
    received_at: datetime
    body: bytes
    subject_number: str = ""
    subject_carrier: str = ""


def messages(shipments: int, days: int, seed: int, end: datetime) -> Iterator[RawMessage]:
    """Return every message of a world in the order received, up to `end`; memory grows only with what is on the way."""
    world = World(shipments, days, seed, end)
    return told(world, world.orders())


def told(world: World, orders: Iterable[PlacedOrder]) -> Iterator[RawMessage]:
    """Return the messages about these orders' parcels; orders come in the order they are placed."""
    waiting: list[Sent] = []
    for order in orders:
        while waiting and waiting[0].received_at < order.placed_at - DAY:
            yield _rendered(heappop(waiting))
        for parcel in order.parcels:
            for message in sent(parcel, world.seed, world.offsets, world.ends):
                heappush(waiting, message)
    while waiting:
        yield _rendered(heappop(waiting))


def _rendered(message: Sent) -> RawMessage:
    teller = message.teller
    body = teller.body(message.form, message.scans, message.sent_at, message.copy)
    parcel = teller.parcel
    source = parcel.service.source
    asked = source in _POLLED and message.form is not Form.SCAN
    found = _EVENT_ID.search(body, 0, 600) if source == "easypost" else None
    return RawMessage(
        source=source,
        account=ACCOUNT,
        key=found[1].decode() if found else "",
        received_at=instant(message.received_at),
        body=body,
        subject_number=parcel.number if asked else "",
        subject_carrier=parcel.service.carrier if asked else "",
    )
