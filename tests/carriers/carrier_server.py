"""A carrier on loopback that answers as a test tells it and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "a-token-nobody-may-see"
SIGNED_IN = json.dumps(
    dict.fromkeys(("access_token", "accessToken", "token", "id_token"), TOKEN) | {"expires_in": 7200, "expiresIn": 7200}
).encode()
DPD_SIGNED_IN = f"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<ns2:getAuthResponse xmlns:ns2="http://dpd.com/common/service/types/LoginService/2.1"><return><delisId>x</delisId>
<authToken>{TOKEN}</authToken><depot>0530</depot><authTokenExpires>2099-03-13T15:17:30.69</authTokenExpires></return>
</ns2:getAuthResponse></soap:Body></soap:Envelope>""".encode()


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_sign_in(self) -> bool:
        return (
            any(word in self.path.lower() for word in ("token", "login", "/auth")) and "track" not in self.path.lower()
        )


@dataclass
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class CarrierServer:
    """`answer` and `sign_in` say what a tracking request and a sign-in get."""

    base_url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Reply] = lambda asked: Reply(body=b'{"scans": []}')
    sign_in: Callable[[Asked], Reply] = lambda asked: Reply(
        body=DPD_SIGNED_IN if b"Envelope" in asked.body else SIGNED_IN
    )

    @property
    def sign_ins(self) -> int:
        return sum(asked.is_sign_in for asked in self.asked)


@contextmanager
def serving() -> Iterator[CarrierServer]:
    """Yield a carrier that listens on a port of its own until the test is over."""
    carrier = CarrierServer()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            carrier.asked.append(asked)
            reply = carrier.sign_in(asked) if asked.is_sign_in else carrier.answer(asked)
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_DELETE = do_PUT = do

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    carrier.base_url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield carrier
    finally:
        server.shutdown()
        server.server_close()
