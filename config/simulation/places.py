"""Cities, carriers' hubs, and the way a parcel takes between them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    """A city with the postcode of its facility; `east` is its longitude, which is all that distance needs here."""

    city: str
    region: str
    country: str
    postcode: str
    zone: str
    east: float

    @property
    def line(self) -> str:
        """Return the place as one line, as a carrier's website prints it."""
        return ", ".join(filter(None, (self.city, self.region, self.country)))


def _us(city: str, region: str, postcode: str, zone: str, east: float) -> Place:
    return Place(city, region, "US", postcode, f"America/{zone}", east)


COLUMBUS: Final = _us("COLUMBUS", "OH", "43228", "New_York", -83.0)
RENO: Final = _us("RENO", "NV", "89506", "Los_Angeles", -119.8)
LOUISVILLE: Final = _us("LOUISVILLE", "KY", "40209", "New_York", -85.7)
MEMPHIS: Final = _us("MEMPHIS", "TN", "38118", "Chicago", -90.0)
INDIANAPOLIS: Final = _us("INDIANAPOLIS", "IN", "46241", "New_York", -86.2)
VENLO: Final = Place("VENLO", "", "NL", "5928", "Europe/Amsterdam", 6.2)
LEIPZIG: Final = Place("LEIPZIG", "", "DE", "04435", "Europe/Berlin", 12.4)

US_CITIES: Final = (
    _us("BROOKLYN", "NY", "11201", "New_York", -73.9),
    _us("PHILADELPHIA", "PA", "19104", "New_York", -75.2),
    _us("BOSTON", "MA", "02118", "New_York", -71.1),
    _us("CHARLOTTE", "NC", "28209", "New_York", -80.8),
    _us("ATLANTA", "GA", "30309", "New_York", -84.4),
    _us("ORLANDO", "FL", "32809", "New_York", -81.4),
    _us("MIAMI", "FL", "33130", "New_York", -80.2),
    _us("PITTSBURGH", "PA", "15222", "New_York", -80.0),
    _us("CLEVELAND", "OH", "44113", "New_York", -81.7),
    _us("DETROIT", "MI", "48226", "Detroit", -83.0),
    _us("CHICAGO", "IL", "60614", "Chicago", -87.6),
    _us("MINNEAPOLIS", "MN", "55408", "Chicago", -93.3),
    _us("SAINT LOUIS", "MO", "63108", "Chicago", -90.2),
    _us("NASHVILLE", "TN", "37203", "Chicago", -86.8),
    _us("DALLAS", "TX", "75204", "Chicago", -96.8),
    _us("HOUSTON", "TX", "77006", "Chicago", -95.4),
    _us("AUSTIN", "TX", "78704", "Chicago", -97.7),
    _us("KANSAS CITY", "MO", "64111", "Chicago", -94.6),
    _us("DENVER", "CO", "80205", "Denver", -105.0),
    _us("SALT LAKE CITY", "UT", "84102", "Denver", -111.9),
    _us("PHOENIX", "AZ", "85013", "Phoenix", -112.1),
    _us("LOS ANGELES", "CA", "90026", "Los_Angeles", -118.3),
    _us("SAN DIEGO", "CA", "92104", "Los_Angeles", -117.1),
    _us("OAKLAND", "CA", "94609", "Los_Angeles", -122.3),
    _us("PORTLAND", "OR", "97214", "Los_Angeles", -122.7),
    _us("SEATTLE", "WA", "98103", "Los_Angeles", -122.3),
)
EU_CITIES: Final = (
    Place("BERLIN", "", "DE", "10437", "Europe/Berlin", 13.4),
    Place("HAMBURG", "", "DE", "20357", "Europe/Berlin", 10.0),
    Place("MÜNCHEN", "", "DE", "80469", "Europe/Berlin", 11.6),
    Place("KÖLN", "", "DE", "50674", "Europe/Berlin", 7.0),
    Place("AMSTERDAM", "", "NL", "1053", "Europe/Amsterdam", 4.9),
    Place("ANTWERPEN", "", "BE", "2018", "Europe/Brussels", 4.4),
    Place("PARIS", "", "FR", "75011", "Europe/Paris", 2.4),
    Place("LYON", "", "FR", "69003", "Europe/Paris", 4.8),
    Place("WIEN", "", "AT", "1070", "Europe/Vienna", 16.4),
    Place("MILANO", "", "IT", "20144", "Europe/Rome", 9.2),
    Place("MADRID", "", "ES", "28004", "Europe/Madrid", -3.7),
    Place("WARSZAWA", "", "PL", "00-545", "Europe/Warsaw", 21.0),
    Place("KØBENHAVN", "", "DK", "2200", "Europe/Copenhagen", 12.6),
)
ABROAD: Final = (
    Place("TORONTO", "ON", "CA", "M5V 2T6", "America/Toronto", -79.4),
    Place("LONDON", "", "GB", "E8 3RL", "Europe/London", -0.1),
    Place("ZÜRICH", "", "CH", "8004", "Europe/Zurich", 8.5),
    Place("DUBLIN", "", "IE", "D08", "Europe/Dublin", -6.3),
)
HUBS: Final = {
    ("ups", "US"): (
        LOUISVILLE,
        _us("HODGKINS", "IL", "60525", "Chicago", -87.9),
        _us("MESQUITE", "TX", "75149", "Chicago", -96.6),
        _us("ONTARIO", "CA", "91761", "Los_Angeles", -117.6),
    ),
    ("fedex", "US"): (
        MEMPHIS,
        INDIANAPOLIS,
        _us("FORT WORTH", "TX", "76177", "Chicago", -97.3),
        _us("NEWARK", "NJ", "07114", "New_York", -74.2),
    ),
    ("usps", "US"): (
        _us("PALATINE", "IL", "60095", "Chicago", -88.0),
        _us("WARRENDALE", "PA", "15086", "New_York", -80.1),
        _us("SANTA CLARITA", "CA", "91383", "Los_Angeles", -118.5),
    ),
    ("ontrac", "US"): (_us("COMMERCE", "CA", "90040", "Los_Angeles", -118.2),),
    ("dhl_express", "US"): (_us("CINCINNATI HUB", "OH", "41048", "New_York", -84.7),),
    ("dhl_express", "NL"): (LEIPZIG,),
    ("ups", "NL"): (Place("KÖLN/BONN", "", "DE", "51147", "Europe/Berlin", 7.1),),
    ("gls", "NL"): (Place("NEUENSTEIN", "", "DE", "36286", "Europe/Berlin", 9.6),),
}


_EU: Final = frozenset({"NL", "DE", "BE", "FR", "AT", "IT", "ES", "PL", "DK", "IE"})


@dataclass(frozen=True, slots=True)
class Route:
    """The facilities a parcel passes, origin first, and how many operating days its ground transport takes."""

    stops: tuple[Place, ...]
    ground_days: int

    @property
    def origin(self) -> Place:
        return self.stops[0]

    @property
    def destination(self) -> Place:
        return self.stops[-1]

    @property
    def passes_customs(self) -> bool:
        """Say whether the parcel leaves its customs union."""
        origin, destination = self.origin.country, self.destination.country
        return origin != destination and not {origin, destination} <= _EU


@lru_cache(maxsize=4096)
def route(carrier: str, origin: Place, destination: Place) -> Route:
    """Return the way from origin to destination through the carrier's hubs that lie between them."""
    hubs = HUBS.get((carrier, origin.country)) or HUBS.get((carrier, destination.country)) or ()
    west, east = sorted((origin.east, destination.east))
    between = [hub for hub in hubs if west - 3 <= hub.east <= east + 3] or list(hubs[:1])
    between.sort(key=lambda hub: abs(hub.east - origin.east))
    distance = east - west
    return Route((origin, *between[:2], destination), 1 + min(4, int(distance / (11 if origin.country == "US" else 6))))


def offsets(end: datetime) -> dict[str, int]:
    """Return every zone's offset to UTC in seconds, as it is at the end of the world."""
    places = {COLUMBUS, RENO, VENLO, *US_CITIES, *EU_CITIES, *ABROAD, *(hub for hubs in HUBS.values() for hub in hubs)}
    found = {}
    for zone in sorted({place.zone for place in places}):
        offset = end.astimezone(ZoneInfo(zone)).utcoffset()
        found[zone] = int(offset.total_seconds()) if offset else 0
    return found
