"""Say instants, carriers and reasons as support agents say them (pure, the same words every time)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from shipments.facts import Reason

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_CARRIERS: Final = MappingProxyType(
    {
        "ups": "UPS",
        "ups_mi": "UPS Mail Innovations",
        "fedex": "FedEx",
        "usps": "USPS",
        "dhl_express": "DHL Express",
        "dhl_ecommerce": "DHL eCommerce",
        "dhl": "DHL",
        "dpd": "DPD",
        "dpd_uk": "DPD UK",
        "gls": "GLS",
        "tnt": "TNT",
        "canadapost": "Canada Post",
        "royalmail": "Royal Mail",
        "australiapost": "Australia Post",
        "ontrac": "OnTrac",
        "purolator": "Purolator",
    }
)

WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        Reason.ADDRESS_ISSUE: "there is a problem with the address",
        Reason.RECIPIENT_UNAVAILABLE: "nobody was there",
        Reason.REFUSED: "it was refused",
        Reason.MISSED_CONNECTION: "it missed a connection",
        Reason.WEATHER: "the weather held it up",
        Reason.CUSTOMS_HOLD: "customs hold it",
        Reason.PAYMENT_DUE: "a payment is due",
        Reason.DAMAGED: "it is damaged",
        Reason.LOST: "it is lost",
        Reason.SECURITY: "it is in a security check",
        Reason.CARRIER_CAPACITY: "the carrier had no room",
        Reason.HELD_AT_LOCATION: "it is held at a location",
    }
)
"""What each reason says as half a sentence; a reason without one says nothing worth repeating."""

_TIMES: Final = ("not yet", "once", "twice")


def known_carriers() -> tuple[str, ...]:
    """Return the carriers whose names are known here, by slug."""
    return tuple(_CARRIERS)


def carrier_name(carrier: str) -> str:
    """Return a carrier's name as it writes it itself; an unknown one from its slug."""
    return _CARRIERS.get(carrier) or carrier.replace("_", " ").replace("-", " ").title() or "The carrier"


def instant(at: datetime) -> str:
    """Return an instant (aware, in UTC) as "Fri 6 Nov 14:05 UTC"."""
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.hour:02}:{at.minute:02} UTC"


def day(at: datetime) -> str:
    """Return the day of an instant (aware, in UTC) as "Fri 6 Nov"."""
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"


def times(count: int) -> str:
    """Return how often: "once", "twice", "3 times"."""
    return _TIMES[count] if 0 <= count < len(_TIMES) else f"{count} times"


def amount(value: Decimal, currency: str) -> str:
    """Return an amount with its currency: "USD 1,080.00"."""
    return f"{currency} {value:,.2f}".strip()


def number(count: int, thing: str) -> str:
    """Return a number with its thing: "1 day", "3 days"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
