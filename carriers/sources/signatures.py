"""Check who sent a body: keyed digests and shared secrets, always in constant time (pure)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from carriers.sources.reading import NotAuthentic

TOLERANCE: Final = timedelta(minutes=5)
"""How far a signed timestamp may lie from now, either way."""

TOKEN: Final = "?token"
"""Stands among the headers for the `token` of the address; no header can have this name."""


def header(headers: dict[str, str], name: str) -> str:
    """Return a header that has to be there. Raises: NotAuthentic."""
    value = headers.get(name, "").strip()
    if not value:
        raise NotAuthentic(f"The {name} header is missing.")
    return value


def check_digest(stated: str, body: bytes, secrets: tuple[str, ...], encode: Callable[[bytes], str]) -> None:
    """Return when the stated text is the HMAC-SHA256 of the body under any of the secrets, as `encode` writes it.

    Raises: NotAuthentic.
    """
    check_made(stated, secrets, lambda key: encode(hmac.digest(key, body, hashlib.sha256)))


def check_made(stated: str, secrets: tuple[str, ...], make: Callable[[bytes], str]) -> None:
    """Return when the stated text is what `make` makes with any of the secrets. Raises: NotAuthentic."""
    wanted = stated.encode("utf-8", "replace")
    matches = [hmac.compare_digest(make(key).encode(), wanted) for key in _keys(secrets)]
    if not any(matches):
        raise NotAuthentic("The signature does not match the body.")


def check_secret(stated: str, secrets: tuple[str, ...]) -> None:
    """Return when the stated text is one of the secrets. Raises: NotAuthentic."""
    wanted = unicodedata.normalize("NFKD", stated).encode("utf-8", "replace")
    if not any(hmac.compare_digest(key, wanted) for key in _keys(secrets)):
        raise NotAuthentic("The secret is not one of this account's secrets.")


def check_shared(headers: dict[str, str], secrets: tuple[str, ...]) -> None:
    """Return when one of the secrets stands in `X-Waypost-Secret`, as the bearer token or as the address's `token`.

    It is for who signs nothing. Raises: NotAuthentic.
    """
    stated = headers.get("x-waypost-secret", "").strip() or headers.get(TOKEN, "").strip()
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    if not stated and scheme.lower() == "bearer":
        stated = token.strip()
    if not stated:
        raise NotAuthentic(
            "Neither the x-waypost-secret header nor a bearer token nor “?token=…” in the address is there."
        )
    check_secret(stated, secrets)


def check_age(stated: str, now: datetime) -> None:
    """Return when a Unix timestamp in seconds is within the tolerance of now. Raises: NotAuthentic."""
    try:
        sent_at = datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotAuthentic("The timestamp header is not a Unix time in seconds.") from None
    _check_distance(sent_at, now)


def check_moment(stated: str, now: datetime) -> None:
    """Return when a timestamp, in ISO 8601 with its zone or a Unix time, is within the tolerance of now.

    Raises: NotAuthentic.
    """
    try:
        sent_at = datetime.fromisoformat(stated)
    except ValueError:
        sent_at = None
    if sent_at is None or stated.isdigit():
        check_age(stated, now)
    elif sent_at.tzinfo is None:
        raise NotAuthentic("The timestamp header does not say its zone.")
    else:
        _check_distance(sent_at, now)


def _check_distance(sent_at: datetime, now: datetime) -> None:
    if abs(now - sent_at) > TOLERANCE:
        raise NotAuthentic("The timestamp is more than five minutes away from our clock.")


def as_hex(digest: bytes) -> str:
    """Return a digest in lower case hexadecimal."""
    return digest.hex()


def as_base64(digest: bytes) -> str:
    """Return a digest in base64."""
    return base64.b64encode(digest).decode()


def _keys(secrets: tuple[str, ...]) -> list[bytes]:
    keys = [unicodedata.normalize("NFKD", secret).encode("utf-8", "replace") for secret in secrets if secret]
    if not keys:
        raise NotAuthentic("This account has no secret to check the message with.")
    return keys
