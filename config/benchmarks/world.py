"""What the benchmarks are fed: a simulated month, written before any clock starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from config.simulation.stream import RawMessage, told
from config.simulation.world import World
from shipments.contracts import OrderFact, parse_order

END: Final = datetime(2026, 11, 23, 15, tzinfo=UTC)
MESSAGES_A_SHIPMENT: Final = 8
"""About what the simulated world tells of one parcel; the sample is cut to the number asked for."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Orders, the messages about their parcels in the order received, and the instant they end."""

    orders: tuple[OrderFact, ...]
    messages: tuple[RawMessage, ...]
    end: datetime


def sample(*, messages: int, seed: int) -> Stream:
    """Return a month of a world that tells `messages` messages (a little fewer where the world is small)."""
    world = World(max(100, messages // MESSAGES_A_SHIPMENT + 50), 30, seed, END)
    orders = tuple(world.orders())
    told_messages = tuple(islice(told(world, orders), messages))
    return Stream(tuple(parse_order(order.contract()) for order in orders), told_messages, END)
