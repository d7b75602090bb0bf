"""Carriers on loopback: UPS, FedEx, USPS and both DHLs with their sign-ins, and every trouble a carrier can make.

No time passes here by itself: a test sets `clock`, and a carrier knows the scans up to then.
"""

import base64
import json
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

from tests.carriers import simulated_answers as answers
from tests.carriers.simulated_answers import Step, as_json

CREDENTIALS = {
    "ups": {"client_id": "ups-client", "client_secret": "ups-secret"},
    "fedex": {"client_id": "fedex-client", "client_secret": "fedex-secret"},
    "usps": {"client_id": "usps-client", "client_secret": "usps-secret"},
    "dhl_universal": {"api_key": "dhl-key"},
    "dhl_express": {"username": "dhl-user", "password": "dhl-password"},
}
TOKEN_PATHS = {"ups": "/security/v1/oauth/token", "fedex": "/oauth/token", "usps": "/oauth2/v3/token"}
WEB_PAGE = b"<!DOCTYPE html><html><body>We are sorry, the service is down.</body></html>"


class Call(NamedTuple):
    """One request a carrier has seen."""

    carrier: str
    path: str
    at: datetime

    @property
    def is_sign_in(self) -> bool:
        return TOKEN_PATHS.get(self.carrier) == self.path


@dataclass(frozen=True)
class Trouble:
    """What a carrier does instead of answering; `slow` waits until the simulator stops or the caller hangs up."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut_off: bool = False
    slow: bool = False
    expires_tokens: bool = False


def too_many(retry_after: str = "") -> Trouble:
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Trouble(429, as_json({"errors": [{"code": "10429", "message": "Too Many Requests"}]}), headers)


def broken(status: int = 503) -> Trouble:
    return Trouble(status, b"upstream connect error")


WEB = Trouble(200, WEB_PAGE, (("Content-Type", "text/html"),))
CUT_OFF = Trouble(cut_off=True)
HALF_JSON = Trouble(200, b'{"trackResponse": {"shipment": [{"inquiry')
SLOW = Trouble(slow=True)
EXPIRED = Trouble(401, expires_tokens=True)


class Simulator:
    """Five carriers at one port, each below its own name; use as a context manager."""

    def __init__(self, clock: datetime) -> None:
        self.clock = clock
        self.parcels: dict[str, list[Step]] = {}
        self.calls: list[Call] = []
        self.troubles: dict[str, deque[Trouble]] = defaultdict(deque)
        self.standing: dict[str, Trouble] = {}
        self.token_seconds = 3600
        self._tokens: dict[str, dict[str, datetime]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    def __enter__(self) -> "Simulator":
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.outage()

    def begin(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen, at the same port as before an outage."""
        self._over.clear()
        self._server = _server(self._port, self)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def outage(self) -> None:
        """Let go of the port: every connection is refused from now on."""
        self._over.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, carrier: str) -> str:
        return f"http://127.0.0.1:{self._port}/{carrier}"

    def next(self, carrier: str, *troubles: Trouble) -> None:
        """Let the carrier's next tracking calls meet these troubles, one each."""
        self.troubles[carrier].extend(troubles)

    def tracking_calls(self, carrier: str) -> list[Call]:
        return [call for call in self.calls if call.carrier == carrier and not call.is_sign_in]

    def sign_ins(self, carrier: str) -> list[Call]:
        return [call for call in self.calls if call.carrier == carrier and call.is_sign_in]

    def expire_tokens(self) -> None:
        """Forget every token that was lent, as a carrier does when it rotates its keys."""
        self._tokens.clear()

    def answer(self, carrier: str, path: str, request: "_Handler") -> Trouble:
        """Return what a carrier answers to a request."""
        with self._lock:
            self.calls.append(Call(carrier, path, self.clock))
            if TOKEN_PATHS.get(carrier) == path:
                return self._lend_token(carrier, request)
            trouble = self.troubles[carrier].popleft() if self.troubles[carrier] else self.standing.get(carrier)
            if trouble:
                if trouble.expires_tokens:
                    self.expire_tokens()
                return trouble
            if not self._lets_in(carrier, request):
                return Trouble(401, as_json({"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "expired"}]}))
            status, document = TRACKING[carrier](self, path, request)
            return Trouble(status, as_json(document))

    def known(self, number: str) -> list[Step]:
        return [step for step in self.parcels.get(number, []) if step.at <= self.clock]

    def _lend_token(self, carrier: str, request: "_Handler") -> Trouble:
        if _signed_in_as(carrier, request) != CREDENTIALS[carrier]:
            return Trouble(401, as_json({"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "bad client"}]}))
        token = uuid4().hex
        self._tokens[carrier][token] = self.clock + timedelta(seconds=self.token_seconds)
        seconds: object = str(self.token_seconds) if carrier == "ups" else self.token_seconds
        lent = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
        return Trouble(200, as_json(lent))

    def _lets_in(self, carrier: str, request: "_Handler") -> bool:
        if carrier == "dhl_universal":
            return request.headers.get("DHL-API-Key") == CREDENTIALS[carrier]["api_key"]
        if carrier == "dhl_express":
            return _basic(request) == (CREDENTIALS[carrier]["username"], CREDENTIALS[carrier]["password"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self._tokens[carrier].get(token, self.clock) > self.clock


def _signed_in_as(carrier: str, request: "_Handler") -> dict[str, str]:
    if carrier == "ups":
        client_id, client_secret = _basic(request)
        return {"client_id": client_id, "client_secret": client_secret}
    if carrier == "usps":
        told = json.loads(request.sent)
    else:
        told = {name: values[0] for name, values in parse_qs(request.sent.decode()).items()}
    if told.get("grant_type") != "client_credentials":
        return {}
    return {"client_id": told.get("client_id", ""), "client_secret": told.get("client_secret", "")}


def _basic(request: "_Handler") -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    name, _, password = base64.b64decode(encoded if scheme == "Basic" else "").decode().partition(":")
    return name, password


def _ups(simulator: Simulator, path: str, request: "_Handler") -> tuple[int, dict[str, Any]]:
    number = path.rsplit("/", 1)[-1]
    return answers.ups(number, simulator.known(number))


def _fedex(simulator: Simulator, path: str, request: "_Handler") -> tuple[int, dict[str, Any]]:
    wanted = [each["trackingNumberInfo"]["trackingNumber"] for each in json.loads(request.sent)["trackingInfo"]]
    assert len(wanted) <= 30
    results = [answers.fedex_result(number, simulator.known(number)) for number in wanted]
    return 200, {"transactionId": str(uuid4()), "output": {"completeTrackResults": results}}


def _usps(simulator: Simulator, path: str, request: "_Handler") -> tuple[int, dict[str, Any]]:
    number = path.rsplit("/", 1)[-1]
    return answers.usps(number, simulator.known(number))


def _dhl_universal(simulator: Simulator, path: str, request: "_Handler") -> tuple[int, dict[str, Any]]:
    (number,) = parse_qs(urlsplit(request.path).query)["trackingNumber"]
    return answers.dhl_universal(number, simulator.known(number))


def _dhl_express(simulator: Simulator, path: str, request: "_Handler") -> tuple[int, dict[str, Any]]:
    number = path.split("/")[2]
    return answers.dhl_express(number, simulator.known(number))


TRACKING: dict[str, Callable[[Simulator, str, "_Handler"], tuple[int, dict[str, Any]]]] = {
    "ups": _ups,
    "fedex": _fedex,
    "usps": _usps,
    "dhl_universal": _dhl_universal,
    "dhl_express": _dhl_express,
}


class _Handler(BaseHTTPRequestHandler):
    """One connection; `simulator` is set on the class of each server."""

    protocol_version = "HTTP/1.1"
    simulator: Simulator
    sent = b""

    def do_GET(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        _, carrier, *rest = unquote(urlsplit(self.path).path).split("/")
        answer = self.simulator.answer(carrier, "/" + "/".join(rest), self)
        if answer.slow:
            self.simulator._over.wait(5)
        body = answer.body or b"{}"
        self.send_response(answer.status)
        for name, value in answer.headers or (("Content-Type", "application/json"),):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (1000 if answer.cut_off else 0)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            """The caller has hung up."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _server(port: int, simulator: Simulator) -> ThreadingHTTPServer:
    return _Server(("127.0.0.1", port), type("_Own", (_Handler,), {"simulator": simulator}))
