"""OAuth 2 client credentials: a token is asked for once, kept until shortly before its end, renewed once if refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from carriers.clients import CarrierRefused, CarrierUnavailable
from carriers.clients.http import Line, Reply, SignInRefused
from carriers.clients.tokens import Token

_SHORTEST: Final = timedelta(minutes=5)
"""Assumed where a carrier does not say how long its token lasts."""

Asking = Callable[[Mapping[str, str]], Reply]
"""One call with the given headers."""


def ask_with_token(line: Line, path: str, ask: Asking, **sign_in: Any) -> Reply:
    """Return the reply to a call that needs a token; `sign_in` is the request that gets one from `path`.

    A refused token is renewed once. Raises: CarrierUnavailable, CarrierRefused.
    """
    token = _token(line, path, sign_in, refused=None)
    try:
        return ask(_headers(token))
    except SignInRefused:
        token = _token(line, path, sign_in, refused=token)
        line.repeat()
        return ask(_headers(token))


def _headers(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value}"}


def _token(line: Line, path: str, sign_in: Mapping[str, Any], *, refused: Token | None) -> Token:
    """Return the line's token; threads that find the same one refused or old get one new token together."""
    with line.renewing:
        if line.token is None or line.token == refused or not line.token.is_good(line.now):
            line.token = None
            line.token = _new_token(line, path, sign_in)
        return line.token


def _new_token(line: Line, path: str, sign_in: Mapping[str, Any]) -> Token:
    reply = line.ask("POST", path, counted=False, **sign_in)
    if reply.status != HTTPStatus.OK:
        raise CarrierRefused(f"{line.name} does not accept the account's credentials.")
    try:
        told = json.loads(reply.body)
        value, seconds = told["access_token"], told.get("expires_in")
    except (ValueError, TypeError, KeyError, AttributeError):
        # Without its cause: the body may hold a secret.
        raise CarrierUnavailable(f"{line.name} gave no token where one was due.") from None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise CarrierUnavailable(f"{line.name} gave no token where one was due.")
    # UPS writes its seconds as text.
    lasts = timedelta(seconds=min(int(seconds), 10**7)) if str(seconds).isdigit() else _SHORTEST
    return Token(value, line.now + lasts)
