"""A Karrio server: its `tracker_created` and `tracker_updated` webhooks, trackers, and lists of them (pure).

The code table's keys are Karrio's status of an event with its reason ("delivery_failed:consignee_refused"), the
carrier's own code ("fedex:DL"), then the status alone. The carrier's code comes before the bare status here, unlike
elsewhere: Karrio passes it on untouched while its own statuses lose much. What Karrio says of the whole tracker has
keys of its own ("tracker:delivered"); its in_transit there is what it says of every code it does not know, and is not
believed.
Source: karrioapi/karrio, the server's webhook task, TrackerStatus and TrackingIncidentReason.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import deeper, distinct, entries, entry, error_words, load, text
from carriers.sources.heads import join_head
from carriers.sources.instants import INFERRED, NOT_STATED, Instant, day_and_time, instant, promise, twenty_four_hours
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import carrier_slug, clean_tracking_number

CODE_SYSTEM: str = "karrio"

_MOVING: Final = "in_transit"
_DEFAULTS: Final = frozenset({"in_transit", "unknown"})
"""What Karrio says of a tracker when it knows no better; beside events it is no news."""

_slug = lru_cache(maxsize=512)(carrier_slug)


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every tracker in the body, in the order told.

    Raises: Unreadable, FeedTrouble.
    """
    trackers = _trackers(load(body))
    scans = [scan for tracker in trackers for scan in _scans(tracker, request)]
    if not scans:
        raise Unreadable("The Karrio message holds no tracker with a status or an event.")
    return distinct(scans) if len(trackers) > 1 else scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `X-Event-Id` is the account's secret: Karrio signs nothing and sends the secret itself.

    Raises: NotAuthentic.
    """
    signatures.check_secret(signatures.header(headers, "x-event-id"), secrets)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: Karrio gives its webhooks no id (`X-Event-Id` is the secret)."""
    return ""


def _trackers(document: Any, depth: int = 0) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [tracker for item in entries(document, "the body") for tracker in _trackers(item, deeper(depth))]
    document = entry(document, "the body")
    event = text(document.get("event")) or text(document.get("type"))
    if event and "data" in document:
        if not event.startswith("tracker"):
            raise Unreadable(f"The Karrio event “{event}” is not about a tracker.")
        return _trackers(document["data"], deeper(depth))
    if (kind := text(document.get("object_type"))) and kind not in ("tracker", "tracking", "event"):
        raise Unreadable(f"The Karrio message is about “{kind}”, not about a tracker.")
    if "tracking_number" in document:
        return [document]
    for name in ("results", "tracking", "tracker"):
        if document.get(name) is not None:
            return _trackers(document[name], deeper(depth))
    for name in ("errors", "messages", "error", "detail"):
        if trouble := document.get(name):
            raise FeedTrouble(f"Karrio answered with an error: {error_words(trouble)}.")
    raise Unreadable("This is neither a Karrio event nor a tracker: it has no “data” and no “tracking_number”.")


def _scans(tracker: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scans of a tracker, and one for its own status where no event tells it."""
    number = clean_tracking_number(text(tracker.get("tracking_number")))
    if not number:
        raise Unreadable("The Karrio tracker has no tracking number.")
    carrier = _slug(text(tracker.get("carrier_name")) or request.carrier or text(tracker.get("carrier_id")))
    info = entry(tracker.get("info"), "info")
    due = promise(text(tracker.get("estimated_delivery"))) or promise(text(info.get("expected_delivery")))
    service = text(info.get("shipment_service"))
    told = entries(tracker.get("events"), "events")
    scans = [_scan(each, carrier, number, due, service) for each in told]
    status = text(tracker.get("status")) or ("delivered" if tracker.get("delivered") is True else "")
    if not status or (scans and status in _DEFAULTS) or any(status in scan.codes for scan in scans):
        return scans
    silent = [place for place, each in enumerate(told) if not text(each.get("status"))]
    codes = (f"tracker:{status}",)
    return join_head(
        scans,
        Scan(carrier, number, codes, f"Tracker status: {status}", *NOT_STATED, promised_at=due, service=service),
        silent,
    )


def _scan(told: dict[str, Any], carrier: str, number: str, due: datetime | None, service: str) -> Scan:
    codes = _codes(told, carrier)
    return Scan(
        carrier,
        number,
        codes,
        text(told.get("description")),
        *_instant(told),
        location=text(told.get("location")),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _codes(told: dict[str, Any], carrier: str) -> tuple[str, ...]:
    """Return the keys to look up; in transit for a reason we do not know is no movement we may believe."""
    own, status, reason = text(told.get("code")), text(told.get("status")), text(told.get("reason"))
    reason = "" if reason == "unknown" else reason
    keys = [f"{carrier}:{own}:{reason}"] if own and reason else []
    if reason:
        keys.append(f"{status or 'reason'}:{reason}")
    if own:
        keys.append(f"{carrier}:{own}")
    if status and not (reason and status == _MOVING):
        keys.append(status)
    return tuple(keys)


def _instant(told: dict[str, Any]) -> Instant:
    """Return when an event happened: by its timestamp, else its date and time.

    Karrio writes the carrier's local time with a Z behind it, so the zone is never more than inferred.
    """
    stamp = told.get("timestamp")
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        return _unix(stamp)
    at, _ = instant(text(stamp))
    if at is None:
        at, _ = day_and_time(text(told.get("date")), twenty_four_hours(text(told.get("time"))), "")
    return (at, INFERRED) if at else NOT_STATED


def _unix(stamp: float) -> Instant:
    try:
        at = datetime.fromtimestamp(stamp / 1000 if stamp > 1e11 else stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return NOT_STATED
    return instant(at.isoformat())
