"""What every test has: a clean cache, a database as migrations left it, and a browser where there is one."""

import os
import shutil
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from tests.pristine import Pristine


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that start a Waypost of their own: at the end one worker would wait for them alone."""
    items.sort(key=lambda item: "fresh" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let tests that commit put back what they changed instead of emptying and seeding every table."""
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        pristine = Pristine()
    TransactionTestCase._fixture_teardown = lambda self: pristine.restore()  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Forget what earlier tests counted, such as attempts to sign in."""
    cache.clear()


# How long a page may take before a test gives up; what is there at once is not waited for.
expect.set_options(timeout=30_000)

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
