"""How each state of a parcel looks: its label, its tone, its icon; and what carriers call themselves (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

from shipments.facts import State


class Mark(NamedTuple):
    """A label with the tone and the icon that go with it."""

    label: str
    tone: str
    icon: str = ""


_TONES: Final = {
    State.LABEL_CREATED: ("low", "label"),
    State.PICKED_UP: ("accent", "truck"),
    State.IN_TRANSIT: ("accent", "truck"),
    State.OUT_FOR_DELIVERY: ("accent", "truck"),
    State.AVAILABLE_FOR_PICKUP: ("medium", "place"),
    State.ATTEMPTED: ("high", "door"),
    State.DELAYED: ("medium", "wait"),
    State.DAMAGED: ("critical", "critical"),
    State.DELIVERED: ("good", "check"),
    State.RETURNING: ("high", "back"),
    State.RETURNED: ("low", "back"),
    State.LOST: ("critical", "question"),
    State.CANCELLED: ("low", "cross"),
    State.UNKNOWN: ("medium", "question"),
}
SHIPMENT: Final = {state: Mark(state.label, *_TONES[state]) for state in State}
CARRIERS: Final = {
    "ups": "UPS",
    "ups_mi": "UPS Mail Innovations",
    "fedex": "FedEx",
    "usps": "USPS",
    "dhl_express": "DHL Express",
    "dhl_universal": "DHL",
    "canadapost": "Canada Post",
    "royalmail": "Royal Mail",
    "australiapost": "Australia Post",
    "ontrac": "OnTrac",
    "gls": "GLS",
    "dpd": "DPD",
}

_SOURCES: Final = {
    "easypost": "EasyPost",
    "shippo": "Shippo",
    "aftership": "AfterShip",
    "shipengine": "ShipEngine",
    "17track": "17TRACK",
    "karrio": "Karrio",
    "shopify": "Shopify",
    "loop": "Loop",
    "happyreturns": "Happy Returns",
    "events": "The event feed",
}


def source_name(source: str) -> str:
    """Return the name of what told us: an aggregator's or a shop's own, else the carrier's."""
    return _SOURCES.get(source) or carrier_name(source)


def carrier_name(slug: str) -> str:
    """Return a carrier's name as it writes it; an unknown slug in readable words."""
    return CARRIERS.get(slug, slug.replace("_", " ").title())
