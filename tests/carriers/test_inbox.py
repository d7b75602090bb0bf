"""From a raw message to events: stored once, read once, nothing lost and nothing held up."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from carriers.accounts import ensure_account, open_secrets
from carriers.inbox import NewMessage, drain, receive, receive_many, replay
from carriers.models import InboundMessage, MessageState, Problem, Replay
from shipments import ledger
from shipments.models import Shipment, TrackingEvent

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def event(number: str = "P1", *, state: str = "in_transit", hours: float = 0, **fields: object) -> bytes:
    at = (NOW - timedelta(days=1) + timedelta(hours=hours)).isoformat()
    return json.dumps(
        {
            "carrier": "ups",
            "tracking_number": number,
            "state": state,
            "occurred_at": at,
            "raw_code": state,
            "raw_description": state,
            "physical": True,
            "source": "events",
        }
        | fields
    ).encode()


@pytest.fixture
def account(transactional_db):
    return ensure_account(source="events", name="shop", secrets=["s3cret"])


def store(account, *bodies: bytes) -> list[int]:
    return receive_many(messages=[NewMessage(account.pk, account.source, NOW, body) for body in bodies], now=NOW)


def test_secrets_are_sealed_and_come_back(account):
    assert "s3cret" not in account.sealed_secrets
    assert open_secrets(account) == ("s3cret",)


def test_a_message_told_twice_is_stored_once(account):
    first = receive(account=account, body=event(), now=NOW)
    second = receive(account=account, body=event(), now=NOW)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.message_id == second.message_id


def test_a_drained_message_becomes_events_and_a_due_shipment(account):
    store(account, event(state="label_created", physical=False), event(state="in_transit", hours=2))
    drained = drain(now=NOW)
    assert (drained.taken, drained.done, drained.events) == (2, 2, 2)
    shipment = Shipment.objects.get()
    assert (shipment.carrier, shipment.state, shipment.review_due_at) == ("ups", "in_transit", NOW)
    assert drain(now=NOW).taken == 0


def test_a_scan_told_in_two_messages_is_one_event(account):
    store(account, event(), event(location="Köln"))
    drained = drain(now=NOW)
    assert (drained.events, drained.duplicates, TrackingEvent.objects.count()) == (1, 1, 1)


def test_a_late_scan_does_not_regress_the_state(account):
    store(account, event(state="out_for_delivery", hours=5))
    drain(now=NOW)
    store(account, event(state="in_transit", hours=1))
    drain(now=NOW)
    shipment = Shipment.objects.get()
    assert shipment.state == "out_for_delivery"
    assert shipment.events.count() == 2


def test_an_unreadable_message_fails_with_a_sentence_and_holds_nothing_up(account):
    store(account, b'{"carrier": "ups"}', event(), b"not json")
    drained = drain(now=NOW)
    assert (drained.done, drained.failed) == (1, 2)
    failed = InboundMessage.objects.filter(state=MessageState.FAILED)
    assert {message.problem for message in failed} == {Problem.UNREADABLE}
    assert all(message.problem_detail and bytes(message.body) for message in failed)


def test_a_message_the_database_refuses_is_found_by_halving(account, monkeypatch):
    append = ledger.append

    def refuse(facts, *, now):
        if any(fact.raw_description == "poison" for fact in facts):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'no number'::int")
        return append(facts, now=now)

    monkeypatch.setattr(ledger, "append", refuse)
    bodies = [event(f"P{n}") for n in range(20)]
    bodies[7] = event("P7", raw_description="poison")
    store(account, *bodies)
    drained = drain(now=NOW)
    assert (drained.done, drained.failed, drained.events) == (19, 1, 19)
    bad = InboundMessage.objects.get(state=MessageState.FAILED)
    assert bad.problem == Problem.REFUSED
    assert "database refused" in bad.problem_detail


def test_a_code_too_large_for_an_index_is_found_by_halving(account):
    long = "".join(chr(0x20000 + n * 37 % 40_000) for n in range(1000))
    detail = {"status": long[:500], "status_detail": long[500:], "datetime": "2026-11-01T10:00:00Z"}
    tracker = {"tracking_code": "E1", "carrier": "UPS", "status": "in_transit", "tracking_details": [detail]}
    store(account, event("P1"))
    store(ensure_account(source="easypost", name="shop"), json.dumps({"result": tracker}).encode())
    store(account, event("P2"))
    drained = drain(now=NOW)
    assert (drained.done, drained.failed) == (2, 1)
    assert "exceeds" in InboundMessage.objects.get(state=MessageState.FAILED).problem_detail


def test_a_replayed_message_is_read_again_and_recorded(account):
    (message_id,) = store(account, b"not json")
    drain(now=NOW)
    InboundMessage.objects.filter(pk=message_id).update(body=event())
    assert replay(message_ids=[message_id], by=None, now=NOW).taken == 1
    assert drain(now=NOW).events == 1
    assert Replay.objects.get().problem_before == Problem.UNREADABLE
    assert replay(message_ids=[message_id], by=None, now=NOW).taken == 0


def test_the_number_of_queries_is_the_same_for_10_and_500_messages(account):
    def queries(count: int, start: int) -> int:
        store(account, *(event(f"N{n}") for n in range(start, start + count)))
        with CaptureQueriesContext(connection) as captured:
            assert drain(now=NOW).events == count
        return len(captured)

    queries(10, 0)
    assert queries(10, 100) == queries(500, 1000) <= 16


def test_three_workers_read_each_message_once(account):
    store(account, *(event(f"W{n}", hours=h) for n in range(200) for h in (0, 1, 2)))
    totals: list[int] = []

    def work() -> None:
        try:
            read = 0
            while taken := drain(now=NOW, limit=50).taken:
                read += taken
            totals.append(read)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(totals) == 600
    assert TrackingEvent.objects.count() == 600
    assert Shipment.objects.count() == 200
    assert InboundMessage.objects.filter(state=MessageState.DONE).count() == 600


@pytest.mark.parametrize("statement", ["UPDATE {0} SET state = 'lost'", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_database_refuses_to_change_an_event(account, statement):
    store(account, event())
    drain(now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format("shipments_trackingevent"))
    assert TrackingEvent.objects.count() == 1
