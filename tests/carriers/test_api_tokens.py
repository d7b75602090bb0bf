import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from carriers.api_tokens import ApiToken, NameTaken, Scope, TokenRefused, create_token, revoke_token, token_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _token(name="warehouse", **overrides):
    return create_token(**{"name": name, "scopes": [Scope.EVENTS_WRITE], "lasts": DAY, "now": NOW} | overrides)


def test_secret_opens_its_token_and_is_not_stored():
    token, secret = _token()
    assert token_of(secret, now=NOW) == token
    row = ApiToken.objects.values().get()
    assert secret not in str(row)
    assert secret.startswith(row["prefix"])


def test_use_is_noted_once_a_minute():
    _, secret = _token()
    for seconds, noted in ((0, 0), (30, 0), (60, 60)):
        token_of(secret, now=NOW + timedelta(seconds=seconds))
        assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=noted)


@pytest.mark.parametrize("secret", ["", "wp_", "wp_unknown"])
def test_unknown_secret_opens_nothing(secret):
    _token()
    with pytest.raises(TokenRefused, match="not known"):
        token_of(secret, now=NOW)


def test_token_ends_when_its_time_is_over():
    _, secret = _token()
    token_of(secret, now=NOW + DAY - timedelta(seconds=1))
    with pytest.raises(TokenRefused, match="ended on 2026-03-05"):
        token_of(secret, now=NOW + DAY)


def test_revoked_token_opens_nothing_and_frees_its_name():
    _, secret = _token()
    with pytest.raises(NameTaken):
        _token()
    assert revoke_token(name="warehouse", now=NOW)
    assert not revoke_token(name="warehouse", now=NOW)
    with pytest.raises(TokenRefused, match="revoked"):
        token_of(secret, now=NOW)
    _token()


def _run(*arguments):
    out = StringIO()
    call_command("api_token", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_command_prints_the_secret_once_and_nothing_else():
    secret = _run("create", "erp", "--scope", "events:write", "--scope", "cases:read", "--days", "30")
    assert secret.startswith("wp_")
    token = ApiToken.objects.get()
    assert (token.scopes, token.expires_at - token.created_at) == (["cases:read", "events:write"], 30 * DAY)
    assert secret not in _run("list")


def test_command_speaks_json():
    made = json.loads(_run("create", "erp", "--scope", "events:write", "--json"))
    assert made["token"].startswith(made["prefix"])
    assert json.loads(_run("revoke", "erp", "--json")) == {"name": "erp", "revoked": True}
    assert json.loads(_run("list", "--json"))["state"] == "revoked"


@pytest.mark.parametrize(
    "arguments, why",
    [
        (("create", "a", "--scope", "events:write", "--days", "0"), "1 to 730"),
        (("create", "a"), "--scope"),
        (("create", "a", "--scope", "all"), "invalid choice"),
        (("revoke", "a"), "No live token"),
    ],
)
def test_command_refuses_with_the_reason(arguments, why):
    with pytest.raises(CommandError, match=why):
        _run(*arguments)
    assert not ApiToken.objects.exists()


def test_command_refuses_a_name_in_use():
    _run("create", "erp", "--scope", "events:write")
    with pytest.raises(CommandError, match="erp exists"):
        _run("create", "erp", "--scope", "events:write")
