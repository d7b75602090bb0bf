"""The door: sign-in in a real browser, closed sign-up, the policy about what a page may load."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client


@pytest.mark.django_db
def test_sign_up_is_closed(client: Client):
    answer = client.post(
        "/accounts/signup/", {"email": "a@b.example", "username": "a", "password1": "x", "password2": "x"}
    )
    assert not get_user_model().objects.exists()
    assert answer.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("login", ["ada", "ada@waypost.example"])
def test_sign_in_by_name_or_by_address(client: Client, login: str):
    get_user_model().objects.create_user("ada", "ada@waypost.example", "a long pass phrase")
    answer = client.post("/accounts/login/", {"login": login, "password": "a long pass phrase"})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


@pytest.mark.django_db
def test_guessing_a_password_is_limited(client: Client):
    get_user_model().objects.create_user("ada", "ada@waypost.example", "a long pass phrase")
    for _ in range(8):
        client.post("/accounts/login/", {"login": "ada", "password": "wrong"})
    client.post("/accounts/login/", {"login": "ada", "password": "a long pass phrase"})
    assert "_auth_user_id" not in client.session


def test_every_page_carries_the_content_security_policy(client: Client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db(transaction=True)
def test_sign_in_page_breaks_no_policy_in_a_browser(live_server, page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{live_server.url}/accounts/login/")
    assert page.locator("input[name=login]").is_visible()
    assert [text for text in said if "Content Security Policy" in text] == []
