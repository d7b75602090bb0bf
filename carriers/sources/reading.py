"""What every source adapter speaks: scans read from a body, and the two ways a body can fail (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from shipments.facts import Meaning, TimeConfidence


class Unreadable(ValueError):
    """The body holds nothing that can be read as tracking; the message says why, for a person."""


class FeedTrouble(ValueError):
    """The carrier answered with an error of its own (sign-in, rate limit, outage): never news of a parcel."""


class NotAuthentic(ValueError):
    """The signature is missing, wrong or too old; the message says which."""


class Scan(NamedTuple):
    """One statement of a carrier about one parcel, before the code table gives it a meaning (a tuple: they are many).

    `codes` are the keys to look up, most specific first ("X:DE:08", "X:DE"); the first is kept as the raw code.
    `occurred_at` is aware, or None where the carrier states no instant. `stated` is set only by sources that
    speak our own vocabulary. `by_text` says that the source sends no codes, so its description identifies the scan.
    `received_at` is set only where a sender of our own contract says when it had received the event itself.
    """

    carrier: str
    tracking_number: str
    codes: tuple[str, ...]
    description: str
    occurred_at: datetime | None
    time_confidence: TimeConfidence
    location: str = ""
    promised_at: datetime | None = None
    stated: Meaning | None = None
    by_text: bool = False
    order_id: str = ""
    customer_id: str = ""
    service: str = ""
    source: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is known about a message beside its body: which number we asked for, and the sender's headers.

    `number` is empty where nothing was asked (a webhook). Header names are lower case.
    """

    number: str = ""
    carrier: str = ""
    received_at: datetime | None = None


class Source(Protocol):
    """One adapter: a module with these three names, listed in `carriers.sources.SOURCES`."""

    CODE_SYSTEM: str

    def read(self, body: bytes, request: Request) -> list[Scan]:
        """Return the scans of a body in any order.

        Raises: Unreadable when it holds no tracking; FeedTrouble when it is the carrier's own error.
        """

    def verify(self, headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
        """Return when any of the secrets signed these bytes. Raises: NotAuthentic.

        Header names are lower case; the `token` of the address stands among them as "?token".
        """

    def message_key(self, headers: dict[str, str], body: bytes) -> str:
        """Return the sender's own id of this message, or the empty string where it has none."""
