"""UPS: answers of the Track API (v1, JSON) and messages of Track Alert (v2) (pure).

The code table's keys join the status type and code ("I:OT"), since UPS uses one code in several types. Behind
them stands the status code ("SD:11"), which is all that the head of a package tells.
Source: UPS API documentation, Tracking and Track Alert specifications.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from carriers.sources import signatures
from carriers.sources.bodies import code, distinct, entries, entry, error_words, load, place, text
from carriers.sources.instants import END_OF_DAY, MIDDAY, NOT_STATED, START_OF_DAY, Instant, day_and_time, promise
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import clean_tracking_number

CODE_SYSTEM: str = "ups"

NOT_FOUND: Final = frozenset({"TW0001", "150022", "151044"})
"""UPS's codes for a number it does not know; the numeric ones come from its older interfaces.

Source: UPS-API/api-documentation issue 166; gabrielbull/php-ups-api issues 78 and 106.
"""

_UNTIMED: Final = {"D": END_OF_DAY, "M": START_OF_DAY}
"""Where in its day a scan without a time falls, by type: a delivery is the day's last scan, a manifest its first."""


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of every package in the body, in the order told.

    A number that UPS does not know gives one scan with UPS's own code. Raises: Unreadable, FeedTrouble.
    """
    document = load(body)
    if isinstance(document, list) and document:
        return [scan for alert in entries(document, "the body") for scan in _alert(alert)]
    document = entry(document, "the body")
    if "trackResponse" in document:
        return _answer(entry(document["trackResponse"], "trackResponse"), request)
    if "activityStatus" in document:
        return _alert(document)
    if "response" in document:
        return _errors(entry(document["response"], "response"), request)
    if trouble := document.get("errors") or document.get("error"):
        raise FeedTrouble(f"UPS answered with an error: {error_words(trouble)}.")
    if "validTrackingNumbers" in document or "invalidTrackingNumbers" in document:
        raise Unreadable("This is UPS's reply to a subscription, not news of a parcel.")
    raise Unreadable("This is not a UPS tracking message: it has neither “trackResponse” nor “activityStatus”.")


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when the account's secret stands in `X-Waypost-Secret` or as the bearer token; UPS signs nothing.

    Raises: NotAuthentic.
    """
    signatures.check_shared(headers, secrets)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: UPS gives its messages no id."""
    return ""


def _answer(answer: dict[str, Any], request: Request) -> list[Scan]:
    shipments = entries(answer.get("shipment"), "shipment")
    scans: list[Scan] = []
    parcels = 0
    for shipment in shipments:
        packages = entries(shipment.get("package"), "package")
        parcels += len(packages)
        asked = text(shipment.get("inquiryNumber")) or request.number
        for package in packages:
            scans += _package(package, asked, text(entry(shipment.get("service"), "service").get("description")))
        if not packages:
            scans += _warnings(entries(shipment.get("warnings"), "warnings"), asked)
    if not scans:
        raise Unreadable("The UPS answer holds no package, no activity and no warning about one.")
    return distinct(scans) if parcels > 1 else scans


def _package(package: dict[str, Any], asked: str, service: str) -> list[Scan]:
    number = clean_tracking_number(text(package.get("trackingNumber")) or asked)
    if not number:
        raise Unreadable("A package in the UPS answer has no tracking number.")
    activities = entries(package.get("activity"), "activity")
    offset = next(filter(None, (text(activity.get("gmtOffset")) for activity in activities)), "")
    days = {
        code(day.get("type")): text(day.get("date")) for day in entries(package.get("deliveryDate"), "deliveryDate")
    }
    due = promise(days.get("RDD") or days.get("SDD") or "", offset)
    service = text(entry(package.get("service"), "service").get("description")) or service
    scans = [_activity(activity, number, due, service) for activity in activities]
    if not scans:
        return _head(package, number, due, service)
    return scans + _untold_delivery(scans, package, days.get("DEL", ""), offset)


def _activity(activity: dict[str, Any], number: str, due: datetime | None, service: str) -> Scan:
    status = entry(activity.get("status"), "status")
    kind = code(status.get("type"))
    codes = _codes(kind, code(status.get("code")), text(status.get("statusCode")))
    return Scan(
        "ups",
        number,
        codes,
        text(status.get("description")),
        *_activity_instant(activity, _UNTIMED.get(kind, MIDDAY)),
        location=_location(activity.get("location")),
        promised_at=due,
        by_text=not codes,
        service=service,
    )


def _head(package: dict[str, Any], number: str, due: datetime | None, service: str) -> list[Scan]:
    """Return one scan for the package's current status; used where it has no activity, as it tells no time."""
    status = entry(package.get("currentStatus"), "currentStatus")
    kind, subcode = code(status.get("type")), code(status.get("code"))
    codes = _codes(kind, subcode if kind else "", text(status.get("statusCode")) or subcode)
    words = text(status.get("description"))
    if not codes and not words:
        return _warnings(entries(package.get("warnings"), "warnings"), number)
    return [Scan("ups", number, codes, words, *NOT_STATED, promised_at=due, by_text=not codes, service=service)]


def _untold_delivery(scans: list[Scan], package: dict[str, Any], day: str, offset: str) -> list[Scan]:
    """Return the head as a scan where it tells a delivery that is newer than every scan and in none of them."""
    if not day or any(scan.codes and scan.codes[0].startswith("D:") for scan in scans):
        return []
    time = entry(package.get("deliveryTime"), "deliveryTime")
    clock = text(time.get("endTime")) if code(time.get("type")) == "DEL" else ""
    at, confidence = day_and_time(day, clock, offset, time_of_day=END_OF_DAY)
    newest = max((scan.occurred_at for scan in scans if scan.occurred_at), default=None)
    if at is None or (newest is not None and at <= newest):
        return []
    told = {key for scan in scans for key in scan.codes}
    head = _head(package, scans[0].tracking_number, scans[0].promised_at, scans[0].service)
    return [each._replace(occurred_at=at, time_confidence=confidence) for each in head if not told & {*each.codes}]


def _codes(kind: str, subcode: str, status: str) -> tuple[str, ...]:
    """Return the keys to look up: type with code, or the bare type where no code is told; then the status code.

    UPS writes numeric codes with and without leading zeros; the table has them without.
    """
    keys = [f"{kind}:{subcode}"] if subcode else [f"TYPE:{kind}"] if kind else []
    if subcode.startswith("0") and subcode.isdigit():
        keys.append(f"{kind}:{subcode.lstrip('0') or '0'}")
    if status:
        keys.append(f"SD:{status.lstrip('0') or '0'}")
    return tuple(keys)


def _activity_instant(activity: dict[str, Any], time_of_day: str) -> Instant:
    """Return when an activity happened: by its GMT fields, else local with offset, else local alone."""
    gmt_day, gmt_time = text(activity.get("gmtDate")), text(activity.get("gmtTime"))
    if gmt_day and gmt_time:
        found = day_and_time(gmt_day, gmt_time, "+00:00")
        if found[0] is not None:
            return found
    offset = text(activity.get("gmtOffset"))
    day, time = text(activity.get("date")) or gmt_day, text(activity.get("time"))
    return day_and_time(day, time, offset, time_of_day=time_of_day)


def _location(location: object) -> str:
    address = entry(entry(location, "location").get("address"), "address")
    country = "countryCode" if address.get("countryCode") else "country"
    return place(address, "city", "stateProvince", country)


def _alert(alert: dict[str, Any]) -> list[Scan]:
    """Return the one scan of a Track Alert message."""
    number = clean_tracking_number(text(alert.get("trackingNumber")))
    if not number:
        raise Unreadable("The UPS alert has no tracking number.")
    status = entry(alert.get("activityStatus"), "activityStatus")
    kind = code(status.get("type"))
    codes = _codes(kind, code(status.get("code")), text(status.get("descriptionCode")))
    words = text(status.get("description"))
    if not codes and not words:
        raise Unreadable("The UPS alert says nothing: its activity status is empty.")
    found = _alert_instant(alert, _UNTIMED.get(kind, MIDDAY))
    where = place(entry(alert.get("activityLocation"), "activityLocation"), "city", "stateProvince", "country")
    due = promise(text(alert.get("scheduledDeliveryDate")))
    return [Scan("ups", number, codes, words, *found, location=where, promised_at=due, by_text=not codes)]


def _alert_instant(alert: dict[str, Any], time_of_day: str) -> Instant:
    day, time = text(alert.get("gmtActivityDate")), text(alert.get("gmtActivityTime"))
    if day and time:
        found = day_and_time(day, time, "+00:00")
        if found[0] is not None:
            return found
    local_day = text(alert.get("localActivityDate")) or day
    return day_and_time(local_day, text(alert.get("localActivityTime")), "", time_of_day=time_of_day)


def _warnings(warnings: list[dict[str, Any]], asked: str) -> list[Scan]:
    """Return one scan for the first warning that UPS gives instead of a package."""
    for warning in warnings:
        words = text(warning.get("message"))
        if key := code(warning.get("code")):
            return [Scan("ups", clean_tracking_number(asked), (key,), words, *NOT_STATED)]
    return []


def _errors(response: dict[str, Any], request: Request) -> list[Scan]:
    """Return the scan of a number not found. Raises: FeedTrouble for every other error."""
    errors = entries(response.get("errors"), "errors")
    unknown = [error for error in errors if code(error.get("code")) in NOT_FOUND]
    if unknown:
        return _warnings(unknown, request.number)
    raise FeedTrouble(f"UPS answered with an error: {error_words(errors)}.")
