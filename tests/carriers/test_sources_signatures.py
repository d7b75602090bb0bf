"""Who may speak for a source: real signatures pass, everything near them is refused."""

import base64
import hashlib
import hmac
from datetime import timedelta

import easypost.util
import pytest

from carriers.sources import SOURCES, get_source
from carriers.sources.reading import NotAuthentic
from tests.carriers.samples import RECEIVED_AT as NOW
from tests.carriers.samples import body

BODY = body("easypost", "delivered")
SECRET = "sécret Ⅻ"


def digest(secret, raw=BODY):
    return hmac.new(secret.encode(), raw, hashlib.sha256)


def verify(source, headers, secrets=("old one", "s3cret"), raw=BODY, now=NOW):
    return get_source(source).verify(headers, raw, secrets, now)


def signed_by_easypost(secret):
    """Return a signature that EasyPost's own client takes for true."""
    import unicodedata

    value = "hmac-sha256-hex=" + digest(unicodedata.normalize("NFKD", secret)).hexdigest()
    easypost.util.validate_webhook(event_body=BODY, headers={"X-Hmac-Signature": value}, webhook_secret=secret)
    return value


def stamp(at=NOW):
    return str(int(at.timestamp()))


def timed(at=NOW, raw=BODY, secret="s3cret"):
    t = stamp(at)
    return {
        "x-waypost-timestamp": t,
        "x-waypost-signature": "sha256=" + digest(secret, t.encode() + b"." + raw).hexdigest(),
    }


def shippo(at=NOW, raw=BODY, secret="s3cret"):
    t = stamp(at)
    return {"shippo-auth-signature": f"t={t},v1=" + digest(secret, t.encode() + b"." + raw).hexdigest()}


def in_base64(secret="s3cret", raw=BODY):
    return base64.b64encode(digest(secret, raw).digest()).decode()


def slashed(secret="s3cret", raw=BODY):
    return hashlib.sha256(raw + b"/" + secret.encode()).hexdigest()


def test_easypost_agrees_with_the_real_client():
    verify("easypost", {"x-hmac-signature": signed_by_easypost(SECRET)}, ("other", SECRET))


def test_easypost_refuses_what_the_real_client_refuses():
    forged = {"X-Hmac-Signature": signed_by_easypost("s3cret")}
    with pytest.raises(Exception, match="Webhook"):
        easypost.util.validate_webhook(event_body=BODY + b" ", headers=forged, webhook_secret="s3cret")
    with pytest.raises(NotAuthentic, match="does not match"):
        verify("easypost", {"x-hmac-signature": forged["X-Hmac-Signature"]}, raw=BODY + b" ")


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("easypost", {"x-hmac-signature": "hmac-sha256-hex=" + digest("s3cret").hexdigest()}),
        ("ups", {"x-waypost-secret": "s3cret"}),
        ("ups", {"authorization": "Bearer s3cret"}),
        ("ups", {"authorization": "bearer  s3cret"}),
        ("usps", {"x-waypost-secret": "s3cret"}),
        ("dhl_express", {"x-waypost-secret": "s3cret"}),
        ("dhl_universal", {"authorization": "Bearer s3cret"}),
        ("fedex", {"fdx-signature": base64.b64encode(digest("s3cret").digest()).decode()}),
        ("fedex", {"fdx-signature": digest("s3cret").hexdigest()}),
        ("fedex", {"fdx-signature": digest("s3cret").hexdigest().upper()}),
        ("events", {"x-waypost-signature": "sha256=" + digest("s3cret").hexdigest()}),
        ("events", timed()),
        ("events", timed(NOW - timedelta(minutes=5))),
        ("events", timed(NOW + timedelta(minutes=5))),
        ("shippo", shippo()),
        ("shippo", shippo(secret="old one")),
        ("shippo", shippo(NOW - timedelta(minutes=5))),
        ("shippo", shippo(NOW + timedelta(minutes=5))),
        ("shippo", {"shippo-auth-signature": shippo()["shippo-auth-signature"].replace(",", ", ")}),
        ("shippo", {"?token": "s3cret"}),
        ("shippo", {"?token": "old one"}),
        ("ups", {"?token": "s3cret"}),
        ("aftership", {"aftership-hmac-sha256": in_base64()}),
        ("aftership", {"aftership-hmac-sha256": in_base64("old one")}),
        ("aftership", {"as-signature-hmac-sha256": in_base64()}),
        ("17track", {"sign": slashed()}),
        ("17track", {"sign": slashed("old one")}),
        ("17track", {"sign": slashed().upper()}),
        ("karrio", {"x-event-id": "s3cret"}),
        ("karrio", {"x-event-id": "old one"}),
    ],
)
def test_right_signature_passes(source, headers):
    assert verify(source, headers) is None


def test_a_push_signed_inside_its_body_is_refused_with_the_way_out():
    with pytest.raises(NotAuthentic, match="Choose version 2"):
        verify("17track", {}, raw=b'{"sign": "abc", "event": "TRACKING_UPDATED", "data": {}}')


@pytest.mark.parametrize(
    ("source", "headers", "words"),
    [
        ("easypost", {}, "x-hmac-signature header is missing"),
        ("easypost", {"x-hmac-signature": digest("s3cret").hexdigest()}, "does not match"),
        ("easypost", {"x-hmac-signature": "hmac-sha256-hex=" + digest("other").hexdigest()}, "does not match"),
        ("easypost", {"x-hmac-signature": "hmac-sha256-hex=é\ud800"}, "does not match"),
        ("ups", {}, "Neither the x-waypost-secret header nor a bearer token"),
        ("ups", {"authorization": "Basic s3cret"}, "Neither"),
        ("ups", {"authorization": "Bearer"}, "Neither"),
        ("ups", {"x-waypost-secret": "s3cret2"}, "not one of this account's secrets"),
        ("usps", {"x-waypost-secret": "s3cret2"}, "not one of this account's secrets"),
        ("dhl_express", {}, "Neither"),
        ("dhl_universal", {"authorization": "Bearer s3cret2"}, "not one of this account's secrets"),
        ("shippo", {"?token": "s3cret2"}, "not one of this account's secrets"),
        ("shippo", {"?token": ""}, "shippo-auth-signature header is missing"),
        ("shippo", {"?token": "s3cret"} | shippo(secret="other"), "does not match"),
        ("ups", {"?token": "s3cret2"}, "not one of this account's secrets"),
        ("fedex", {"fdx-signature": " "}, "fdx-signature header is missing"),
        ("fedex", {"fdx-signature": digest("s3cret", b"other").hexdigest()}, "does not match"),
        ("events", {}, "x-waypost-signature header is missing"),
        ("events", {"x-waypost-signature": digest("s3cret").hexdigest()}, "does not match"),
        ("events", timed() | {"x-waypost-timestamp": stamp(NOW + timedelta(seconds=1))}, "does not match"),
        ("events", timed(NOW - timedelta(minutes=5, seconds=1)), "more than five minutes"),
        ("events", timed(NOW + timedelta(minutes=5, seconds=1)), "more than five minutes"),
        ("shippo", {}, "shippo-auth-signature header is missing"),
        ("shippo", {"shippo-auth-signature": digest("s3cret").hexdigest()}, "should read “t=…,v1=…”"),
        ("shippo", {"shippo-auth-signature": f"t={stamp()},v1=" + digest("s3cret").hexdigest()}, "does not match"),
        ("shippo", shippo(secret="other"), "does not match"),
        ("shippo", shippo(NOW - timedelta(minutes=5, seconds=1)), "more than five minutes"),
        ("shippo", shippo(NOW + timedelta(minutes=5, seconds=1)), "more than five minutes"),
        ("aftership", {}, "aftership-hmac-sha256 header is missing"),
        ("aftership", {"aftership-hmac-sha256": in_base64("other")}, "does not match"),
        ("aftership", {"aftership-hmac-sha256": digest("s3cret").hexdigest()}, "does not match"),
        ("17track", {}, "sign header is missing"),
        ("17track", {"sign": slashed("other")}, "does not match"),
        ("17track", {"sign": digest("s3cret").hexdigest()}, "does not match"),
        ("karrio", {}, "x-event-id header is missing"),
        ("karrio", {"x-event-id": "s3cre"}, "not one of this account's secrets"),
        ("karrio", {"x-event-id": "é\ud800"}, "not one of this account's secrets"),
    ],
)
def test_wrong_signature_is_refused(source, headers, words):
    with pytest.raises(NotAuthentic, match=words):
        verify(source, headers)


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("easypost", {"x-hmac-signature": "hmac-sha256-hex=" + digest("s3cret").hexdigest()}),
        ("fedex", {"fdx-signature": in_base64()}),
        ("events", timed()),
        ("shippo", shippo()),
        ("aftership", {"aftership-hmac-sha256": in_base64()}),
        ("17track", {"sign": slashed()}),
    ],
)
def test_tampered_body_is_refused(source, headers):
    with pytest.raises(NotAuthentic, match="does not match"):
        verify(source, headers, raw=BODY + b" ")


def test_signed_timestamp_that_is_no_time_is_refused():
    signature = "sha256=" + digest("s3cret", b"soon." + BODY).hexdigest()
    with pytest.raises(NotAuthentic, match="not a Unix time"):
        verify("events", {"x-waypost-timestamp": "soon", "x-waypost-signature": signature})


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize("secrets", [(), ("",)])
def test_account_without_a_secret_believes_nobody(source, secrets):
    empty = {
        "x-hmac-signature": "hmac-sha256-hex=" + digest("").hexdigest(),
        "x-waypost-secret": "x",
        "fdx-signature": digest("").hexdigest(),
        "x-waypost-signature": "sha256=" + digest("").hexdigest(),
        "aftership-hmac-sha256": in_base64(""),
        "sign": slashed(""),
        "x-event-id": "x",
        "x-shipengine-rsa-sha256-signature": "AAAA",
        "x-shipengine-rsa-sha256-key-id": "1",
        "x-shipengine-timestamp": stamp(),
    } | shippo(secret="")
    with pytest.raises(NotAuthentic, match="no secret"):
        verify(source, empty, secrets)
