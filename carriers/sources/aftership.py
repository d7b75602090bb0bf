"""AfterShip: tracking webhooks, trackings, lists of trackings, and last checkpoints (pure).

The code table's keys are the subtag ("Exception_004"), then the tag. The carrier's own code (`raw_tag`) counts only
where a checkpoint has neither: AfterShip's subtag is its reading of the whole message, and real answers repeat one
`raw_tag` through a whole history. InTransit with a subtag we do not know stays unmapped.
Source: AfterShip Tracking API, enums of delivery statuses and sub-statuses; webhook signature.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import deeper, distinct, entries, entry, load, place, text
from carriers.sources.heads import join_head, newest
from carriers.sources.instants import INFERRED, NOT_STATED, Instant, instant, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "aftership"

_MOVING: Final = "InTransit"
_SIGNATURES: Final = ("aftership-hmac-sha256", "as-signature-hmac-sha256")
_EVENT_ID: Final = re.compile(rb'"event_id"\s*:\s*"([0-9A-Za-z-]{8,64})"')
_KEY_SEARCH_BYTES: Final = 262_144

_OWN_NAMES: Final = {"dhl": "dhl_express", "dhl-global-mail": "dhl_ecommerce", "ups-mi": "ups_mi"}
"""AfterShip's slugs that mean something else elsewhere. Source: AfterShip, list of supported couriers."""


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every tracking in the body, in the order told.

    Raises: Unreadable, FeedTrouble.
    """
    trackings = _trackings(load(body))
    scans = [scan for tracking in trackings for scan in _scans(tracking, request)]
    if not scans:
        raise Unreadable("The AfterShip message holds no tracking with a status or a checkpoint.")
    return distinct(scans) if len(trackings) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when the signature header holds the body's HMAC-SHA256 in base64. Raises: NotAuthentic."""
    name = next((name for name in _SIGNATURES if headers.get(name)), _SIGNATURES[0])
    signatures.check_digest(signatures.header(headers, name), body, secrets, signatures.as_base64)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the event's id when exactly one stands in the body, else the empty string."""
    ids = _EVENT_ID.findall(body, 0, _KEY_SEARCH_BYTES)
    return ids[0].decode() if len(ids) == 1 else ""


def _trackings(document: Any, depth: int = 0) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [tracking for item in entries(document, "the body") for tracking in _trackings(item, deeper(depth))]
    document = entry(document, "the body")
    if document.get("meta") is not None:
        _check(entry(document["meta"], "meta"))
    if "tracking_number" in document:
        return [document]
    for name in ("msg", "data", "tracking", "trackings"):
        if document.get(name) is not None:
            return _trackings(document[name], deeper(depth))
    raise Unreadable("This is neither an AfterShip event nor a tracking: it has no “msg” and no “tracking_number”.")


def _check(meta: dict[str, Any]) -> None:
    """Return when AfterShip says that the request was answered. Raises: FeedTrouble."""
    code = text(meta.get("code"))
    if not (len(code) == 3 and code.startswith("2")):
        words = ", ".join(filter(None, (code, text(meta.get("type")), text(meta.get("message"))))).rstrip(".")
        raise FeedTrouble(f"AfterShip answered with an error: {words or 'no code and no message'}.")


def _scans(tracking: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scans of a tracking, and one for its own tag where no checkpoint tells it."""
    number = clean_tracking_number(text(tracking.get("tracking_number")))
    if not number:
        raise Unreadable("The AfterShip tracking has no tracking number.")
    told = entries(tracking.get("checkpoints"), "checkpoints") or entries(tracking.get("checkpoint"), "checkpoint")
    slug = text(tracking.get("slug")) or next(filter(None, (text(each.get("slug")) for each in told)), "")
    carrier = _carrier(slug or request.carrier)
    due = _due(tracking)
    service = text(tracking.get("shipment_type"))
    scans = [_scan(each, carrier, number, due, service) for each in told]
    silent = [place for place, each in enumerate(told) if not (text(each.get("tag")) or text(each.get("subtag")))]
    if codes := _codes(tracking, carrier):
        at = NOT_STATED if silent else _head_instant(tracking, codes, scans)
        words = text(tracking.get("subtag_message"))
        return join_head(scans, Scan(carrier, number, codes, words, *at, promised_at=due, service=service), silent)
    return scans


@lru_cache(maxsize=512)
def _carrier(slug: str) -> str:
    return _OWN_NAMES.get(slug.strip().lower()) or carrier_slug(slug)


def _scan(told: dict[str, Any], carrier: str, number: str, due: datetime | None, service: str) -> Scan:
    codes = _codes(told, carrier)
    return Scan(
        carrier,
        number,
        codes,
        text(told.get("message")) or text(told.get("subtag_message")),
        *instant(text(told.get("checkpoint_time"))),
        location=_location(told),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(told: dict[str, Any], carrier: str) -> tuple[str, ...]:
    tag, subtag = text(told.get("tag")), text(told.get("subtag"))
    if subtag:
        tag = tag or subtag.partition("_")[0]
        return (subtag,) if tag in (_MOVING, subtag) else (subtag, tag)
    if tag:
        return (tag,)
    raw = text(told.get("raw_tag"))
    return (f"raw:{carrier}:{raw}",) if raw else ()


def _location(told: dict[str, Any]) -> str:
    if not told.get("city") and (whole := text(told.get("location"))):
        return whole
    return place(told, "city", "state", "country_iso3" if told.get("country_iso3") else "country_name")


def _due(tracking: dict[str, Any]) -> datetime | None:
    """Return the carrier's delivery date; AfterShip's own forecast and the shop's promise are not the carrier's."""
    if at := promise(text(tracking.get("expected_delivery"))):
        return at
    courier = tracking.get("courier_estimated_delivery_date")
    if isinstance(courier, dict) and (at := promise(text(courier.get("estimated_delivery_date")))):
        return at
    for name in ("latest_estimated_delivery", "first_estimated_delivery"):
        told = tracking.get(name)
        if (
            isinstance(told, dict)
            and told.get("source") == "Carrier EDD"
            and (at := promise(text(told.get("datetime"))))
        ):
            return at
    return None


def _head_instant(tracking: dict[str, Any], codes: tuple[str, ...], scans: list[Scan]) -> Instant:
    """Return when the tracking took a tag that no checkpoint tells.

    AfterShip tells when it last changed the tracking, which is near the carrier's instant and not the same.
    """
    if not scans or any(codes[0] in scan.codes for scan in scans):
        return NOT_STATED
    at, _ = instant(text(tracking.get("last_updated_at")) or text(tracking.get("updated_at")))
    last = scans[newest(scans)].occurred_at
    return NOT_STATED if at is None or (last is not None and at <= last) else (at, INFERRED)
