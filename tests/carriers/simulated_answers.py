"""What each simulated carrier says of a parcel: synthetic bodies in the carriers' own formats."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One scan of a simulated parcel; `kind` is label, moving, out or delivered."""

    kind: str
    at: datetime


UPS = {
    "label": ("M", "MP", "003", "Shipper created a label, UPS has not received the package yet."),
    "moving": ("I", "DP", "005", "Departed from Facility"),
    "out": ("I", "OT", "021", "Out For Delivery Today"),
    "delivered": ("D", "FS", "011", "DELIVERED"),
}
FEDEX = {
    "label": ("OC", "Shipment information sent to FedEx"),
    "moving": ("DP", "Departed FedEx location"),
    "out": ("OD", "On FedEx vehicle for delivery"),
    "delivered": ("DL", "Delivered"),
}
USPS = {
    "label": ("GX", "Shipping Label Created, USPS Awaiting Item"),
    "moving": ("10", "Arrived at USPS Regional Facility"),
    "out": ("OF", "Out for Delivery"),
    "delivered": ("01", "Delivered, In/At Mailbox"),
}
DHL = {
    "label": ("pre-transit", "The instruction data for this shipment have been provided by the sender."),
    "moving": ("transit", "The shipment has been processed in the parcel center."),
    "out": ("transit", "The shipment has been loaded onto the delivery vehicle."),
    "delivered": ("delivered", "The shipment has been successfully delivered."),
}
DHL_EXPRESS = {
    "label": ("SA", "Shipment information received"),
    "moving": ("DF", "Shipment has departed from a DHL facility"),
    "out": ("WC", "Shipment is out with courier for delivery"),
    "delivered": ("OK", "Delivered"),
}


def ups(number: str, steps: list[Step]) -> tuple[int, dict[str, Any]]:
    if not steps:
        warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
        return 200, {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}}
    package = {"trackingNumber": number, "activity": [_ups_activity(*UPS[kind], at) for kind, at in reversed(steps)]}
    return 200, {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}


def _ups_activity(kind: str, code: str, status: str, words: str, at: datetime) -> dict[str, Any]:
    return {
        "location": {"address": {"city": "Louisville", "stateProvince": "KY", "countryCode": "US"}},
        "status": {"type": kind, "code": code, "statusCode": status, "description": words},
        "date": f"{at:%Y%m%d}",
        "time": f"{at:%H%M%S}",
        "gmtDate": f"{at:%Y%m%d}",
        "gmtOffset": "+00:00",
        "gmtTime": f"{at:%H:%M:%S}",
    }


def fedex_result(number: str, steps: list[Step]) -> dict[str, Any]:
    result: dict[str, Any] = {"trackingNumberInfo": {"trackingNumber": number, "carrierCode": "FDXG"}}
    if steps:
        kind, words = FEDEX[steps[-1].kind]
        result["latestStatusDetail"] = {"code": kind, "derivedCode": kind, "description": words}
        result["scanEvents"] = [
            {"date": at.isoformat(), "eventType": FEDEX[step][0], "eventDescription": FEDEX[step][1]}
            for step, at in reversed(steps)
        ]
    else:
        words = "Tracking number cannot be found. Please correct the tracking number and try again."
        result["error"] = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": words}
    return {"trackingNumber": number, "trackResults": [result]}


def usps(number: str, steps: list[Step]) -> tuple[int, dict[str, Any]]:
    if not steps:
        error = {"code": "404", "message": "The tracking number could not be found.", "errors": []}
        return 404, {"apiVersion": "/tracking/v3", "error": error}
    events = [
        {
            "eventType": USPS[kind][1],
            "eventCode": USPS[kind][0],
            "eventTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}",
            "GMTTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z",
            "GMTOffset": "+00:00",
            "eventCity": "HERNANDO",
            "eventState": "FL",
            "eventZIP": "34442",
        }
        for kind, at in reversed(steps)
    ]
    return 200, {"trackingNumber": number, "status": USPS[steps[-1].kind][1], "trackingEvents": events}


def dhl_universal(number: str, steps: list[Step]) -> tuple[int, dict[str, Any]]:
    if not steps:
        detail = "No shipment with given tracking number found."
        return 404, {"title": "No result found", "status": 404, "detail": detail}
    events = [
        {
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}",
            "statusCode": DHL[kind][0],
            "description": DHL[kind][1],
            "location": {"address": {"addressLocality": "Köln", "countryCode": "DE"}},
        }
        for kind, at in reversed(steps)
    ]
    return 200, {"shipments": [{"id": number, "service": "parcel-de", "status": events[0], "events": events}]}


def dhl_express(number: str, steps: list[Step]) -> tuple[int, dict[str, Any]]:
    if not steps:
        return 404, {"status": 404, "title": "Not Found", "detail": "No data found for this shipment"}
    events = [
        {
            "date": f"{at:%Y-%m-%d}",
            "time": f"{at:%H:%M:%S}",
            "typeCode": DHL_EXPRESS[kind][0],
            "description": DHL_EXPRESS[kind][1],
            "serviceArea": [{"code": "LEJ", "description": "Leipzig-DE"}],
        }
        for kind, at in steps
    ]
    return 200, {"shipments": [{"shipmentTrackingNumber": number, "status": "Success", "events": events}]}


def journey(start: datetime, *kinds: str, hours: float = 6) -> list[Step]:
    """Return one step a kind, some hours apart."""
    return [Step(kind, (start + timedelta(hours=hours * n)).astimezone(UTC)) for n, kind in enumerate(kinds)]


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()
