"""The API's door for events: who may send, what is kept, and what they are told."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client, RequestFactory

from carriers.api import EventsView
from carriers.api_tokens import Scope, create_token, revoke_token
from carriers.inbox import drain
from carriers.models import InboundMessage, MessageState
from shipments.models import Shipment
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/events/"
EVENT = {"carrier": "ups", "tracking_number": "1Z9", "state": "in_transit", "occurred_at": "2026-03-04T10:00:00Z"}
BODY = json.dumps(EVENT).encode()


@pytest.fixture
def secret():
    return _secret(Scope.EVENTS_WRITE)


def _secret(*scopes, name="warehouse"):
    now = datetime.now(tz=UTC)
    return create_token(name=name, scopes=scopes, lasts=timedelta(days=1), now=now)[1]


def _post(body, secret="", **headers):
    bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(ADDRESS, data=body, content_type="application/json", headers=bearer | headers)


def test_event_is_stored_raw_and_read_later(secret):
    answer = _post(BODY, secret)
    message = InboundMessage.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"message": message.pk})
    assert (bytes(message.body), message.source, message.state) == (BODY, "events", MessageState.RECEIVED)
    assert not Shipment.objects.exists()
    drain(now=datetime.now(tz=UTC))
    assert Shipment.objects.get().state == "in_transit"


def test_list_of_events_is_one_message(secret):
    assert _post(json.dumps([EVENT, EVENT | {"tracking_number": "1Z8"}]).encode(), secret).status_code == 202
    drain(now=datetime.now(tz=UTC))
    assert Shipment.objects.count() == 2


def test_same_body_again_is_answered_200_and_kept_once(secret):
    answers = [_post(BODY, secret) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert answers[0].json() == answers[1].json()
    assert InboundMessage.objects.count() == 1


def test_idempotency_key_names_the_message(secret):
    first = [_post(BODY, secret, **{"Idempotency-Key": key}).status_code for key in ("a", "b", "a")]
    assert first == [202, 202, 200]
    assert InboundMessage.objects.count() == 2


def test_idempotency_key_used_for_another_body_is_refused(secret):
    _post(BODY, secret, **{"Idempotency-Key": "a"})
    answer = _post(b"[]", secret, **{"Idempotency-Key": "a"})
    assert answer.status_code == 409
    assert "another body" in answer.json()["detail"]


def test_idempotency_keys_of_two_programs_do_not_meet(secret):
    other = _secret(Scope.EVENTS_WRITE, name="shop")
    codes = [_post(BODY, each, **{"Idempotency-Key": "a"}).status_code for each in (secret, other)]
    assert codes == [202, 202]


def test_broken_event_is_stored_and_fails_later(secret):
    assert _post(b'{"state": "flying"}', secret).status_code == 202
    drain(now=datetime.now(tz=UTC))
    message = InboundMessage.objects.get()
    assert message.state == MessageState.FAILED
    assert "carrier" in message.problem_detail


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'"text"', b"3", b"null", b"[" * 100_000], ids=lambda body: repr(body[:6])
)
def test_what_is_not_json_is_refused_and_not_kept(body, secret):
    answer = _post(body, secret)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not InboundMessage.objects.exists()


def test_overlong_idempotency_key_is_refused(secret):
    assert _post(BODY, secret, **{"Idempotency-Key": "k" * 201}).status_code == 400


def test_body_over_256_kb_is_refused(secret):
    assert _post(b"[" + b" " * 262_144, secret).status_code == 413
    assert _post(b"[" + b" " * 262_142 + b"]", secret).status_code == 202


@pytest.mark.parametrize("size, code", [(10, 202), (262_144, 413)])
def test_chunked_body_is_read_whole(size, code, secret):
    body = b"[" + b" " * (size - 1) + b"]"
    request = RequestFactory().generic("POST", ADDRESS, headers={"Authorization": f"Bearer {secret}"})
    request.META |= {"wsgi.input": BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    assert EventsView.as_view()(request).status_code == code
    assert [bytes(each.body) for each in InboundMessage.objects.all()] == ([body] if code == 202 else [])


def test_nobody_sends_without_a_token(secret):
    answer = _post(BODY)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert _post(BODY, "wp_wrong").status_code == 401
    revoke_token(name="warehouse", now=datetime.now(tz=UTC))
    assert _post(BODY, secret).status_code == 401
    assert not InboundMessage.objects.exists()


def test_token_without_the_scope_is_refused():
    assert _post(BODY, _secret(Scope.CASES_READ)).status_code == 403
    assert not InboundMessage.objects.exists()


def test_signed_in_person_cannot_send():
    client = Client()
    client.force_login(make_user())
    assert client.post(ADDRESS, data=BODY, content_type="application/json").status_code in (401, 403)
    assert not InboundMessage.objects.exists()
