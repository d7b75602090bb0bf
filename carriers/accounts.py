"""Accounts and what they keep secret: sealed with a key of their own, never shown again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from carriers.breaker import Breaker
from carriers.clients.tokens import Token
from carriers.models import Account

SEALED = ("sealed_secrets", "sealed_credentials", "sealed_token")
"""Every column that a key seals."""


class SecretsLocked(RuntimeError):
    """The stored secrets cannot be opened with the keys in WAYPOST_CREDENTIALS_KEYS."""


def ensure_account(*, source: str, name: str, secrets: Sequence[str] = ()) -> Account:
    """Return the account, made now if it is new; `secrets` are stored only when it had none."""
    account, _ = Account.objects.get_or_create(source=source, name=name)
    if secrets and not account.sealed_secrets:
        set_secrets(account_id=account.pk, secrets=secrets)
        account.refresh_from_db()
    return account


@transaction.atomic(durable=True)
def set_secrets(*, account_id: int, secrets: Sequence[str]) -> None:
    """Store an account's secrets, newest first; two are accepted while one is being rotated out."""
    sealed = seal(list(secrets)) if secrets else ""
    Account.objects.filter(pk=account_id).update(sealed_secrets=sealed)


@transaction.atomic(durable=True)
def set_polling(
    *,
    account_id: int,
    base_url: str,
    credentials: Mapping[str, str],
    calls_a_minute: int,
    calls_a_day: int | None,
    carriers: Sequence[str] = (),
    cadence: Mapping[str, int] | None = None,
) -> None:
    """Let an account be polled from now on; what was learned with other credentials (token, failures) is forgotten."""
    Account.objects.filter(pk=account_id).update(
        is_polled=True,
        base_url=base_url,
        sealed_credentials=seal(dict(credentials)),
        sealed_token="",
        calls_a_minute=calls_a_minute,
        calls_a_day=calls_a_day,
        carriers=list(carriers),
        cadence=dict(cadence or {}),
        calls_counted_at=None,
        paused_until=None,
        **_healed(),
    )


@transaction.atomic(durable=True)
def pause_polling(*, account_id: int, now: datetime) -> bool:
    """Hold an account's polls until a person resumes them; say whether that changed anything."""
    held = Account.objects.filter(pk=account_id, is_polled=True, polling_held_at=None)
    return bool(held.update(polling_held_at=now))


@transaction.atomic(durable=True)
def resume_polling(*, account_id: int) -> bool:
    """Let an account be polled again, with a closed breaker; say whether it is a polled account.

    Only the carrier's own request to wait (Retry-After) is still kept.
    """
    return bool(Account.objects.filter(pk=account_id, is_polled=True).update(polling_held_at=None, **_healed()))


@transaction.atomic(durable=True)
def reseal() -> int:
    """Seal everything anew under the newest key and return how many accounts that were. Raises: SecretsLocked."""
    ring = _ring()
    accounts = list(Account.objects.select_for_update(of=("self",), no_key=True).order_by("pk").only("pk", *SEALED))
    for account in accounts:
        for name in SEALED:
            if sealed := getattr(account, name):
                with _explained(account):
                    setattr(account, name, ring.rotate(sealed.encode()).decode())
    Account.objects.bulk_update(accounts, SEALED)
    return sum(any(getattr(account, name) for name in SEALED) for account in accounts)


def open_secrets(account: Account) -> tuple[str, ...]:
    """Return the account's secrets, newest first; empty where none is set. Raises: SecretsLocked."""
    return tuple(_unsealed(account, account.sealed_secrets) or ())


def open_credentials(account: Account) -> dict[str, str]:
    """Return what the account signs in with, empty where nothing is set. Raises: SecretsLocked."""
    return dict(_unsealed(account, account.sealed_credentials) or {})


def open_token(account: Account) -> Token | None:
    """Return the token the carrier lent last, None where there is none. Raises: SecretsLocked."""
    told = _unsealed(account, account.sealed_token)
    return Token(told["value"], datetime.fromisoformat(told["expires_at"])) if told else None


def sealed_token(token: Token | None) -> str:
    """Return a token as the account keeps it."""
    return seal({"value": token.value, "expires_at": token.expires_at.isoformat()}) if token else ""


def seal(value: Any) -> str:
    """Return a JSON value sealed with the newest key. Raises: SecretsLocked."""
    return _ring().encrypt(json.dumps(value).encode()).decode()


def _unsealed(account: Account, sealed: str) -> Any:
    if not sealed:
        return None
    with _explained(account):
        return json.loads(_ring().decrypt(sealed.encode()))


@contextmanager
def _explained(account: Account) -> Iterator[None]:
    try:
        yield
    except InvalidToken:
        raise SecretsLocked(
            f"The secrets of {account} were sealed with another key. "
            "Add that key to WAYPOST_CREDENTIALS_KEYS, or set the secrets again."
        ) from None


def _healed() -> dict[str, Any]:
    closed = Breaker()
    return {
        "failures": closed.failures,
        "breaker_trips": closed.trips,
        "open_until": closed.open_until,
        "failing_since": None,
    }


def _ring() -> MultiFernet:
    if not settings.WAYPOST_CREDENTIALS_KEYS:
        raise SecretsLocked("Set WAYPOST_CREDENTIALS_KEYS to a Fernet key, the same in every process.")
    return MultiFernet([Fernet(key.encode()) for key in settings.WAYPOST_CREDENTIALS_KEYS])
