"""`api_token create|revoke|list`: the tokens other programs use the API with."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from carriers.api_tokens import ApiToken, NameTaken, Scope, create_token, revoke_token


class Command(BaseCommand):
    help = "Make a token for the API (it is shown once), end one, or list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="do", required=True)
        create = commands.add_parser("create", help="make a token and print it once")
        create.add_argument("name", help="which program will use it")
        create.add_argument("--scope", action="append", required=True, choices=Scope.values, dest="scopes")
        create.add_argument("--days", type=int, default=90, help="how long it lasts (1 to 730; 90 if not said)")
        revoke = commands.add_parser("revoke", help="end a token at once")
        revoke.add_argument("name")
        listing = commands.add_parser("list", help="show the tokens, never their secrets")
        for command in (create, revoke, listing):
            command.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *, do: str, **options: Any) -> None:
        {"create": self._create, "revoke": self._revoke, "list": self._list}[do](**options)

    def _create(self, *, name: str, scopes: list[str], days: int, json: bool, **options: Any) -> None:
        if not 1 <= days <= 730:
            raise CommandError("A token lasts 1 to 730 days.")
        chosen = [Scope(scope) for scope in scopes]
        try:
            token, secret = create_token(name=name, scopes=chosen, lasts=timedelta(days=days), now=timezone.now())
        except NameTaken as refusal:
            raise CommandError(str(refusal)) from refusal
        if not json:
            self.stderr.write(f"{name} may use {', '.join(token.scopes)} until {token.expires_at:%Y-%m-%d}.")
            self.stderr.write("This is shown once; keep it safe:")
        self.stdout.write(_json(_shown(token) | {"token": secret}) if json else secret)

    def _revoke(self, *, name: str, json: bool, **options: Any) -> None:
        if not revoke_token(name=name, now=timezone.now()):
            raise CommandError(f"No live token is called {name}; `api_token list` shows them.")
        self.stdout.write(_json({"name": name, "revoked": True}) if json else f"{name} is revoked.")

    def _list(self, *, json: bool, **options: Any) -> None:
        for token in ApiToken.objects.order_by("-created_at", "-id"):
            shown = _shown(token)
            line = f"{shown['state']:8} {token.prefix}… {token.name}: {', '.join(token.scopes)}"
            self.stdout.write(_json(shown) if json else f"{line}; until {token.expires_at:%Y-%m-%d}")


def _shown(token: ApiToken) -> dict[str, Any]:
    ended = "ended" if token.expires_at <= timezone.now() else "live"
    return {
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "state": "revoked" if token.revoked_at else ended,
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value)
