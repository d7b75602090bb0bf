"""ShipEngine, now ShipStation API: tracking webhooks and tracking answers (pure).

The code table's keys are the detail code ("HELD_BY_CUSTOMS"), then the status code ("EX"). Where ShipEngine gives no
detail, the carrier's own code stands first ("IT:ups:DP", "event:usps:OF" in old answers whose events have no status)
so that it can be given a meaning; ShipEngine's own word is preferred as it has read the type beside the carrier's code.
Accepted and in transit with a detail we do not know stay unmapped: holds are told under them too.
Source: ShipStation API documentation, tracking and webhook schemas, webhook validation.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from carriers.sources import signatures
from carriers.sources.bodies import code, deeper, distinct, entries, entry, error_words, load, place, text
from carriers.sources.heads import join_head
from carriers.sources.instants import NOT_STATED, instant, promise
from carriers.sources.public_keys import check_rsa_sha256
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "shipengine"

_MOVING: Final = frozenset({"AC", "IT"})
_NOT_MAPPED: Final = "CARRIER_STATUS_NOT_MAPPED"
_DELIVERED: Final = "DE"
_TIMES: Final = ("occurred_at", "event_date", "carrier_occurred_at")
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")

_slug = lru_cache(maxsize=512)(carrier_slug)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every tracking result in the body, in the order told.

    Raises: Unreadable, FeedTrouble.
    """
    results = _results(load(body), "")
    scans = [scan for result, address in results for scan in _scans(result, address, request)]
    if not scans:
        raise Unreadable("The ShipEngine message holds no tracking with a status or an event.")
    return distinct(scans) if len(results) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when the headers hold an RSA-SHA256 signature of time and body by a key of the account, and are recent.

    The account's secrets are ShipEngine's public keys: its JWKS document, or PEM. Raises: NotAuthentic.
    """
    stated = signatures.header(headers, "x-shipengine-rsa-sha256-signature")
    key_id = signatures.header(headers, "x-shipengine-rsa-sha256-key-id")
    sent_at = signatures.header(headers, "x-shipengine-timestamp")
    check_rsa_sha256(stated, key_id, sent_at.encode("utf-8", "replace") + b"." + body, secrets)
    signatures.check_moment(sent_at, now)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: ShipEngine gives its messages no id."""
    return ""


def _results(document: Any, address: str, depth: int = 0) -> list[tuple[dict[str, Any], str]]:
    """Return each tracking result with the address that its message names as its resource."""
    if isinstance(document, list):
        return [found for item in entries(document, "the body") for found in _results(item, address, deeper(depth))]
    document = _snake(entry(document, "the body"))
    kind = text(document.get("resource_type"))
    if kind and "TRACK" not in kind.upper():
        raise Unreadable(f"The ShipEngine message is about “{kind}”, not about tracking.")
    if trouble := document.get("errors"):
        raise FeedTrouble(f"ShipEngine answered with an error: {_words(trouble)}.")
    if "tracking_number" in document:
        return [(document, address)]
    address = text(document.get("resource_url")) or address
    for name in ("data", "tracking", "results"):
        if document.get(name) is not None:
            return _results(document[name], address, deeper(depth))
    if kind:
        raise Unreadable("The ShipEngine message came without its tracking (“data”); fetch the tracking instead.")
    if message := document.get("message"):
        raise FeedTrouble(f"ShipEngine answered with an error: {text(message).rstrip('.')}.")
    raise Unreadable("This is no ShipEngine tracking: it has neither “data” nor “tracking_number”.")


def _snake(told: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its names in snake case; ShipEngine's own clients write them in camel case."""
    if all(map(str.islower, told)):
        return told
    return {_CAPITAL.sub(r"_\1", name).lower() if name[:1].islower() else name: told[name] for name in told}


def _words(trouble: object) -> str:
    if isinstance(trouble, list) and all(isinstance(each, dict) for each in trouble):
        told = [_snake(each) for each in trouble]
        trouble = [{"code": each.get("error_code"), "message": each.get("message")} for each in told]
    return error_words(trouble)


def _scans(result: dict[str, Any], address: str, request: Request) -> list[Scan]:
    """Return the scans of a tracking result, and one for its own status where no event tells it."""
    number = clean_tracking_number(text(result.get("tracking_number")))
    if not number:
        raise Unreadable("The ShipEngine tracking has no tracking number.")
    carrier = _slug(text(result.get("carrier_code")) or _carrier_of(address) or request.carrier)
    due = promise(text(result.get("estimated_delivery_date")))
    told = [_snake(each) for each in entries(result.get("events"), "events")]
    scans = [_event(each, carrier, number, due) for each in told]
    codes = _codes(result, carrier)
    if not codes:
        return scans
    silent = [place for place, each in enumerate(told) if not _status(each)]
    delivered_at = text(result.get("actual_delivery_date")) if codes[-1] == _DELIVERED else ""
    words = next(
        (
            said
            for name in ("exception", "carrier_status", "status")
            if (said := text(result.get(f"{name}_description")))
        ),
        "",
    )
    return join_head(scans, Scan(carrier, number, codes, words, *instant(delivered_at), promised_at=due), silent)


def _carrier_of(address: str) -> str:
    """Return the carrier that a resource's address names: …/tracking/usps/9361… or …?carrier_code=usps&…"""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if named := parse_qs(parts.query).get("carrier_code"):
        return named[0]
    _, found, rest = parts.path.partition("/tracking/")
    return rest.split("/")[0] if found and "/" in rest else ""


def _event(told: dict[str, Any], carrier: str, number: str, due: datetime | None) -> Scan:
    codes = _codes(told, carrier)
    at = next((found for name in _TIMES if (found := instant(text(told.get(name))))[0] is not None), NOT_STATED)
    return Scan(
        carrier,
        number,
        codes,
        text(told.get("description")) or text(told.get("carrier_status_description")),
        *at,
        location=place(told, "city_locality", "state_province", "country_code"),
        promised_at=due,
        by_text=not codes,
    )


def _status(told: dict[str, Any]) -> str:
    return code(told.get("status_code")) or code(told.get("status_detail_code"))


def _codes(told: dict[str, Any], carrier: str) -> tuple[str, ...]:
    """Return the keys to look up: detail, or the carrier's own code under the status; then the status."""
    status, detail = code(told.get("status_code")), code(told.get("status_detail_code"))
    own = _own_code(told)
    keys: tuple[str, ...]
    if detail == _NOT_MAPPED and own:
        keys = (f"{detail}:{carrier}:{own}", detail)
    elif detail:
        keys = (detail,)
    elif own:
        return (f"{status}:{carrier}:{own}", status) if status else (f"event:{carrier}:{own}",)
    else:
        return (status,) if status else ()
    return keys if not status or status in _MOVING else (*keys, status)


def _own_code(told: dict[str, Any]) -> str:
    """Return the carrier's own code; UPS's type stands before its code there ("M:MP")."""
    kind = code(told.get("event_code")) or code(told.get("carrier_status_code"))
    fine = code(told.get("carrier_detail_code"))
    return ":".join(filter(None, (kind, "" if fine == kind else fine)))
