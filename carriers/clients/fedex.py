"""FedEx: the Track API, up to 30 numbers a call; each number's part of the answer is kept on its own.

Source: FedEx Track API v1 and Authorization API reference; quotas from FedEx's "Quotas & rate limits guide".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from carriers.clients.http import Answer, Line, Reply
from carriers.clients.oauth import ask_with_token

NAME: Final = "FedEx"
BASE_URL: Final = "https://apis.fedex.com"
CREDENTIALS: Final = ("client_id", "client_secret")
NUMBERS_A_CALL: Final = 30
CALLS_A_MINUTE: Final = 600
"""FedEx allows 1,400 in ten seconds; ten a second is plenty with 30 numbers each."""
CALLS_A_DAY: Final = 100_000


def fetch(line: Line, numbers: Sequence[str]) -> list[Answer]:
    """Return the answers FedEx gave, each for one number. Raises: CarrierUnavailable, CarrierRefused."""
    wanted = [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers]
    reply = ask_with_token(
        line,
        "/oauth/token",
        lambda headers: line.ask(
            "POST",
            "/track/v1/trackingnumbers",
            json={"includeDetailedScans": True, "trackingInfo": wanted},
            headers={**headers, "X-locale": "en_US"},
        ),
        data={
            "grant_type": "client_credentials",
            "client_id": line.credentials["client_id"],
            "client_secret": line.credentials["client_secret"],
        },
    )
    return _apart(reply, numbers)


def _apart(reply: Reply, numbers: Sequence[str]) -> list[Answer]:
    """Return each number's own result in FedEx's envelope without its transaction id, which differs every time.

    A body that cannot be taken apart (an error, something cut off) is the answer to the first number alone, whole.
    """
    whole = [Answer(numbers[0], reply.body, reply.status)]
    if reply.status != HTTPStatus.OK:
        return whole
    try:
        results = json.loads(reply.body)["output"]["completeTrackResults"]
        by_number = {result["trackingNumber"]: result for result in results}
    except (ValueError, TypeError, KeyError, RecursionError):
        return whole
    found = [Answer(number, _envelope(by_number[number])) for number in numbers if number in by_number]
    return found or whole


def _envelope(result: dict[str, Any]) -> bytes:
    return json.dumps({"output": {"completeTrackResults": [result]}}, ensure_ascii=False).encode(errors="replace")
