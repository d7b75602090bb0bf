"""The source adapters, by the name that webhooks and commands use."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from carriers.sources import (
    aftership,
    dhl_express,
    dhl_universal,
    easypost,
    events,
    fedex,
    karrio,
    seventeen_track,
    shipengine,
    shippo,
    ups,
    usps,
)
from carriers.sources.reading import Source
from carriers.sources.tail import TAIL

SOURCES: Final[MappingProxyType[str, Source]] = MappingProxyType(
    {
        **TAIL,
        "17track": seventeen_track,
        "aftership": aftership,
        "dhl_express": dhl_express,
        "dhl_universal": dhl_universal,
        "easypost": easypost,
        "events": events,
        "fedex": fedex,
        "karrio": karrio,
        "mydhl": dhl_express,
        "shipengine": shipengine,
        "shippo": shippo,
        "ups": ups,
        "usps": usps,
        "usps_international": usps,
    }
)


class UnknownSource(LookupError):
    """No adapter has this name; the message lists the names there are."""


def get_source(name: str) -> Source:
    """Return the adapter of a source. Raises: UnknownSource."""
    try:
        return SOURCES[name]
    except KeyError:
        raise UnknownSource(f"There is no source called “{name}”; the known ones are {', '.join(SOURCES)}.") from None
