"""A console with a working day in it, and a browser that reports what it should never do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Request

from tests import factories

WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective}: ${event.blockedURI}`);
});
"""


@dataclass
class Console:
    """One person's browser on the running console; `trouble` is what it must not have seen."""

    page: Page
    address: str
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page and note what the content policy refused on it."""
        self.page.goto(f"{self.address}{path}")
        self.trouble += self.page.evaluate("window.refused")
        return self.page

    def sign_in(self, user: User) -> None:
        """Take over a session made for the person, without the form."""
        client = Client()
        client.force_login(user)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
        self.page.context.add_cookies([{**cookie, "url": self.address}])


@pytest.fixture
def _by_the_real_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows stand around the real now: the browser and the server know no other."""
    monkeypatch.setattr(factories, "NOW", timezone.now())


@pytest.fixture
def console(page: Page, live_server: Any, _by_the_real_clock: None) -> Iterator[Console]:
    """Return the console in a browser; afterwards nothing was refused, nothing crashed, nothing asked elsewhere."""
    console = Console(page, live_server.url)

    def ask(request: Request) -> None:
        if not request.url.startswith(live_server.url):
            console.trouble.append(f"asked {request.url}")

    page.on("request", ask)
    page.on("pageerror", lambda error: console.trouble.append(str(error)))
    page.add_init_script(WATCH_POLICY)
    yield console
    assert console.trouble == []
