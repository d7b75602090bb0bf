"""Layouts of the carriers of North America (pure).

Source of every field: the carriers' own answers as the karrio SDK 2026.1.32 reads them.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from carriers.sources.tail.layout import Carrier, Layout

_AMAZON: Final = Layout(
    number=("trackingId",),
    events="eventHistory",
    codes=("eventCode",),
    day=("eventTime",),
    place=("location.city", "location.stateOrRegion", "location.countryCode"),
    promise=("promisedDeliveryDate",),
    status=("summary.status",),
)
_WEB_TOOLS: Final = Layout(
    parcels="TrackInfo",
    number=("ID",),
    events="TrackDetail",
    codes=("EventCode",),
    words=("Event",),
    day=("EventDate",),
    time="EventTime",
    formats=("%B %d, %Y %I:%M %p", "%B %d, %Y"),
    place=("EventCity", "EventState", "EventCountry"),
    service=("Class",),
)

CARRIERS: Final = MappingProxyType(
    {
        "amazon_shipping": Carrier(
            "Amazon Shipping",
            (
                _AMAZON,
                replace(_AMAZON, parcels="payload"),
            ),
        ),
        "boxknight": Carrier(
            "BoxKnight",
            (
                Layout(
                    number=("id",),
                    codes=("orderStatus",),
                    words=("orderStatus",),
                    day=("updatedAt", "completedAt"),
                    service=("service",),
                ),
            ),
        ),
        "canadapost": Carrier(
            "Canada Post",
            (
                Layout(
                    parcels="tracking-detail",
                    number=("pin",),
                    events="significant-events.occurrence",
                    codes=("event-identifier",),
                    words=("event-description",),
                    day=("event-date",),
                    time="event-time",
                    offset="event-time-zone",
                    place=("event-site", "event-province"),
                    promise=("changed-expected-date", "expected-delivery-date"),
                    service=("service-name",),
                ),
                Layout(
                    parcels="pin-summary",
                    number=("pin",),
                    codes=("event-type:~event-description", "event-type"),
                    words=("event-description",),
                    day=("event-date-time",),
                    formats=("%Y%m%d:%H%M%S",),
                    place=("event-location",),
                    promise=("expected-delivery-date",),
                    service=("service-name",),
                ),
            ),
            not_found=frozenset({"004"}),
        ),
        "canpar": Carrier(
            "Canpar",
            (
                Layout(
                    parcels="result",
                    number=("barcode",),
                    events="events",
                    codes=("code",),
                    words=("code_description_en", "code_description_fr"),
                    day=("local_date_time",),
                    formats=("%Y%m%d %H%M%S",),
                    place=("address.city", "address.province", "address.country"),
                    promise=("estimated_delivery_date",),
                    service=("service_description_en",),
                ),
            ),
        ),
        "dicom": Carrier(
            "Dicom",
            (
                Layout(
                    number=("trackingNumber",),
                    events="activities",
                    codes=("code:codeDetail", "code", "~status"),
                    words=("statusDetail", "status"),
                    day=("activityDate",),
                    place=("terminal",),
                ),
            ),
        ),
        "easyship": Carrier(
            "Easyship",
            (
                Layout(
                    parcels="shipment",
                    number=("trackings.tracking_number", "easyship_shipment_id"),
                    codes=("delivery_state", "trackings.tracking_state", "tracking_status"),
                    day=("updated_at",),
                ),
            ),
        ),
        "eshipper": Carrier(
            "eShipper",
            (
                Layout(
                    number=("trackingNumber",),
                    events="event",
                    codes=("originalEvent.name",),
                    words=("description",),
                    day=("originalEvent.eventDate", "dateTime"),
                    place=("location",),
                    promise=("expectedDeliveryDate",),
                    service=("carrierService",),
                    status=(
                        "?shipmentStatus.delivered",
                        "?shipmentStatus.exception",
                        "?shipmentStatus.inTransit",
                        "?shipmentStatus.reachedAtWarehouse",
                        "?shipmentStatus.labelGenerated",
                    ),
                    status_words=("currentStatus",),
                ),
            ),
        ),
        "fedex_ws": Carrier(
            "FedEx Web Services",
            (
                Layout(
                    parcels="TrackDetails",
                    number=("TrackingNumber",),
                    events="Events",
                    codes=("EventType:StatusExceptionCode", "EventType"),
                    words=("StatusExceptionDescription", "EventDescription"),
                    day=("Timestamp",),
                    place=("Address.City", "Address.StateOrProvinceCode", "Address.CountryCode"),
                    promise=("EstimatedDeliveryTimestamp",),
                    service=("Service.Type", "ServiceType"),
                    status=("StatusDetail.Code",),
                    status_words=("StatusDetail.Description",),
                    status_day=("StatusDetail.CreationTime",),
                ),
            ),
            not_found=frozenset({"6035"}),
            code_system="fedex",
            known_as="fedex",
        ),
        "nationex": Carrier(
            "Nationex",
            (
                Layout(
                    number=("ShipmentId",),
                    events="StatusHistories",
                    codes=("ShipmentStatus",),
                    words=("ShipmentStatusEn", "ShipmentStatusFr"),
                    day=("StatusDate",),
                    place=("LastLocation",),
                    promise=("Parcels.EstimatedDeliveryDate",),
                    service=("ShipmentType",),
                    status=("ShipmentStatus",),
                    status_words=("ShipmentStatusEn",),
                ),
                Layout(
                    number=("ShipmentId",),
                    events="Parcels.History",
                    codes=("'exception':ExceptionId", "~DescriptionEn"),
                    words=("DescriptionEn", "DescriptionFr"),
                    day=("ProcessedDate",),
                    place=("CityDepot",),
                    promise=("Parcels.EstimatedDeliveryDate",),
                ),
            ),
        ),
        "purolator": Carrier(
            "Purolator",
            (
                Layout(
                    parcels="TrackingInformation",
                    number=("PIN.Value",),
                    events="Scans.Scan",
                    codes=("ScanType:~Description", "ScanType"),
                    words=("Description",),
                    day=("ScanDate",),
                    time="ScanTime",
                    place=("Depot.Name",),
                ),
            ),
        ),
        "roadie": Carrier(
            "Roadie",
            (
                Layout(
                    number=("tracking_number", "id"),
                    events="events",
                    codes=("name",),
                    words=("name",),
                    day=("occurred_at",),
                    promise=("deliver_between.end",),
                    status=("'state':state",),
                    status_day=("updated_at",),
                ),
            ),
        ),
        "smartkargo": Carrier(
            "SmartKargo",
            (
                Layout(
                    number=("packageReference", "headerReference"),
                    codes=("eventType:subEventType", "eventType"),
                    words=("description",),
                    day=("eventDate",),
                    place=("location.city", "location.state", "eventLocation"),
                    promise=("estimatedDeliveryDate",),
                ),
            ),
        ),
        "usps_wt": Carrier(
            "USPS Web Tools",
            (
                replace(_WEB_TOOLS, events="TrackSummary"),
                _WEB_TOOLS,
            ),
            not_found=frozenset({"-2147219302", "-2147219283"}),
            code_system="usps",
            known_as="usps",
        ),
        "veho": Carrier(
            "Veho",
            (
                Layout(
                    parcels="trackingInfo",
                    number=("trackingNumber",),
                    events="events",
                    codes=("code",),
                    words=("description",),
                    day=("date",),
                    time="time",
                    place=("location",),
                    promise=("estimatedDelivery",),
                    status=("'status':status",),
                    status_words=("statusDetails", "status"),
                ),
            ),
        ),
    }
)
