"""Orders with their customers, promises and parcels, oldest first, from a seed (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

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
        (
            (p.UPS_GROUND, 0.3),
            (p.FEDEX_GROUND, 0.34),
            (p.FEDEX_2_DAY, 0.08),
            (p.USPS_ADVANTAGE, 0.14),
            (p.ONTRAC, 0.14),
        ),
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
    """Return when each order is placed, in order: busy evenings, quiet nights, fewer on Saturdays, a growing shop."""
    slots = range(begins, ends, HOUR)
    weights = [
        _HOURS[at // HOUR % 24] * _WEEKDAYS[weekday(at)] * (0.7 + 0.9 * ((at - begins) / (ends - begins)) ** 2)
        for at in slots
    ]
    whole, told, running = sum(weights), 0, 0.0
    for at, weight in zip(slots, weights, strict=True):
        running += weight
        due = round(orders * running / whole)
        yield from sorted(at + int(rng.random() * HOUR) for _ in range(due - told))
        told = due


@dataclass(frozen=True, slots=True)
class Ground:
    """What all orders of a world share: its seed, each zone's offset, the storm, how many people order."""

    seed: int
    offsets: dict[str, int]
    weather: Weather
    people: int


def orders(ground: Ground, *, shipments: int, begins: int, ends: int) -> Iterator[PlacedOrder]:
    """Return orders in the order they are placed until their parcels number `shipments`."""
    parcels = 0
    for index, placed in enumerate(placed_times(Random(ground.seed * 97 + 1), shipments, begins, ends)):
        if parcels >= shipments:
            return
        rng = Random(ground.seed * 1_000_000_007 + index)
        chance = rng.random()
        wanted = 3 if chance < 0.008 else 2 if chance < 0.07 else 1
        order = _order(rng, ground, index, placed, range(parcels, min(parcels + wanted, shipments)))
        parcels += len(order.parcels)
        yield order


def _order(rng: Random, ground: Ground, index: int, placed: int, numbered: range) -> PlacedOrder:
    """Return one order; its parcels take the indexes in `numbered`."""
    chance = rng.random()
    shop = SHOPS[next(i for i, share in enumerate(_SHOP_SHARES) if chance < share)]
    service, destination = _service(rng, shop)
    channel, replaces = _channel(rng, ground.seed, index, shop)
    origin = shop.warehouse
    if channel == "return":
        origin, destination = destination, origin
    way = route(service.carrier, origin, destination)
    home = ground.offsets[destination.zone]
    promised = p.promise(placed + home, service, way, 3 - (rng.random() < 0.25)) - home
    customer = person(ground.seed, int(rng.random() ** 1.3 * ground.people), shop.cities[0].country)
    label = _label_at(rng, placed, ground.offsets[origin.zone])
    deal = Deal(
        order_number(shop.prefix, ground.seed, index),
        customer.customer_id,
        service,
        way,
        promised,
        origin is not shop.warehouse,
    )
    made = tuple(_parcel(rng, ground, deal, number, label + i * 7 * HOUR) for i, number in enumerate(numbered))
    event = promised + int((1 + 9 * rng.random()) * DAY) if rng.random() < 0.05 else None
    value = max(900, int(min(shop.typical_value * rng.lognormvariate(0, 0.85), 4200) * 100))
    return PlacedOrder(deal.order_id, shop, customer, placed, promised, label, value, channel, replaces, event, made)


class Deal(NamedTuple):
    """What the parcels of one order have in common."""

    order_id: str
    customer_id: str
    service: Service
    way: Route
    promised: int
    is_return: bool


def _service(rng: Random, shop: Shop) -> tuple[Service, Place]:
    """Return how and where to an order goes; one in twenty goes abroad."""
    destination = shop.cities[int(rng.random() * len(shop.cities))]
    chance = rng.random()
    if rng.random() < 0.05:
        destination = ABROAD[int(rng.random() * len(ABROAD))]
        return (p.UPS_STANDARD if destination.country == "CA" and chance < 0.5 else p.DHL_WORLDWIDE), destination
    for service, share in shop.services:
        chance -= share
        if chance < 0:
            return service, destination
    return shop.services[0][0], destination


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


def _parcel(rng: Random, ground: Ground, deal: Deal, index: int, label: int) -> Parcel:
    order_id, customer_id, service, way, promised, is_return = deal
    scans = p.journey(rng, service, way, label, ground.offsets)
    estimated = scans[-1].at - scans[-1].at % DAY + DAY - 1
    trouble = drawn(rng, abroad=way.passes_customs, can_mistype=service.source in ("ups", "fedex"))
    if trouble:
        scans = troubled(rng, trouble, way, scans)
    elif (stormy := caught(rng, ground.weather, scans)) is not None:
        trouble, scans = "weather", stormy
    return Parcel(
        index=index,
        number=tracking_number(service.carrier, service.name, ground.seed, index),
        service=service,
        route=way,
        order_id=order_id,
        customer_id=customer_id,
        trouble=trouble,
        label_at=label,
        promised_at=promised,
        estimated_at=estimated,
        is_return=is_return,
        scans=tuple(scans),
    )
