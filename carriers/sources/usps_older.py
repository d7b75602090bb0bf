"""USPS's older answers, brought into the shape of Tracking v3 (pure).

These are the Web Tools field names, in JSON: `TrackResults` or `TrackResponse` with one `TrackInfo` a piece, whose
events tell day and time in words, and one-line events of a summary.
Source: USPS/api-examples, Tracking v1; USPS Web Tools Track and Confirm user guide 4.3; USPS Tracking API 3.2.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from carriers.sources.bodies import entries, entry, text

_DAYS: Final = ("%B %d, %Y", "%b %d, %Y", "%m/%d/%Y", "%Y-%m-%d")
_CLOCKS: Final = ("%I:%M %p", "%I:%M%p", "%H:%M", "%H:%M:%S")

_DAY: Final = r"(?P<day>[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2}/\d{1,2}/\d{4})"
_CLOCK: Final = r"(?P<clock>\d{1,2}:\d{2} [ap]m)"
_LINE: Final = re.compile(rf"(?P<what>.{{1,200}}?), {_DAY}(?:, {_CLOCK})?(?:, (?P<where>.*))?\.?")
_SENTENCE: Final = re.compile(rf"(?P<what>.{{1,200}}?) (?:as of|at) {_CLOCK} on {_DAY}(?: (?:in|at) (?P<where>.*))?\.?")


def pieces(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the mail pieces of an answer in the shape of v3; an answer that has that shape already is the one piece.

    Raises: Unreadable.
    """
    for envelope in ("TrackResults", "TrackResponse"):
        if answer.get(envelope) is not None:
            answer = entry(answer[envelope], envelope)
    if answer.get("TrackInfo") is not None:
        return [_piece(info) for info in entries(answer["TrackInfo"], "TrackInfo")]
    if "TrackSummary" in answer or "TrackDetail" in answer or "TrackingEvents" in answer:
        return [_piece(answer)]
    return [answer]


def _piece(info: dict[str, Any]) -> dict[str, Any]:
    """Return one `TrackInfo` as a v3 answer; its summary is its newest event."""
    lower = {name.lower().lstrip("@"): value for name, value in info.items()}
    summary, details = lower.get("tracksummary"), lower.get("trackdetail")
    told = [each for part in (summary, details, lower.get("trackingevents")) for each in _listed(part)]
    fault = lower.get("error")
    return {
        "trackingNumber": lower.get("id") or lower.get("trackingnumber"),
        "trackingEvents": [_event(each) for each in told if isinstance(each, dict)],
        "eventSummaries": [each for each in told if isinstance(each, str)],
        "expectedDeliveryDate": _iso(lower.get("expecteddeliverydate")) or _iso(lower.get("predicteddeliverydate")),
        "mailClass": lower.get("class") or lower.get("mailclass"),
        "error": _error(fault) if isinstance(fault, dict) else fault,
    }


def _listed(part: object) -> list[Any]:
    return part if isinstance(part, list) else [part]


def _event(event: dict[str, Any]) -> dict[str, Any]:
    lower = {name.lower(): value for name, value in event.items()}
    return {
        "eventCode": lower.get("eventcode"),
        "eventType": lower.get("event") or lower.get("eventtype"),
        "eventTimestamp": lower.get("eventtimestamp") or _iso(lower.get("eventdate"), lower.get("eventtime")),
        "GMTTimestamp": lower.get("gmttimestamp"),
        "GMTOffset": lower.get("gmtoffset"),
        "eventCity": lower.get("eventcity"),
        "eventState": lower.get("eventstate"),
        "eventCountry": lower.get("eventcountry"),
    }


def _error(fault: dict[str, Any]) -> dict[str, Any]:
    """Return the fault of one piece; its number is a code that the table knows, as it is never about us."""
    return {"key": fault.get("Number"), "message": fault.get("Description")}


def _iso(day: object, clock: object = "") -> str:
    """Return a day and a clock told in words ("March 14, 2026", "8:05 am") as ISO 8601, empty where it is no day."""
    day, clock = text(day), text(clock)
    found = _parsed(day, _DAYS)
    if found is None:
        return ""
    time = _parsed(clock.upper(), _CLOCKS)
    return found.strftime("%Y-%m-%d") + (time.strftime("T%H:%M:%S") if time else "")


def _parsed(value: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    return None


def told(line: str) -> dict[str, Any]:
    """Return the event that one line tells, with its words alone where it has no day in it.

    Lines read "Out for Delivery, March 14, 2026, 8:05 am, AUSTIN, TX 78701" or, as a sentence, "Your item was delivered
    at 8:05 am on March 14, 2026 in AUSTIN, TX 78701."
    """
    found = _LINE.fullmatch(line) or _SENTENCE.fullmatch(line)
    if found is None:
        return {"eventType": line}
    return {
        "eventType": found["what"],
        "eventTimestamp": _iso(found["day"], found["clock"]),
        "eventCity": (found["where"] or "").rstrip("."),
    }


def head(piece: dict[str, Any]) -> dict[str, Any]:
    """Return the status of a piece without events as an event; its time stands in the summary's sentence."""
    return told(text(piece.get("statusSummary"))) | {"eventType": piece.get("status")}
