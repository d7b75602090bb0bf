"""DHL: answers of the Unified API about Express shipments (polled, whole history, newest first) (pure).

The real answers tell no class with an Express event, only its sentence with the place at the end.
"""

from __future__ import annotations

from typing import Final

from config.simulation.instants import iso_day, iso_time
from config.simulation.kinds import Kind, Scan
from config.simulation.parcels import Parcel
from config.simulation.places import Place
from config.simulation.writers.dhl_express import SPELLINGS
from config.simulation.writers.telling import Form, estimate, odd, quoted

_CLASSES: Final = {Kind.LABEL: "pre-transit", Kind.DELIVERED: "delivered", Kind.RETURNED: "delivered"}
_FAILURES: Final = frozenset(
    {Kind.ATTEMPT, Kind.LAST_ATTEMPT, Kind.REFUSED, Kind.ADDRESS, Kind.DAMAGED, Kind.LOST, Kind.RETURNING}
)
_WITH_PLACE: Final = frozenset({Kind.DEPART, Kind.ARRIVE, Kind.SORTED, Kind.AT_DESTINATION, Kind.CLEARED})


def _address(place: Place) -> str:
    locality = quoted(f"{place.city} - {place.country}")
    return f'{{"address":{{"countryCode":"{place.country}","addressLocality":{locality}}}}}'


def _event(scan: Scan, offset: int) -> str:
    words = SPELLINGS[scan.kind].words
    if scan.kind in _WITH_PLACE:
        words += f" {scan.place.city} - {scan.place.country}"
    local = scan.at + offset
    return (
        f'{{"timestamp":"{iso_day(local)}T{iso_time(local)}","location":{_address(scan.place)},'
        f'"description":{quoted(words)}'
    )


class DhlUniversal:
    """One shipment's answers."""

    __slots__ = ("_events", "parcel")

    def __init__(self, parcel: Parcel, offsets: dict[str, int]) -> None:
        self.parcel = parcel
        self._events = [_event(scan, offsets[scan.place.zone]) for scan in parcel.scans]

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the answer with `count` events, or what a fault makes of it."""
        told = (self._not_found() if form is Form.NOT_FOUND else self._known(count)).encode()
        return odd(form, told) if form in (Form.WEB_PAGE, Form.CUT_OFF) else told

    def _not_found(self) -> str:
        return '{"title":"No result found","detail":"No shipment with given tracking number found.","status":404}'

    def _known(self, count: int) -> str:
        parcel = self.parcel
        kind = parcel.scans[count - 1].kind
        coarse = "failure" if kind in _FAILURES else _CLASSES.get(kind, "transit")
        head = f'{self._events[count - 1]},"statusCode":"{coarse}","status":"{coarse}"}}'
        events = ",".join(f"{event}}}" for event in reversed(self._events[:count]))
        return (
            f'{{"shipments":[{{"id":"{parcel.number}","service":"express","origin":{_address(parcel.route.origin)},'
            f'"destination":{_address(parcel.route.destination)},"status":{head},'
            f'"estimatedTimeOfDelivery":"{iso_day(estimate(parcel, count))}T00:00:00",'
            f'"details":{{"totalNumberOfPieces":1,"references":{{"number":"{parcel.order_id}",'
            f'"type":"customer-reference"}}}},"events":[{events}]}}]}}'
        )
