"""Tracking numbers that are valid in form, and other ids; all derive from the seed, so worlds do not clash (pure).

Two seeds below 1,000 share no number, as long as a world has fewer than a million parcels.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHIPPERS: Final = 36**6
_UPS_VALUES: Final = {c: int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in _ALPHABET}
_UPS_SERVICE: Final = {"UPS Ground": "03", "UPS 2nd Day Air": "02", "UPS Next Day Air": "01", "UPS Standard": "68"}
_FEDEX_WEIGHTS: Final = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)


def tracking_number(carrier: str, service: str, seed: int, index: int) -> str:
    """Return the number of the world's parcel `index`."""
    if carrier == "ups":
        return ups_number(service, seed, index)
    if carrier == "fedex":
        return fedex_number(seed, index)
    if carrier == "usps":
        return usps_number(seed, index)
    if carrier == "dhl_express":
        return dhl_number(seed, index)
    prefix = "D1" if carrier == "ontrac" else "00"
    return f"{prefix}{seed % 100_000:05d}{_spread(index, 7):07d}"


def ups_number(service: str, seed: int, index: int) -> str:
    """Return "1Z", six characters of the shipper, the service, seven digits, and the check digit."""
    rest = (seed * 1_000_003 + 777_767_777) % _SHIPPERS
    shipper = ""
    for _ in range(6):
        rest, digit = divmod(rest, 36)
        shipper += _ALPHABET[digit]
    body = f"{shipper}{_UPS_SERVICE.get(service, '03')}{_spread(index, 7):07d}"
    return f"1Z{body}{ups_check(body)}"


def ups_check(body: str) -> int:
    """Return the check digit of the fifteen characters behind "1Z"."""
    total = sum(_UPS_VALUES[c] * (1 + position % 2) for position, c in enumerate(body))
    return -total % 10


def fedex_number(seed: int, index: int) -> str:
    """Return eleven digits and the check digit."""
    body = f"{((seed % 100_000) * 1_000_000 + index) * 48_271_013 % 10**11:011d}"
    return f"{body}{fedex_check(body)}"


def fedex_check(body: str) -> int:
    """Return the check digit of eleven digits."""
    return sum(int(d) * w for d, w in zip(body, _FEDEX_WEIGHTS, strict=True)) % 11 % 10


def usps_number(seed: int, index: int) -> str:
    """Return a 22-digit label number: service, mailer, serial number and check digit."""
    body = f"94001{seed * 7_654_321 % 10**9:09d}{_spread(index, 7):07d}"
    return f"{body}{usps_check(body)}"


def usps_check(body: str) -> int:
    """Return the mod-10 check digit of the digits in front of it."""
    total = sum(int(d) * (3 if position % 2 == 0 else 1) for position, d in enumerate(reversed(body)))
    return -total % 10


def dhl_number(seed: int, index: int) -> str:
    """Return a waybill of nine digits and their remainder by seven."""
    body = ((seed % 100_000) * 1_000_000 + index) * 3_141_593 % 10**9
    return f"{body:09d}{body % 7}"


def order_number(prefix: str, seed: int, index: int) -> str:
    """Return a shop's order number; its last six digits count the world's orders."""
    return f"{prefix}-{seed:02d}{index:06d}"


def opaque(prefix: str, *parts: object) -> str:
    """Return an id as a service would mint it, always the same for the same parts."""
    return prefix + blake2b(":".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def _spread(index: int, digits: int) -> int:
    """Return the index moved about among the numbers of that many digits, no two to the same place."""
    return index * 3_876_543 % int(10**digits)
