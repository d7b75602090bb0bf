"""The two pages that machines ask: alive, and able to work."""

import pytest
from django.test import Client, override_settings


def test_healthz_answers_without_a_database_or_sign_in(client: Client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_names_each_part_when_all_is_well(client: Client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "broker": "ok", "migrations": "ok"}


@pytest.mark.django_db
@override_settings(REDIS_URL="unix:///nowhere/valkey.sock")
def test_readyz_is_503_and_names_the_broker_when_it_is_gone(client: Client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"] == "failed"
    assert answer.json()["database"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_other_pages_ask_for_sign_in(client: Client):
    assert client.get("/admin/").status_code == 302
    assert client.get("/accounts/login/").status_code in (200, 500)
