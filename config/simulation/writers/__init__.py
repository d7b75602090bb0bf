"""Write a parcel's scans in the real envelope of each source (pure)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from config.simulation.parcels import Parcel
from config.simulation.writers import easypost, events, fedex, ups
from config.simulation.writers.telling import Teller

TELLERS: Final[MappingProxyType[str, Callable[[Parcel, dict[str, int]], Teller]]] = MappingProxyType(
    {"easypost": easypost.EasyPost, "ups": ups.Ups, "fedex": fedex.Fedex, "events": events.Events}
)

__all__ = ["TELLERS", "Teller"]
