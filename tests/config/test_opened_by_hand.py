"""An address that only takes what a button sends, opened by hand: the person stands on the page it belongs to."""

from __future__ import annotations

import pytest
from django.test import Client

from config.opened_by_hand import page_above
from exceptions_queue.transitions import Role
from tests import factories as make

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BELONGS = [
    ("/policy/draft/start/", "/policy/draft/"),
    ("/policy/draft/publish/", "/policy/draft/"),
    ("/policy/versions/1/publish-again/", "/policy/versions/1/"),
    ("/policy/observed/7/open/", "/policy/observed/"),
    ("/policy/backtests/ask/", "/policy/backtests/"),
    ("/reviews/draw/", "/reviews/"),
    ("/queue/take-next/", "/queue/"),
]


@pytest.fixture
def owner(client: Client):
    make.make_policy()
    client.force_login(make.make_user(Role.OPERATIONS))


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "page"), BELONGS)
def test_a_browser_is_led_to_the_page_and_told_why(client: Client, owner, address: str, page: str):
    response = client.get(address, headers=BROWSER, follow=True)
    assert (response.status_code, response.redirect_chain) == (200, [(page, 302)])
    assert "That address only takes what a button sends. Nothing was changed." in response.content.decode()


@pytest.mark.django_db
def test_a_page_above_that_only_takes_a_button_too_leads_on(client: Client, owner):
    response = client.get("/queue/bulk/undo/more/", headers=BROWSER)
    assert response.status_code == 404
    assert page_above("/queue/bulk/undo/") == "/queue/bulk/"
    assert client.get("/queue/bulk/", headers=BROWSER)["Location"] == "/queue/"


@pytest.mark.django_db
def test_a_program_is_told_that_it_may_not(client: Client, owner):
    assert client.get("/policy/draft/start/").status_code == 405
    assert client.get("/policy/draft/start/", headers={"Accept": "application/json"}).status_code == 405
    assert client.put("/policy/draft/start/", headers=BROWSER).status_code == 405


@pytest.mark.django_db
def test_an_address_without_sign_in_stays_what_it_is(client: Client, owner):
    assert client.post("/healthz", headers=BROWSER).status_code == 405
    assert client.get("/webhooks/events/shop/", headers=BROWSER).status_code == 405
