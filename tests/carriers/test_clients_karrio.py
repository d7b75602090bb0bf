"""Carriers of the tail are asked through the SDK: one number, one raw answer, two ways to fail, no secret let out."""

import asyncio
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from carriers.clients import CarrierRefused, CarrierUnavailable, exchange
from carriers.clients.http import Line
from carriers.clients.karrio import credential_fields, fetch
from carriers.clients.registry import CLIENTS
from carriers.clients.tail import TAIL_CLIENTS
from carriers.sources.tail import TAIL
from tests.carriers.carrier_server import TOKEN, Reply, serving

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SECRET = "a-secret-nobody-may-see"
NEVER_ASKED = {"dpdhl", "fedex_ws", "usps_wt"}
"""Older services: answers kept from them are read, but the SDK asks them no more."""

ASKED = sorted(TAIL.keys() - NEVER_ASKED)


@pytest.fixture
def server():
    with serving() as carrier:
        yield carrier


def ask(carrier, server, **changes):
    required = [name for name, needed in credential_fields(carrier).items() if needed]
    options = {"credentials": dict.fromkeys(required, SECRET), "number": "NUM123", "now": NOW, **changes}
    return fetch(carrier, options.pop("credentials"), options.pop("number"), base_url=server.base_url, **options)


@pytest.mark.parametrize("carrier", ASKED)
def test_carrier_is_asked_for_one_number_and_its_answer_handed_over_untouched(carrier, server):
    server.answer = lambda asked: Reply(body=b'{"the": "answer", "as": 1.50}')
    assert ask(carrier, server, options={"easyship_shipment_id": "NUM123", "shipment_id": "NUM123"}) == (
        b'{"the": "answer", "as": 1.50}'
    )
    (asked,) = [asked for asked in server.asked if not asked.is_sign_in]
    assert "NUM" in asked.path + asked.body.decode()


@pytest.mark.parametrize("status", [400, 404])
def test_answer_about_the_number_is_handed_over_whatever_its_status(status, server):
    server.answer = lambda asked: Reply(status, b"<messages><message><code>004</code></message></messages>")
    assert ask("canadapost", server) == b"<messages><message><code>004</code></message></messages>"


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (Reply(429, b"slow down", {"retry-after": "120"}), timedelta(minutes=2)),
        (Reply(429, b"slow down", {"retry-after": "Wed, 04 Mar 2026 15:10:00 GMT"}), timedelta(minutes=10)),
        (Reply(429, b"slow down", {"retry-after": "Wed, 04 Mar 2026 14:10:00 GMT"}), timedelta()),
        (Reply(429, b"slow down", {"retry-after": "9999999"}), timedelta(hours=6)),
        (Reply(429, b"slow down", {"retry-after": "soon"}), None),
        (Reply(503, b"<html>away</html>"), None),
        (Reply(302, b"elsewhere", {"location": "https://other.example/"}), None),
        (Reply(200, b"  "), None),
    ],
)
def test_carrier_in_trouble_is_unavailable_for_as_long_as_it_says(reply, wait, server):
    server.answer = lambda asked: reply
    with pytest.raises(CarrierUnavailable) as caught:
        ask("canadapost", server)
    assert caught.value.retry_after == wait


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_told_as_such(status, server):
    server.answer = lambda asked: Reply(status, b"no")
    with pytest.raises(CarrierRefused, match=f"Canada Post refused the credentials of this account \\({status}\\)"):
        ask("canadapost", server)


def test_refused_sign_in_is_told_and_its_answer_never_handed_over(server):
    server.sign_in = lambda asked: Reply(400, b'{"error": "invalid_client"}')
    with pytest.raises(CarrierRefused, match="GLS refused the credentials"):
        ask("gls", server)


def test_sign_in_that_gives_no_token_is_not_taken_for_an_answer(server):
    server.sign_in = lambda asked: Reply(200, b'{"hello": "there"}')
    with pytest.raises(CarrierRefused, match="did not accept the sign-in"):
        ask("gls", server)


def test_token_is_kept_for_the_next_number_of_the_same_account_only(server):
    ask("gls", server, number="1")
    ask("gls", server, number="2")
    assert server.sign_ins == 1
    ask("gls", server, credentials={"client_id": "other", "client_secret": SECRET})
    assert server.sign_ins == 2


def test_token_that_expired_early_is_fetched_anew_after_the_refusal(server):
    ask("gls", server)
    server.answer = lambda asked: Reply(401, b"expired")
    with pytest.raises(CarrierRefused):
        ask("gls", server)
    server.answer = lambda asked: Reply()
    ask("gls", server)
    assert server.sign_ins == 2


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({"username": "x"}, "lacks: password"),
        ({"username": "x", "password": SECRET, "pin": "1"}, "does not know: pin"),
    ],
)
def test_credentials_are_checked_by_name_before_anything_is_asked(credentials, words, server):
    with pytest.raises(CarrierRefused, match=words):
        ask("canadapost", server, credentials=credentials)
    assert server.asked == []


def test_poller_asks_a_carrier_of_the_tail_as_any_other(server):
    server.answer = lambda asked: Reply(404, b"<messages/>")
    client = CLIENTS["canadapost"]
    line = Line(
        name=client.NAME,
        base_url=server.base_url,
        credentials={"username": "me", "password": SECRET, "customer_number": "7"},
        now=NOW,
    )
    assert client.fetch(line, ["NUM123"]) == [("NUM123", b"<messages/>", 404)]
    assert (line.calls, client.NAME, client.BASE_URL, client.NUMBERS_A_CALL) == (1, "Canada Post", "", 1)


@pytest.mark.parametrize("carrier", ASKED)
def test_account_is_asked_for_what_the_sdk_needs_and_knows(carrier):
    fields = credential_fields(carrier)
    asked_for = set(TAIL_CLIENTS[carrier].CREDENTIALS)
    assert {name for name, needed in fields.items() if needed} <= asked_for <= fields.keys()


def test_missing_sdk_is_told_with_what_to_install(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "karrio.plugins.tnt", None)
    with pytest.raises(CarrierRefused, match=r"python3 config/bootstrap.py base tail"):
        fetch("tnt", {}, "1", now=NOW)


def test_answer_too_large_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(exchange, "MAX_BYTES", 1000)
    server.answer = lambda asked: Reply(body=b"x" * 1001)
    with pytest.raises(CarrierUnavailable, match="larger than 1000 bytes"):
        ask("canadapost", server)


def test_answer_that_drips_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(exchange, "LONGEST", timedelta(seconds=-1))
    with pytest.raises(CarrierUnavailable, match="took too long"):
        ask("canadapost", server)


@pytest.mark.parametrize("carriers", [("canadapost", "gls"), ("dpd", "landmark"), ("asendia", "canadapost")])
def test_carriers_are_asked_side_by_side_and_each_gets_its_own_answer(carriers):
    with serving() as one, serving() as other, ThreadPoolExecutor(max_workers=2) as threads:
        both_asked = threading.Barrier(2, timeout=20)
        for server, answer in ((one, b'{"answer": 1}'), (other, b'{"answer": 2}')):
            server.answer = lambda asked, answer=answer: (both_asked.wait(), Reply(body=answer))[1]
        answers = threads.map(lambda pair: ask(*pair), zip(carriers, (one, other), strict=True))
        assert list(answers) == [b'{"answer": 1}', b'{"answer": 2}']


def test_carrier_can_be_asked_where_an_event_loop_runs(server):
    async def inside() -> bytes:
        return ask("canadapost", server)

    with ThreadPoolExecutor(max_workers=1) as thread:
        assert thread.submit(asyncio.run, inside()).result() == b'{"scans": []}'


def test_carrier_that_is_away_is_unavailable(server):
    server.base_url = "http://127.0.0.1:9"
    with pytest.raises(CarrierUnavailable, match="Canada Post did not answer"):
        ask("canadapost", server)


def test_no_secret_and_no_token_gets_into_logs_output_or_messages(server, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.answer = lambda asked: Reply(401, b"no")
    for carrier in ("gls", "teleship", "hermes", "dpd", "canadapost"):
        with pytest.raises(CarrierRefused) as caught:
            ask(carrier, server)
        assert SECRET not in str(caught.value)
    captured = capfd.readouterr()
    said = caplog.text + captured.out + captured.err
    assert SECRET not in said
    assert TOKEN not in said


def test_carrier_is_asked_by_https_whatever_the_sdk_says_unless_a_base_url_says_otherwise():
    one = exchange.Exchange(client=None)
    assert one.address("http://carrier.example/track") == "https://carrier.example/track"
    assert one.address("https://carrier.example/track?n=1") == "https://carrier.example/track?n=1"
    one.base_url = "http://127.0.0.1:1"
    assert one.address("https://carrier.example/track?n=1") == "http://127.0.0.1:1/track?n=1"
