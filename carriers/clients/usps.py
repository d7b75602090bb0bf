"""USPS: the Tracking API v3, one number a call.

Source: USPS API catalog, Tracking 3 and OAuth 3 (developers.usps.com).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from carriers.clients.http import Answer, Line
from carriers.clients.oauth import ask_with_token

NAME: Final = "USPS"
BASE_URL: Final = "https://apis.usps.com"
CREDENTIALS: Final = ("client_id", "client_secret")
NUMBERS_A_CALL: Final = 1
CALLS_A_MINUTE: Final = 1
"""A new USPS application may make 60 calls an hour; give the account more once USPS has granted more."""
CALLS_A_DAY: Final = None


def fetch(line: Line, numbers: Sequence[str]) -> list[Answer]:
    """Return the answer for the one number. Raises: CarrierUnavailable, CarrierRefused."""
    (number,) = numbers
    reply = ask_with_token(
        line,
        "/oauth2/v3/token",
        lambda headers: line.ask(
            "GET", f"/tracking/v3/tracking/{quote(number, safe='')}", params={"expand": "DETAIL"}, headers=headers
        ),
        json={
            "grant_type": "client_credentials",
            "client_id": line.credentials["client_id"],
            "client_secret": line.credentials["client_secret"],
            "scope": "tracking",
        },
    )
    return [Answer(number, reply.body, reply.status)]
