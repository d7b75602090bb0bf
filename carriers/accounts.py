"""Accounts and their secrets: sealed with a key of their own, never shown again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from carriers.models import Account


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
    sealed = _ring().encrypt(json.dumps(list(secrets)).encode()).decode() if secrets else ""
    Account.objects.filter(pk=account_id).update(sealed_secrets=sealed)


def open_secrets(account: Account) -> tuple[str, ...]:
    """Return the account's secrets, newest first; empty where none is set. Raises: SecretsLocked."""
    if not account.sealed_secrets:
        return ()
    try:
        return tuple(json.loads(_ring().decrypt(account.sealed_secrets.encode())))
    except InvalidToken:
        raise SecretsLocked(
            f"The secrets of {account} were sealed with another key. "
            "Add that key to WAYPOST_CREDENTIALS_KEYS, or set the secrets again."
        ) from None


def _ring() -> MultiFernet:
    if not settings.WAYPOST_CREDENTIALS_KEYS:
        raise SecretsLocked("Set WAYPOST_CREDENTIALS_KEYS to a Fernet key, the same in every process.")
    return MultiFernet([Fernet(key.encode()) for key in settings.WAYPOST_CREDENTIALS_KEYS])
