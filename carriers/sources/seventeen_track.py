"""17TRACK: pushed messages and answers of its API, version 2 and both shapes of version 1 (pure).

The code table's keys are the sub-status ("Exception_Returned"), then the main status; "stage:Departure" where an
event of version 2.0 has only a milestone; "e:40" for the package status of version 1, "z:5:50" for the shape of
version 1 that is described with numbered events. InTransit with a sub-status we do not know stays unmapped.
Source: 17TRACK API documentation, main statuses and sub-statuses, error codes, push signature.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import deeper, distinct, entries, entry, error_words, load, place, text
from carriers.sources.heads import join_head
from carriers.sources.instants import NOT_STATED, Instant, day_and_time, instant, promise
from carriers.sources.reading import FeedTrouble, NotAuthentic, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "17track"

_MOVING: Final = "InTransit"
_STAGES: Final = {
    "InfoReceived": "InfoReceived",
    "PickedUp": _MOVING,
    "Departure": _MOVING,
    "Arrival": _MOVING,
    "AvailableForPickup": "AvailableForPickup",
    "OutForDelivery": "OutForDelivery",
    "Delivered": "Delivered",
    "Returning": "Exception",
    "Returned": "Exception",
}
"""The milestones, each with the main status it belongs to."""

_CARRIERS: Final = {"100001": "dhl_express", "100002": "ups", "100003": "fedex", "21051": "usps"}
"""Numbers of carriers that matter where no name stands beside them. Source: 17TRACK, list of carriers."""

_NO_NEWS: Final = frozenset({"-18019909"})
"""A number refused with this code is one of which the carrier tells nothing yet. Source: 17TRACK, error codes."""

_HISTORIES: Final = ("z9", "z1", "z2")

_slug = lru_cache(maxsize=512)(carrier_slug)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every number in the body, in the order told.

    A number of which the carrier tells nothing yet gives one scan with 17TRACK's own code; a number it refuses for
    another reason never costs the good ones beside it. Raises: Unreadable, FeedTrouble.
    """
    refused: list[dict[str, Any]] = []
    parcels = _parcels(load(body), refused)
    scans = [scan for parcel in parcels for scan in _scans(parcel, request)]
    scans += [scan for each in refused for scan in _no_news(each, request)]
    if not scans and refused:
        raise FeedTrouble(f"17TRACK refused the number: {error_words([each.get('error') or {} for each in refused])}.")
    if not scans:
        raise Unreadable("The 17TRACK message holds no number with a status or an event.")
    return distinct(scans) if len(parcels) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `sign` is the SHA-256 of the body, a slash and the account's key.

    Version 1 signs inside the body, over a text that it does not send; its pushes are refused with the way out.
    Raises: NotAuthentic.
    """
    if "sign" not in headers and b'"sign"' in body:
        raise NotAuthentic("This push is signed as in version 1. Choose version 2 in 17TRACK's push settings.")
    stated = signatures.header(headers, "sign").lower()
    signatures.check_made(stated, secrets, lambda key: hashlib.sha256(body + b"/" + key).hexdigest())


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: 17TRACK gives its messages no id."""
    return ""


def _parcels(document: Any, refused: list[dict[str, Any]], depth: int = 0) -> list[dict[str, Any]]:
    """Return the numbers of a body; those that 17TRACK refuses go to the other list."""
    if isinstance(document, list):
        return [parcel for item in entries(document, "the body") for parcel in _parcels(item, refused, deeper(depth))]
    document = entry(document, "the body")
    if "number" in document:
        return [document]
    if text(document.get("code")) not in ("", "0", "200"):
        raise FeedTrouble(f"17TRACK answered with an error: {_words(document)}.")
    if "accepted" in document or "rejected" in document:
        refused += entries(document.get("rejected"), "rejected")
        return entries(document.get("accepted"), "accepted")
    if trouble := document.get("errors"):
        raise FeedTrouble(f"17TRACK answered with an error: {error_words(trouble)}.")
    for name in ("data", "payload", "response", "body"):
        if document.get(name) is not None:
            return _parcels(document[name], refused, deeper(depth))
    raise Unreadable("This is neither a 17TRACK push nor an answer: it has no “data” and no “number”.")


def _words(document: dict[str, Any]) -> str:
    inside = document.get("data")
    errors = inside.get("errors") if isinstance(inside, dict) else None
    return error_words(errors or [{"code": document.get("code"), "message": document.get("message")}])


def _no_news(refused: dict[str, Any], request: Request) -> list[Scan]:
    error = entry(refused.get("error"), "error")
    number = clean_tracking_number(text(refused.get("number")) or request.number)
    key = text(error.get("code"))
    if key not in _NO_NEWS or not number:
        return []
    return [Scan(_carrier(refused, {}, request), number, (key,), text(error.get("message")), *NOT_STATED)]


def _scans(parcel: dict[str, Any], request: Request) -> list[Scan]:
    number = clean_tracking_number(text(parcel.get("number")))
    if not number:
        raise Unreadable("A parcel in the 17TRACK message has no number.")
    track = parcel.get("track")
    if isinstance(track, dict):
        return _first_version(track, _carrier(parcel, track, request), number)
    # Some senders put the statuses beside “track_info” instead of inside it.
    info = parcel | entry(parcel.get("track_info"), "track_info")
    return _second_version(info, _carrier(parcel, info, request), number)


def _carrier(parcel: dict[str, Any], info: dict[str, Any], request: Request) -> str:
    """Return the carrier by number, else by the name beside its number, else by the first name there is."""
    key = text(parcel.get("carrier")) or text(info.get("w1")) or text(info.get("b"))
    if known := _CARRIERS.get(key):
        return known
    told = [entry(each.get("provider"), "provider") for each in _providers(info)]
    told.sort(key=lambda provider: text(provider.get("key")) != key)
    name = next(filter(None, (text(each.get("alias")) or text(each.get("name")) for each in told)), "")
    return _slug(name or request.carrier or (f"17track {key}" if key and key != "0" else ""))


def _providers(info: dict[str, Any]) -> list[dict[str, Any]]:
    return entries(entry(info.get("tracking"), "tracking").get("providers"), "providers")


def _second_version(info: dict[str, Any], carrier: str, number: str) -> list[Scan]:
    """Return the scans of a number in version 2, and one for its status where no event tells it."""
    status = entry(info.get("latest_status"), "latest_status")
    main = text(status.get("status"))
    head = _codes(text(status.get("sub_status")), main)
    due = _due(info)
    service = text(entry(info.get("misc_info"), "misc_info").get("service_type"))
    told = [each for provider in _providers(info) for each in entries(provider.get("events"), "events")]
    told = told or entries(info.get("latest_event"), "latest_event")
    scans = [_event(each, carrier, number, due, service) for each in told]
    silent = [
        place
        for place, each in enumerate(told)
        if not text(each.get("sub_status")) and _STAGES.get(text(each.get("stage")), main) == main
    ]
    if not head:
        return scans
    words = text(status.get("sub_status_descr"))
    return join_head(scans, Scan(carrier, number, head, words, *NOT_STATED, promised_at=due, service=service), silent)


def _event(told: dict[str, Any], carrier: str, number: str, due: datetime | None, service: str) -> Scan:
    stage = text(told.get("stage"))
    codes = _codes(text(told.get("sub_status")), "") or ((f"stage:{stage}",) if stage in _STAGES else ())
    address = entry(told.get("address"), "address")
    return Scan(
        carrier,
        number,
        codes,
        text(told.get("description")),
        *_instant(told),
        location=text(told.get("location")) or place(address, "city", "state", "country"),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(sub_status: str, main: str) -> tuple[str, ...]:
    """Return the keys to look up: the sub-status, then the main status, which its name begins with."""
    main = main or sub_status.partition("_")[0]
    if not sub_status or sub_status == main:
        return (main,) if main else ()
    return (sub_status,) if main == _MOVING else (sub_status, main)


def _instant(told: dict[str, Any]) -> Instant:
    for name in ("time_iso", "time_utc"):
        found = instant(text(told.get(name)))
        if found[0] is not None:
            return found
    raw = entry(told.get("time_raw"), "time_raw")
    return day_and_time(text(raw.get("date")), text(raw.get("time")), text(raw.get("timezone")))


def _due(info: dict[str, Any]) -> datetime | None:
    window = entry(entry(info.get("time_metrics"), "time_metrics").get("estimated_delivery_date"), "a date")
    return promise(text(window.get("to"))) or promise(text(window.get("from")))


def _first_version(track: dict[str, Any], carrier: str, number: str) -> list[Scan]:
    """Return the scans of a number in version 1; only the package has a status there, and its newest event takes it."""
    told = [each for name in _HISTORIES for each in entries(track.get(name), name)]
    told = told or entries(track.get("z0"), "z0")
    scans = [_first_event(each, carrier, number) for each in told]
    status = text(track.get("e"))
    if not status:
        return scans
    silent = [place for place, scan in enumerate(scans) if scan.by_text]
    return join_head(scans, Scan(carrier, number, (f"e:{status}",), "", *NOT_STATED), silent)


def _first_event(told: dict[str, Any], carrier: str, number: str) -> Scan:
    """Return the scan of an event: 17TRACK's own has its text in z, the numbered shape has a status there."""
    if not isinstance(told.get("z"), int):
        where = ", ".join(filter(None, (text(told.get("c")), text(told.get("d")))))
        return Scan(
            carrier, number, (), text(told.get("z")), *instant(text(told.get("a"))), location=where, by_text=True
        )
    codes = (f"z:{told['z']}:{text(told.get('s'))}",)
    return Scan(
        carrier, number, codes, text(told.get("c")), *instant(text(told.get("d"))), location=text(told.get("a"))
    )
