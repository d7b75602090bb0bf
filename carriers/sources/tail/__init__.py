"""The long tail: carriers whose answers are fetched through the karrio SDK and read by layouts of our own (pure).

karrio's own reading drops what matters here: zones and seconds of times, exception lines, most meanings. So its part
ends with the raw answer (`carriers/clients/karrio.py`); nothing in this package needs it to be installed. A carrier is
one entry in a table of layouts, its codes one file in `carriers/data`.
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Final

from carriers.sources import signatures
from carriers.sources.bodies import distinct
from carriers.sources.instants import NOT_STATED
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from carriers.sources.tail import americas, elsewhere, europe
from carriers.sources.tail.documents import is_xml, load
from carriers.sources.tail.layout import Carrier
from carriers.sources.tail.scans import missing_numbers, number_of, parcels, scans_of
from carriers.sources.tail.troubles import Trouble, is_about_number, troubles
from shipments.facts import clean_tracking_number

NOT_FOUND: Final = "NOT_FOUND"
"""The key behind a carrier's own code for a number it does not know; every table of the tail has it."""

CARRIERS: Final[MappingProxyType[str, Carrier]] = MappingProxyType(
    {**americas.CARRIERS, **europe.CARRIERS, **elsewhere.CARRIERS}
)


class TailSource:
    """The adapter of one carrier of the tail."""

    __slots__ = ("CODE_SYSTEM", "carrier", "name")

    def __init__(self, name: str, carrier: Carrier) -> None:
        self.name = name
        self.carrier = carrier
        self.CODE_SYSTEM: str = carrier.code_system or name

    def read(self, body: bytes, request: Request) -> list[Scan]:
        """Return the scans of every parcel in the body, in the order told.

        A number that the carrier does not know gives one scan with the carrier's own code.
        Raises: Unreadable, FeedTrouble.
        """
        return read(self.carrier, self.carrier.known_as or self.name, body, request)

    def verify(self, headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
        """Return when the account's secret stands in `X-Waypost-Secret`: these carriers are asked and sign nothing.

        Raises: NotAuthentic.
        """
        signatures.check_secret(signatures.header(headers, "x-waypost-secret"), secrets)

    def message_key(self, headers: dict[str, str], body: bytes) -> str:
        """Return the empty string: these answers have no id."""
        return ""


def read(carrier: Carrier, name: str, body: bytes, request: Request) -> list[Scan]:
    """Return the scans of an answer as told of the carrier `name`. Raises: Unreadable, FeedTrouble."""
    document = load(body)
    scans: list[Scan] = []
    told: list[Trouble] = []
    unknown: list[tuple[str, Trouble]] = []
    for layout in carrier.layouts:
        for parcel in parcels(document, layout):
            found = scans_of(parcel, layout, name, request.number)
            scans += found
            if layout.parcels and not found:
                said = troubles(parcel)
                about = [each for each in said if is_about_number(each, carrier.not_found)]
                unknown += [(number_of(parcel, layout, request.number), each) for each in about[:1]]
                told += [each for each in said if each not in about]
    unknown += [(number, Trouble("", "")) for number in missing_numbers(document, carrier)]
    known = {scan.tracking_number for scan in scans}
    scans += [_unknown_number(name, *each) for each in dict(unknown).items() if each[0] not in known]
    if scans:
        return distinct(scans)
    said = troubles(document)
    for trouble in said:
        if is_about_number(trouble, carrier.not_found):
            return [_unknown_number(name, clean_tracking_number(request.number), trouble)]
    if said or told:
        words = "; ".join(dict.fromkeys(each.sentence for each in (said or told)[:3]))
        raise FeedTrouble(f"{carrier.title} answered with an error: {words}.")
    what = "XML" if is_xml(body) else "JSON"
    raise Unreadable(f"This {what} is no answer of {carrier.title} that we know: it tells neither a scan nor an error.")


def _unknown_number(name: str, number: str, trouble: Trouble) -> Scan:
    codes = tuple(dict.fromkeys(filter(None, (trouble.code, NOT_FOUND))))
    return Scan(name, number, codes, trouble.words, *NOT_STATED)


def read_xml_dhl_express(body: bytes, request: Request) -> list[Scan]:
    """Return the scans of an XML answer of DHL Express's older service. Raises: Unreadable, FeedTrouble."""
    return read(elsewhere.DHL_EXPRESS_XML, "dhl_express", body, request)


TAIL: Final[MappingProxyType[str, TailSource]] = MappingProxyType(
    {name: TailSource(name, CARRIERS[name]) for name in sorted(CARRIERS)}
)
