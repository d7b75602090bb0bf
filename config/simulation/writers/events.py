"""Our own event contract, one event a message. Used for DHL Express, OnTrac and GLS."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from config.simulation.instants import iso
from config.simulation.kinds import MEANING, Kind
from config.simulation.parcels import Parcel
from config.simulation.writers.telling import Form, estimate, odd, quoted


class Spelling(NamedTuple):
    code: str
    words: str


SPELLINGS: Final = MappingProxyType(
    {
        Kind.LABEL: Spelling("", "Shipment information received"),
        Kind.PICKUP: Spelling("PU", "Shipment picked up"),
        Kind.DEPART: Spelling("DF", "Departed facility"),
        Kind.ARRIVE: Spelling("AF", "Arrived at sort facility"),
        Kind.SORTED: Spelling("PL", "Processed at facility"),
        Kind.AT_DESTINATION: Spelling("AR", "Arrived at delivery facility"),
        Kind.OUT: Spelling("WC", "Shipment is out with courier for delivery"),
        Kind.DELIVERED: Spelling("OK", "Delivered"),
        Kind.ATTEMPT: Spelling("NH", "Delivery attempted; recipient not home"),
        Kind.LAST_ATTEMPT: Spelling("CA", "Delivery attempted; premises closed"),
        Kind.REFUSED: Spelling("RD", "Recipient refused delivery"),
        Kind.HELD: Spelling("CC", "Awaiting collection by recipient as requested"),
        Kind.ADDRESS: Spelling("BA", "Address information needed; contact the carrier"),
        Kind.MISSED: Spelling("MD", "Missed the delivery cycle"),
        Kind.WEATHER: Spelling("TD", "Transport delay due to severe weather"),
        Kind.CUSTOMS: Spelling("CD", "Customs clearance on hold: papers needed"),
        Kind.CLEARED: Spelling("CR", "Clearance processing complete"),
        Kind.DAMAGED: Spelling("DM", "Shipment damaged"),
        Kind.DAMAGE_REPORTED: Spelling("DD", "Delivered damaged"),
        Kind.LOST: Spelling("TI", "Shipment could not be located; trace closed"),
        Kind.RETURNING: Spelling("SS", "Shipment is being returned to the sender"),
        Kind.RETURN_MOVES: Spelling("AF", "Arrived at sort facility"),
        Kind.RETURNED: Spelling("RT", "Returned to the sender"),
        Kind.NEW_CODE: Spelling("ZQ", "Status ZQ"),
    }
)


class Events:
    """One parcel's events in the contract."""

    __slots__ = ("_head", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._head = (
            f'{{"carrier":"{parcel.service.carrier}","tracking_number":"{parcel.number}",'
            f'"order_id":"{parcel.order_id}","customer_id":"{parcel.customer_id}",'
        )

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the event of the last of `count` scans."""
        scan = self.parcel.scans[count - 1]
        state, reason, physical, _ = MEANING[scan.kind]
        code, words = SPELLINGS[scan.kind]
        told = (
            f'{self._head}"state":"{state.value}","reason":"{reason}","occurred_at":"{iso(scan.at)}",'
            f'"time_confidence":"explicit","promised_at":"{iso(estimate(self.parcel, count))}",'
            f'"raw_code":"{code}","raw_description":"{words}","location":{quoted(scan.place.line)},'
            f'"physical":{"true" if physical else "false"}}}'
        ).encode()
        return told if form is Form.SCAN else odd(form, told)
