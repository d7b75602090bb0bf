"""DHL Express: the tracking of the MyDHL API, one number a call, signed in by user name and password.

Source: DHL API developer portal, DHL Express - MyDHL API, "Track a single DHL Express shipment".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from carriers.clients.http import Answer, Line

NAME: Final = "DHL Express"
BASE_URL: Final = "https://express.api.dhl.com/mydhlapi"
CREDENTIALS: Final = ("username", "password")
NUMBERS_A_CALL: Final = 1
CALLS_A_MINUTE: Final = 60
"""DHL Express agrees a figure with each customer; this one is ours, and a 429 slows it down."""
CALLS_A_DAY: Final = None


def fetch(line: Line, numbers: Sequence[str]) -> list[Answer]:
    """Return the answer for the one number. Raises: CarrierUnavailable, CarrierRefused."""
    (number,) = numbers
    reply = line.ask(
        "GET",
        f"/shipments/{quote(number, safe='')}/tracking",
        params={"trackingView": "all-checkpoints", "levelOfDetail": "all"},
        auth=(line.credentials["username"], line.credentials["password"]),
        headers={"Accept": "application/json"},
    )
    return [Answer(number, reply.body, reply.status)]
