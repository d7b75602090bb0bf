"""How carriers are asked: one module a carrier, HTTP only; none knows the database. `registry.CLIENTS` lists them."""

from __future__ import annotations

from datetime import timedelta


class CarrierUnavailable(Exception):
    """The carrier cannot answer now; the message says why, `retry_after` how long it wants to be left alone."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class CarrierRefused(Exception):
    """The carrier does not let this account in; asking again changes nothing until a person mends the account."""
