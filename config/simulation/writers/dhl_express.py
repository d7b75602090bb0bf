"""DHL Express: answers of the MyDHL API (polled, whole history, oldest first) (pure)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import iso_day, iso_time
from config.simulation.kinds import Kind, Scan
from config.simulation.parcels import Parcel
from config.simulation.places import Place
from config.simulation.writers.telling import Form, estimate, odd, quoted, signed_hours


class Spelling(NamedTuple):
    kind: str
    words: str


SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("DUMMY_PU", "Shipment information received"),
        Kind.PICKUP: Spelling("PU", "Shipment picked up"),
        Kind.DEPART: Spelling("DF", "Shipment has departed from a DHL facility"),
        Kind.ARRIVE: Spelling("AF", "Arrived at DHL Sort Facility"),
        Kind.SORTED: Spelling("PL", "Processed"),
        Kind.AT_DESTINATION: Spelling("AR", "Arrived at DHL Delivery Facility"),
        Kind.OUT: Spelling("WC", "Shipment is out with courier for delivery"),
        Kind.DELIVERED: Spelling("OK", "Delivered"),
        Kind.ATTEMPT: Spelling("NH", "Delivery attempted; recipient not home"),
        Kind.LAST_ATTEMPT: Spelling("CA", "Delivery attempted premises closed"),
        Kind.REFUSED: Spelling("RD", "Recipient refused delivery"),
        Kind.HELD: Spelling("CC", "Awaiting collection by recipient as requested"),
        Kind.ADDRESS: Spelling("BA", "Address information needed; contact DHL"),
        Kind.MISSED: Spelling("MD", "Scheduled for delivery"),
        Kind.WEATHER: Spelling("TD", "Transport delay"),
        Kind.CUSTOMS: Spelling("CD", "Clearance delay"),
        Kind.CLEARED: Spelling("CR", "Clearance processing complete"),
        Kind.DAMAGED: Spelling("DM", "Damaged"),
        Kind.DAMAGE_REPORTED: Spelling("DD", "Shipment delivered"),
        Kind.LOST: Spelling("DS", "Shipper contacted"),
        Kind.RETURNING: Spelling("SS", "Please contact DHL"),
        Kind.RETURN_MOVES: Spelling("AF", "Arrived at DHL Sort Facility"),
        Kind.RETURNED: Spelling("RT", "Returned to shipper"),
        Kind.NEW_CODE: Spelling("ZQ", "Status ZQ"),
    }
)


def _event(scan: Scan, offset: int) -> str:
    kind, words = SPELLINGS[scan.kind]
    local = scan.at + offset
    return (
        f'{{"date":"{iso_day(local)}","time":"{iso_time(local)}","GMTOffset":"{signed_hours(offset)}",'
        f'"typeCode":"{kind}","description":"{words}","serviceArea":[{{"code":{quoted(scan.place.city[:3])},'
        f'"description":{quoted(scan.place.line)}}}]}}'
    )


def _party(place: Place) -> str:
    return (
        f'{{"name":"","postalAddress":{{"cityName":"","postalCode":"","countryCode":"{place.country}"}},'
        f'"serviceArea":[{{"code":{quoted(place.city[:3])},"description":{quoted(place.line)}}}]}}'
    )


class DhlExpress:
    """One shipment's answers."""

    __slots__ = ("_events", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._events = [_event(scan, offsets[scan.place.zone]) for scan in parcel.scans]

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the answer with `count` checkpoints, or what a fault makes of it."""
        told = (self._not_found() if form is Form.NOT_FOUND else self._known(count)).encode()
        return odd(form, told) if form in (Form.WEB_PAGE, Form.CUT_OFF) else told

    def _not_found(self) -> str:
        path = f"/expressapi/shipments/{self.parcel.number}/tracking"
        return f'{{"instance":"{path}","detail":"No data found","title":"Not data found","status":"404"}}'

    def _known(self, count: int) -> str:
        parcel = self.parcel
        due = f"{iso_day(estimate(parcel, count))}T23:59:00"
        return (
            f'{{"shipments":[{{"shipmentTrackingNumber":"{parcel.number}","status":"Success",'
            f'"shipmentTimestamp":"{iso_day(parcel.label_at)}T{iso_time(parcel.label_at)}","productCode":"P",'
            f'"description":"GOODS","shipperDetails":{_party(parcel.route.origin)},'
            f'"receiverDetails":{_party(parcel.route.destination)},"totalWeight":1.2,"unitOfMeasurements":"metric",'
            f'"shipperReferences":[{{"value":"{parcel.order_id}","typeCode":"CU"}}],'
            f'"events":[{",".join(self._events[:count])}],"numberOfPieces":1,"estimatedDeliveryDate":"{due}"}}]}}'
        )
