"""Layouts of the carriers of the Pacific and of those that send across borders (pure).

Source of every field: the carriers' own answers as the karrio SDK 2026.1.32 reads them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from carriers.sources.tail.layout import Carrier, Layout

_ALLIED: Final = (
    Layout(
        parcels="statusBarcodesList",
        number=("consignmentNote",),
        codes=("~scannedStatus",),
        words=("scannedStatus",),
        day=("scannnedTimestamp", "scannedTimestamp"),
        place=("depotLocation",),
    ),
)

CARRIERS: Final = MappingProxyType(
    {
        "allied_express": Carrier("Allied Express", _ALLIED),
        "allied_express_local": Carrier("Allied Express Local", _ALLIED, code_system="allied_express"),
        "asendia": Carrier(
            "Asendia",
            (
                Layout(
                    number=("trackingNumber",),
                    events="trackingEvents",
                    codes=("code",),
                    words=("carrierEventDescription", "description"),
                    day=("time",),
                    place=("locationName", "locationCountry"),
                ),
            ),
        ),
        "asendia_us": Carrier(
            "Asendia US",
            (
                Layout(
                    parcels="data",
                    number=("trackingNumberVendor", "customerReferenceNumber"),
                    events="trackingMilestoneEvents",
                    codes=("eventCode",),
                    words=("eventDescription",),
                    day=("eventOn",),
                    place=("eventLocation",),
                ),
            ),
        ),
        "australiapost": Carrier(
            "Australia Post",
            (
                Layout(
                    parcels="tracking_results",
                    number=("tracking_id",),
                    events="trackable_items.events",
                    codes=("~description",),
                    words=("description",),
                    day=("date",),
                    place=("location",),
                    service=("trackable_items.product_type",),
                    status=("'status':~trackable_items.status", "'status':~status"),
                    status_words=("trackable_items.status", "status"),
                ),
            ),
            not_found=frozenset({"ESB-10001", "ESB-10002"}),
        ),
        "landmark": Carrier(
            "Landmark Global",
            (
                Layout(
                    parcels="Package",
                    number=("LandmarkTrackingNumber", "TrackingNumber"),
                    events="Events.Event",
                    codes=("EventCode",),
                    words=("Status",),
                    day=("DateTime",),
                    formats=("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M"),
                    place=("Location",),
                    in_order=True,
                ),
            ),
        ),
        "locate2u": Carrier(
            "Locate2u",
            (
                Layout(
                    number=("stopId",),
                    codes=("status",),
                    words=("status",),
                    day=("lastModifiedDate",),
                    promise=("arrivalDate",),
                ),
            ),
        ),
        "seko": Carrier(
            "SEKO",
            (
                Layout(
                    number=("ConsignmentNo",),
                    events="Events",
                    codes=("OmniCode", "Code"),
                    words=("Description",),
                    day=("EventDT",),
                    place=("Location",),
                    status=("'status':~Status",),
                    status_words=("Status",),
                ),
            ),
        ),
        "sendle": Carrier(
            "Sendle",
            (
                Layout(
                    events="tracking_events",
                    codes=("event_type",),
                    words=("description", "event_type"),
                    day=("scan_time", "display_time", "local_scan_time"),
                    place=("location", "destination_location", "origin_location"),
                    promise=(
                        "scheduling.estimated_delivery_date_maximum",
                        "scheduling.estimated_delivery_date_minimum",
                    ),
                    status=("state",),
                    status_words=("status.description", "state"),
                ),
            ),
        ),
        "spring": Carrier(
            "Spring GDS",
            (
                Layout(
                    parcels="Shipment",
                    number=("TrackingNumber",),
                    events="Events",
                    codes=("Code",),
                    words=("Description",),
                    day=("DateTime",),
                    place=("City", "State", "Country"),
                    service=("Service",),
                ),
            ),
        ),
        "teleship": Carrier(
            "Teleship",
            (
                Layout(
                    number=("trackingNumber",),
                    events="events",
                    codes=("code:~description", "code"),
                    words=("description",),
                    day=("timestamp",),
                    place=("location",),
                    promise=("estimatedDelivery",),
                    status=("status",),
                ),
            ),
        ),
        "zoom2u": Carrier(
            "Zoom2u",
            (
                Layout(
                    number=("reference",),
                    codes=("status",),
                    words=("status",),
                    day=("statusChangeDateTime",),
                ),
            ),
        ),
    }
)

DHL_EXPRESS_XML: Final = Carrier(
    "DHL Express (XML)",
    (
        Layout(
            parcels="AWBInfo",
            number=("AWBNumber",),
            events="ShipmentInfo.ShipmentEvent",
            codes=("ServiceEvent.EventCode",),
            words=("ServiceEvent.Description",),
            day=("Date",),
            time="Time",
            offset="GMTOffset",
            place=("ServiceArea.Description",),
            promise=("ShipmentInfo.EstDlvyDateUTC",),
            service=("ShipmentInfo.GlobalProductCode",),
        ),
    ),
    code_system="dhl_express",
    known_as="dhl_express",
)
"""The XML answers of DHL's older service, for the `dhl_express` source to fall back on."""
