"""Read settings out of environment variables."""

import contextlib
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.folders import data_folder

POOL = {"min_size": 1, "max_size": 8, "timeout": 10, "max_lifetime": 1800}


def flag(name: str) -> bool:
    """Tell whether a variable is set to yes."""
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def words(name: str, default: str = "") -> list[str]:
    """Return the comma-separated words of a variable."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def whole_number(name: str, default: int, *, least: int = 0) -> int:
    """Return the whole number a variable is set to. Raises: ImproperlyConfigured for anything else."""
    said = os.environ.get(name, "").strip() or str(default)
    if not (said.isascii() and said.isdigit()) or int(said) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number, {least} or more; it is {said!r}.")
    return int(said)


def database(url: str, *, pool: bool) -> dict[str, Any]:
    """Return Django's description of the database at an address in DATABASE_URL's form."""
    if not url:  # A command that needs no database: any use of one is refused.
        return {"ENGINE": "django.db.backends.dummy"}
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://, as PostgreSQL is the only database here."
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": "5", **options, **({"pool": POOL} if pool else {})},
    }


def secret_key(*, may_generate: bool) -> str:
    """Return the key from the environment, else one kept in the data folder where that is allowed."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    if not may_generate:
        raise ImproperlyConfigured(
            "Set SECRET_KEY to a long random value, the same in every process: with DATABASE_URL set, Waypost may "
            "run on several machines and makes no key of its own."
        )
    return _kept_key(data_folder() / "secret_key", secrets.token_urlsafe(64))


def credentials_keys(*, may_generate: bool) -> list[str]:
    """Return the keys that seal carriers' secrets, newest first; empty where none is set and none may be made."""
    if keys := words("WAYPOST_CREDENTIALS_KEYS"):
        return keys
    fresh = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return [_kept_key(data_folder() / "credentials_key", fresh)] if may_generate else []


def _kept_key(path: Path, fresh: str) -> str:
    """Return the key in a file only its owner may read, `fresh` the first time, however many processes ask."""
    if not path.exists():
        half = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(fresh)
        with contextlib.suppress(FileExistsError):  # Another process was faster; its key is everybody's.
            os.link(half, path)
        half.unlink()
    return path.read_text()
