"""The karrio SDK, one carrier at a time, made safe: its TLS switch put back, its HTTP replaced, its cache kept tidy.

Importing karrio switches the verification of TLS off for the whole process, and its requests know no timeout. So it
is imported here alone, by the worker that asks carriers, never by the web process, and only when it is asked for.
Looked at in karrio 2026.1.32; the pins in pyproject.toml are exact, and `tests/carriers/test_clients_karrio_sdk.py`
notices when a new version does these things elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import ssl
import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import Request

from carriers.clients.exchange import Threads, signing_in, urlopen

INSTALL: Final = "python3 config/bootstrap.py base tail"

_HELPERS: Final = "karrio.core.utils.helpers"
_REPLACED: Final = ("urlopen", "_urlopen_with_span", "ThreadPoolExecutor", "Request")
_loading = threading.RLock()


class SdkMissing(Exception):
    """The karrio SDK, or its part for a carrier, is not installed; the message says how to get it."""


class SdkChanged(Exception):
    """The installed karrio SDK does not look as the one this was written for; it is not used."""


def provider(carrier: str) -> Any:
    """Return karrio's Settings, Mapper and Proxy of a carrier. Raises: SdkMissing, SdkChanged."""
    with _loading:
        os.environ["KARRIO_LOG_LEVEL"] = "CRITICAL"
        found = _imported(f"karrio.plugins.{carrier}")
        replace_http()
    return found.METADATA


def _imported(name: str) -> Any:
    """Import a module of karrio's without what it does to TLS. Raises: SdkMissing."""
    verifying = ssl._create_default_https_context
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise SdkMissing(
            f"Asking this carrier needs the karrio SDK, and {missing.name} is not installed; run: {INSTALL}"
        ) from None
    finally:
        ssl._create_default_https_context = verifying


def replace_http() -> None:
    """Send every request of the SDK through the exchange it is asked in. Raises: SdkChanged."""
    helpers = sys.modules.get(_HELPERS)
    if helpers is None or not all(hasattr(helpers, name) for name in _REPLACED):
        raise SdkChanged(f"{_HELPERS} lacks one of {', '.join(_REPLACED)}, which are replaced; the SDK is not used.")
    helpers.urlopen = urlopen  # type: ignore[attr-defined]
    # With Sentry installed this would copy requests, passwords included, into its spans.
    helpers._urlopen_with_span = urlopen  # type: ignore[attr-defined]
    helpers.ThreadPoolExecutor = Threads  # type: ignore[attr-defined]
    helpers.Request = QueryRequest  # type: ignore[attr-defined]
    # It warns of fields it does not know by logging whole answers, tokens included.
    logging.getLogger("jstruct.utils").disabled = True


class QueryRequest(Request):
    """A request that takes `params`, which some of the SDK's carriers hand over though its HTTP never took them."""

    def __init__(self, url: str, *args: Any, params: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(f"{url}?{urlencode(params)}" if params else url, *args, **options)


def token_cache() -> Any:
    """Return a cache for tokens whose keys are hashed (the SDK builds them of secrets) and that marks signing in."""
    base: Any = _imported("karrio.core.utils.caching").Cache

    class TokenCache(base):  # type: ignore[misc]
        def get(self, key: str) -> Any:
            return super().get(hashed(key))

        def set(self, key: str, value: Any, **options: Any) -> None:
            super().set(hashed(key), _marked(value) if callable(value) else value, **options)

        def thread_safe(self, refresh_func: Callable[[], Any], cache_key: str, **options: Any) -> Any:
            return super().thread_safe(_marked(refresh_func), cache_key, **options)

    return TokenCache()


def _marked(refresh: Callable[[], Any]) -> Callable[[], Any]:
    context = copy_context()

    def sign_in() -> Any:
        with signing_in():
            return refresh()

    return lambda: context.copy().run(sign_in)


def hashed(key: str) -> str:
    """Return a key that tells nothing of what it was made of."""
    return hashlib.sha256(key.encode()).hexdigest()
