"""UPS: the Track API, one number a call.

Source: UPS API documentation, Tracking and OAuth Client Credentials (github.com/UPS-API/api-documentation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from carriers.clients.http import Answer, Line
from carriers.clients.oauth import ask_with_token

NAME: Final = "UPS"
BASE_URL: Final = "https://onlinetools.ups.com"
CREDENTIALS: Final = ("client_id", "client_secret")
NUMBERS_A_CALL: Final = 1
CALLS_A_MINUTE: Final = 120
"""UPS publishes no figure; this one is ours, and a 429 slows it down."""
CALLS_A_DAY: Final = None


def fetch(line: Line, numbers: Sequence[str]) -> list[Answer]:
    """Return the answer for the one number. Raises: CarrierUnavailable, CarrierRefused."""
    (number,) = numbers
    reply = ask_with_token(
        line,
        "/security/v1/oauth/token",
        lambda headers: line.ask(
            "GET",
            f"/api/track/v1/details/{quote(number, safe='')}",
            params={"locale": "en_US", "returnSignature": "false"},
            headers={**headers, "transId": uuid4().hex, "transactionSrc": "waypost"},
        ),
        auth=(line.credentials["client_id"], line.credentials["client_secret"]),
        data={"grant_type": "client_credentials"},
    )
    return [Answer(number, reply.body, reply.status)]
