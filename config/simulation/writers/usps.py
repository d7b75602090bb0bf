"""USPS: answers of the Tracking API v3 (polled, whole history, newest first) (pure)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import iso, iso_day, iso_time
from config.simulation.kinds import Kind, Scan
from config.simulation.parcels import Parcel
from config.simulation.writers.telling import Form, estimate, odd, quoted, signed_hours, word


class Spelling(NamedTuple):
    """An event's code, empty where USPS tells only words; its words; and the category USPS files it under."""

    code: str
    words: str
    category: str = "In Transit"


SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("GX", "Shipping Label Created, USPS Awaiting Item", "Pre-Shipment"),
        Kind.PICKUP: Spelling("03", "USPS in possession of item", "Accepted"),
        Kind.DEPART: Spelling("T1", "Departed USPS Regional Facility"),
        Kind.ARRIVE: Spelling("A1", "Arrived at USPS Regional Facility"),
        Kind.SORTED: Spelling("10", "Processed Through Facility"),
        Kind.AT_DESTINATION: Spelling("07", "Arrived at Post Office"),
        Kind.OUT: Spelling("OF", "Out for Delivery", "Out for Delivery"),
        Kind.DELIVERED: Spelling("01", "Delivered, In/At Mailbox", "Delivered"),
        Kind.ATTEMPT: Spelling("02", "Notice Left (No Authorized Recipient Available)", "Alert"),
        Kind.LAST_ATTEMPT: Spelling("55", "Notice Left (No Secure Location Available)", "Alert"),
        Kind.REFUSED: Spelling("04", "Refused", "Alert"),
        Kind.HELD: Spelling("16", "Available for Pickup", "Available for Pickup"),
        Kind.ADDRESS: Spelling("05", "Undeliverable as Addressed", "Alert"),
        Kind.MISSED: Spelling("08", "Missent"),
        Kind.WEATHER: Spelling("", "Delivery Exception, Local Weather Delay", "Alert"),
        Kind.CUSTOMS: Spelling("", "Held in Customs"),
        Kind.CLEARED: Spelling("", "Inbound Out of Customs"),
        Kind.DAMAGED: Spelling("", "Processing Exception", "Alert"),
        Kind.DAMAGE_REPORTED: Spelling("", "Processing Exception", "Alert"),
        Kind.LOST: Spelling("11", "Sent to Mail Recovery Center", "Alert"),
        Kind.RETURNING: Spelling("09", "Return to Sender", "Alert"),
        Kind.RETURN_MOVES: Spelling("A1", "Arrived at USPS Regional Facility"),
        Kind.RETURNED: Spelling("01", "Delivered, To Original Sender", "Delivered"),
        Kind.NEW_CODE: Spelling("ZQ", "Network Plan Applied"),
    }
)


def _event(scan: Scan, offset: int) -> str:
    code, words, _ = SPELLINGS[scan.kind]
    local = scan.at + offset
    return (
        f'{{"eventType":"{words}","eventTimestamp":"{iso_day(local)}T{iso_time(local)}",'
        f'"GMTTimestamp":"{iso(scan.at)}","GMTOffset":"{signed_hours(offset)}","eventCountry":null,'
        f'"eventCity":{quoted(scan.place.city)},"eventState":{word(scan.place)},"eventZIP":"{scan.place.postcode}",'
        f'"firm":null,"name":null,"authorizedAgent":"false","eventCode":{quoted(code) if code else "null"},'
        f'"additionalProp":null}}'
    )


class Usps:
    """One piece's answers."""

    __slots__ = ("_events", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._events = [_event(scan, offsets[scan.place.zone]) for scan in parcel.scans]

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the answer with `count` events, or what a fault makes of it."""
        told = (self._not_found() if form is Form.NOT_FOUND else self._known(count)).encode()
        return odd(form, told) if form in (Form.WEB_PAGE, Form.CUT_OFF) else told

    def _not_found(self) -> str:
        return (
            '{"apiVersion":"/tracking/v3","error":{"code":"404","message":"Tracking is not available for this item.",'
            '"errors":[]}}'
        )

    def _known(self, count: int) -> str:
        parcel = self.parcel
        home, target = parcel.route.origin, parcel.route.destination
        last = parcel.scans[count - 1]
        _, words, category = SPELLINGS[last.kind]
        return (
            f'{{"destinationCity":{quoted(target.city)},"destinationState":{word(target)},'
            f'"destinationZIP":"{target.postcode}","emailEnabled":"true","kahalaIndicator":"false",'
            f'"expectedDeliveryTimeStamp":"{iso(estimate(parcel, count))}","mailClass":"{parcel.service.name}",'
            f'"mailType":"DM","originCity":{quoted(home.city)},"originState":{word(home)},'
            f'"originZIP":"{home.postcode}","services":["USPS Tracking"],"serviceTypeCode":"001","status":"{words}",'
            f'"statusCategory":"{category}","statusSummary":"{words}.","tableCode":"T",'
            f'"trackingEvents":[{",".join(reversed(self._events[:count]))}],"trackingNumber":"{parcel.number}"}}'
        )
