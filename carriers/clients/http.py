"""One account's line to its carrier: timeouts, a size cap, verified TLS, and every failure as one of two exceptions."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol

import httpx

from carriers.clients import CarrierRefused, CarrierUnavailable
from carriers.clients.tokens import Token

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
"""Seconds for each wait; carriers answer in well under two."""

LONGEST_SECONDS: Final = 20.0
"""For a whole answer, however it trickles in."""

LARGEST_BYTES: Final = 2_000_000
"""A tracking answer holds some 10 KB, a long history of 30 parcels some 300 KB."""

CONNECTION_TRIES: Final = 2
"""Only a connection that never came about is tried again at once: the carrier has not seen the call."""

_NO_CERTIFICATE: Final = "CERTIFICATE_VERIFY_FAILED"
"""What OpenSSL calls it; trying again changes nothing."""

_ABOUT_THE_NUMBER: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
"""With these the carrier has understood us and says something about what was asked; its body is an answer."""


class SignInRefused(CarrierRefused):
    """The call was refused for its credentials or its token."""


class Reply(NamedTuple):
    """What came back; `status` is 200, 400, 404 or 422."""

    status: int
    body: bytes


class Answer(NamedTuple):
    """What a carrier said of one number; `status` as in a reply."""

    number: str
    body: bytes
    status: int = 200


class Client(Protocol):
    """One carrier: a module with these names, listed in `carriers.clients.registry.CLIENTS`.

    `CALLS_A_DAY` is None where the carrier sets no such limit. Each limit is a default that an account overrides.
    """

    NAME: str
    BASE_URL: str
    CREDENTIALS: tuple[str, ...]
    NUMBERS_A_CALL: int
    CALLS_A_MINUTE: int
    CALLS_A_DAY: int | None

    def fetch(self, line: Line, numbers: Sequence[str]) -> list[Answer]:
        """Return an answer for each number; one that is missing was not answered.

        Raises: CarrierUnavailable, CarrierRefused.
        """


class Line:
    """One account's line while it is polled; threads may share it. `calls` counts what the carrier's limits count."""

    def __init__(
        self, *, name: str, base_url: str, credentials: Mapping[str, str], now: datetime, token: Token | None = None
    ) -> None:
        self.name = name
        self.base_url = base_url
        self.now = now
        self.credentials = credentials
        self.token = self._token_before = token
        self.renewing = Lock()
        self.calls = 0
        self._repeats = 0
        self._counting = Lock()
        self._http = httpx.Client(base_url=base_url, timeout=TIMEOUT, verify=True, follow_redirects=False)

    def __repr__(self) -> str:
        return f"<Line to {self.name}>"

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    @property
    def new_token(self) -> Token | None:
        """Return the token this line was lent, None where it still has the one it began with."""
        return self.token if self.token is not self._token_before else None

    def count(self) -> None:
        """Note that a call is made."""
        with self._counting:
            self.calls += 1

    def repeat(self) -> None:
        """Note that a call is made a second time, so that it can be paid for."""
        with self._counting:
            self._repeats += 1

    def take_repeats(self) -> int:
        """Return how many calls were repeated since this was asked last."""
        with self._counting:
            repeats, self._repeats = self._repeats, 0
        return repeats

    def ask(self, method: str, path: str, *, counted: bool = True, **request: Any) -> Reply:
        """Return the carrier's reply to one call. Raises: CarrierUnavailable, CarrierRefused, SignInRefused."""
        if counted:
            self.count()
        for left in reversed(range(CONNECTION_TRIES)):
            try:
                return self._ask(method, path, **request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                if _NO_CERTIFICATE in str(problem):
                    raise CarrierUnavailable(
                        f"The server at {self.name}'s address cannot prove who it is."
                    ) from problem
                if not left:
                    raise CarrierUnavailable(f"{self.name} cannot be reached.") from problem
                time.sleep(random.uniform(0.05, 0.25))
            except httpx.TimeoutException as problem:
                raise CarrierUnavailable(f"{self.name} did not answer in time.") from problem
            except httpx.HTTPError as problem:
                raise CarrierUnavailable(f"The connection to {self.name} broke off within an answer.") from problem
        raise AssertionError("unreachable")

    def _ask(self, method: str, path: str, **request: Any) -> Reply:
        until = time.monotonic() + LONGEST_SECONDS
        with self._http.stream(method, path, **request) as response:
            self._check(response)
            parts: list[bytes] = []
            size = 0
            for part in response.iter_bytes():
                size += len(part)
                parts.append(part)
                if size > LARGEST_BYTES:
                    raise CarrierUnavailable(f"{self.name} answered with more than {LARGEST_BYTES // 1_000_000} MB.")
                if time.monotonic() > until:
                    raise CarrierUnavailable(f"{self.name} did not end its answer in {LONGEST_SECONDS:.0f} seconds.")
        return Reply(response.status_code, b"".join(parts))

    def _check(self, response: httpx.Response) -> None:
        """Return for a status whose body is an answer. Raises: CarrierUnavailable, CarrierRefused, SignInRefused."""
        status = response.status_code
        if status == HTTPStatus.OK or status in _ABOUT_THE_NUMBER:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            raise SignInRefused(f"{self.name} does not accept the account's credentials.")
        if status == HTTPStatus.FORBIDDEN:
            raise CarrierRefused(f"{self.name} does not allow this account to track parcels (status 403).")
        wait = retry_after(response.headers.get("retry-after", ""), self.now)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise CarrierUnavailable(f"{self.name} says that we ask too often (status 429).", wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            raise CarrierUnavailable(f"{self.name} has a trouble of its own (status {status}).", wait)
        raise CarrierRefused(f"{self.name} answers at this address with status {status}. Check the base URL.")


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Return how long a Retry-After header asks us to wait, None where it says nothing; a date that is past is zero."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
