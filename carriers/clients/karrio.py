"""Ask a carrier of the long tail for one number, through the karrio SDK's own sign-in and request."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from carriers.clients import CarrierRefused, CarrierUnavailable
from carriers.clients.exchange import TIMEOUT, Answer, Exchange, Threads, connected
from carriers.clients.karrio_sdk import SdkChanged, SdkMissing, hashed, provider, token_cache
from carriers.sources.tail import CARRIERS

log = logging.getLogger(__name__)

LONGEST_PATIENCE: Final = timedelta(hours=6)
"""What a carrier's Retry-After counts for at most."""

_tokens: dict[str, Any] = {}
"""The token cache of each account, by a hash of its carrier and credentials; it lives as long as the worker."""


def fetch(
    carrier: str,
    credentials: Mapping[str, Any],
    number: str,
    *,
    now: datetime,
    test_mode: bool = False,
    base_url: str = "",
    options: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the carrier's raw answer about one number, whatever it says (`ask` tells its status too)."""
    return ask(carrier, credentials, number, now=now, test_mode=test_mode, base_url=base_url, options=options).body


def ask(
    carrier: str,
    credentials: Mapping[str, Any],
    number: str,
    *,
    now: datetime,
    test_mode: bool = False,
    base_url: str = "",
    options: Mapping[str, Any] | None = None,
) -> Answer:
    """Return the carrier's raw answer about one number.

    `credentials` are the fields of karrio's settings of the carrier (`credential_fields`). `base_url` asks another
    server instead of the carrier's.
    Raises: CarrierUnavailable; CarrierRefused, also where the credentials lack a field or the SDK is missing.
    """
    try:
        parts = provider(carrier)
    except (SdkMissing, SdkChanged) as problem:
        raise CarrierRefused(str(problem)) from None
    account = hashed(json.dumps([carrier, test_mode, base_url, dict(credentials)], sort_keys=True, default=str))
    settings = _settings(parts, carrier, credentials, test_mode)
    settings.cache = _tokens.setdefault(account, token_cache())
    with httpx.Client(timeout=TIMEOUT, headers={"User-Agent": "Waypost"}) as client:
        exchange = Exchange(client, base_url)
        # In a thread of its own: the SDK starts an event loop, which a thread that has one already refuses.
        with connected(exchange), Threads(max_workers=1) as thread:
            stumbled_over = thread.submit(_ask, parts, settings, number, options or {}).result()
    if any(answer.status in (401, 403) for answer in exchange.answers):
        _tokens.pop(account, None)
    return _outcome(exchange, _title(carrier), stumbled_over, now)


def credential_fields(carrier: str) -> dict[str, bool]:
    """Return the fields of a carrier's credentials and whether each is required. Raises: SdkMissing."""
    ours = {"id", "carrier_id", "test_mode", "metadata", "services"}
    fields = provider(carrier).Settings.__attrs_attrs__
    return {field.name: field.default.__class__.__name__ == "_Nothing" for field in fields if field.name not in ours}


def _title(carrier: str) -> str:
    return CARRIERS[carrier].title if carrier in CARRIERS else carrier


def _settings(parts: Any, carrier: str, credentials: Mapping[str, Any], test_mode: bool) -> Any:
    known = {field.name: field for field in parts.Settings.__attrs_attrs__}
    missing = [name for name, required in credential_fields(carrier).items() if required and not credentials.get(name)]
    if missing:
        raise CarrierRefused(f"The account of {_title(carrier)} lacks: {', '.join(missing)}.")
    if strange := sorted(credentials.keys() - known.keys()):
        raise CarrierRefused(
            f"The account of {_title(carrier)} has fields that it does not know: {', '.join(strange)}."
        )
    return parts.Settings(**{**credentials, "test_mode": test_mode})


def _ask(parts: Any, settings: Any, number: str, options: Mapping[str, Any]) -> str:
    """Make the SDK ask, and return the kind of what went wrong in it; its words could hold secrets."""
    from karrio.core.models import TrackingRequest

    payload = TrackingRequest(tracking_numbers=[number], options={number: dict(options), **options})
    try:
        parts.Proxy(settings).get_tracking(parts.Mapper(settings).create_tracking_request(payload))
    except Exception as problem:
        return type(problem).__name__
    return ""


def _outcome(exchange: Exchange, title: str, problem: str, now: datetime) -> Answer:
    """Return the last answer that is not about signing in. Raises: CarrierUnavailable, CarrierRefused."""
    for answer in reversed(exchange.answers):
        if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
            raise CarrierUnavailable(f"{title} answered {answer.status}.", retry_after=retry_after(answer, now))
        if answer.status in (401, 403) or (answer.signing_in and answer.status >= 400):
            raise CarrierRefused(f"{title} refused the credentials of this account ({answer.status}).")
        break
    if exchange.failure:
        raise CarrierUnavailable(f"{title} did not answer: {exchange.failure}.")
    told = [answer for answer in exchange.answers if not answer.signing_in]
    if not told and exchange.answers:
        raise CarrierRefused(f"{title} did not accept the sign-in of this account.")
    if not told:
        log.error("the SDK did not ask %s: %s", title, problem)
        raise CarrierRefused(f"The SDK could not ask {title} ({problem or 'it made no request'}).")
    if not told[-1].body.strip():
        raise CarrierUnavailable(f"{title} answered with nothing.")
    return told[-1]


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """Return how long the carrier asks to wait, None where it does not say; never less than nothing."""
    told = answer.headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=int(told)) if told.isdigit() else parsedate_to_datetime(told) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_PATIENCE)
