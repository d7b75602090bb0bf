"""Make the accounts that carriers' messages come in by, and change their secrets."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from carriers.accounts import ensure_account, open_secrets, set_secrets
from carriers.models import Account
from carriers.sources import SOURCES


class Command(BaseCommand):
    help = "Add an account with its webhook secret, rotate the secret, or list the accounts (never their secrets)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|rotate|list")
        for verb, what in (("add", "make an account"), ("rotate", "give it a new secret; the old one still works")):
            each = verbs.add_parser(verb, help=what)
            each.add_argument("source", choices=sorted(SOURCES))
            each.add_argument("name", help="a short name for the address, such as shop")
            each.add_argument("--secret", help="the secret the sender signs with (default: a fresh one)")
            each.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        listing = verbs.add_parser("list", help="list the accounts")
        listing.add_argument("--json", action="store_true", help="print one JSON object a line and nothing else")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "list":
            self._list(as_json=options["json"])
            return
        secret = options["secret"] or secrets.token_urlsafe(32)
        account = {"add": self._add, "rotate": self._rotate}[verb](options["source"], options["name"], secret)
        told = {"address": f"/webhooks/{account.source}/{account.name}/", "secret": secret}
        self.stdout.write(
            json.dumps(told)
            if options["json"]
            else f"Send webhooks to {told['address']}\nSecret (shown only now): {secret}"
        )

    def _add(self, source: str, name: str, secret: str) -> Account:
        if Account.objects.filter(source=source, name=name).exists():
            raise CommandError(f"There is an account {source}/{name} already. Use `account rotate` for a new secret.")
        return ensure_account(source=source, name=name, secrets=[secret])

    def _rotate(self, source: str, name: str, secret: str) -> Account:
        account = Account.objects.filter(source=source, name=name).first()
        if account is None:
            raise CommandError(f"There is no account {source}/{name}. Use `account add`.")
        set_secrets(account_id=account.pk, secrets=[secret, *open_secrets(account)[:1]])
        return account

    def _list(self, *, as_json: bool) -> None:
        for account in Account.objects.order_by("source", "name"):
            heard = account.last_message_at.isoformat() if account.last_message_at else None
            told = {
                "source": account.source,
                "name": account.name,
                "active": account.is_active,
                "last_message_at": heard,
            }
            self.stdout.write(json.dumps(told) if as_json else f"{account}  last message {heard or 'never'}")
