"""Shippo: `track_updated` webhooks, tracks, and lists of tracks (pure).

The code table's keys are the status with its substatus ("TRANSIT:package_held"), then the status. TRANSIT with a
substatus we do not know stays unmapped: Shippo files held, damaged and undeliverable parcels under it too.
Source: Shippo API, Tracking object and its table of statuses; webhook security.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import deeper, distinct, entries, entry, error_words, load, place, text
from carriers.sources.heads import join_head
from carriers.sources.instants import NOT_STATED, instant, promise
from carriers.sources.reading import FeedTrouble, NotAuthentic, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "shippo"

NO_STATUS: Final = "NO_STATUS"
"""Our key for a track that Shippo follows and cannot say anything of yet: `tracking_status` is null."""

_MOVING: Final = "TRANSIT"
_TROUBLE: Final = ("error", "detail", "__all__")

_slug = lru_cache(maxsize=512)(carrier_slug)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every track in the body, in the order told.

    Raises: Unreadable, FeedTrouble.
    """
    tracks = _tracks(load(body))
    scans = [scan for track in tracks for scan in _scans(track, request)]
    if not scans:
        raise Unreadable("The Shippo message holds no track.")
    return distinct(scans) if len(tracks) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `Shippo-Auth-Signature` (t=…,v1=…) holds the HMAC-SHA256 of time and body, and is recent.

    Shippo signs only where its account managers switched that on; else the address it was given names the secret as
    `?token=…`. A signature that is there has to be right. Raises: NotAuthentic.
    """
    if "shippo-auth-signature" not in headers and (token := headers.get(signatures.TOKEN)):
        return signatures.check_secret(token, secrets)
    parts = signatures.header(headers, "shippo-auth-signature").split(",")
    stated = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts)}
    if not stated.get("t") or not stated.get("v1"):
        raise NotAuthentic("The shippo-auth-signature header should read “t=…,v1=…”.")
    signed = stated["t"].encode("utf-8", "replace") + b"." + body
    signatures.check_digest(stated["v1"].lower(), signed, secrets, signatures.as_hex)
    signatures.check_age(stated["t"], now)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: Shippo gives its messages no id."""
    return ""


def _tracks(document: Any, depth: int = 0) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [track for item in entries(document, "the body") for track in _tracks(item, deeper(depth))]
    document = entry(document, "the body")
    if "tracking_number" in document and ("tracking_status" in document or "tracking_history" in document):
        if "object_state" in document or "label_url" in document:
            raise Unreadable("This Shippo message is about a label (a transaction), not about a track.")
        return [document]
    if document.get("data") is not None:
        return _event_tracks(document, deeper(depth))
    if "results" in document:
        return _tracks(document["results"], deeper(depth))
    for name in _TROUBLE:
        if document.get(name):
            raise FeedTrouble(f"Shippo answered with an error: {_words(document[name])}.")
    if messages := document.get("messages"):
        raise FeedTrouble(f"Shippo answered with an error: {_words(messages)}.")
    raise Unreadable("This is neither a Shippo event nor a track: it has no “data” and no “tracking_status”.")


def _event_tracks(document: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    """Return the track of an event; an event of something else is not ours to read."""
    event = text(document.get("event"))
    if event and event != "track_updated":
        raise Unreadable(f"The Shippo event “{event}” is not about a track.")
    return _tracks(document["data"], depth)


def _words(told: object) -> str:
    """Return Shippo's errors on one line: a text, a list of texts, or messages with code and text."""
    if isinstance(told, list) and all(isinstance(each, str) for each in told):
        return "; ".join(text(each) for each in told[:3]).rstrip(".")
    if isinstance(told, list):
        told = [{"code": each.get("code"), "message": each.get("text")} for each in entries(told, "messages")]
    return error_words(told)


def _scans(track: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scans of a track, and one for its own status where no scan tells it."""
    number = clean_tracking_number(text(track.get("tracking_number")))
    if not number:
        raise Unreadable("The Shippo track has no tracking number.")
    carrier = _slug(text(track.get("carrier")) or request.carrier)
    due = promise(text(track.get("eta")))
    level = track.get("servicelevel")
    service = text(level.get("token")) or text(level.get("name")) if isinstance(level, dict) else text(level)
    told = entries(track.get("tracking_history"), "tracking_history")
    scans = [_scan(each, carrier, number, due, service) for each in told]
    status = track.get("tracking_status")
    head = {"status": status} if isinstance(status, str) else entry(status, "tracking_status")
    if text(head.get("status")):
        return join_head(scans, _scan(head, carrier, number, due, service))
    return scans or [Scan(carrier, number, (NO_STATUS,), "", *NOT_STATED, promised_at=due, service=service)]


def _scan(told: dict[str, Any], carrier: str, number: str, due: datetime | None, service: str) -> Scan:
    codes = _codes(told)
    return Scan(
        carrier,
        number,
        codes,
        text(told.get("status_details")),
        *instant(text(told.get("status_date"))),
        location=place(entry(told.get("location"), "location"), "city", "state", "country"),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(told: dict[str, Any]) -> tuple[str, ...]:
    status = text(told.get("status")).upper()
    detail = told.get("substatus")
    detail = text(detail.get("code")) if isinstance(detail, dict) else text(detail)
    if not status:
        return ()
    if not detail:
        return (status,)
    pair = f"{status}:{detail.lower()}"
    return (pair,) if status == _MOVING else (pair, status)
