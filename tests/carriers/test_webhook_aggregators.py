"""Each aggregator's webhook, from its own signature to the state of the parcel."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from carriers.accounts import ensure_account
from carriers.codebook.seeding import seed_mappings
from carriers.inbox import drain
from carriers.models import InboundMessage, MessageState
from shipments.models import Shipment
from tests.carriers.samples import body

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SECRET = "s3cret"


def shippo(raw):
    t = str(int(datetime.now(tz=UTC).timestamp()))
    return {
        "Shippo-Auth-Signature": f"t={t},v1={hmac.new(SECRET.encode(), f'{t}.'.encode() + raw, 'sha256').hexdigest()}"
    }


def aftership(raw):
    return {"aftership-hmac-sha256": base64.b64encode(hmac.digest(SECRET.encode(), raw, "sha256")).decode()}


def seventeen_track(raw):
    return {"sign": hashlib.sha256(raw + b"/" + SECRET.encode()).hexdigest()}


def shipengine(raw):
    t = datetime.now(tz=UTC).isoformat()
    signature = base64.b64encode(KEY.sign(t.encode() + b"." + raw, PKCS1v15(), SHA256())).decode()
    return {
        "x-shipengine-rsa-sha256-signature": signature,
        "x-shipengine-rsa-sha256-key-id": "1",
        "x-shipengine-timestamp": t,
    }


def karrio(raw):
    return {"X-Event-Id": SECRET}


SIGNERS = {
    "shippo": (shippo, SECRET),
    "aftership": (aftership, SECRET),
    "17track": (seventeen_track, SECRET),
    "shipengine": (shipengine, PUBLIC),
    "karrio": (karrio, SECRET),
}


@pytest.fixture
def shipped_codes(transactional_db):
    seed_mappings()


def post(source, raw, headers):
    address = f"/webhooks/{source}/shop/"
    return Client(enforce_csrf_checks=True).post(address, raw, content_type="application/json", headers=headers)


@pytest.mark.parametrize("source", SIGNERS)
def test_signed_delivery_is_stored_once_and_reaches_the_parcel(shipped_codes, source):
    sign, secret = SIGNERS[source]
    ensure_account(source=source, name="shop", secrets=[secret])
    raw = body(source, "delivered")
    assert [post(source, raw, sign(raw)).status_code for _ in range(2)] == [202, 200]
    drain(now=datetime.now(tz=UTC))
    shipment = Shipment.objects.get()
    assert (shipment.state, shipment.events.count()) == ("delivered", 4)


@pytest.mark.parametrize("source", sorted(set(SIGNERS) - {"karrio"}))
def test_changed_delivery_is_quarantined(shipped_codes, source):
    sign, secret = SIGNERS[source]
    ensure_account(source=source, name="shop", secrets=[secret])
    raw = body(source, "delivered")
    assert post(source, raw + b" ", sign(raw)).status_code == 401
    assert InboundMessage.objects.get().state == MessageState.QUARANTINED


def test_retry_of_an_event_with_another_body_is_known_by_its_id(shipped_codes):
    ensure_account(source="aftership", name="shop", secrets=[SECRET])
    first = json.loads(body("aftership", "delivered"))
    second = first | {"ts": first["ts"] + 60}
    raws = [json.dumps(each).encode() for each in (first, second)]
    assert [post("aftership", raw, aftership(raw)).status_code for raw in raws] == [202, 200]


def test_shippo_without_signatures_is_known_by_the_token_of_its_address(shipped_codes):
    ensure_account(source="shippo", name="shop", secrets=[SECRET])
    raw = body("shippo", "delivered")
    client = Client(enforce_csrf_checks=True)
    answers = [
        client.post(f"/webhooks/shippo/shop/{query}", raw, content_type="application/json").status_code
        for query in ("?token=wrong", "", f"?token={SECRET}", f"?token={SECRET}")
    ]
    assert answers == [401, 401, 202, 200]
