"""RSA signatures, checked with the public keys that an account holds as PEM or as JWKS."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from carriers.sources import get_source
from carriers.sources.public_keys import public_keys
from carriers.sources.reading import NotAuthentic
from tests.carriers.samples import RECEIVED_AT as NOW
from tests.carriers.samples import body

BODY = body("shipengine", "delivered")
OLD = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NEW = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key, kid):
    def number(value):
        return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()

    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": number(numbers.n), "e": number(numbers.e)}


def jwks(**keys):
    return json.dumps({"keys": [jwk(key, kid) for kid, key in keys.items()]})


def signed(key=NEW, kid="new", at=NOW, raw=BODY, stamp=None):
    """Return the headers ShipEngine would send with these bytes."""
    stamp = stamp or at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = key.sign(stamp.encode() + b"." + raw, PKCS1v15(), SHA256())
    return {
        "x-shipengine-rsa-sha256-signature": base64.b64encode(signature).decode(),
        "x-shipengine-rsa-sha256-key-id": kid,
        "x-shipengine-timestamp": stamp,
    }


def verify(headers, *secrets, raw=BODY, now=NOW):
    return get_source("shipengine").verify(headers, raw, secrets, now)


@pytest.mark.parametrize(
    "secrets",
    [
        [jwks(new=NEW)],
        [jwks(old=OLD, new=NEW)],
        [jwks(old=OLD), jwks(new=NEW)],
        [json.dumps(jwk(NEW, "new"))],
        [json.dumps([jwk(OLD, "old"), jwk(NEW, "new")])],
        [pem(NEW)],
        [pem(OLD) + pem(NEW)],
        [pem(OLD), pem(NEW)],
    ],
)
def test_right_signature_passes_with_every_way_to_keep_the_keys(secrets):
    assert verify(signed(), *secrets) is None


def test_old_key_passes_while_both_are_kept():
    assert verify(signed(OLD, "old"), jwks(old=OLD, new=NEW)) is None
    with pytest.raises(NotAuthentic, match="a key that this account does not have"):
        verify(signed(OLD, "old"), jwks(new=NEW))


@pytest.mark.parametrize(
    "stamp",
    [str(int(NOW.timestamp())), "2026-03-04T15:00:00.123Z", "2026-03-04T10:00:00-05:00", "2026-03-04T15:04:59Z"],
)
def test_timestamp_is_read_in_every_spelling(stamp):
    assert verify(signed(stamp=stamp), jwks(new=NEW)) is None


@pytest.mark.parametrize("apart", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_timestamp_at_the_edge_passes(apart):
    assert verify(signed(at=NOW + apart), jwks(new=NEW)) is None


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "x-shipengine-rsa-sha256-signature header is missing"),
        (signed() | {"x-shipengine-rsa-sha256-key-id": ""}, "key-id header is missing"),
        (signed() | {"x-shipengine-timestamp": ""}, "timestamp header is missing"),
        (signed() | {"x-shipengine-rsa-sha256-signature": "not base64"}, "is not base64"),
        (signed() | {"x-shipengine-rsa-sha256-signature": "é"}, "is not base64"),
        (signed() | {"x-shipengine-rsa-sha256-signature": "AAAA"}, "does not match"),
        (signed(OLD), "does not match"),
        (signed() | {"x-shipengine-timestamp": "2026-03-04T15:00:01Z"}, "does not match"),
        (signed(at=NOW - timedelta(minutes=5, seconds=1)), "more than five minutes"),
        (signed(at=NOW + timedelta(minutes=5, seconds=1)), "more than five minutes"),
        (signed(stamp="2026-03-04T15:00:00"), "does not say its zone"),
        (signed(stamp="soon"), "not a Unix time"),
        (signed(stamp="9" * 30), "not a Unix time"),
    ],
)
def test_wrong_signature_is_refused(headers, words):
    with pytest.raises(NotAuthentic, match=words):
        verify(headers, jwks(new=NEW))


def test_tampered_body_is_refused():
    with pytest.raises(NotAuthentic, match="does not match"):
        verify(signed(), jwks(new=NEW), raw=BODY + b" ")


@pytest.mark.parametrize(
    "secret",
    [
        "a plain secret",
        "-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----",
        pem(ec.generate_private_key(ec.SECP256R1())),
        '{"keys": [{"kty": "EC", "kid": "new"}, {"kty": "RSA", "kid": "new", "n": "é", "e": "AQAB"}, 5]}',
        '{"keys": 5}',
        "[" * 100_000,
        "5",
    ],
)
def test_secret_that_holds_no_key_is_named_as_the_trouble(secret):
    assert public_keys(secret) == ()
    with pytest.raises(NotAuthentic, match="no RSA public key"):
        verify(signed(), secret)


def test_far_future_stays_a_refusal():
    with pytest.raises(NotAuthentic, match="five minutes"):
        verify(signed(), jwks(new=NEW), now=datetime(2030, 1, 1, tzinfo=UTC))
