"""Check RSA signatures with public keys kept as an account's secret: PEM text or a JWKS document (pure, no network)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from carriers.sources.reading import NotAuthentic

_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)

Keys = tuple[tuple[str, RSAPublicKey], ...]
"""Each key with its id; a PEM key has none, and answers to every id."""


def check_rsa_sha256(stated: str, key_id: str, signed: bytes, secrets: tuple[str, ...]) -> None:
    """Return when the stated base64 text is a signature of these bytes by any of the account's keys of this id.

    Raises: NotAuthentic.
    """
    if not any(secrets):
        raise NotAuthentic("This account has no secret to check the message with.")
    keys = [pair for secret in secrets for pair in public_keys(secret)]
    if not keys:
        raise NotAuthentic("This account's secret holds no RSA public key; store the sender's PEM or JWKS as it is.")
    fitting = [key for name, key in keys if name in ("", key_id)]
    if not fitting:
        raise NotAuthentic("The message is signed with a key that this account does not have; store the sender's keys.")
    try:
        signature = base64.b64decode(stated, validate=True)
    except (binascii.Error, ValueError):
        raise NotAuthentic("The signature is not base64.") from None
    if not any(_signed(key, signature, signed) for key in fitting):
        raise NotAuthentic("The signature does not match the body.")


@lru_cache(maxsize=64)
def public_keys(secret: str) -> Keys:
    """Return the RSA keys that a PEM text or a JWKS document holds, in their order; none where it holds none."""
    if "-----BEGIN" in secret:
        return tuple(("", key) for found in _PEM.findall(secret) if (key := _from_pem(found)))
    try:
        document = json.loads(secret)
    except (ValueError, RecursionError):
        return ()
    told = document.get("keys", [document]) if isinstance(document, dict) else document
    entries = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return tuple((str(each.get("kid") or ""), key) for each in entries if (key := _from_jwk(each)))


def _from_pem(text: str) -> RSAPublicKey | None:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _from_jwk(told: dict[str, Any]) -> RSAPublicKey | None:
    if told.get("kty") != "RSA":
        return None
    try:
        return RSAPublicNumbers(e=_number(told["e"]), n=_number(told["n"])).public_key()
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _signed(key: RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
