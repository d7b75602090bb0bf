"""An account's line: every failure is one of two exceptions, nothing is waited for without end, no secret is shown."""

import gzip
import logging
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carriers.clients import CarrierRefused, CarrierUnavailable, http
from carriers.clients.http import Line, SignInRefused, retry_after
from carriers.clients.registry import CLIENTS
from carriers.clients.tokens import Token
from tests.carriers import simulator as carriers_say
from tests.carriers.simulated_answers import journey
from tests.carriers.simulator import CREDENTIALS, Simulator, Trouble

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(NOW) as simulator:
        yield simulator


def line_to(simulator: Simulator, carrier: str, **overrides: object) -> Line:
    values = {
        "name": CLIENTS[carrier].NAME,
        "base_url": simulator.url(carrier),
        "credentials": CREDENTIALS[carrier],
        "now": NOW,
    }
    return Line(**values | overrides)


@pytest.mark.parametrize("carrier", sorted(CREDENTIALS))
def test_every_carrier_answers_about_a_number(simulator: Simulator, carrier: str):
    simulator.parcels["JD 1/2"] = journey(NOW - timedelta(hours=9), "label", "moving")
    line = line_to(simulator, carrier)
    (known,) = CLIENTS[carrier].fetch(line, ["JD1"])
    assert (known.number, line.calls) == ("JD1", 1)
    assert known.body
    assert known.status in (200, 404)


@pytest.mark.parametrize("carrier", sorted(CREDENTIALS))
def test_wrong_credentials_are_a_refusal(simulator: Simulator, carrier: str):
    line = line_to(simulator, carrier, credentials=dict.fromkeys(CREDENTIALS[carrier], "wrong"))
    with pytest.raises(CarrierRefused, match="does not accept the account's credentials"):
        CLIENTS[carrier].fetch(line, ["1"])


@pytest.mark.parametrize(
    ("trouble", "raised", "words"),
    [
        (carriers_say.too_many("7"), CarrierUnavailable, "too often"),
        (carriers_say.broken(500), CarrierUnavailable, "status 500"),
        (Trouble(408), CarrierUnavailable, "status 408"),
        (Trouble(403), CarrierRefused, "does not allow this account"),
        (Trouble(302, headers=(("Location", "https://elsewhere.example/"),)), CarrierRefused, "Check the base URL"),
        (Trouble(401), SignInRefused, "credentials"),
        (carriers_say.CUT_OFF, CarrierUnavailable, "broke off"),
    ],
)
def test_a_trouble_becomes_one_of_two_exceptions(simulator: Simulator, trouble, raised, words):
    simulator.standing["dhl_universal"] = trouble
    with pytest.raises(raised, match=words):
        CLIENTS["dhl_universal"].fetch(line_to(simulator, "dhl_universal"), ["1"])
    assert len(simulator.calls) == 1


def test_what_a_carrier_asks_us_to_wait_is_kept(simulator: Simulator):
    simulator.next("dhl_universal", carriers_say.too_many("7"))
    with pytest.raises(CarrierUnavailable) as raised:
        CLIENTS["dhl_universal"].fetch(line_to(simulator, "dhl_universal"), ["1"])
    assert raised.value.retry_after == timedelta(seconds=7)


def test_a_slow_carrier_is_not_waited_for(simulator: Simulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.1))
    simulator.next("dhl_universal", carriers_say.SLOW)
    with pytest.raises(CarrierUnavailable, match="did not answer in time"):
        CLIENTS["dhl_universal"].fetch(line_to(simulator, "dhl_universal"), ["1"])


def test_an_answer_that_trickles_in_is_not_waited_for(simulator: Simulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "LONGEST_SECONDS", -1.0)
    with pytest.raises(CarrierUnavailable, match="did not end its answer"):
        CLIENTS["dhl_universal"].fetch(line_to(simulator, "dhl_universal"), ["1"])


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_answer_without_end_is_not_read_to_its_end(simulator: Simulator, encoding: str):
    body = b"[" * (http.LARGEST_BYTES + 1)
    sent = gzip.compress(body, 1) if encoding == "gzip" else body
    simulator.next("dhl_universal", Trouble(200, sent, (("Content-Encoding", encoding),)))
    with pytest.raises(CarrierUnavailable, match="more than 2 MB"):
        CLIENTS["dhl_universal"].fetch(line_to(simulator, "dhl_universal"), ["1"])


def test_a_refused_connection_is_tried_twice_and_no_more(simulator: Simulator, monkeypatch: pytest.MonkeyPatch):
    pauses: list[float] = []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    line = line_to(simulator, "ups")
    simulator.outage()
    with pytest.raises(CarrierUnavailable, match="UPS cannot be reached"):
        line.ask("GET", "/")
    assert len(pauses) == http.CONNECTION_TRIES - 1
    assert all(0 < pause < 1 for pause in pauses)


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(simulator: Simulator, tmp_path: Path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    simulator.outage()
    simulator.begin(context)
    line = line_to(simulator, "ups", base_url=simulator.url("ups").replace("http:", "https:"))
    with pytest.raises(CarrierUnavailable, match="cannot prove who it is"):
        CLIENTS["ups"].fetch(line, ["1Z1"])
    assert simulator.calls == []


def own_certificate(folder: Path) -> Path:
    """Write a certificate for the loopback address, signed by nobody but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    today = datetime.now(tz=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "own.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return file


def test_secrets_show_in_no_log_and_no_text(simulator: Simulator, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    line = line_to(simulator, "ups")
    CLIENTS["ups"].fetch(line, ["1Z1"])
    shown = "".join([caplog.text, repr(line), repr(line.token), str(line.token)])
    assert CREDENTIALS["ups"]["client_secret"] not in shown
    assert line.token.value not in shown


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 40, 10**8),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    assert retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_token_close_to_its_end_is_not_good_any_more():
    token = Token("t", NOW + timedelta(minutes=10))
    assert token.is_good(NOW)
    assert not token.is_good(NOW + timedelta(minutes=9))
