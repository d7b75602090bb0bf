"""DHL: answers of the Shipment Tracking Unified API, one API for all of DHL's divisions (pure).

DHL's `statusCode` has five values, so the code table asks what is finer first: the division's own code, where the
answer tells one ("ecommerce:585"), then the division's fixed sentence ("TEXT:OUT FOR DELIVERY"), and last the
`statusCode` ("TRANSIT"). A bare "failure" is therefore an exception of unknown kind, neither an attempt nor a return.
Remarks and next steps are words for people; they never decide.
Source: DHL Shipment Tracking Unified API 1.x specification; DHL's list of status codes by division.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import code, distinct, entries, entry, load, place, text
from carriers.sources.instants import NOT_STATED, instant, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from carriers.sources.wording import plain, sentences, text_key
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "dhl_universal"

NOT_FOUND: Final = "404"
"""The status of an answer about a number that DHL does not know."""

_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9_/-]{0,60}")
"""What may be a division's code; the field that tells it may hold words instead."""


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every shipment in the body, in the order told.

    A number that DHL does not know gives one scan. Raises: Unreadable, FeedTrouble.
    """
    document = entry(load(body), "the body")
    if document.get("shipments") is not None:
        shipments = entries(document["shipments"], "shipments")
    elif document.get("events") is not None or isinstance(document.get("status"), dict):
        shipments = [document]
    else:
        return _refused(document, request)
    scans = [scan for shipment in shipments for scan in _shipment(shipment, request)]
    if not scans:
        raise Unreadable("The DHL answer holds no shipment with an event or a status.")
    return distinct(scans) if len(shipments) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when the account's secret stands in `X-Waypost-Secret` or as the bearer token; DHL signs nothing.

    Raises: NotAuthentic.
    """
    signatures.check_shared(headers, secrets)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: DHL gives its answers no id."""
    return ""


def _shipment(shipment: dict[str, Any], request: Request) -> list[Scan]:
    """Return the events of a shipment, and its status where no event tells it."""
    asked = text(shipment.get("id")) or text(shipment.get("trackingNumber")) or request.number
    number = clean_tracking_number(asked)
    if not number:
        raise Unreadable("A shipment in the DHL answer has no tracking number.")
    division = text(shipment.get("service")).lower()
    carrier = request.carrier or carrier_slug(f"dhl_{division}".replace("-", "_").rstrip("_"))
    frame = entry(shipment.get("estimatedDeliveryTimeFrame"), "estimatedDeliveryTimeFrame")
    due = promise(text(frame.get("estimatedThrough")) or text(shipment.get("estimatedTimeOfDelivery")))
    service = text(entry(entry(shipment.get("details"), "details").get("product"), "product").get("productName"))
    events = entries(shipment.get("events"), "events")
    scans = [_scan(event, carrier, number, division, due, service) for event in events]
    status = shipment.get("status")
    if status is None or isinstance(status, str):
        status = {"statusCode": status}
    head = _scan(entry(status, "status"), carrier, number, division, due, service)
    if head.codes or head.description:
        _merge(scans, head)
    return scans


def _merge(scans: list[Scan], head: Scan) -> None:
    """Let the status explain the event it repeats, which may tell no class, or add it where it is news of its own."""
    newest = max((scan.occurred_at for scan in scans if scan.occurred_at), default=None)
    for at, scan in enumerate(scans):
        if scan.codes[:1] == head.codes[:1] and (head.occurred_at is None or scan.occurred_at == head.occurred_at):
            scans[at] = scan._replace(codes=tuple(dict.fromkeys((*scan.codes, *head.codes))))
            return
    if newest is None or (head.occurred_at is not None and head.occurred_at > newest):
        scans.append(head)


def _scan(event: dict[str, Any], carrier: str, number: str, division: str, due: datetime | None, service: str) -> Scan:
    address = entry(entry(event.get("location"), "location").get("address"), "address")
    codes = _codes(event, division, text(address.get("addressLocality")))
    told = (plain(text(event.get(name))) for name in ("description", "remark", "nextSteps"))
    return Scan(
        carrier,
        number,
        codes,
        sentences(*told) or plain(text(event.get("status"))),
        *instant(text(event.get("timestamp"))),
        location=place(address, "addressLocality", "countryCode"),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(event: dict[str, Any], division: str, locality: str) -> tuple[str, ...]:
    """Return the keys to look up: the division's code, the sentence, DHL's class; repeats are left out."""
    coarse = code(event.get("statusCode")).replace("_", "-")
    own = [code(event.get(name)) for name in ("statusDetailed", "status")]
    keys = [f"{division}:{key}" for key in own if key != coarse and _CODE.fullmatch(key)] if division else []
    words = text(event.get("description"))
    if not words and coarse not in own:
        words = text(event.get("status"))
    return tuple(dict.fromkeys(filter(None, (*keys, text_key(words, locality), coarse))))


def _refused(document: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scan of a number not found. Raises: FeedTrouble for every other error, Unreadable."""
    status = code(document.get("status"))
    told = (text(document.get(name)) for name in ("title", "detail", "message", "error", "error_description"))
    words = ": ".join(dict.fromkeys(filter(None, told))).rstrip(".")
    if status == NOT_FOUND:
        carrier = request.carrier or "dhl"
        return [Scan(carrier, clean_tracking_number(request.number), (NOT_FOUND,), words, *NOT_STATED)]
    if words:
        raise FeedTrouble(f"DHL answered with an error: {' '.join(filter(None, (status, words)))}.")
    raise Unreadable("This is not a DHL tracking answer: it has neither “shipments” nor an error.")
