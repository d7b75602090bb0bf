"""UPS: answers of the Track API (polled, whole history, newest first) and Track Alert messages (pure)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import iso_day, iso_time
from config.simulation.kinds import Kind, Scan
from config.simulation.parcels import Parcel
from config.simulation.places import Place
from config.simulation.writers.telling import Form, estimate, odd, quoted, word


class Spelling(NamedTuple):
    kind: str
    code: str
    status: str
    words: str


SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("M", "MP", "003", "Shipper created a label, UPS has not received the package yet. "),
        Kind.PICKUP: Spelling("I", "OR", "005", "Origin Scan"),
        Kind.DEPART: Spelling("I", "DP", "005", "Departed from Facility"),
        Kind.ARRIVE: Spelling("I", "AR", "005", "Arrived at Facility"),
        Kind.SORTED: Spelling("I", "LC", "005", "Loaded on Trailer"),
        Kind.AT_DESTINATION: Spelling("I", "DS", "005", "Destination Scan"),
        Kind.OUT: Spelling("I", "OT", "021", "Out For Delivery Today"),
        Kind.DELIVERED: Spelling("D", "FS", "011", "DELIVERED "),
        Kind.ATTEMPT: Spelling(
            "X", "48", "022", "The receiver was not available for delivery. We'll make a second attempt."
        ),
        Kind.LAST_ATTEMPT: Spelling(
            "X", "49", "024", "The receiver was not available at the time of the final delivery attempt."
        ),
        Kind.REFUSED: Spelling("X", "KT", "064", "The receiver refused the delivery."),
        Kind.HELD: Spelling("D", "2Q", "017", "Delivered to UPS Access Point, awaiting customer pickup"),
        Kind.ADDRESS: Spelling(
            "X", "AE", "050", "The street number is incorrect. This may delay delivery. We're updating the address."
        ),
        Kind.MISSED: Spelling("X", "19", "046", "A late UPS trailer arrival has caused a delay."),
        Kind.WEATHER: Spelling("X", "7W", "052", "Severe weather conditions have delayed delivery."),
        Kind.CUSTOMS: Spelling("X", "Y1", "126", "The package is at the clearing agency awaiting final release."),
        Kind.CLEARED: Spelling("X", "DA", "084", "Released By Clear Agency. Now In-Transit"),
        Kind.DAMAGED: Spelling("X", "45", "059", "Your package was damaged in transit. We will notify the sender."),
        Kind.DAMAGE_REPORTED: Spelling("X", "HE", "059", "The receiver reported the package was damaged."),
        Kind.LOST: Spelling("X", "S9", "068", "We've sent the package to UPS lost and found."),
        Kind.RETURNING: Spelling("X", "DL", "035", "The package will be returned to the sender."),
        Kind.RETURN_MOVES: Spelling("I", "AR", "036", "Arrived at Facility"),
        Kind.RETURNED: Spelling("D", "B0", "034", "Delivered to Original Sender"),
        Kind.NEW_CODE: Spelling("X", "QZ", "197", "Network recovery step 7 applied to this package."),
    }
)
_COMPACT: Final = str.maketrans("", "", "-:")


def _day(at: int) -> str:
    return iso_day(at).translate(_COMPACT)


def _time(at: int) -> str:
    return iso_time(at).translate(_COMPACT)


def _address(place: Place) -> str:
    code = f'"countryCode":"{place.country}","country":"{place.country}"'
    return f'{{"city":{quoted(place.city.title())},"stateProvince":{word(place)},{code}}}'


def _activity(scan: Scan, offset: int) -> str:
    kind, code, status, words = SPELLINGS[scan.kind]
    local = scan.at + offset
    sign = "-" if offset < 0 else "+"
    return (
        f'{{"location":{{"address":{_address(scan.place)},"slic":"{scan.place.postcode[:4]}"}},'
        f'"status":{{"type":"{kind}","description":"{words}","code":"{code}","statusCode":"{status}"}},'
        f'"date":"{_day(local)}","time":"{_time(local)}","gmtDate":"{_day(scan.at)}",'
        f'"gmtOffset":"{sign}{abs(offset) // 3600:02d}:{abs(offset) // 60 % 60:02d}","gmtTime":"{iso_time(scan.at)}"}}'
    )


class Ups:
    """One package's answers and alerts."""

    __slots__ = ("_activities", "_offsets", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._offsets = offsets
        self._activities = [_activity(scan, offsets[scan.place.zone]) for scan in parcel.scans]

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the answer with `count` activities, the alert about the last, or what a fault makes of it."""
        if form is Form.NOT_FOUND:
            return self._not_found()
        if form is Form.SCAN:
            return self._alert(count).encode()
        told = self._answer(count).encode()
        return told if form is Form.HISTORY else odd(form, told)

    def _not_found(self) -> bytes:
        warning = '{"code":"TW0001","message":"Tracking Information Not Found"}'
        number = self.parcel.number
        return f'{{"trackResponse":{{"shipment":[{{"inquiryNumber":"{number}","warnings":[{warning}]}}]}}}}'.encode()

    def _answer(self, count: int) -> str:
        parcel = self.parcel
        last = parcel.scans[count - 1]
        kind, _, status, words = SPELLINGS[last.kind]
        home = self._offsets[parcel.route.destination.zone]
        day = _day(estimate(parcel, count) + home)
        dates = f'{{"type":"SDD","date":"{_day(parcel.estimated_at + home)}"}}'
        if estimate(parcel, count) != parcel.estimated_at:
            dates += f',{{"type":"RDD","date":"{day}"}}'
        if kind == "D":
            dates += f',{{"type":"DEL","date":"{_day(last.at + home)}"}}'
        return (
            f'{{"trackResponse":{{"shipment":[{{"inquiryNumber":"{parcel.number}","package":[{{'
            f'"trackingNumber":"{parcel.number}","deliveryDate":[{dates}],"activity":['
            f"{','.join(reversed(self._activities[:count]))}],"
            f'"currentStatus":{{"description":"{words}","code":"{status}"}},'
            f'"packageAddress":[{{"type":"ORIGIN","address":{_address(parcel.route.origin)}}},'
            f'{{"type":"DESTINATION","address":{_address(parcel.route.destination)}}}],'
            f'"weight":{{"unitOfMeasurement":"LBS","weight":"{1 + parcel.index % 17}.00"}},'
            f'"service":{{"code":"{parcel.number[8:10]}","levelCode":"011","description":"{parcel.service.name}"}},'
            f'"referenceNumber":[{{"type":"SHIPMENT","number":"{parcel.order_id}"}}],"packageCount":1}}]}}]}}}}'
        )

    def _alert(self, count: int) -> str:
        scan = self.parcel.scans[count - 1]
        kind, code, status, words = SPELLINGS[scan.kind]
        local = scan.at + self._offsets[scan.place.zone]
        place = scan.place
        delivered = (
            f',"actualDeliveryDate":"{_day(local)}","actualDeliveryTime":"{_time(local)}"' if kind == "D" else ""
        )
        due = _day(estimate(self.parcel, count) + self._offsets[self.parcel.route.destination.zone])
        return (
            f'{{"trackingNumber":"{self.parcel.number}","localActivityDate":"{_day(local)}",'
            f'"localActivityTime":"{_time(local)}","activityLocation":{{"city":{quoted(place.city)},'
            f'"stateProvince":{word(place)},"postalCode":"{place.postcode}","country":"{place.country}"}},'
            f'"activityStatus":{{"type":"{kind}","code":"{code}","description":"{words}","descriptionCode":"{status}"}},'
            f'"scheduledDeliveryDate":"{due}","gmtActivityDate":"{_day(scan.at)}",'
            f'"gmtActivityTime":"{_time(scan.at)}"{delivered}}}'
        )
