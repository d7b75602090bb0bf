"""Orders with their customers, promises and parcels, oldest first, from a seed (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from config.simulation import parcels as p
from config.simulation.customers import Person, person
from config.simulation.instants import DAY, HOUR, MINUTE, iso, weekday, working_instant
from config.simulation.numbers import order_number, tracking_number
from config.simulation.parcels import Parcel, Service
from config.simulation.places import ABROAD, COLUMBUS, EU_CITIES, RENO, US_CITIES, VENLO, Place, Route, route
from config.simulation.troubles import Weather, caught, drawn, troubled


@dataclass(frozen=True, slots=True)
class Shop:
    """A storefront: where it ships from, to whom, with which services (each with its share)."""

    name: str
    prefix: str
    currency: str
    warehouse: Place
    cities: tuple[Place, ...]
    services: tuple[tuple[Service, float], ...]
    typical_value: float


SHOPS: Final = (
    Shop(
        "alder-and-pine",
        "AP",
        "USD",
        COLUMBUS,
        US_CITIES,
        (
            (p.UPS_GROUND, 0.34),
            (p.FEDEX_GROUND, 0.2),
            (p.USPS_ADVANTAGE, 0.24),
            (p.USPS_PRIORITY, 0.1),
            (p.UPS_2ND_DAY, 0.06),
            (p.FEDEX_2_DAY, 0.04),
            (p.UPS_NEXT_DAY, 0.02),
        ),
        64.0,
    ),
    Shop(
        "fieldkit",
        "FK",
        "USD",
        RENO,
        US_CITIES,
        ((p.UPS_GROUND, 0.3), (p.FEDEX_GROUND, 0.34), (p.FEDEX_2_DAY, 0.08), (p.USPS_ADVANTAGE, 0.14), (p.ONTRAC, 0.14)),
        118.0,
    ),
    Shop(
        "lumenhaus",
        "LH",
        "EUR",
        VENLO,
        EU_CITIES,
        ((p.UPS_STANDARD, 0.4), (p.DHL_WORLDWIDE, 0.25), (p.GLS, 0.35)),
        82.0,
    ),
)
_SHOP_SHARES: Final = (0.5, 0.82, 1.0)
_HOURS: Final = (2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 8, 8, 9, 9, 8, 8, 8, 8, 9, 10, 11, 10, 7, 4)
"""How many orders come in each hour of a (UTC) day, as weights."""
_WEEKDAYS: Final = (1.15, 1.05, 1.0, 0.95, 0.95, 0.85, 1.05)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as the shop's feed tells it, with its parcels; instants in seconds.

    `known_at` is when the shop tells us: when its first label is made.
    """

    order_id: str
    shop: Shop
    customer: Person
    placed_at: int
    promised_at: int
    known_at: int
    value_cents: int
    channel: str
    replaces: str
    event_at: int | None
    parcels: tuple[Parcel, ...]

    def contract(self) -> dict[str, Any]:
        """Return the order in the plain contract."""
        return {
            "order_id": self.order_id,
            "storefront": self.shop.name,
            "placed_at": iso(self.placed_at),
            "promised_at": iso(self.promised_at),
            "value": f"{self.value_cents / 100:.2f}",
            "currency": self.shop.currency,
            "channel": self.channel,
            "replaces": self.replaces or None,
            "event_date": None if self.event_at is None else iso(self.event_at),
            "customer": {
                "customer_id": self.customer.customer_id,
                "tier": self.customer.tier,
                "email": self.customer.email,
                "name": self.customer.name,
                "locale": self.customer.locale,
            },
            "shipments": [
                {
                    "carrier": parcel.service.carrier,
                    "tracking_number": parcel.number,
                    "service": parcel.service.name,
                    "direction": "return" if parcel.is_return else "outbound",
                    "promised_at": iso(parcel.promised_at),
                }
                for parcel in self.parcels
            ],
        }


def placed_times(rng: Random, orders: int, begins: int, ends: int) -> Iterator[int]:
    """Return when each order is placed, in order: busy evenings, quiet nights, fewer on Saturdays."""
    slots = range(begins, ends, HOUR)
    weights = [_HOURS[at // HOUR % 24] * _WEEKDAYS[weekday(at)] for at in slots]
    whole, told, running = sum(weights), 0, 0.0
    for at, weight in zip(slots, weights, strict=True):
        running += weight
        due = round(orders * running / whole)
        yield from sorted(at + int(rng.random() * HOUR) for _ in range(due - told))
        told = due


def orders(
    *, seed: int, shipments: int, begins: int, ends: int, offsets: dict[str, int], weather: Weather
) -> Iterator[PlacedOrder]:
    """Return orders in the order they are placed until their parcels number `shipments`."""
    times = placed_times(Random(seed * 97 + 1), shipments, begins, ends)
    people = max(5, int(shipments * 0.7))
    parcels = 0
    for index, placed in enumerate(times):
        if parcels >= shipments:
            return
        rng = Random(seed * 1_000_000_007 + index)
        chance = rng.random()
        wanted = 3 if chance < 0.008 else 2 if chance < 0.07 else 1
        count = min(wanted, shipments - parcels)
        yield _order(rng, seed, index, placed, (parcels, count), people, offsets, weather)
        parcels += count


def _order(
    rng: Random,
    seed: int,
    index: int,
    placed: int,
    numbered: tuple[int, int],
    people: int,
    offsets: dict[str, int],
    weather: Weather,
) -> PlacedOrder:
    chance = rng.random()
    shop = SHOPS[next(i for i, share in enumerate(_SHOP_SHARES) if chance < share)]
    destination = shop.cities[int(rng.random() * len(shop.cities))]
    service = _service(rng, shop)
    if rng.random() < 0.05:
        destination = ABROAD[int(rng.random() * len(ABROAD))]
        service = p.DHL_WORLDWIDE if rng.random() < 0.7 or destination.country != "CA" else p.UPS_STANDARD
    channel, replaces = _channel(rng, seed, index, shop)
    way = route(service.carrier, shop.warehouse, destination)
    if channel == "return":
        way = route(service.carrier, destination, shop.warehouse)
    home = offsets[way.destination.zone]
    promised = p.promise(placed + home, service, way, 2 + (rng.random() < 0.3)) - home
    customer = person(seed, int(rng.random() ** 1.3 * people), destination.country)
    order_id = order_number(shop.prefix, seed, index)
    first, count = numbered
    label = _label_at(rng, placed, offsets[way.origin.zone])
    made = tuple(
        _parcel(rng, seed, first + i, order_id, customer, service, way, label + i * 7 * HOUR, promised, channel == "return", offsets, weather)
        for i in range(count)
    )
    event = promised + int((1 + 9 * rng.random()) * DAY) if rng.random() < 0.05 else None
    value = max(900, int(min(shop.typical_value * rng.lognormvariate(0, 0.85), 4200) * 100))
    known = min(parcel.label_at for parcel in made)
    return PlacedOrder(order_id, shop, customer, placed, promised, known, value, channel, replaces, event, made)


def _service(rng: Random, shop: Shop) -> Service:
    chance = rng.random()
    for service, share in shop.services:
        chance -= share
        if chance < 0:
            return service
    return shop.services[0][0]


def _channel(rng: Random, seed: int, index: int, shop: Shop) -> tuple[str, str]:
    """Return the sales channel, and the order replaced where it is a replacement."""
    chance = rng.random()
    if chance < 0.13:
        return "marketplace", ""
    if chance < 0.165 and index > 40:
        return "replacement", order_number(shop.prefix, seed, index - 20 - int(rng.random() * 20))
    return ("return", "") if chance < 0.185 and index > 40 else ("direct", "")


def _label_at(rng: Random, placed: int, offset: int) -> int:
    """Return when the warehouse prints the label: some working hours after the order."""
    local = working_instant(placed + offset + int((0.5 + 6 * rng.random()) * HOUR), opens=7, closes=18)
    return local - offset + int(rng.random() * 30 * MINUTE)


def _parcel(
    rng: Random,
    seed: int,
    index: int,
    order_id: str,
    customer: Person,
    service: Service,
    way: Route,
    label: int,
    promised: int,
    is_return: bool,
    offsets: dict[str, int],
    weather: Weather,
) -> Parcel:
    scans = p.journey(rng, service, way, label, offsets)
    estimated = scans[-1].at - scans[-1].at % DAY + DAY - 1
    trouble = drawn(rng, abroad=way.crosses_a_border and "US" in (way.origin.country, way.destination.country), can_mistype=service.source in ("ups", "fedex"))
    if trouble:
        scans = troubled(rng, trouble, way, scans)
    elif (stormy := caught(rng, weather, scans)) is not None:
        trouble, scans = "weather", stormy
    number = tracking_number(service.carrier, service.name, seed, index)
    return Parcel(
        index, number, service, way, order_id, customer.customer_id, trouble, label, promised, estimated, is_return, tuple(scans)
    )
