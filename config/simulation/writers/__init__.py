"""Write a parcel's scans in the real envelope of each source (pure)."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from config.simulation.parcels import Parcel
from config.simulation.writers import dhl_express, dhl_universal, easypost, events, fedex, ups, usps
from config.simulation.writers.telling import Teller

TELLERS: Final[MappingProxyType[str, Callable[[Parcel, dict[str, int]], Teller]]] = MappingProxyType(
    {"easypost": easypost.EasyPost, "ups": ups.Ups, "fedex": fedex.Fedex, "events": events.Events}
)


ASKED_TELLERS: Final[MappingProxyType[str, Callable[[Parcel, dict[str, int]], Teller]]] = MappingProxyType(
    {"usps": usps.Usps, "dhl_express": dhl_express.DhlExpress, "dhl_universal": dhl_universal.DhlUniversal}
)
"""Sources that no service of the world is told by; their answers are written for measurements and tests."""

__all__ = ["ASKED_TELLERS", "TELLERS", "Teller"]
