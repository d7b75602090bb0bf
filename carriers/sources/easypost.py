"""EasyPost: webhook events that carry a tracker, trackers, and lists of trackers (pure).

Source: EasyPost API, Tracker and Event objects; webhook signature as in its Python client's `validate_webhook`.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import distinct, entries, entry, error_words, load, place, text
from carriers.sources.instants import INFERRED, NOT_STATED, Instant, instant, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "easypost"

_EVENT_ID: Final = re.compile(rb'"id"\s*:\s*"(evt_[0-9A-Za-z]{1,64})"')
_KEY_SEARCH_BYTES: Final = 65_536

_slug = lru_cache(maxsize=512)(carrier_slug)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every tracker in the body, in the order told.

    Raises: Unreadable, FeedTrouble.
    """
    trackers = _trackers(load(body))
    scans = [scan for tracker in trackers for scan in _scans(tracker, request)]
    if not scans:
        raise Unreadable("The EasyPost message holds no tracker with a status or a scan.")
    return distinct(scans) if len(trackers) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `X-Hmac-Signature` holds the body's HMAC-SHA256. Raises: NotAuthentic."""
    stated = signatures.header(headers, "x-hmac-signature")
    signatures.check_digest(stated, body, secrets, lambda digest: f"hmac-sha256-hex={digest.hex()}")


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the event's id when exactly one stands in the body, else the empty string."""
    ids = _EVENT_ID.findall(body, 0, _KEY_SEARCH_BYTES)
    return ids[0].decode() if len(ids) == 1 else ""


def _trackers(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [tracker for item in entries(document, "the body") for tracker in _trackers(item)]
    document = entry(document, "the body")
    if "error" in document:
        raise FeedTrouble(f"EasyPost answered with an error: {error_words(document['error'])}.")
    if "trackers" in document:
        return entries(document["trackers"], "trackers")
    if "events" in document:
        return [tracker for event in entries(document["events"], "events") for tracker in _event_trackers(event)]
    if "result" in document or document.get("object") == "Event":
        return _event_trackers(document)
    if "tracking_code" in document:
        return [document]
    raise Unreadable("This is neither an EasyPost event nor a tracker: it has no “result” and no “tracking_code”.")


def _event_trackers(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tracker of an event; an event of something else is not ours to read."""
    what = text(event.get("description")) or "without a description"
    if event.get("result") is None:
        raise Unreadable(
            f"The EasyPost event “{what}” came without its tracker (“result”), so it says nothing about a parcel. "
            "EasyPost lists past events this way; fetch the tracker instead."
        )
    result = entry(event["result"], "result")
    if "tracking_code" not in result:
        raise Unreadable(f"The EasyPost event “{what}” is about {_thing(result)}, not about a tracker.")
    return [result]


def _thing(result: dict[str, Any]) -> str:
    name = text(result.get("object"))
    return f"a {name}" if name else "something else"


def _scans(tracker: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scans of a tracker, and one for its own status where no scan tells it."""
    number = clean_tracking_number(text(tracker.get("tracking_code")))
    if not number:
        raise Unreadable("The EasyPost tracker has no tracking code.")
    carrier = _slug(text(tracker.get("carrier")) or request.carrier)
    due = promise(text(tracker.get("est_delivery_date")))
    service = text(entry(tracker.get("carrier_detail"), "carrier_detail").get("service"))
    details = entries(tracker.get("tracking_details"), "tracking_details")
    scans = [_scan(detail, carrier, number, due, service) for detail in details]
    status = text(tracker.get("status"))
    if status and all(scan.codes[-1:] != (status,) for scan in scans):
        at = _header_instant(tracker, status, scans)
        if at is not None:
            codes = _codes(status, text(tracker.get("status_detail")), carrier, "")
            words = f"Tracker status: {status}"
            scans.append(Scan(carrier, number, codes, words, *at, promised_at=due, service=service))
    return scans


def _scan(detail: dict[str, Any], carrier: str, number: str, due: datetime | None, service: str) -> Scan:
    codes = _codes(
        text(detail.get("status")), text(detail.get("status_detail")), carrier, text(detail.get("carrier_code"))
    )
    return Scan(
        carrier,
        number,
        codes,
        text(detail.get("message")) or text(detail.get("description")),
        *instant(text(detail.get("datetime"))),
        location=place(entry(detail.get("tracking_location"), "tracking_location"), "city", "state", "country"),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(status: str, detail: str, carrier: str, carrier_code: str) -> tuple[str, ...]:
    """Return the keys to look up: status with detail and the carrier's own code, status with detail, status.

    The carrier's code stands behind the carrier's name, since carriers use the same letters for different things.
    The detail alone is no key: "arrived_at_destination" of a failed parcel is no delivery.
    """
    if not status:
        if not detail and not carrier_code:
            return ()
        status = "unknown"
    pair = f"{status}:{detail}" if detail else status
    if carrier_code:
        return (f"{pair}:{carrier}:{carrier_code}", pair, status)
    return (pair, status) if detail else (status,)


def _header_instant(tracker: dict[str, Any], status: str, scans: list[Scan]) -> Instant | None:
    """Return when the tracker took a status that no scan tells; None where a scan is newer than that.

    EasyPost tells when it last changed the tracker: near the carrier's instant, but not the same, so it is inferred.
    """
    at, _ = instant(text(tracker.get("updated_at")))
    newest = max((scan.occurred_at for scan in scans if scan.occurred_at), default=None)
    if newest is not None and (status == "unknown" or at is None or at <= newest):
        return None
    return NOT_STATED if at is None else (at, INFERRED)
