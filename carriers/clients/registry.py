"""The carriers that can be asked, by the name of their source. A new one is a module like these and one word here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from carriers.clients import dhl_express, dhl_universal, fedex, ups, usps
from carriers.clients.http import Client
from carriers.clients.tail import TAIL_CLIENTS

CLIENTS: Final[MappingProxyType[str, Client]] = MappingProxyType(
    {
        **TAIL_CLIENTS,
        **{"dhl_express": dhl_express, "dhl_universal": dhl_universal, "fedex": fedex, "ups": ups, "usps": usps},
    }
)
