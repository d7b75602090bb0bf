"""What goes wrong, how often, and how it changes a parcel's journey (pure).

Shares follow published benchmarks: about 11 of 100 shipments have an exception, half of those are late, 0.6 to 1.1 %
are lost, damage is about a sixth of exceptions and address trouble about a quarter. Many heal by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from config.simulation.instants import DAY, HOUR, SUNDAY, weekday
from config.simulation.kinds import Kind, Scan
from config.simulation.places import Place, Route

Life = list[Scan]
Change = Callable[[Random, Route, Life], Life]

_MOVED: Final = (Kind.ARRIVE, Kind.AT_DESTINATION)


class Weather(NamedTuple):
    """A few days during which one hub cannot work; instants in seconds."""

    hub: Place
    begins: int
    ends: int


def troubled(rng: Random, name: str, route: Route, scans: Life) -> Life:
    """Return the journey as the trouble leaves it, oldest scan first."""
    return sorted(CHANGES[name](rng, route, scans))


def caught(rng: Random, weather: Weather, scans: Life) -> Life | None:
    """Return the journey of a parcel that storm holds up, None where it misses the parcel."""
    for position, scan in enumerate(scans):
        if scan.kind is Kind.ARRIVE and scan.place is weather.hub and weather.begins <= scan.at < weather.ends:
            if rng.random() < 0.15:
                return None
            held = Scan(scan.at + int((1 + 3 * rng.random()) * HOUR), Kind.WEATHER, scan.place)
            days = 1 + (weather.ends - scan.at) // DAY + (rng.random() < 0.5)
            return [*scans[: position + 1], held, *_later(scans[position + 1 :], days)]
    return None


def _later(scans: Life, days: int) -> Life:
    """Return the scans so many days later, and later still where they would deliver on a Sunday."""
    if not scans:
        return scans
    if weekday(scans[-1].at + days * DAY) == SUNDAY:
        days += 1
    return [Scan(at + days * DAY, kind, place) for at, kind, place in scans]


def _somewhere(rng: Random, scans: Life) -> int:
    """Return the position behind an arrival on the way."""
    found = [position for position, scan in enumerate(scans) if scan.kind in _MOVED]
    return found[int(rng.random() * len(found))] + 1


def _again(rng: Random, scans: Life, days: int) -> Life:
    """Return one more delivery day, so many days after the last one; Sunday is skipped."""
    out = next(scan for scan in reversed(scans) if scan.kind is Kind.OUT)
    if weekday(out.at + days * DAY) == SUNDAY:
        days += 1
    morning = out.at + days * DAY + int((rng.random() - 0.5) * HOUR)
    arrives = morning + int((2 + 7 * rng.random()) * HOUR)
    return [Scan(morning, Kind.OUT, out.place), Scan(arrives, Kind.DELIVERED, out.place)]


def _way_back(rng: Random, route: Route, at: int, *, after_days: float = 0.4) -> Life:
    """Return the scans of a parcel turned round at the destination."""
    turned = at + int(after_days * DAY)
    moved = turned + int((8 + 20 * rng.random()) * HOUR)
    hub = moved + int((1 + rng.random()) * DAY)
    home = turned + int((route.ground_days + 2 + 3 * rng.random()) * DAY)
    life = [Scan(turned, Kind.RETURNING, route.destination), Scan(moved, Kind.RETURN_MOVES, route.destination)]
    if hub < home - 6 * HOUR:
        life.append(Scan(hub, Kind.RETURN_MOVES, route.stops[-2]))
    return [*life, Scan(home, Kind.RETURNED, route.origin)]


def _slow(rng: Random, route: Route, scans: Life) -> Life:
    """It simply takes longer, without a word."""
    cut = _somewhere(rng, scans)
    return [*scans[:cut], *_later(scans[cut:], 2 + (rng.random() < 0.6) + (rng.random() < 0.3))]


def _missed(rng: Random, route: Route, scans: Life) -> Life:
    """It misses its connection at a hub, which the carrier says."""
    cut = _somewhere(rng, scans)
    told = Scan(scans[cut - 1].at + int((2 + 5 * rng.random()) * HOUR), Kind.MISSED, scans[cut - 1].place)
    return [*scans[:cut], told, *_later(scans[cut:], 1 + (rng.random() < 0.4) + (rng.random() < 0.2))]


def _attempted(rng: Random, route: Route, scans: Life) -> Life:
    """Nobody is there; most parcels arrive on the second try, some wait for collection, few go back."""
    life = [*scans[:-1], Scan(scans[-1].at, Kind.ATTEMPT, route.destination)]
    chance = rng.random()
    if chance < 0.74:
        return life + _again(rng, life, 1)
    second = _again(rng, life, 1 + (chance > 0.9))
    life += [second[0], Scan(second[1].at, Kind.ATTEMPT if chance < 0.82 else Kind.LAST_ATTEMPT, route.destination)]
    if chance < 0.82:
        return life + _again(rng, life, 1)
    held = Scan(life[-1].at + int((2 + 10 * rng.random()) * HOUR), Kind.HELD, route.destination)
    if chance < 0.93:
        return [*life, held, Scan(held.at + int((0.7 + 4 * rng.random()) * DAY), Kind.DELIVERED, route.destination)]
    return [*life, held, *_way_back(rng, route, held.at, after_days=5 + 3 * rng.random())]


def _address(rng: Random, route: Route, scans: Life) -> Life:
    """The address is wrong: corrected within days, or the parcel goes back."""
    wrong = Scan(scans[-1].at - int(rng.random() * HOUR), Kind.ADDRESS, route.destination)
    life = [*scans[:-1], wrong]
    chance = rng.random()
    if chance < 0.72:
        return life + _again(rng, life, 1 + int(4 * rng.random() ** 1.5))
    if chance < 0.88:
        return [*life, *_way_back(rng, route, wrong.at, after_days=2 + 4 * rng.random())]
    return life


def _refused(rng: Random, route: Route, scans: Life) -> Life:
    """The recipient does not want it."""
    refused = Scan(scans[-1].at, Kind.REFUSED, route.destination)
    return [*scans[:-1], refused, *_way_back(rng, route, refused.at)]


def _collected(rng: Random, route: Route, scans: Life) -> Life:
    """It goes to a shop or locker; most people fetch it."""
    held = Scan(scans[-1].at, Kind.HELD, route.destination)
    life = [*scans[:-1], held]
    if rng.random() < 0.9:
        return [*life, Scan(held.at + int((0.5 + 5 * rng.random() ** 2) * DAY), Kind.DELIVERED, route.destination)]
    return [*life, *_way_back(rng, route, held.at, after_days=6 + 2 * rng.random())]


def _damaged(rng: Random, route: Route, scans: Life) -> Life:
    """It breaks: on the way, or the recipient finds it broken."""
    chance = rng.random()
    if chance < 0.3:
        told = Scan(scans[-1].at + int((5 + 40 * rng.random()) * HOUR), Kind.DAMAGE_REPORTED, route.destination)
        return [*scans, told]
    cut = _somewhere(rng, scans)
    broken = Scan(scans[cut - 1].at + int((1 + 6 * rng.random()) * HOUR), Kind.DAMAGED, scans[cut - 1].place)
    if chance < 0.6:
        return [*scans[:cut], broken, *_later(scans[cut:], 1)]
    if chance < 0.85:
        return [*scans[:cut], broken, *_way_back(rng, route, broken.at, after_days=1 + rng.random())]
    return [*scans[:cut], broken]


def _lost(rng: Random, route: Route, scans: Life) -> Life:
    """It falls silent for good; the carrier admits it for some, a few turn up again."""
    cut = _somewhere(rng, scans)
    life, chance = scans[:cut], rng.random()
    if chance > 0.55:
        return life
    told = Scan(life[-1].at + int((5 + 6 * rng.random()) * DAY), Kind.LOST, life[-1].place)
    if chance > 0.08:
        return [*life, told]
    return [*life, told, *_later(scans[cut:], 9 + int(rng.random() * 4))]


def _no_first_scan(rng: Random, route: Route, scans: Life) -> Life:
    """The label is there and the parcel is not; two of three are found in the warehouse."""
    if rng.random() < 0.65:
        return [scans[0], *_later(scans[1:], 3 + int(5 * rng.random()))]
    return scans[:1]


def _stalled(rng: Random, route: Route, scans: Life) -> Life:
    """It lies in a hub for days; four of five move again by themselves."""
    cut = _somewhere(rng, scans)
    if rng.random() < 0.8:
        return [*scans[:cut], *_later(scans[cut:], 3 + int(5 * rng.random() ** 1.4))]
    return scans[:cut]


def _customs(rng: Random, route: Route, scans: Life) -> Life:
    """Customs holds it."""
    cut = _somewhere(rng, scans)
    held = Scan(scans[cut - 1].at + int((2 + 8 * rng.random()) * HOUR), Kind.CUSTOMS, route.destination)
    days = 1 + int(8 * rng.random() ** 2)
    cleared = Scan(held.at + days * DAY - int(rng.random() * 6 * HOUR), Kind.CLEARED, route.destination)
    return [*scans[:cut], held, cleared, *_later(scans[cut:], days + 1)]


def _new_code(rng: Random, route: Route, scans: Life) -> Life:
    """The carrier uses a code nobody has seen."""
    cut = _somewhere(rng, scans)
    told = Scan(scans[cut - 1].at + int((2 + 6 * rng.random()) * HOUR), Kind.NEW_CODE, scans[cut - 1].place)
    if rng.random() < 0.3:
        return [*scans[:cut], told]
    return [*scans[:cut], told, *_later(scans[cut:], 1 + int(4 * rng.random()))]


def _wrong_number(rng: Random, route: Route, scans: Life) -> Life:
    """Somebody mistyped the number: the carrier knows nothing of it."""
    return []


CHANGES: Final[dict[str, Change]] = {
    "slow": _slow,
    "missed": _missed,
    "attempted": _attempted,
    "address": _address,
    "refused": _refused,
    "collected": _collected,
    "damaged": _damaged,
    "lost": _lost,
    "no_first_scan": _no_first_scan,
    "stalled": _stalled,
    "customs": _customs,
    "new_code": _new_code,
    "wrong_number": _wrong_number,
}

SHARES: Final = (
    ("slow", 0.019),
    ("missed", 0.010),
    ("attempted", 0.026),
    ("address", 0.019),
    ("refused", 0.004),
    ("damaged", 0.013),
    ("lost", 0.008),
    ("no_first_scan", 0.009),
    ("stalled", 0.016),
    ("new_code", 0.005),
    ("wrong_number", 0.003),
    ("collected", 0.009),
)
"""The share of all shipments each trouble takes. Source: published benchmarks named above."""

CUSTOMS_SHARE: Final = 0.09
"""The share of parcels that cross a customs border and are held there."""


def drawn(rng: Random, *, abroad: bool, can_mistype: bool) -> str:
    """Return the trouble a parcel will have, the empty string for most."""
    chance = rng.random()
    if abroad and rng.random() < CUSTOMS_SHARE:
        return "customs"
    for name, share in SHARES:
        chance -= share
        if chance < 0:
            return name if can_mistype or name != "wrong_number" else "attempted"
    return ""
