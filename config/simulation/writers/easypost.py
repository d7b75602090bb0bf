"""EasyPost: an event about a tracker, with every detail known so far (pure). Used for USPS."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import iso, iso_day
from config.simulation.kinds import Kind, Scan
from config.simulation.numbers import opaque
from config.simulation.parcels import Parcel
from config.simulation.places import Place
from config.simulation.writers.telling import Form, estimate, odd, quoted, word


class Spelling(NamedTuple):
    status: str
    detail: str
    message: str


SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("pre_transit", "label_created", "Shipping Label Created, USPS Awaiting Item"),
        Kind.PICKUP: Spelling("in_transit", "arrived_at_facility", "USPS in possession of item"),
        Kind.DEPART: Spelling("in_transit", "departed_facility", "Departed USPS Regional Facility"),
        Kind.ARRIVE: Spelling("in_transit", "arrived_at_facility", "Arrived at USPS Regional Facility"),
        Kind.SORTED: Spelling("in_transit", "status_update", "In Transit to Next Facility"),
        Kind.AT_DESTINATION: Spelling("in_transit", "arrived_at_facility", "Arrived at Post Office"),
        Kind.OUT: Spelling("out_for_delivery", "out_for_delivery", "Out for Delivery"),
        Kind.DELIVERED: Spelling("delivered", "arrived_at_destination", "Delivered, In/At Mailbox"),
        Kind.ATTEMPT: Spelling("failure", "delivery_exception", "Notice Left (No Authorized Recipient Available)"),
        Kind.LAST_ATTEMPT: Spelling("failure", "delivery_exception", "Notice Left (No Secure Location Available)"),
        Kind.REFUSED: Spelling("failure", "refused", "Refused"),
        Kind.HELD: Spelling("available_for_pickup", "held", "Available for Pickup"),
        Kind.ADDRESS: Spelling("failure", "address_correction", "Undeliverable as Addressed"),
        Kind.MISSED: Spelling("in_transit", "missorted", "Missent"),
        Kind.WEATHER: Spelling("in_transit", "weather_delay", "Weather Delay"),
        Kind.CUSTOMS: Spelling("in_transit", "held", "Held in Customs"),
        Kind.CLEARED: Spelling("in_transit", "status_update", "Inbound Out of Customs"),
        Kind.DAMAGED: Spelling("failure", "damaged", "Package Damaged"),
        Kind.DAMAGE_REPORTED: Spelling("failure", "damaged", "Damage Reported by Addressee"),
        Kind.LOST: Spelling("failure", "lost", "Sent to Mail Recovery Center"),
        Kind.RETURNING: Spelling("return_to_sender", "return", "Return to Sender"),
        Kind.RETURN_MOVES: Spelling("in_transit", "arrived_at_facility", "Arrived at USPS Regional Facility"),
        Kind.RETURNED: Spelling("delivered", "arrived_at_destination", "Delivered, To Original Sender"),
        Kind.NEW_CODE: Spelling("unknown", "status_update", "Status Not Available"),
    }
)
_SERVICES: Final = {"GroundAdvantage": "USPS Ground Advantage", "Priority": "Priority Mail"}


def _detail(scan: Scan) -> str:
    status, detail, message = SPELLINGS[scan.kind]
    return (
        f'{{"object":"TrackingDetail","message":"{message}","description":"","status":"{status}",'
        f'"status_detail":"{detail}","datetime":"{iso(scan.at)}","source":"USPS","carrier_code":"",'
        f'"tracking_location":{_location(scan.place)},"est_delivery_date":null}}'
    )


def _location(place: Place) -> str:
    return (
        f'{{"object":"TrackingLocation","city":{quoted(place.city)},"state":{word(place)},'
        f'"country":"{place.country}","zip":"{place.postcode}"}}'
    )


class EasyPost:
    """One tracker's events."""

    __slots__ = ("_details", "_id", "_route", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._id = opaque("trk_", parcel.number)
        self._details = [_detail(scan) for scan in parcel.scans]
        origin, destination = parcel.route.origin, parcel.route.destination
        self._route = (
            f'"carrier_detail":{{"object":"CarrierDetail","service":"{_SERVICES[parcel.service.name]}",'
            f'"container_type":null,"est_delivery_date_local":null,"est_delivery_time_local":null,'
            f'"origin_location":{quoted(f"{origin.city} {origin.region}, {origin.postcode}")},'
            f'"origin_tracking_location":{_location(origin)},'
            f'"destination_location":{quoted(f"{destination.city} {destination.region}, {destination.postcode}")},'
            f'"destination_tracking_location":null,"guaranteed_delivery_date":null,"alternate_identifier":null,'
            f'"initial_delivery_attempt":null}}'
        )

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the event sent at `at`, with the first `count` details."""
        told = self._event(count, at, copy).encode()
        return told if form is Form.HISTORY else odd(form, told)

    def _event(self, count: int, at: int, copy: int) -> str:
        parcel = self.parcel
        first, last = iso(parcel.scans[0].at), iso(at)
        status, detail, _ = SPELLINGS[parcel.scans[count - 1].kind]
        before = SPELLINGS[parcel.scans[count - 2].kind].status if count > 1 else "unknown"
        finalized = "true" if status in ("delivered", "return_to_sender") else "false"
        return (
            f'{{"description":"tracker.updated","mode":"production","previous_attributes":{{"status":"{before}"}},'
            f'"created_at":"{last}","pending_urls":[],"completed_urls":[],"updated_at":"{last}",'
            f'"id":"evt_{self._id[4:20]}{count:03x}{copy:03x}","user_id":"user_9f6b0c2d41","status":"pending",'
            f'"object":"Event","result":{{"id":"{self._id}","object":"Tracker","mode":"production",'
            f'"tracking_code":"{parcel.number}","status":"{status}","status_detail":"{detail}",'
            f'"created_at":"{first}","updated_at":"{last}","signed_by":null,"weight":null,'
            f'"est_delivery_date":"{iso_day(estimate(parcel, count))}T00:00:00Z","shipment_id":null,"carrier":"USPS",'
            f'"tracking_details":[{",".join(self._details[:count])}],{self._route},'
            f'"finalized":{finalized},"is_return":{"true" if parcel.is_return else "false"},'
            f'"public_url":"https://track.easypost.com/{self._id}","fees":[]}}}}'
        )
