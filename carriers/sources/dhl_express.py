"""DHL Express: answers of the MyDHL API, shipments with their checkpoints (pure).

The code table's keys are the checkpoint's type ("OH"). A shipment without any checkpoint speaks by its own status
("STATUS:SUCCESS"): DHL has its data and has not seen it.
Source: MyDHL API 3.1.1 specification, tracking response and reference data "trackingEventCode".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import code, distinct, entries, entry, load, place, text
from carriers.sources.instants import END_OF_DAY, INFERRED, MIDDAY, NOT_STATED, Instant, day_and_time, instant, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from carriers.sources.tail import read_xml_dhl_express
from carriers.sources.tail.documents import is_xml
from carriers.sources.wording import sentences
from shipments.facts import clean_tracking_number

CODE_SYSTEM: str = "dhl_express"

NOT_FOUND: Final = "404"
"""The status of an answer about a number that DHL does not know."""

_LAST_OF_THE_DAY: Final = frozenset({"OK", "PD", "DD", "RT"})


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the checkpoints of every shipment in the body, in the order told.

    A number that DHL does not know gives one scan. Answers of DHL's older service, in XML, are read too.
    Raises: Unreadable, FeedTrouble.
    """
    if is_xml(body):
        return read_xml_dhl_express(body, request)
    document = entry(load(body), "the body")
    if document.get("shipments") is None:
        return _refused(document, request)
    shipments = entries(document["shipments"], "shipments")
    scans = [scan for shipment in shipments for scan in _shipment(shipment, request)]
    if not scans:
        raise Unreadable("The DHL Express answer holds no shipment with a checkpoint or a status.")
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
    """Return a shipment's checkpoints; those of its pieces where it has none itself or a piece was asked for."""
    number = clean_tracking_number(text(shipment.get("shipmentTrackingNumber")) or request.number)
    if not number:
        raise Unreadable("A shipment in the DHL Express answer has no tracking number.")
    due = promise(text(shipment.get("estimatedDeliveryDate")) or text(shipment.get("estimatedTimeOfDelivery")))
    service = text(shipment.get("productName")) or text(shipment.get("productCode"))
    events = entries(shipment.get("events"), "events")
    scans = [_checkpoint(event, number, due, service) for event in events]
    pieces = entries(shipment.get("pieces"), "pieces")
    asked = clean_tracking_number(request.number)
    for piece in pieces:
        own = clean_tracking_number(text(piece.get("trackingNumber")))
        if (not events) or (asked and own == asked):
            carries = own if own and (own == asked or len(pieces) > 1) else number
            scans += [_checkpoint(event, carries, due, service) for event in entries(piece.get("events"), "events")]
    return scans or _status(shipment, number, due, service)


def _checkpoint(event: dict[str, Any], number: str, due: datetime | None, service: str) -> Scan:
    kind = code(event.get("typeCode"))
    return Scan(
        "dhl_express",
        number,
        (kind,) if kind else (),
        _words(event),
        *_event_instant(event, END_OF_DAY if kind in _LAST_OF_THE_DAY else MIDDAY),
        location=_location(event),
        promised_at=due,
        by_text=not kind,
        service=service,
    )


def _words(event: dict[str, Any]) -> str:
    """Return what the checkpoint says and DHL's remarks on it."""
    remarks = event.get("remarks")
    if isinstance(remarks, str):
        return sentences(text(event.get("description")), text(remarks))
    told = (text(remark.get("value")) for remark in entries(remarks, "remarks")[:3])
    return sentences(text(event.get("description")), *told)


def _event_instant(event: dict[str, Any], time_of_day: str) -> Instant:
    """Return when a checkpoint was made; DHL tells the place's local time, and its offset only where asked to."""
    day, time = text(event.get("date")), text(event.get("time"))
    if not day:
        return instant(text(event.get("timestamp")), time_of_day=time_of_day)
    return day_and_time(day, time, text(event.get("GMTOffset")), time_of_day=time_of_day)


def _location(event: dict[str, Any]) -> str:
    areas = entries(event.get("serviceArea"), "serviceArea")
    return place(areas[0], "description") or place(areas[0], "code") if areas else ""


def _status(shipment: dict[str, Any], number: str, due: datetime | None, service: str) -> list[Scan]:
    """Return one scan for a shipment without checkpoints, dated by when its data was made."""
    status = code(shipment.get("status"))
    if not status:
        return []
    at, _ = instant(text(shipment.get("shipmentTimestamp")))
    found = NOT_STATED if at is None or status not in ("SUCCESS", "PRE-TRANSIT") else (at, INFERRED)
    words = f"Shipment status: {text(shipment.get('status'))}"
    return [Scan("dhl_express", number, (f"STATUS:{status}",), words, *found, promised_at=due, service=service)]


def _refused(document: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scan of a number not found. Raises: FeedTrouble for every other error, Unreadable."""
    status = code(document.get("status"))
    told = (text(document.get(name)) for name in ("title", "detail", "message", "reason"))
    words = ": ".join(dict.fromkeys(filter(None, told))).rstrip(".")
    if status == NOT_FOUND:
        return [Scan("dhl_express", clean_tracking_number(request.number), (NOT_FOUND,), words, *NOT_STATED)]
    if words:
        raise FeedTrouble(f"DHL Express answered with an error: {' '.join(filter(None, (status, words)))}.")
    raise Unreadable("This is not a DHL Express tracking answer: it has neither “shipments” nor an error.")
