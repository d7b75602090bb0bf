"""DHL: the Shipment Tracking Unified API, one number a call, an API key instead of a sign-in.

Source: DHL API developer portal, Shipment Tracking - Unified; its starter level allows 250 calls a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from carriers.clients.http import Answer, Line

NAME: Final = "DHL"
BASE_URL: Final = "https://api-eu.dhl.com"
CREDENTIALS: Final = ("api_key",)
NUMBERS_A_CALL: Final = 1
CALLS_A_MINUTE: Final = 12
CALLS_A_DAY: Final = 250


def fetch(line: Line, numbers: Sequence[str]) -> list[Answer]:
    """Return the answer for the one number. Raises: CarrierUnavailable, CarrierRefused."""
    (number,) = numbers
    reply = line.ask(
        "GET",
        "/track/shipments",
        params={"trackingNumber": number},
        headers={"DHL-API-Key": line.credentials["api_key"], "Accept": "application/json"},
    )
    return [Answer(number, reply.body, reply.status)]
