"""Take in what a polled account needs: credentials from a file or a prompt, an address that keeps them safe."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from getpass import getpass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.management.base import CommandError
from django.utils import timezone

from carriers.accounts import set_polling
from carriers.cadence import cadence_of
from carriers.clients.http import Client
from carriers.clients.registry import CLIENTS
from carriers.models import Account
from carriers.polling import plan

_LONGEST: Final = 4096


def add_polling_arguments(parser: ArgumentParser) -> None:
    """Add the options of a polled account to a parser."""
    parser.add_argument("--credentials-file", metavar="FILE", help="JSON object with the credentials; - reads them")
    parser.add_argument("--base-url", help="another address than the carrier's own, such as its test system")
    parser.add_argument("--calls-a-minute", type=int, metavar="N", help="the most calls in any minute")
    parser.add_argument("--calls-a-day", type=int, metavar="N", help="the most calls in any day")
    parser.add_argument(
        "--carrier", action="append", default=[], metavar="NAME", help="whose parcels it asks about, if not its own"
    )
    parser.add_argument(
        "--cadence",
        action="append",
        default=[],
        metavar="PART=N",
        help="such as moving_minutes=60",
    )


def client_of(source: str) -> Client:
    """Return how a source is polled. Raises: CommandError."""
    if source not in CLIENTS:
        raise CommandError(f"{source} cannot be polled; these can: {', '.join(sorted(CLIENTS))}.")
    return CLIENTS[source]


def polling_options(source: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the options say, checked whole, as `set_polling` takes it. Raises: CommandError."""
    client = client_of(source)
    try:
        return {
            # The SDK knows the addresses of the long tail itself.
            "base_url": _base_url(url) if (url := options["base_url"] or client.BASE_URL) else "",
            "calls_a_minute": _limit(options["calls_a_minute"], "--calls-a-minute") or client.CALLS_A_MINUTE,
            "calls_a_day": _limit(options["calls_a_day"], "--calls-a-day") or client.CALLS_A_DAY,
            "carriers": options["carrier"],
            "cadence": _cadence(options["cadence"]),
            "credentials": _credentials(client.CREDENTIALS, options["credentials_file"]),
        }
    except ValueError as problem:
        raise CommandError(str(problem)) from None


def start_polling(account: Account, checked: dict[str, Any]) -> dict[str, Any]:
    """Let an account be polled, take up its parcels, and return what may be told about it."""
    set_polling(account_id=account.pk, **checked)
    while plan(now=timezone.now(), thorough=True).added:
        pass
    return {name: value for name, value in checked.items() if name != "credentials"}


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise ValueError(f"The base URL {url} should begin with https://, as credentials are sent there.")
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError(f"The base URL {parts.scheme}://{parts.hostname or ''} should be a plain address with a host.")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _limit(number: int | None, option: str) -> int | None:
    if number is not None and not 0 < number <= 1_000_000:
        raise ValueError(f"{option} should be a whole number above 0.")
    return number


def _cadence(parts: Sequence[str]) -> dict[str, int]:
    told: dict[str, int] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if not value.isdigit():
            raise ValueError(f"--cadence {part} should look like moving_minutes=60.")
        told[name] = int(value)
    cadence_of(told)
    return told


def _credentials(names: Sequence[str], file: str | None) -> dict[str, str]:
    told = _read(file) if file else _prompt(names)
    if missing := [name for name in names if not told.get(name)]:
        raise ValueError(f"The credentials lack {', '.join(missing)}.")
    for name, value in told.items():
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or len(value) > _LONGEST:
            raise ValueError(f"The credential {name} should be plain text on one line.")
    return told


def _read(file: str) -> dict[str, str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
        told = json.loads(text)
    except OSError as problem:
        raise ValueError(f"The file {file} cannot be read: {problem.strerror}.") from None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ValueError('The credentials should be one JSON object, such as {"client_id": "…", "client_secret": "…"}.')
    return told


def _prompt(names: Sequence[str]) -> dict[str, str]:
    if not sys.stdin.isatty():
        raise ValueError(
            f"Give the credentials ({', '.join(names)}) as a JSON object with --credentials-file FILE or -."
        )
    return {name: getpass(f"{name.replace('_', ' ')}: ").strip() for name in names}
