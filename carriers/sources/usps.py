"""USPS: answers of the Tracking API, v3 in detail, in summary and in batches, and the shapes before it (pure).

The code table's keys are the event code ("07"); for a delivery, before it, the code with how the piece was delivered,
which USPS tells only in words ("01:TO ORIGINAL SENDER"). Behind the code, and alone where USPS tells none, stands the
event's fixed text ("TEXT:HELD IN CUSTOMS"). The status category is never read: "Alert" may be anything.
Source: USPS Tracking API 3.2 specification; USPS/api-examples; Publication 199, appendix G.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from carriers.sources import signatures, usps_older
from carriers.sources.bodies import code, distinct, entries, entry, error_words, load, place, text
from carriers.sources.instants import NOT_STATED, Instant, instant, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from carriers.sources.wording import plain, text_key
from shipments.facts import clean_tracking_number

CODE_SYSTEM: str = "usps"

NOT_FOUND: Final = "404"
"""The code of an answer about a number that USPS does not know, or not yet."""

NOT_A_NUMBER: Final = "400:TRACKINGNUMBER"
"""The code of an answer that finds fault with the number asked for."""

_DELIVERED: Final = "01"
_PROMISED: Final = (
    *("guaranteedDeliveryTimeStamp", "guaranteedDeliveryDate", "expectedDeliveryTimeStamp", "expectedDeliveryDate"),
    *("predictedDeliveryTimeStamp", "predictedDeliveryDate"),
)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every piece in the body, in the order told.

    A number that USPS does not know gives one scan; it never costs the other pieces of a batch.
    Raises: Unreadable, FeedTrouble.
    """
    document = load(body)
    answers = entries(document, "the body") if isinstance(document, list) else [entry(document, "the body")]
    pieces = [piece for answer in answers for piece in usps_older.pieces(answer)]
    scans: list[Scan] = []
    troubles: list[str] = []
    for piece in pieces:
        scans += _piece(piece, request, troubles)
    if scans:
        return distinct(scans) if len(pieces) > 1 else scans
    if troubles:
        raise FeedTrouble(f"USPS answered with an error: {troubles[0]}.")
    raise Unreadable("This is not a USPS tracking answer: it has neither “trackingEvents” nor “error”.")


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when the account's secret stands in `X-Waypost-Secret` or as the bearer token; USPS signs nothing.

    Raises: NotAuthentic.
    """
    signatures.check_shared(headers, secrets)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: USPS gives its answers no id."""
    return ""


def _piece(piece: dict[str, Any], request: Request, troubles: list[str]) -> list[Scan]:
    """Return the scans of one mail piece; an error that is not about its number goes to the troubles."""
    asked = text(piece.get("trackingNumber")) or request.number
    events = entries(piece.get("trackingEvents"), "trackingEvents")
    lines = _lines(piece.get("eventSummaries"))
    if not events and not lines:
        if trouble := piece.get("error") or piece.get("fault") or piece.get("errors"):
            return _refused(trouble, asked, troubles)
        if not piece.get("trackingNumber"):
            return []
        lines = _lines(piece.get("statusSummary"))
        events = [usps_older.head(piece)] if piece.get("status") else []
    if not events and not lines:
        return []
    number = clean_tracking_number(asked)
    if not number:
        raise Unreadable("The USPS answer has no tracking number.")
    due = next((at for name in _PROMISED if (at := promise(text(piece.get(name))))), None)
    service = plain(text(piece.get("mailClass")))
    events = events or [usps_older.told(line) for line in lines]
    return [_scan(event, number, due, service) for event in events]


def _scan(event: dict[str, Any], number: str, due: datetime | None, service: str) -> Scan:
    words = plain(text(event.get("eventType")))
    codes = _codes(code(event.get("eventCode")), words)
    return Scan(
        "usps",
        number,
        codes,
        words,
        *_event_instant(event),
        location=place(event, "eventCity", "eventState", "eventCountry"),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(key: str, words: str) -> tuple[str, ...]:
    """Return the keys to look up: how it was delivered, the code, and last the words."""
    said = text_key(words)
    keys = [said] if said else []
    if key.isdigit():
        key = key.zfill(2)
    if key:
        keys.insert(0, key)
    if key == _DELIVERED and (how := said.removeprefix("TEXT:DELIVERED").strip(" ,-")) and how != said:
        keys.insert(0, f"{key}:{how}")
    return tuple(keys)


def _event_instant(event: dict[str, Any]) -> Instant:
    """Return when an event happened: by Greenwich, else by local time with its offset, else by local time alone.

    The older answers call their local times UTC ("7:31 am in Richmond" is "07:31:00Z"), so a bare Z is not believed.
    """
    if greenwich := text(event.get("GMTTimestamp")):
        found = instant(greenwich)
        if found[0] is not None:
            return found
    local = text(event.get("eventTimestamp")).removesuffix("Z")
    offset = text(event.get("GMTOffset"))
    if local and len(offset) == 5 and offset[2] == ":":
        offset = f"{offset[0]}0{offset[1:]}"
    return instant(local + offset) if local else NOT_STATED


def _lines(told: object) -> list[str]:
    """Return the one-line events of a summary."""
    if isinstance(told, list):
        return [line for each in told if (line := plain(text(each)))]
    return [line] if (line := plain(text(told))) else []


def _refused(trouble: object, asked: str, troubles: list[str]) -> list[Scan]:
    """Return the scan of a number that USPS does not know; every other error goes to the troubles."""
    if isinstance(trouble, list):
        trouble = {"errors": trouble}
    if not isinstance(trouble, dict):
        troubles.append(error_words(trouble))
        return []
    details = entries(trouble.get("errors"), "errors")
    words = text(trouble.get("message")) or text(trouble.get("description"))
    stated = {code(each.get(name)) for each in (trouble, *details) for name in ("code", "status")}
    about = {code(entry(each.get("source"), "source").get("parameter")) for each in details}
    key = NOT_FOUND if NOT_FOUND in stated else NOT_A_NUMBER if "TRACKINGNUMBER" in about else code(trouble.get("key"))
    if key:
        return [Scan("usps", clean_tracking_number(asked), (key,), words, *NOT_STATED)]
    troubles.append(error_words(trouble) if words else text(trouble.get("faultstring")) or error_words(details))
    return []
