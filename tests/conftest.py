"""What every test has: a clean cache, a flush that append-only tables let through, and a browser where there is one."""

import os
import shutil
from typing import Any

import pytest
from django.core.cache import cache


@pytest.fixture(scope="session", autouse=True)
def _flush_append_only_tables() -> None:
    """Let transactional tests empty the tables whose triggers refuse it to everybody else."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self: Any, sql_list: list[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    BaseDatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Forget what earlier tests counted, such as attempts to sign in."""
    cache.clear()


# Chromium looks up its maker's hosts at every start unless told not to.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
QUIET += ["--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's Chromium: the one in CHROMIUM, or the one on PATH."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    if not found:
        missing = "There is no Chromium: install it (apt install chromium) or name one in CHROMIUM."
        pytest.fail(missing) if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip(missing)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": [*QUIET, *sandbox]}
