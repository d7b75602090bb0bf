"""One asking of a carrier: every request that the SDK makes for it, over verified TLS, timed, capped and recorded."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request

import httpx

MAX_BYTES: Final = 4 * 1024 * 1024
"""A tracking answer larger than this is not read to its end; the largest seen have some 100 KB."""

TIMEOUT: Final = httpx.Timeout(20, connect=5)
"""Seconds for each step of a request."""

LONGEST: Final = timedelta(seconds=60)
"""How long one answer may take in all, however slowly it drips."""

_SIGN_IN_PATHS: Final = (
    "token",
    "access_token",
    "oauth",
    "login",
    "signin",
    "auth",
    "authenticate",
    "authentication",
    "loginservice",
)

_signing_in: ContextVar[bool] = ContextVar("signing_in", default=False)


class OutsideExchange(RuntimeError):
    """The SDK reached for the network though nobody is asking a carrier."""


class ExchangeFailed(OSError):
    """The request did not come to an end; an OSError, as the SDK expects of a network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `signing_in` marks answers that hold tokens and are never handed on."""

    status: int
    headers: dict[str, str]
    body: bytes
    signing_in: bool


@contextmanager
def signing_in() -> Iterator[None]:
    """Mark what is asked for meanwhile as signing in."""
    before = _signing_in.set(True)
    try:
        yield
    finally:
        _signing_in.reset(before)


@dataclass(slots=True)
class Exchange:
    """The requests of one asking. `base_url` sends them all to another server, such as a simulator."""

    client: httpx.Client
    base_url: str = ""
    answers: list[Answer] = field(default_factory=list)
    failure: str = ""

    def open(self, request: Request) -> Opened:
        """Answer for `urlopen`: the response, or its error for a status of 400 and more."""
        marked = _signing_in.get() or is_sign_in(request.full_url)
        url = self.address(request.full_url)
        try:
            status, headers, body = self._send(request, url)
        except ExchangeFailed as trouble:
            self.failure = str(trouble)
            raise
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            self.failure = f"{type(trouble).__name__}: the connection did not come about or broke off"
            raise ExchangeFailed(self.failure) from None
        self.answers.append(Answer(status, headers, body, marked))
        if status >= 400:
            raise HTTPError(url, status, str(status), _message(headers), io.BytesIO(body))
        return Opened(url, status, _message(headers), body)

    def address(self, url: str) -> str:
        """Return where a request goes: always https (the SDK knows Aramex by plain http), or to the base URL."""
        parts = urlsplit(url)
        base = urlsplit(self.base_url) if self.base_url else parts._replace(scheme="https")
        return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))

    def _send(self, request: Request, url: str) -> tuple[int, dict[str, str], bytes]:
        headers = {name: str(value) for name, value in request.header_items()}
        if request.data is not None and not request.has_header("Content-type"):
            headers["Content-type"] = "application/x-www-form-urlencoded"
        ends_at = time.monotonic() + LONGEST.total_seconds()
        with self.client.stream(request.get_method(), url, headers=headers, content=request.data) as response:
            chunks, size = [], 0
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise ExchangeFailed(f"the answer is larger than {MAX_BYTES} bytes")
                if time.monotonic() > ends_at:
                    raise ExchangeFailed("the answer took too long")
                chunks.append(chunk)
            return response.status_code, {k.lower(): v for k, v in response.headers.items()}, b"".join(chunks)


class Opened:
    """What `urlopen` returns, as far as the SDK looks at it."""

    def __init__(self, url: str, status: int, headers: Message, body: bytes) -> None:
        self.url = url
        self.status = self.code = status
        self.headers = headers
        self._body = body

    def read(self) -> bytes:
        return self._body

    def getcode(self) -> int:
        return self.status

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def is_sign_in(url: str) -> bool:
    """Tell whether an address is one where carriers hand out tokens, by the words of its path."""
    return any(part in _SIGN_IN_PATHS for part in urlsplit(url).path.lower().split("/"))


def _message(headers: dict[str, str]) -> Message:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return message


_current: ContextVar[Exchange | None] = ContextVar("current", default=None)


@contextmanager
def connected(exchange: Exchange) -> Iterator[None]:
    """Let the SDK reach the network through this exchange for the time being, in this thread and those it starts."""
    before = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(before)


def urlopen(request: Request | str, *_: Any, **__: Any) -> Opened:
    """Stand in for the SDK's `urlopen`. Raises: OutsideExchange, HTTPError, ExchangeFailed."""
    exchange = _current.get()
    if exchange is None:
        raise OutsideExchange("The SDK asked for the network outside of an exchange.")
    return exchange.open(request if isinstance(request, Request) else Request(request))


class Threads(ThreadPoolExecutor):
    """Threads that know which exchange they work for; the SDK's own would not."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run a task in a copy of the asker's context."""
        return super().submit(copy_context().run, task, *args, **options)
