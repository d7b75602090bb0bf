"""Make the accounts that carriers' messages come in by, let carriers be polled, and change what is secret."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Min
from django.utils import timezone

from carriers.accounts import (
    SecretsLocked,
    ensure_account,
    open_secrets,
    pause_polling,
    reseal,
    resume_polling,
    set_secrets,
)
from carriers.clients.registry import CLIENTS
from carriers.health import account_health
from carriers.management.commands._credentials import add_polling_arguments, polling_options, start_polling
from carriers.models import Account, PollTarget
from carriers.polling.health import values_of
from carriers.sources import SOURCES

_VERBS = {
    "add": "make an account",
    "rotate": "give it a new webhook secret; the old one still works",
    "pause": "stop asking its carrier until it is resumed",
    "resume": "ask its carrier again",
}


class Command(BaseCommand):
    help = "Add accounts, let them be polled, rotate what is secret, list how they fare (never their secrets)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|rotate|pause|resume|credentials|list")
        for verb, what in _VERBS.items():
            each = _named(verbs.add_parser(verb, help=what))
            if verb in ("add", "rotate"):
                each.add_argument("--secret", help="the secret the sender signs with (default: a fresh one)")
            if verb == "add":
                each.add_argument("--polled", action="store_true", help="ask the carrier about its parcels")
                add_polling_arguments(each)
        credentials = verbs.add_parser("credentials", help="set what an account signs in with, or seal all anew")
        kinds = credentials.add_subparsers(dest="kind", required=True, metavar="set|rotate-key")
        add_polling_arguments(_named(kinds.add_parser("set", help="let an account be polled with these credentials")))
        _answering(kinds.add_parser("rotate-key", help="seal everything under the newest WAYPOST_CREDENTIALS_KEYS"))
        _answering(verbs.add_parser("list", help="list the accounts and how they fare"))

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        doing = {
            "add": self._add,
            "rotate": self._rotate,
            "pause": self._pause,
            "resume": self._resume,
            "credentials": self._credentials,
            "list": self._list,
        }
        try:
            doing[verb](options)
        except SecretsLocked as problem:
            raise CommandError(str(problem)) from problem

    def _tell(self, options: dict[str, Any], told: dict[str, Any], words: str) -> None:
        self.stdout.write(json.dumps(told) if options["json"] else words)

    def _add(self, options: dict[str, Any]) -> None:
        source, name = options["source"], options["name"]
        if Account.objects.filter(source=source, name=name).exists():
            raise CommandError(
                f"There is an account {source}/{name} already. Use `account rotate` for a new secret, "
                "`account credentials set` for other credentials."
            )
        checked = polling_options(source, options) if options["polled"] else None
        if checked is None and source not in SOURCES:
            raise CommandError(f"{source} sends no webhooks here. Add --polled to ask it about its parcels.")
        secret = options["secret"] or (None if checked else secrets.token_urlsafe(32))
        account = ensure_account(source=source, name=name, secrets=[secret] if secret else [])
        if secret:
            self._tell_secret(options, account, secret, start_polling(account, checked) if checked else {})
        elif checked:
            self._tell_polling(options, account, start_polling(account, checked))

    def _rotate(self, options: dict[str, Any]) -> None:
        account = _find(options)
        secret = options["secret"] or secrets.token_urlsafe(32)
        set_secrets(account_id=account.pk, secrets=[secret, *open_secrets(account)[:1]])
        self._tell_secret(options, account, secret, {})

    def _tell_secret(self, options: dict[str, Any], account: Account, secret: str, polling: dict[str, Any]) -> None:
        told = {"address": f"/webhooks/{account.source}/{account.name}/", "secret": secret, **polling}
        self._tell(options, told, f"Send webhooks to {told['address']}\nSecret (shown only now): {secret}")

    def _tell_polling(self, options: dict[str, Any], account: Account, polling: dict[str, Any]) -> None:
        told = {"source": account.source, "name": account.name, **polling}
        day = f" and {polling['calls_a_day']} a day" if polling["calls_a_day"] else ""
        words = f"{account} is polled at {polling['base_url']}, up to {polling['calls_a_minute']} calls a minute{day}."
        self._tell(options, told, words)

    def _pause(self, options: dict[str, Any]) -> None:
        account = _find(options, polled=True)
        changed = pause_polling(account_id=account.pk, now=timezone.now())
        words = f"{account} is not asked any more until it is resumed." if changed else f"{account} was paused already."
        self._tell(options, {"source": account.source, "name": account.name, "paused": True}, words)

    def _resume(self, options: dict[str, Any]) -> None:
        account = _find(options, polled=True)
        resume_polling(account_id=account.pk)
        self._tell(
            options, {"source": account.source, "name": account.name, "paused": False}, f"{account} is asked again."
        )

    def _credentials(self, options: dict[str, Any]) -> None:
        if options["kind"] == "rotate-key":
            count = reseal()
            self._tell(options, {"resealed": count}, f"Sealed {count} accounts under the newest key.")
            return
        account = _find(options)
        self._tell_polling(options, account, start_polling(account, polling_options(account.source, options)))

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        nexts = dict(PollTarget.objects.values_list("carrier").annotate(Min("next_poll_at")))
        for account in Account.objects.order_by("source", "name"):
            health = account_health(values_of(account), now)
            at = min((nexts[name] for name in account.carriers or [account.source] if name in nexts), default=None)
            told = {
                "source": account.source,
                "name": account.name,
                "active": account.is_active,
                "last_message_at": _iso(account.last_message_at),
                "health": health.kind,
                "words": health.words,
                "detail": health.detail,
                "polled": account.is_polled,
            }
            if account.is_polled:
                told |= _polling_of(account) | {"next_poll_at": _iso(at)}
            heard = _iso(account.last_message_at) or "never"
            self._tell(options, told, f"{account}  {health.words}  last message {heard}  {health.detail}".rstrip())


def _polling_of(account: Account) -> dict[str, Any]:
    return {
        "base_url": account.base_url,
        "calls_a_minute": account.calls_a_minute,
        "calls_a_day": account.calls_a_day,
        "carriers": account.carriers or [account.source],
        "last_polled_at": _iso(account.last_polled_at),
        "paused_until": _iso(account.paused_until),
        "open_until": _iso(account.open_until),
        "failures": account.failures,
        "last_error": account.last_error,
        "last_error_at": _iso(account.last_error_at),
    }


def _named(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("source", choices=sorted({*SOURCES, *CLIENTS}))
    parser.add_argument("name", help="a short name for the address, such as shop")
    return _answering(parser)


def _answering(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("--json", action="store_true", help="print JSON, an object a line, and nothing else")
    return parser


def _find(options: dict[str, Any], *, polled: bool = False) -> Account:
    source, name = options["source"], options["name"]
    account = Account.objects.filter(source=source, name=name).first()
    if account is None:
        raise CommandError(f"There is no account {source}/{name}. Use `account add`.")
    if polled and not account.is_polled:
        raise CommandError(f"{account} is not polled. Use `account credentials set` to let it be.")
    return account


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
