"""A token is asked for once, renewed before its end, and once more when it is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from carriers.clients import CarrierRefused, CarrierUnavailable, fedex, ups
from carriers.clients.http import SignInRefused
from tests.carriers import simulator as carriers_say
from tests.carriers.simulator import Simulator, Trouble
from tests.carriers.test_clients_http import NOW, line_to


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(NOW) as simulator:
        yield simulator


def test_one_token_serves_many_calls(simulator: Simulator):
    line = line_to(simulator, "ups")
    for number in ("1Z1", "1Z2", "1Z3"):
        ups.fetch(line, [number])
    assert (len(simulator.sign_ins("ups")), line.calls) == (1, 3)
    assert line.token.expires_at == NOW + timedelta(seconds=3600)


def test_a_token_is_renewed_before_its_end(simulator: Simulator):
    line = line_to(simulator, "fedex")
    fedex.fetch(line, ["1"])
    line.now = simulator.clock = NOW + timedelta(minutes=59)
    fedex.fetch(line, ["1"])
    assert (len(simulator.sign_ins("fedex")), len(simulator.tracking_calls("fedex"))) == (2, 2)


def test_threads_that_share_a_refused_token_renew_it_once(simulator: Simulator):
    line = line_to(simulator, "ups")
    ups.fetch(line, ["1Z0"])
    simulator.expire_tokens()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: ups.fetch(line, [f"1Z{n}"]), range(8)))
    assert [answer.status for (answer,) in answers] == [200] * 8
    assert len(simulator.sign_ins("ups")) == 2


def test_a_token_refused_again_after_its_renewal_is_a_refusal(simulator: Simulator):
    simulator.standing["ups"] = carriers_say.EXPIRED
    with pytest.raises(SignInRefused):
        ups.fetch(line_to(simulator, "ups"), ["1Z1"])
    assert (len(simulator.sign_ins("ups")), len(simulator.tracking_calls("ups"))) == (2, 2)


@pytest.mark.parametrize(
    ("body", "status", "raised"),
    [
        (b'{"access_token": "t", "expires_in": "60"}', 200, None),
        (b'{"access_token": "t"}', 200, None),
        (b'{"access_token": ""}', 200, CarrierUnavailable),
        (b'{"access_token": "t\\n"}', 200, CarrierUnavailable),
        (b'{"expires_in": 3600}', 200, CarrierUnavailable),
        (b"[]", 200, CarrierUnavailable),
        (b"<html>secret-in-the-page</html>", 200, CarrierUnavailable),
        (b'{"error": "invalid_client"}', 400, CarrierRefused),
        (b"", 503, CarrierUnavailable),
    ],
)
def test_an_answer_without_a_token_is_told_from_a_refusal(simulator: Simulator, monkeypatch, body, status, raised):
    monkeypatch.setattr(simulator, "_lend_token", lambda *_: Trouble(status, body))
    simulator.standing["ups"] = Trouble(200, b"{}")
    line = line_to(simulator, "ups")
    if raised is None:
        assert ups.fetch(line, ["1Z1"])
        return
    with pytest.raises(raised) as problem:
        ups.fetch(line, ["1Z1"])
    assert "secret" not in str(problem.value)
    assert problem.value.__cause__ is None
    assert simulator.tracking_calls("ups") == []
