"""Parcels and the journeys they would make if nothing went wrong (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from config.simulation.instants import DAY, HOUR, MINUTE, midnight, next_operating_day
from config.simulation.kinds import Kind, Scan
from config.simulation.places import Route


class Service(NamedTuple):
    """A carrier's service; `days` is its transit time in operating days, None where the distance decides."""

    carrier: str
    name: str
    source: str
    days: int | None
    sundays: bool = False
    saturdays: bool = True


UPS_GROUND: Final = Service("ups", "UPS Ground", "ups", None)
UPS_2ND_DAY: Final = Service("ups", "UPS 2nd Day Air", "ups", 2, saturdays=False)
UPS_NEXT_DAY: Final = Service("ups", "UPS Next Day Air", "ups", 1, saturdays=False)
UPS_STANDARD: Final = Service("ups", "UPS Standard", "ups", None, saturdays=False)
FEDEX_GROUND: Final = Service("fedex", "FEDEX_GROUND", "fedex", None)
FEDEX_2_DAY: Final = Service("fedex", "FEDEX_2_DAY", "fedex", 2, saturdays=False)
USPS_ADVANTAGE: Final = Service("usps", "GroundAdvantage", "easypost", None)
USPS_PRIORITY: Final = Service("usps", "Priority", "easypost", 2)
DHL_WORLDWIDE: Final = Service("dhl_express", "EXPRESS WORLDWIDE", "events", 3, saturdays=False)
ONTRAC: Final = Service("ontrac", "Ground", "events", 2, sundays=True)
GLS: Final = Service("gls", "EuroBusinessParcel", "events", None, saturdays=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel, all that will ever be scanned of it, and what goes wrong on its way (empty where nothing does).

    `promised_at` is the shop's promise, `estimated_at` the carrier's own first estimate.
    """

    index: int
    number: str
    service: Service
    route: Route
    order_id: str
    customer_id: str
    trouble: str
    label_at: int
    promised_at: int
    estimated_at: int
    is_return: bool
    scans: tuple[Scan, ...]

    @property
    def troubled_at(self) -> int | None:
        """Return the first instant at which a careful reader could know of the trouble, None where there is none."""
        if not self.trouble:
            return None
        told = (scan.at for scan in self.scans if scan.kind in _TELLTALE)
        late = self.promised_at if not self.scans or self.scans[-1].at > self.promised_at else None
        return min((at for at in (*told, late) if at is not None), default=None)


_TELLTALE: Final = frozenset(
    {Kind.ATTEMPT, Kind.LAST_ATTEMPT, Kind.REFUSED, Kind.HELD, Kind.ADDRESS, Kind.MISSED, Kind.WEATHER, Kind.CUSTOMS}
    | {Kind.DAMAGED, Kind.DAMAGE_REPORTED, Kind.LOST, Kind.RETURNING, Kind.NEW_CODE}
)


def planned_days(service: Service, route: Route) -> int:
    """Return the transit time in operating days that the carrier publishes."""
    return route.ground_days if service.days is None else service.days


def after_operating_days(local: int, days: int, service: Service) -> int:
    """Return the instant so many days later on which this service moves parcels."""
    for _ in range(days):
        local = next_operating_day(local + DAY, sundays=service.sundays, saturdays=service.saturdays)
    return local


def pickup_after(label_local: int, rng: Random, service: Service) -> int:
    """Return when the carrier's van takes the parcel: the same evening, or the next one after the cut-off."""
    day = midnight(label_local)
    if label_local - day > 15 * HOUR or rng.random() < 0.08:
        day += DAY
    day = next_operating_day(day, saturdays=False)
    return day + 17 * HOUR + int(rng.random() * 3 * HOUR)


def journey(rng: Random, service: Service, route: Route, label_at: int, offsets: dict[str, int]) -> list[Scan]:
    """Return the scans of a parcel that arrives as planned, give or take a day as carriers do; oldest first."""
    away = offsets[route.origin.zone]
    home = offsets[route.destination.zone]
    pickup = pickup_after(label_at + away, rng, service)
    chance = rng.random()
    slack = -1 if chance < 0.1 else 0 if chance < 0.945 else 1 if chance < 0.997 else 2
    days = max(1, planned_days(service, route) + slack)
    day = midnight(after_operating_days(pickup, days, service)) - home
    departed = pickup - away + int((2 + 2 * rng.random()) * HOUR)
    scans = [
        Scan(label_at, Kind.LABEL, route.origin),
        Scan(pickup - away, Kind.PICKUP, route.origin),
        Scan(departed, Kind.DEPART, route.origin),
    ]
    arrived = day + int((2.5 + 2.5 * rng.random()) * HOUR)
    _linehaul(rng, route, departed, arrived, scans)
    scans.append(Scan(arrived, Kind.AT_DESTINATION, route.destination))
    out = max(arrived + 40 * MINUTE, day + int((6.4 + 2 * rng.random()) * HOUR))
    scans.append(Scan(out, Kind.OUT, route.destination))
    scans.append(Scan(out + int((1.6 + 8.5 * rng.random() ** 1.3) * HOUR), Kind.DELIVERED, route.destination))
    return scans


def _linehaul(rng: Random, route: Route, departed: int, arrived: int, scans: list[Scan]) -> None:
    """Add arrival and departure at the hubs, spread over the time there is."""
    hubs = route.stops[1:-1]
    room = arrived - departed
    if room < 10 * HOUR:
        hubs = hubs[:1]
    for position, hub in enumerate(hubs, 1):
        at = departed + int(room * position / (len(hubs) + 1) * (0.85 + 0.3 * rng.random()))
        scans.append(Scan(at, Kind.ARRIVE, hub))
        stay = min(room // (3 * len(hubs) + 3), int((2 + 4 * rng.random()) * HOUR))
        if rng.random() < 0.35:
            scans.append(Scan(at + stay // 2, Kind.SORTED, hub))
        scans.append(Scan(at + stay, Kind.DEPART, hub))


def promise(order_local: int, service: Service, route: Route, buffer_days: int) -> int:
    """Return the end of the day (local, seconds) the shop promises: handling, transit, and its own allowance."""
    return midnight(after_operating_days(order_local, planned_days(service, route) + buffer_days, service)) + DAY - 1
