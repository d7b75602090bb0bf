"""FedEx: answers of the Track API (v1, JSON), asked for or pushed (pure).

The code table's keys are the scan's type with its exception code ("DE:08"), the type with the kind of delay
("DY:WEATHER"), the type ("DE"), and last FedEx's own class of the scan.
Source: FedEx Track API v1 reference; signature as in FedEx's webhook business rules.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import code, distinct, entries, entry, error_words, load, place, text
from carriers.sources.instants import NOT_STATED, instant, promise
from carriers.sources.reading import FeedTrouble, NotAuthentic, Request, Scan, Unreadable
from shipments.facts import clean_tracking_number

CODE_SYSTEM: str = "fedex"

_ABOUT_NUMBER: Final = ("TRACKING.TRACKINGNUMBER.", "TRACKING.TCN.", "TRACKING.DATA.")
"""Errors with these beginnings are about the number asked for; all others are FedEx's own trouble."""

_NOT_FOUND: Final = frozenset({"NOT.FOUND.ERROR"})

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_PROMISED: Final = ("ESTIMATED_DELIVERY", "APPOINTMENT_DELIVERY", "COMMITMENT")
_HEAD_TIMES: Final = {"DL": "ACTUAL_DELIVERY", "PU": "ACTUAL_PICKUP", "PX": "ACTUAL_PICKUP"}


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every parcel in the body, in the order told.

    An error about one number gives a scan with FedEx's code where nothing else is told of that number; it never
    costs the good results beside it. Raises: Unreadable, FeedTrouble.
    """
    document = entry(load(body), "the body")
    output = entry(document.get("output"), "output") or document
    if output.get("completeTrackResults") is None:
        return _refused(document, request)
    scans: list[Scan] = []
    troubles: list[dict[str, Any]] = []
    parcels = 0
    answers = entries(output["completeTrackResults"], "completeTrackResults")
    for answer in answers:
        asked = text(answer.get("trackingNumber")) or request.number
        results = entries(answer.get("trackResults"), "trackResults")
        parcels += len(results)
        for result in results:
            scans += _result(result, asked, len(results) > 1, troubles)
    if not scans:
        raise _nothing(troubles)
    return distinct(scans) if parcels > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `fdx-signature` holds the body's HMAC-SHA256, in base64 or in hex: FedEx writes of both.

    Raises: NotAuthentic.
    """
    stated = signatures.header(headers, "fdx-signature")
    try:
        signatures.check_digest(stated, body, secrets, signatures.as_base64)
    except NotAuthentic:
        signatures.check_digest(stated.lower(), body, secrets, signatures.as_hex)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: FedEx gives its messages no id."""
    return ""


def _refused(document: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scan of a number not found. Raises: FeedTrouble, Unreadable."""
    for error in entries(document.get("errors"), "errors"):
        if _is_about_number(code(error.get("code"))):
            return [_error_scan(error, request.number)]
    if trouble := document.get("errors") or document.get("error"):
        raise FeedTrouble(f"FedEx answered with an error: {error_words(trouble)}.")
    raise Unreadable("This is not a FedEx tracking answer: it has neither “completeTrackResults” nor “errors”.")


def _nothing(troubles: list[dict[str, Any]]) -> FeedTrouble | Unreadable:
    if troubles:
        return FeedTrouble(f"FedEx answered with an error: {error_words(troubles)}.")
    return Unreadable("The FedEx answer holds no result, no scan and no error.")


def _is_about_number(key: str) -> bool:
    return key in _NOT_FOUND or key.startswith(_ABOUT_NUMBER)


def _error_scan(error: dict[str, Any], number: str) -> Scan:
    words = text(error.get("message"))
    return Scan("fedex", clean_tracking_number(number), (code(error.get("code")),), words, *NOT_STATED)


def _result(result: dict[str, Any], asked: str, several: bool, troubles: list[dict[str, Any]]) -> list[Scan]:
    """Return the scans of one parcel; an error without any scan is one itself, or goes to the troubles."""
    own = text(entry(result.get("trackingNumberInfo"), "trackingNumberInfo").get("trackingNumber"))
    number = clean_tracking_number((own or asked) if several else (asked or own))
    error = entry(result.get("error"), "error")
    events = entries(result.get("scanEvents"), "scanEvents")
    head = entry(result.get("latestStatusDetail"), "latestStatusDetail")
    if events or code(head.get("code")):
        if not number:
            raise Unreadable("A result in the FedEx answer has no tracking number.")
        return _scans(result, number, events, head)
    if _is_about_number(code(error.get("code"))):
        return [_error_scan(error, number)]
    if error:
        troubles.append(error)
    return []


def _scans(result: dict[str, Any], number: str, events: list[dict[str, Any]], head: dict[str, Any]) -> list[Scan]:
    """Return the scans of one parcel, and one for the head where no event tells what it says."""
    dates = {code(d.get("type")): text(d.get("dateTime")) for d in entries(result.get("dateAndTimes"), "dateAndTimes")}
    due = next((at for name in _PROMISED if (at := promise(dates.get(name, "")))), None)
    service = text(entry(result.get("serviceDetail"), "serviceDetail").get("type"))
    scans = [_scan(event, number, due, service) for event in events]
    if kind := code(head.get("code")):
        told = Scan(
            "fedex",
            number,
            _codes(head, kind, _head_reason(head), "derivedCode"),
            text(head.get("description")) or text(head.get("statusByLocale")),
            *instant(dates.get(_HEAD_TIMES.get(kind, ""), "")),
            location=_location(head.get("scanLocation")),
            promised_at=due,
            service=service,
        )
        _merge_head(scans, told, kind)
    return scans


def _scan(event: dict[str, Any], number: str, due: datetime | None, service: str) -> Scan:
    codes = _codes(event, code(event.get("eventType")), code(event.get("exceptionCode")), "derivedStatusCode")
    return Scan(
        "fedex",
        number,
        codes,
        text(event.get("eventDescription")) or text(event.get("derivedStatus")),
        *instant(text(event.get("date"))),
        location=_location(event.get("scanLocation")),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(told: dict[str, Any], kind: str, reason: str, derived_name: str) -> tuple[str, ...]:
    """Return the keys of a scan or of the head, most specific first."""
    keys = [f"{kind}:{reason}"] if reason and kind else []
    if kind and (delay := told.get("delayDetail")):
        delay = entry(delay, "delayDetail")
        if code(delay.get("status")) == "DELAYED" and (cause := code(delay.get("type"))):
            keys.append(f"{kind}:{cause}")
    if kind:
        keys.append(kind)
    derived = code(told.get(derived_name))
    if derived and derived != kind:
        keys.append(derived)
    return tuple(keys)


def _head_reason(head: dict[str, Any]) -> str:
    details = entries(head.get("ancillaryDetails"), "ancillaryDetails")
    return code(details[0].get("reason")) if details else ""


def _merge_head(scans: list[Scan], head: Scan, kind: str) -> None:
    """Add the head where no event tells it; else let its reason explain the newest event of its kind.

    The reason comes behind the event's own code, so the event stays the same event when the head moves on.
    """
    same = [i for i, scan in enumerate(scans) if kind in scan.codes]
    if not same:
        newest = max((scan.occurred_at for scan in scans if scan.occurred_at), default=None)
        if newest is None or head.occurred_at is None or head.occurred_at > newest:
            scans.append(head)
        return
    at = max(same, key=lambda i: (scans[i].occurred_at or _NEVER, -i))
    own, *rest = scans[at].codes
    if ":" in head.codes[0] and own != kind and head.codes[0] != own:
        scans[at] = scans[at]._replace(codes=(own, head.codes[0], *rest))


def _location(address: object) -> str:
    return place(entry(address, "scanLocation"), "city", "stateOrProvinceCode", "countryCode")
