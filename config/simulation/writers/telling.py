"""What every writer offers: one parcel's story, told up to any scan (pure)."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from config.simulation.parcels import Parcel
from config.simulation.places import Place


class Form(StrEnum):
    """The kinds of message a source sends about a parcel."""

    HISTORY = "history"
    SCAN = "scan"
    NOT_FOUND = "not_found"
    WEB_PAGE = "web_page"
    CUT_OFF = "cut_off"


class Teller(Protocol):
    """Tells one parcel's story; made once a parcel, so that what repeats is rendered once."""

    parcel: Parcel

    def body(self, form: Form, count: int, at: int, copy: int) -> bytes:
        """Return the message that tells the first `count` scans, sent at `at`.

        HISTORY tells them all, SCAN only the last of them. `copy` tells repeated deliveries of one message apart,
        where the source gives each its own id.
        """


@lru_cache(maxsize=512)
def quoted(text: str) -> str:
    """Return a text as a JSON string, with its quotes."""
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=512)
def word(place: Place) -> str:
    """Return the region as a JSON value."""
    return quoted(place.region) if place.region else "null"


def signed_hours(offset: int) -> str:
    """Return an offset to UTC in seconds as "-05:00"."""
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 3600:02d}:{abs(offset) // 60 % 60:02d}"


def estimate(parcel: Parcel, count: int) -> int:
    """Return the delivery day the carrier names when it has made `count` scans; it moves once the day is missed."""
    told = parcel.scans[count - 1].at if count else parcel.label_at
    estimated = parcel.estimated_at
    while estimated < told:
        estimated += 2 * 86_400
    return estimated


WEB_PAGE = (
    b"<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1>"
    b"<p>The server is temporarily unable to service your request. Please try again later.</p></body></html>"
)


def odd(form: Form, body: bytes) -> bytes:
    """Return what arrives instead of a body when something on the way is broken."""
    return WEB_PAGE if form is Form.WEB_PAGE else body[: max(40, len(body) * 2 // 3)]
