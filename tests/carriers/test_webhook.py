"""The door for carriers' messages: who may come in, what is kept, and what they are told."""

import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client, RequestFactory

from carriers.accounts import ensure_account, set_secrets
from carriers.inbox import drain
from carriers.models import InboundMessage, MessageState, Problem
from carriers.views import webhook
from shipments.models import Shipment

SECRET = "wébhook secret"
ADDRESS = "/webhooks/easypost/shop/"


def tracker_event(number: str = "1Z999AA10123456784", status: str = "in_transit") -> bytes:
    at = "2026-11-01T09:30:00Z"
    tracker = {
        "object": "Tracker",
        "tracking_code": number,
        "carrier": "UPS",
        "status": status,
        "tracking_details": [{"message": "Scan", "status": status, "status_detail": "", "datetime": at}],
    }
    return json.dumps(
        {"object": "Event", "id": f"evt_{number}", "description": "tracker.updated", "result": tracker}
    ).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    key = unicodedata.normalize("NFKD", secret).encode()
    digest = hmac.new(key, body, hashlib.sha256).hexdigest()
    return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}


@pytest.fixture
def account(transactional_db):
    return ensure_account(source="easypost", name="shop", secrets=[SECRET])


def post(body: bytes, headers: dict[str, str], address: str = ADDRESS):
    return Client(enforce_csrf_checks=True).post(address, data=body, content_type="application/json", headers=headers)


def test_a_signed_message_is_stored_raw_before_it_is_read(account):
    body = tracker_event()
    answer = post(body, signed(body))
    assert answer.status_code == 202
    message = InboundMessage.objects.get()
    assert (bytes(message.body), message.state) == (body, MessageState.RECEIVED)
    assert not Shipment.objects.exists()
    drain(now=datetime.now(tz=UTC))
    assert Shipment.objects.get().state == "in_transit"


def test_the_same_message_again_is_answered_200_and_kept_once(account):
    body = tracker_event()
    assert [post(body, signed(body)).status_code for _ in range(2)] == [202, 200]
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, {"X-Hmac-Signature": "hmac-sha256-hex=00"}, signed(b"another body")])
def test_an_unauthentic_message_is_quarantined_and_never_read(account, headers):
    assert post(tracker_event(), headers).status_code == 401
    message = InboundMessage.objects.get()
    assert (message.state, message.problem) == (MessageState.QUARANTINED, Problem.NOT_AUTHENTIC)
    assert drain(now=datetime.now(tz=UTC)).taken == 0


def test_an_authentic_message_gets_in_after_a_forged_copy_was_refused(account):
    body = tracker_event()
    post(body, {})
    assert post(body, signed(body)).status_code == 202


def test_two_secrets_are_accepted_while_one_is_rotated_out(account):
    set_secrets(account_id=account.pk, secrets=["new", SECRET])
    old, new = tracker_event("A1"), tracker_event("A2")
    assert post(old, signed(old)).status_code == 202
    assert post(new, signed(new, "new")).status_code == 202
    set_secrets(account_id=account.pk, secrets=["new"])
    late = tracker_event("A3")
    assert post(late, signed(late)).status_code == 401


def test_an_account_without_a_secret_lets_nobody_in(account):
    set_secrets(account_id=account.pk, secrets=[])
    body = tracker_event()
    assert post(body, signed(body)).status_code == 401


@pytest.mark.parametrize("address", ["/webhooks/easypost/nobody/", "/webhooks/nosource/shop/"])
def test_an_unknown_account_is_404(account, address):
    assert post(tracker_event(), signed(tracker_event()), address).status_code == 404
    assert not InboundMessage.objects.exists()


def test_an_inactive_account_is_404(account):
    account.is_active = False
    account.save()
    assert post(tracker_event(), signed(tracker_event())).status_code == 404


def test_a_body_over_256_kb_is_413(account, settings):
    body = b"{" + b" " * settings.WAYPOST_MAX_WEBHOOK_BYTES
    assert post(body, signed(body)).status_code == 413
    assert not InboundMessage.objects.exists()


def test_an_empty_body_is_400(account):
    assert post(b"", signed(b"")).status_code == 400


def test_a_body_that_is_no_data_at_all_is_400_and_still_kept(account):
    body = b"hello"
    assert post(body, signed(body)).status_code == 400
    message = InboundMessage.objects.get()
    assert (bytes(message.body), message.state, message.problem) == (body, "failed", Problem.UNREADABLE)


def test_only_post_is_answered(account):
    assert Client().get(ADDRESS).status_code == 405


def chunked_request(body: bytes, headers: dict[str, str]):
    request = RequestFactory().post(ADDRESS, headers=headers, HTTP_TRANSFER_ENCODING="chunked")
    request.META.pop("CONTENT_LENGTH", None)
    request.META["wsgi.input"] = BytesIO(body)
    return request


def test_a_chunked_body_is_read_whole(account):
    body = tracker_event()
    answer = webhook(chunked_request(body, signed(body)), "easypost", "shop")
    assert answer.status_code == 202
    assert bytes(InboundMessage.objects.get().body) == body


def test_a_chunked_body_over_the_limit_is_413(account, settings):
    body = b"{" + b" " * settings.WAYPOST_MAX_WEBHOOK_BYTES
    assert webhook(chunked_request(body, signed(body)), "easypost", "shop").status_code == 413


def test_the_door_reads_nothing_but_the_account_and_stores_one_row(account, django_assert_num_queries):
    body = tracker_event()
    with django_assert_num_queries(4):  # account, BEGIN, INSERT, COMMIT
        assert post(body, signed(body)).status_code == 202


def test_the_heartbeat_of_the_account_moves_when_its_messages_are_read(account):
    body = tracker_event()
    before = datetime.now(tz=UTC) - timedelta(seconds=1)
    post(body, signed(body))
    drain(now=datetime.now(tz=UTC))
    account.refresh_from_db()
    assert account.last_message_at > before


@pytest.mark.parametrize("source", ["easypost%00", "no such", "..%2f", "é"])
def test_an_address_no_source_can_have_is_not_found(account, source):
    body = tracker_event()
    assert post(body, signed(body), f"/webhooks/{source}/shop/").status_code == 404
