"""Layouts of the carriers of Europe and the Middle East (pure).

Source of every field: the carriers' own answers as the karrio SDK 2026.1.32 reads them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from carriers.sources.tail.layout import Carrier, Layout

_DHL_PAKET: Final = (
    Layout(
        parcels="piece-shipment",
        number=("piece-code", "piece-identifier", "searched-piece-code"),
        events="piece-event-list.piece-event",
        codes=("ice:ric:standard-event-code", "ice:ric", "ice", "standard-event-code"),
        words=("event-status", "event-text", "event-short-status"),
        day=("event-timestamp",),
        formats=("%d.%m.%Y %H:%M", "%d.%m.%Y"),
        place=("event-location", "event-country"),
        promise=("delivery-date",),
        service=("product-name",),
        status=("ice:ric:standard-event-code", "ice:ric", "ice", "standard-event-code"),
        status_words=("status", "short-status"),
        status_day=("status-timestamp",),
    ),
)
_LA_POSTE: Final = (
    Layout(
        parcels="shipment",
        number=("idShip",),
        events="event",
        codes=("code",),
        words=("label",),
        day=("date",),
        promise=("estimDate",),
        service=("product",),
    ),
)

CARRIERS: Final = MappingProxyType(
    {
        "aramex": Carrier(
            "Aramex",
            (
                Layout(
                    parcels="TrackingResult",
                    number=("WaybillNumber",),
                    codes=("UpdateCode:ProblemCode", "UpdateCode"),
                    words=("UpdateDescription",),
                    day=("UpdateDateTime",),
                    place=("UpdateLocation",),
                ),
            ),
            missing="NonExistingWaybills",
        ),
        "bpost": Carrier(
            "bpost",
            (
                Layout(
                    parcels="itemTracking",
                    number=("itemCode",),
                    events="stateInfo",
                    codes=("stateCode",),
                    words=("stateDescription",),
                    day=("time",),
                ),
            ),
        ),
        "chronopost": Carrier(
            "Chronopost",
            (
                Layout(
                    parcels="listEventInfoComp",
                    number=("skybillNumber",),
                    events="events",
                    codes=("code",),
                    words=("eventLabel",),
                    day=("eventDate",),
                    place=("officeLabel",),
                ),
            ),
        ),
        "colissimo": Carrier("Colissimo", _LA_POSTE, not_found=frozenset({"404"}), code_system="laposte"),
        "dhl_parcel_de": Carrier("DHL Paket", _DHL_PAKET),
        "dhl_poland": Carrier(
            "DHL Parcel Poland",
            (
                Layout(
                    parcels="getTrackAndTraceInfoResult",
                    number=("shipmentId",),
                    events="events.item",
                    codes=("status",),
                    words=("description",),
                    day=("timestamp",),
                    place=("terminal",),
                    status=("?receivedBy",),
                ),
            ),
        ),
        "dpd": Carrier(
            "DPD",
            (
                Layout(
                    parcels="trackingresult",
                    events="statusInfo",
                    codes=("status",),
                    words=("description.content.content", "label.content"),
                    day=("date.content",),
                    formats=("%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y, %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S"),
                    place=("location.content",),
                    service=("shipmentInfo.serviceDescription.content.content",),
                ),
            ),
        ),
        "dpdhl": Carrier(
            "Deutsche Post DHL",
            _DHL_PAKET,
            code_system="dhl_parcel_de",
            known_as="dhl_parcel_de",
        ),
        "geodis": Carrier(
            "GEODIS",
            (
                Layout(
                    parcels="contenu",
                    number=("noSuivi",),
                    events="listSuivis",
                    codes=("codeSituationJustification",),
                    words=("libelleSuivi",),
                    day=("dateSuivi",),
                    time="heureSuivi",
                    place=("libelleCentre",),
                    promise=("dateLivraisonPrevue",),
                    service=("prestationCommerciale.libelle",),
                ),
            ),
        ),
        "gls": Carrier(
            "GLS",
            (
                Layout(
                    parcels="parcels",
                    number=("unitno", "requested"),
                    events="events",
                    codes=("code",),
                    words=("description",),
                    day=("eventDateTime",),
                    place=("city", "country"),
                    status=("status",),
                    status_day=("statusDateTime",),
                ),
            ),
            not_found=frozenset({"E_404_01"}),
        ),
        "hay_post": Carrier(
            "HayPost",
            (
                Layout(
                    number=("order.trackingId",),
                    events="orderStateHistories",
                    codes=("stateId",),
                    day=("createDate",),
                    service=("order.service.name",),
                    status=("order.stateId",),
                    status_day=("order.createDate",),
                ),
            ),
        ),
        "hermes": Carrier(
            "Hermes",
            (
                Layout(
                    parcels="shipmentinfo",
                    number=("shipmentID",),
                    events="status",
                    codes=("code",),
                    words=("description",),
                    day=("timestamp",),
                    place=("scanningUnit.city", "scanningUnit.countryCode"),
                    promise=("deliveryForecast.date",),
                ),
            ),
        ),
        "laposte": Carrier("La Poste", _LA_POSTE, not_found=frozenset({"404"})),
        "parcelone": Carrier(
            "ParcelOne",
            (
                Layout(
                    parcels="results",
                    number=("TrackingID", "CarrierTrackingID"),
                    events="Events",
                    codes=("StatusCode",),
                    words=("Description", "Status"),
                    day=("DateTime",),
                    place=("Location",),
                    promise=("EstimatedDelivery",),
                    status=("StatusCode",),
                ),
                Layout(
                    number=("P1Trackno",),
                    events="TrackingEvents",
                    codes=("DeliveryStatus:Statuscode", "DeliveryStatus"),
                    words=("Status",),
                    day=("EventdateUTC", "EventdateCET"),
                    place=("Location",),
                ),
            ),
        ),
        "royalmail": Carrier(
            "Royal Mail",
            (
                Layout(
                    parcels="mailPieces",
                    number=("summary.oneDBarcode", "mailPieceId"),
                    events="events",
                    codes=("eventCode",),
                    words=("eventName",),
                    day=("eventDateTime",),
                    place=("locationName",),
                    promise=("estimatedDelivery.date",),
                    service=("summary.productName",),
                    status=("summary.lastEventCode", "'category':~summary.statusCategory"),
                    status_words=("summary.lastEventName", "summary.statusDescription"),
                    status_day=("summary.lastEventDateTime",),
                ),
            ),
        ),
        "tnt": Carrier(
            "TNT",
            (
                Layout(
                    parcels="Consignment",
                    number=("ConsignmentNumber",),
                    events="StatusData",
                    codes=("StatusCode",),
                    words=("StatusDescription",),
                    day=("LocalEventDate",),
                    time="LocalEventTime",
                    place=("DepotName",),
                    status=("'summary':SummaryCode",),
                    status_day=("DeliveryDate",),
                ),
            ),
        ),
    }
)
