"""One world: everything that happens between its beginning and its end, from a seed and the end (pure).

The same seed and end give the same world to the last byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from config.simulation.instants import DAY, HOUR, seconds
from config.simulation.orders import Ground, PlacedOrder, orders
from config.simulation.places import LOUISVILLE, MEMPHIS, offsets
from config.simulation.troubles import Weather


@dataclass(frozen=True)
class World:
    """What to make: how many shipments, ordered over how many days before `end` (aware)."""

    shipments: int
    days: int
    seed: int
    end: datetime

    @property
    def ends(self) -> int:
        return seconds(self.end)

    @property
    def begins(self) -> int:
        return self.ends - self.days * DAY

    @cached_property
    def offsets(self) -> dict[str, int]:
        """Each zone's offset to UTC in seconds."""
        return offsets(self.end)

    @cached_property
    def weather(self) -> Weather:
        """The storm that closes one hub for two and a half days; its end is a day or so before the world's."""
        hub = LOUISVILLE if self.seed % 2 else MEMPHIS
        begins = self.ends - min(self.days * DAY // 2, 4 * DAY) - (self.seed % 5) * HOUR
        return Weather(hub, begins, begins + 60 * HOUR)

    def orders(self) -> Iterator[PlacedOrder]:
        """Return the orders with their parcels, in the order they are placed."""
        ground = Ground(self.seed, self.offsets, self.weather, max(5, int(self.shipments * 0.7)))
        return orders(ground, shipments=self.shipments, begins=self.begins, ends=self.ends)
