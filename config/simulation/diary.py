"""Which worlds were played into this database and how far, so that none is played twice or left half told."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.folders import data_folder, noted
from config.simulation.world import World
from shipments.models import Order


class OtherWorld(ValueError):
    """The seed was played with other numbers before; its orders and parcels are taken."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One world in the diary: what was asked for, when it ends, and up to when it was played (ISO 8601)."""

    shipments: int
    days: int
    end: str
    played_to: str

    @property
    def is_finished(self) -> bool:
        return self.played_to == self.end


def world_to_play(*, shipments: int, days: int, seed: int, now: datetime) -> tuple[World, datetime | None]:
    """Return the world to play, and the instant up to which it was played already (its end: nothing is left to do).

    A world that was interrupted keeps its own end, so its numbers and instants stay the same. Raises: OtherWorld.
    """
    fresh = World(shipments, days, seed, now.replace(microsecond=0))
    first = next(fresh.orders(), None)
    if first is None or not Order.objects.filter(order_id=first.order_id).exists():
        return fresh, None
    found = _read().get(str(seed))
    if found is None:
        return fresh, fresh.end
    entry = Entry(**found)
    if (entry.shipments, entry.days) != (shipments, days):
        raise OtherWorld(
            f"Seed {seed} was already played with {entry.shipments} shipments over {entry.days} days, and its numbers "
            "are taken. Use another seed."
        )
    world = World(shipments, days, seed, datetime.fromisoformat(entry.end))
    return world, world.end if entry.is_finished else datetime.fromisoformat(entry.played_to)


def note(world: World, played_to: datetime) -> None:
    """Write down how far the world was played; safe against being killed."""
    entry = Entry(world.shipments, world.days, world.end.isoformat(), played_to.isoformat())
    whole = _read() | {str(world.seed): asdict(entry)}
    draft = _path().with_suffix(".draft")
    draft.write_text(json.dumps(whole))
    os.replace(draft, _path())


def _read() -> dict[str, Any]:
    return noted(_path())


def _path() -> Path:
    return data_folder() / "simulations.json"
