"""The carriers of the long tail as the poller asks them: one number a call, through the karrio SDK.

The SDK itself is loaded when the first of them is asked; without it each account says what to install.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from carriers.clients import karrio
from carriers.clients.http import Answer, Line
from carriers.sources.tail import CARRIERS

_USER: Final = ("username", "password")
_CLIENT: Final = ("client_id", "client_secret")
_KEY: Final = ("api_key",)

CREDENTIALS: Final[MappingProxyType[str, tuple[str, ...]]] = MappingProxyType(
    {
        "allied_express": _USER,
        "allied_express_local": _USER,
        "amazon_shipping": (*_CLIENT, "refresh_token"),
        "aramex": (*_USER, "account_pin", "account_entity", "account_number", "account_country_code"),
        "asendia": (*_USER, "customer_id"),
        "asendia_us": (*_USER, "api_key"),
        "australiapost": (*_KEY, "password", "account_number"),
        "boxknight": _USER,
        "bpost": ("account_id", "passphrase"),
        "canadapost": _USER,
        "canpar": _USER,
        "chronopost": ("account_number", "password"),
        "colissimo": ("password", "contract_number", "laposte_api_key"),
        "dhl_parcel_de": (*_USER, *_CLIENT),
        "dhl_poland": _USER,
        "dicom": _USER,
        "dpd": ("delis_id", "password"),
        "easyship": ("access_token",),
        "eshipper": ("principal", "credential"),
        "geodis": (*_KEY, "identifier"),
        "gls": _CLIENT,
        "hay_post": (*_USER, "customer_id", "customer_type"),
        "hermes": (*_USER, *_CLIENT),
        "landmark": (*_USER, "client_id"),
        "laposte": _KEY,
        "locate2u": _CLIENT,
        "nationex": (*_KEY, "customer_id"),
        "parcelone": (*_USER, "mandator_id", "consigner_id"),
        "purolator": (*_USER, "account_number"),
        "roadie": _KEY,
        "royalmail": _CLIENT,
        "seko": ("access_key",),
        "sendle": ("sendle_id", "api_key"),
        "smartkargo": (*_KEY, "account_number"),
        "spring": _KEY,
        "teleship": _CLIENT,
        "tnt": _USER,
        "veho": _KEY,
        "zoom2u": _KEY,
    }
)
"""What each carrier asks an account for. Source: the settings of the karrio SDK 2026.1.32, and what its tracking reads.

Further fields of those settings may be given beside them.
"""


@dataclass(frozen=True, slots=True)
class TailClient:
    """How one carrier of the tail is asked; the figures are ours, as few of these carriers publish any."""

    carrier: str
    NAME: str
    CREDENTIALS: tuple[str, ...]
    BASE_URL: str = ""
    NUMBERS_A_CALL: int = 1
    CALLS_A_MINUTE: int = 30
    CALLS_A_DAY: int | None = None

    def fetch(self, line: Line, numbers: Sequence[str]) -> list[Answer]:
        """Return the answer for the one number. Raises: CarrierUnavailable, CarrierRefused."""
        (number,) = numbers
        line.count()
        told = karrio.ask(self.carrier, line.credentials, number, now=line.now, base_url=line.base_url)
        return [Answer(number, told.body, told.status)]


TAIL_CLIENTS: Final[MappingProxyType[str, TailClient]] = MappingProxyType(
    {name: TailClient(name, CARRIERS[name].title, credentials) for name, credentials in CREDENTIALS.items()}
)
