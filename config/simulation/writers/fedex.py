"""FedEx: answers of the Track API (polled, whole history, newest first) (pure)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from config.simulation.instants import iso_day, iso_time
from config.simulation.kinds import Kind, Scan
from config.simulation.numbers import opaque
from config.simulation.parcels import Parcel
from config.simulation.places import Place
from config.simulation.writers.telling import Form, estimate, odd, quoted, word


class Spelling(NamedTuple):
    """`derived` is FedEx's class of the scan with its words; `delay` the kind of delay it names, mostly none."""

    kind: str
    words: str
    derived: str
    status: str
    exception: str = ""
    exception_words: str = ""
    delay: str = ""


_DAMAGE: Final = "Damaged, handling per shipper instructions"
SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("OC", "Shipment information sent to FedEx", "OC", "Label created"),
        Kind.PICKUP: Spelling("PU", "Picked up", "PU", "Picked up"),
        Kind.DEPART: Spelling("DP", "Left FedEx origin facility", "IT", "In transit"),
        Kind.ARRIVE: Spelling("AR", "Arrived at FedEx hub", "IT", "In transit"),
        Kind.SORTED: Spelling("IT", "In transit", "IT", "In transit"),
        Kind.AT_DESTINATION: Spelling("AR", "At local FedEx facility", "IT", "In transit"),
        Kind.OUT: Spelling("OD", "On FedEx vehicle for delivery", "IT", "In transit"),
        Kind.DELIVERED: Spelling("DL", "Delivered", "DL", "Delivered"),
        Kind.ATTEMPT: Spelling(
            "DE", "Delivery exception", "DE", "Delivery exception", "08", "Customer not available or business closed"
        ),
        Kind.LAST_ATTEMPT: Spelling("DE", "Delivery exception", "DE", "Delivery exception", "42", "Business closed"),
        Kind.REFUSED: Spelling("DE", "Delivery exception", "DE", "Delivery exception", "07", "Refused by recipient"),
        Kind.HELD: Spelling("HL", "Ready for recipient pickup", "HL", "Ready for pickup"),
        Kind.ADDRESS: Spelling("DE", "Delivery exception", "DE", "Delivery exception", "03", "Incorrect address"),
        Kind.MISSED: Spelling("SE", "Shipment exception", "SE", "Shipment exception", "22", "Missed plane or truck"),
        Kind.WEATHER: Spelling("SE", "Shipment exception", "SE", "Shipment exception", delay="WEATHER"),
        Kind.CUSTOMS: Spelling("CD", "Clearance delay - Import", "CD", "Clearance delay"),
        Kind.CLEARED: Spelling("CC", "International shipment release - Import", "IT", "In transit"),
        Kind.DAMAGED: Spelling("SE", "Shipment exception", "SE", "Shipment exception", "37", _DAMAGE),
        Kind.DAMAGE_REPORTED: Spelling("SE", "Shipment exception", "SE", "Shipment exception", "37", _DAMAGE),
        Kind.LOST: Spelling("SE", "Shipment exception", "SE", "Shipment exception", "36", "Held in overgoods"),
        Kind.RETURNING: Spelling("RS", "Returning package to shipper", "RS", "Returning package to shipper"),
        Kind.RETURN_MOVES: Spelling("AR", "Arrived at FedEx location", "IT", "In transit"),
        Kind.RETURNED: Spelling("DL", "Delivered", "DL", "Delivered"),
        Kind.NEW_CODE: Spelling("ZX", "Network plan applied", "ZX", "Network plan applied"),
    }
)


def _local(at: int, offset: int) -> str:
    sign = "-" if offset < 0 else "+"
    local = at + offset
    return f"{iso_day(local)}T{iso_time(local)}{sign}{abs(offset) // 3600:02d}:{abs(offset) // 60 % 60:02d}"


def _address(place: Place) -> str:
    return (
        f'{{"streetLines":[""],"city":{quoted(place.city)},"stateOrProvinceCode":{word(place)},'
        f'"postalCode":"{place.postcode}","countryCode":"{place.country}","residential":false}}'
    )


def _event(scan: Scan, offset: int) -> str:
    told = SPELLINGS[scan.kind]
    delay = f',"delayDetail":{{"type":"{told.delay}","subType":"SNOW","status":"DELAYED"}}' if told.delay else ""
    return (
        f'{{"date":"{_local(scan.at, offset)}","eventType":"{told.kind}","eventDescription":"{told.words}",'
        f'"exceptionCode":"{told.exception}","exceptionDescription":"{told.exception_words}",'
        f'"scanLocation":{_address(scan.place)},"locationId":"{scan.place.postcode[:4]}",'
        f'"locationType":"{"VEHICLE" if scan.kind is Kind.OUT else "FEDEX_FACILITY"}",'
        f'"derivedStatusCode":"{told.derived}","derivedStatus":"{told.status}"{delay}}}'
    )


class Fedex:
    """One package's answers."""

    __slots__ = ("_events", "_offsets", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._offsets = offsets
        self._events = [_event(scan, offsets[scan.place.zone]) for scan in parcel.scans]

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the answer given at `at` with `count` scans, or what a fault makes of it."""
        result = self._unknown() if form is Form.NOT_FOUND else self._known(count)
        number = self.parcel.number
        told = (
            f'{{"transactionId":"{UUID(opaque("", number, at, copy))}","output":{{"completeTrackResults":['
            f'{{"trackingNumber":"{number}","trackResults":[{result}]}}]}}}}'
        ).encode()
        return odd(form, told) if form in (Form.WEB_PAGE, Form.CUT_OFF) else told

    def _unknown(self) -> str:
        words = "Tracking number cannot be found. Please correct the tracking number and try again."
        return (
            f'{{"trackingNumberInfo":{{"trackingNumber":"{self.parcel.number}","trackingNumberUniqueId":"",'
            f'"carrierCode":""}},"error":{{"code":"TRACKING.TRACKINGNUMBER.NOTFOUND","message":"{words}"}}}}'
        )

    def _known(self, count: int) -> str:
        parcel = self.parcel
        last = parcel.scans[count - 1]
        told = SPELLINGS[last.kind]
        home = self._offsets[parcel.route.destination.zone]
        reason = ""
        if told.exception:
            reason = f'{{"reason":"{told.exception}","reasonDescription":"{told.exception_words}"}}'
        due = f"{iso_day(estimate(parcel, count) + home)}T00:00:00"
        dates = f'{{"type":"ESTIMATED_DELIVERY","dateTime":"{due}"}}'
        if told.kind == "DL":
            dates = f'{{"type":"ACTUAL_DELIVERY","dateTime":"{_local(last.at, home)}"}}'
        return (
            f'{{"trackingNumberInfo":{{"trackingNumber":"{parcel.number}",'
            f'"trackingNumberUniqueId":"12028~{parcel.number}~FDEG","carrierCode":"FDXG"}},'
            f'"additionalTrackingInfo":{{"packageIdentifiers":[{{"type":"CUSTOMER_REFERENCE",'
            f'"values":["{parcel.order_id}"]}}],"hasAssociatedShipments":false}},'
            f'"shipperInformation":{{"contact":{{}},"address":{_address(parcel.route.origin)}}},'
            f'"recipientInformation":{{"contact":{{}},"address":{_address(parcel.route.destination)}}},'
            f'"latestStatusDetail":{{"code":"{told.kind}","derivedCode":"{told.derived}",'
            f'"statusByLocale":"{told.status}","description":"{told.words}","scanLocation":{_address(last.place)},'
            f'"ancillaryDetails":[{reason}]}},"dateAndTimes":[{dates}],'
            f'"serviceDetail":{{"type":"{parcel.service.name}","description":"FedEx","shortDescription":"FG"}},'
            f'"scanEvents":[{",".join(reversed(self._events[:count]))}]}}'
        )
