"""Made-up histories for the backtest's tests; nothing in them is real.

`sparse` is a retailer's as two-scan histories are: handed to the carrier, delivered, a promise weeks ahead, about nine
parcels in 100 late. Its figures were chosen so that simple rules do on it about what they do on a real one of that kind
(due within 3 days: 140 flags per 1,000 at precision 0.67; silent for a week and due within 5 days: 160 at 0.56).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from exceptions_queue.backtest.parcels import Parcel
from exceptions_queue.policy.lessons import Heard, heard
from shipments.facts import Direction, State
from shipments.timeline import Scanned

BEGINS: Final = datetime(2026, 2, 2, tzinfo=UTC)
"""A Monday."""
_LANES: Final = (("near", 0.45, 5.6, 20), ("middle", 0.35, 7.4, 24), ("far", 0.2, 11.0, 29))
"""Name, share of parcels, median days on the way, days promised."""


def day(days: float) -> datetime:
    """Return an instant so many days after the history begins, to the minute."""
    return BEGINS + timedelta(minutes=round(days * 24 * 60))


def scan(number: str, state: State, at: datetime, **fields: Any) -> Scanned:
    name = f"{number} {state} {at}"
    return Scanned(at, uuid5(NAMESPACE_URL, name), state, **({"reason": "", "physical": True} | fields))


def told(number: str, *events: tuple[State, float], heard_after: float = 0.0) -> tuple[Heard, ...]:
    """Return events by their day, each heard of so many days later."""
    return tuple(Heard(day(at + heard_after), scan(number, state, day(at))) for state, at in events)


def parcel(number: int = 1, **fields: Any) -> Parcel:
    """Return a parcel placed on the first day, promised for the tenth."""
    values: dict[str, Any] = {
        "id": number,
        "customer": -number,
        "carrier": "ups",
        "tracking_number": f"P{number}",
        "service": "ground",
        "direction": Direction.OUTBOUND,
        "first_seen_at": BEGINS,
        "promised_at": day(10.5),
        "order_id": f"O{number}",
        "placed_at": BEGINS,
        "currency": "USD",
    }
    return Parcel(**(values | fields))


def sparse(parcels: int, *, seed: int, days: int) -> list[Parcel]:
    """Return parcels placed evenly over so many days, loaded long afterwards."""
    chance = random.Random(seed)
    return [_sparse_parcel(chance, number, days * number / parcels) for number in range(parcels)]


def _sparse_parcel(chance: random.Random, number: int, placed: float) -> Parcel:
    lane, _, median, promised = chance.choices(_LANES, weights=[share for _, share, _, _ in _LANES])[0]
    handed = placed + 2 * math.exp(chance.gauss(0, 0.85))
    on_its_way = median * math.exp(chance.gauss(0, 0.4)) * (chance.uniform(1.5, 5) if chance.random() < 0.11 else 1)
    promise = day(placed + max(7, chance.gauss(promised, 4))).replace(hour=0, minute=0)
    loaded = day(2000)
    scans = ((State.IN_TRANSIT, handed), (State.DELIVERED, handed + on_its_way))
    events = (scan(f"S{number}", state, day(at)) for state, at in scans)
    return parcel(
        number,
        tracking_number=f"S{number}",
        carrier="post",
        service=lane,
        placed_at=day(placed),
        promised_at=promise,
        first_seen_at=loaded,
        events=tuple(heard(each, received_at=loaded, first_seen_at=loaded) for each in events),
    )


def lines(parcels: Iterable[Parcel]) -> tuple[Sequence[dict[str, Any]], Sequence[dict[str, Any]]]:
    """Return orders and events as the plain contracts write them, each in the order of time."""
    orders, events = [], []
    for each in parcels:
        orders.append(
            {
                "order_id": each.order_id,
                "storefront": "main",
                "placed_at": (each.placed_at or BEGINS).isoformat(),
                "promised_at": each.promised_at and each.promised_at.isoformat(),
                "value": "80.00",
                "currency": "USD",
                "channel": "direct",
                "customer": {"customer_id": f"C{each.customer}", "tier": each.tier or "standard"},
                "shipments": [
                    {"carrier": each.carrier, "tracking_number": each.tracking_number, "service": each.service}
                ],
            }
        )
        events += [
            {
                "carrier": each.carrier,
                "tracking_number": each.tracking_number,
                "state": heard_of.scan.state.value,
                "reason": heard_of.scan.reason,
                "occurred_at": heard_of.scan.occurred_at.isoformat(),
                "raw_code": heard_of.scan.state.value,
                "physical": heard_of.scan.physical,
                "source": "events",
            }
            for heard_of in each.events
        ]
    return sorted(orders, key=lambda line: line["placed_at"]), sorted(events, key=lambda line: line["occurred_at"])
