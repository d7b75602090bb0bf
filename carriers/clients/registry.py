"""The carriers that can be asked, by the name of their source. A new one is a module like these and one word here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from carriers.clients import dhl_express, dhl_universal, fedex, ups, usps
from carriers.clients.http import Client

CLIENTS: Final[MappingProxyType[str, Client]] = MappingProxyType(
    {"dhl_express": dhl_express, "dhl_universal": dhl_universal, "fedex": fedex, "ups": ups, "usps": usps}
)
