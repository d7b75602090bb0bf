"""What it costs to read a body and look its codes up, beside `json.loads` of the same bodies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

from carriers.codes import CodeTable, to_event
from carriers.seed import seed_rows
from carriers.sources import get_source
from carriers.sources.reading import Request
from config.benchmarks.world import END
from config.simulation.parcels import Parcel
from config.simulation.world import World
from config.simulation.writers import ASKED_TELLERS, TELLERS
from config.simulation.writers.telling import Form

ROUNDS: Final = 5
"""How often each side is measured, in turns; the fastest round counts, as the slower ones were disturbed."""

_CARRIERS: Final = {"usps": "usps", "dhl_express": "dhl_express", "dhl_universal": "dhl_express"}
"""Whose parcels are told by a source that no service of the world uses."""


def run(*, messages: int, seed: int = 1) -> dict[str, Any]:
    """Return messages a second of ours and of the limit, for each source and for all, each source weighing the same.

    Ours reads a body into scans and gives each scan its meaning; the limit only decodes the same bytes as JSON.
    """
    table = CodeTable(row.table_row for row in seed_rows())
    measured = {}
    for source, bodies in sorted(_bodies(messages=messages, seed=seed).items()):
        measured[source] = _measured(source, bodies, table)
    ours, limit = (_together([each[side] for each in measured.values()]) for side in ("ours", "limit"))
    return {
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "ratio": round(ours / limit, 3),
        "unit": "messages/s",
        "sources": measured,
    }


def _bodies(*, messages: int, seed: int) -> dict[str, list[bytes]]:
    """Return, for each source, `messages` whole histories of parcels in its format; our contract tells one event."""
    world = World(max(100, messages * 12), 30, seed, END)
    parcels = [parcel for order in world.orders() for parcel in order.parcels if parcel.scans]
    told: dict[str, list[bytes]] = {}
    for source, teller in (TELLERS | ASKED_TELLERS).items():
        mine = (parcel for parcel in parcels if _is_told_by(parcel, source))
        tellers = (teller(parcel, world.offsets) for parcel in islice(mine, messages))
        form = Form.SCAN if source == "events" else Form.HISTORY
        told[source] = [each.body(form, len(each.parcel.scans), world.ends, 0) for each in tellers]
    return told


def _is_told_by(parcel: Parcel, source: str) -> bool:
    if source in _CARRIERS:
        return parcel.service.carrier == _CARRIERS[source]
    return parcel.service.source == source


def _measured(source: str, bodies: Sequence[bytes], table: CodeTable) -> dict[str, Any]:
    adapter, system = get_source(source), get_source(source).CODE_SYSTEM
    request = Request(received_at=END)

    def ours(body: bytes) -> int:
        scans = adapter.read(body, request)
        return len([to_event(scan, table, source=source, received_at=END, system=system) for scan in scans])

    scans = sum(map(ours, bodies))
    rounds = [(_seconds(ours, bodies), _seconds(json.loads, bodies)) for _ in range(ROUNDS)]
    best_ours, best_limit = (min(each[side] for each in rounds) for side in (0, 1))
    return {
        "ours": round(len(bodies) / best_ours, 1),
        "limit": round(len(bodies) / best_limit, 1),
        "ratio": round(best_limit / best_ours, 3),
        "messages": len(bodies),
        "scans": scans,
        "bytes": sum(map(len, bodies)) // len(bodies),
        "microseconds": round(best_ours / len(bodies) * 1e6, 1),
    }


def _seconds(read: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    began = time.perf_counter()
    for body in bodies:
        read(body)
    return time.perf_counter() - began


def _together(rates: Sequence[float]) -> float:
    """Return the rate of an equal mix of the sources."""
    return len(rates) / sum(1 / rate for rate in rates)
