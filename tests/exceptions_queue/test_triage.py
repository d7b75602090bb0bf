"""From due shipments to cases: one open case each, refreshed, escalated, cleared; silence and news on one path."""

import copy
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from exceptions_queue import actions
from exceptions_queue.models import Case, CaseEvent, Finding, Leg, PolicyVersion
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import Role
from exceptions_queue.triage import judge, triage_due
from shipments.contracts import parse_order
from shipments.models import Shipment
from shipments.orders import record_orders
from shipments.setwise import run
from tests.factories import make_policy, make_user

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
"""A Wednesday."""


@pytest.fixture
def account(transactional_db):
    return ensure_account(source="events", name="shop", secrets=["s3cret"])


def tell(account, number: str, state: str, at: datetime, **fields: object) -> None:
    fact = {
        "carrier": "ups",
        "tracking_number": number,
        "state": state,
        "occurred_at": at.isoformat(),
        "raw_code": f"code-{state}",
        "raw_description": f"Scan {state}",
        "physical": True,
        "source": "events",
    } | fields
    message = NewMessage(account.pk, "events", at, json.dumps(fact).encode())
    receive_many(messages=[message], now=at)


def settle(now: datetime) -> None:
    """Read and judge everything there is at an instant."""
    while drain(now=now).taken:
        pass
    while triage_due(now=now).judged:
        pass


def order(number: str = "P1", *, promised_at: datetime = NOW + timedelta(days=3), **fields: object) -> None:
    data = {
        "order_id": f"O-{number}",
        "storefront": "main",
        "placed_at": (NOW - timedelta(days=2)).isoformat(),
        "promised_at": promised_at.isoformat(),
        "value": "80.00",
        "currency": "EUR",
        "channel": "direct",
        "customer": {"customer_id": "C1", "tier": "vip"},
        "shipments": [{"carrier": "ups", "tracking_number": number, "service": "ground", "direction": "outbound"}],
    } | fields
    record_orders(orders=[parse_order(data)], now=NOW - timedelta(days=2))


def written() -> list[object]:
    return [list(table.objects.order_by("pk").values()) for table in (Case, Finding, Leg, CaseEvent)]


def test_normal_movement_opens_nothing(account):
    order()
    tell(account, "P1", "in_transit", NOW)
    settle(NOW)
    assert Case.objects.count() == 0
    assert Shipment.objects.get().review_due_at > NOW


def test_an_attempt_opens_one_owned_case(account):
    order()
    tell(account, "P1", "attempted", NOW, reason="recipient_unavailable")
    settle(NOW)
    case = Case.objects.get()
    assert case.headline == "attempted"
    assert (case.state, case.owner_team, case.opened_at) == ("open", "support", NOW)
    assert case.summary
    assert case.next_action
    assert case.due_at > NOW
    assert case.policy.number == 1
    assert case.explanation["matched"]
    leg = Leg.objects.get()
    assert (leg.case_id, leg.team, leg.ended_at, leg.due_at) == (case.pk, "support", None, case.due_at)
    assert [event.kind for event in CaseEvent.objects.all()] == ["opened"]


def test_judging_again_changes_nothing(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    before = (Case.objects.values().get(), Leg.objects.count(), CaseEvent.objects.count(), Finding.objects.count())
    Shipment.objects.update(review_due_at=NOW)
    settle(NOW)
    assert before == (
        Case.objects.values().get(),
        Leg.objects.count(),
        CaseEvent.objects.count(),
        Finding.objects.count(),
    )


def test_a_case_that_stays_as_it_is_shows_the_facts_of_the_last_judgement(account):
    order(promised_at=NOW - timedelta(days=1))
    settle(NOW)
    tell(account, "P1", "in_transit", NOW)
    settle(NOW)
    before = Case.objects.values().get()
    assert "no_first_scan" not in [each["kind"] for each in before["explanation"]["near_misses"]]
    assert before["explanation"]["facts"]["state"] == "in_transit"


def test_new_trouble_joins_the_same_case(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    tell(account, "P1", "damaged", NOW + timedelta(hours=3), reason="damaged")
    settle(NOW + timedelta(hours=3))
    case = Case.objects.get()
    assert case.headline == "damaged"
    assert Leg.objects.filter(ended_at=None).count() == 1
    assert "found" in set(case.history.values_list("kind", flat=True))


def test_a_case_nobody_touched_closes_itself_when_the_parcel_is_delivered(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    tell(account, "P1", "delivered", NOW + timedelta(hours=20))
    settle(NOW + timedelta(hours=20))
    case = Case.objects.get()
    assert (case.state, case.outcome, case.closed_by) == ("closed", "self_healed", None)
    assert not Leg.objects.filter(ended_at=None).exists()
    assert not Finding.objects.filter(cleared_at=None).exists()


def test_a_case_somebody_touched_waits_to_be_confirmed(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    Case.objects.update(untouched=False)
    tell(account, "P1", "delivered", NOW + timedelta(hours=20))
    settle(NOW + timedelta(hours=20))
    case = Case.objects.get()
    assert (case.state, case.next_action) == ("recovered", "confirm_recovered")
    assert Leg.objects.get(ended_at=None).next_action == "confirm_recovered"


@pytest.mark.parametrize("untouched", [True, False], ids=["closed", "recovered"])
def test_a_case_that_healed_keeps_why_it_was_one_and_by_which_policy(account, untouched):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    before = Case.objects.get()
    Case.objects.update(untouched=untouched)
    PolicyVersion.objects.filter(state="published").update(state="retired")
    make_policy(document=DEFAULT_POLICY, published_at=NOW)
    for hours in (20, 21):
        tell(account, "P1", "delivered", NOW + timedelta(hours=hours))
        settle(NOW + timedelta(hours=hours))
    case = Case.objects.get()
    assert case.state == ("closed" if untouched else "recovered")
    assert (case.explanation, case.policy) == (before.explanation, before.policy)


def test_a_case_that_waits_and_gets_worse_is_owed_from_then_on(account):
    order(promised_at=NOW - timedelta(days=1))
    tell(account, "P1", "out_for_delivery", NOW)
    settle(NOW)
    agent = make_user(Role.SUPPORT)
    case = actions.claim_case(case_id=Case.objects.get().pk, by=agent, now=NOW)
    assert case.headline == "promise_missed"
    actions.wait_on(
        case_id=case.pk, waiting_on="carrier", until=NOW + timedelta(days=5), note="Asked", by=agent, now=NOW
    )
    worse = NOW + timedelta(hours=27)
    settle(worse)
    case, leg = Case.objects.get(), Leg.objects.get(ended_at=None)
    assert (case.state, case.severity) == ("open", Severity.CRITICAL)
    assert leg.due_at == case.due_at > leg.started_at == worse


def test_a_case_stays_with_the_second_person_until_they_answered(account):
    order(promised_at=NOW - timedelta(days=1))
    tell(account, "P1", "out_for_delivery", NOW)
    settle(NOW)
    agent, finance = make_user(Role.SUPPORT), make_user(Role.FINANCE)
    case = actions.claim_case(case_id=Case.objects.get().pk, by=agent, now=NOW)
    money = {"amount": Decimal(60), "currency": "USD", "note": "A week late.", "override_reason": "They wait."}
    actions.decide(case_id=case.pk, kind="refund", **money, by=agent, now=NOW)
    later = NOW + timedelta(hours=1)
    tell(account, "P1", "damaged", later)
    settle(later)
    case.refresh_from_db()
    assert case.findings.filter(kind="damaged", cleared_at=None).exists()
    assert (case.owner_team, case.next_action) == ("finance", "approve")
    waits = case.approvals.get(state="waiting")
    actions.refuse_proposal(case_id=case.pk, approval_id=waits.pk, reason="Broken.", by=finance, now=later)
    settle(later + timedelta(minutes=5))
    case.refresh_from_db()
    assert (case.headline, case.owner_team, case.next_action) == ("damaged", "support", "collect_damage_evidence")


@pytest.mark.parametrize("or_scan", [True, False])
def test_a_case_that_waits_for_the_next_scan_is_back_with_it(account, or_scan):
    order(promised_at=NOW - timedelta(days=1))
    tell(account, "P1", "out_for_delivery", NOW)
    settle(NOW)
    agent, week = make_user(Role.SUPPORT), NOW + timedelta(days=7)
    case = actions.claim_case(case_id=Case.objects.get().pk, by=agent, now=NOW)
    actions.wait_on(case_id=case.pk, waiting_on="carrier", until=week, note="", or_scan=or_scan, by=agent, now=NOW)
    settle(NOW + timedelta(minutes=30))
    assert Case.objects.get().state == "waiting"
    tell(account, "P1", "in_transit", (scanned := NOW + timedelta(hours=1)))
    settle(scanned)
    case = Case.objects.get()
    assert case.state == ("open" if or_scan else "waiting")
    assert [line.data for line in case.history.filter(kind="woken")] == ([{"by": "scan"}] if or_scan else [])
    assert case.legs.get(ended_at=None).wakes_after is None


def test_silence_itself_becomes_news(account):
    order(promised_at=NOW + timedelta(days=6))
    tell(account, "P1", "in_transit", NOW)
    settle(NOW)
    assert not Case.objects.exists()
    for _ in range(20):
        due = Shipment.objects.get().review_due_at
        if due is None or Case.objects.exists():
            break
        settle(due)
    case = Case.objects.get()
    assert case.headline in {"stalled", "promise_at_risk"}
    assert case.opened_at > NOW


def test_an_order_that_was_promised_late_is_found_when_the_promise_passes(account):
    order(promised_at=NOW + timedelta(hours=4))
    tell(account, "P1", "out_for_delivery", NOW)
    settle(NOW)
    settle(NOW + timedelta(days=2))
    assert "promise_missed" in set(Finding.objects.values_list("kind", flat=True))


def test_a_matter_people_closed_does_not_open_again_by_itself(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    later = NOW + timedelta(hours=1)
    Leg.objects.update(ended_at=later)
    Case.objects.update(state="closed", outcome="decided", closed_at=later, untouched=False)
    Shipment.objects.update(review_due_at=later)
    settle(later)
    assert Case.objects.count() == 1
    tell(account, "P1", "attempted", NOW + timedelta(hours=22))
    settle(NOW + timedelta(hours=22))
    assert Case.objects.filter(state="open").count() == 1


def test_a_shipment_no_rule_can_judge_is_named_and_holds_nothing_up(account, monkeypatch):
    for number in ("P1", "P2", "P3"):
        order(number)
        tell(account, number, "attempted", NOW)
    assess = judge.assess

    def refuse(situation, *asked):
        if situation.tracking_number == "P2":
            raise ZeroDivisionError("no rule for this")
        return assess(situation, *asked)

    monkeypatch.setattr(judge, "assess", refuse)
    settle(NOW)
    assert Case.objects.count() == 2
    assert "no rule for this" in Shipment.objects.get(tracking_number="P2").unjudged_reason
    monkeypatch.undo()
    settle(NOW + timedelta(hours=1))
    assert Case.objects.count() == 3
    assert Shipment.objects.get(tracking_number="P2").unjudged_reason == ""


def test_a_verdict_the_database_refuses_is_named_and_holds_nothing_up(account, monkeypatch):
    for number in ("P1", "P2", "P3", "P4", "P5"):
        order(number)
        tell(account, number, "attempted", NOW)
    while drain(now=NOW).taken:
        pass
    write = judge.write

    def refuse(judged, **kwargs):
        if any(each.due.situation.tracking_number == "P3" and each.change for each in judged):
            run("SELECT 'no number'::int")
        write(judged, **kwargs)

    monkeypatch.setattr(judge, "write", refuse)
    settle(NOW)
    assert Case.objects.count() == 4
    refused = Shipment.objects.get(tracking_number="P3")
    assert "refused" in refused.unjudged_reason
    assert refused.review_due_at > NOW


def test_the_number_of_queries_is_the_same_for_10_and_500_shipments(account):
    def queries(count: int, prefix: str) -> int:
        for n in range(count):
            tell(account, f"{prefix}{n}", "attempted", NOW)
        while drain(now=NOW).taken:
            pass
        with CaptureQueriesContext(connection) as captured:
            assert triage_due(now=NOW).opened == count
        return len(captured)

    queries(3, "A")
    assert queries(10, "B") == queries(500, "C") <= 20


def test_three_workers_open_one_case_a_shipment(account):
    for n in range(150):
        tell(account, f"W{n}", "attempted", NOW)
    while drain(now=NOW).taken:
        pass

    def work() -> None:
        try:
            while triage_due(now=NOW, limit=20).judged:
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Case.objects.count() == 150
    assert Leg.objects.filter(ended_at=None).count() == 150
    assert CaseEvent.objects.filter(kind="opened").count() == 150


_GATE = 7_249_718_013
"""Any number that nothing else locks."""


@contextmanager
def gate_before_the_lock() -> Iterator[None]:
    """Let this connection see shipments through a view that waits at a gate before it comes to a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMP VIEW shipments_shipment AS SELECT * FROM public.shipments_shipment
             WHERE review_due_at IS NULL OR pg_advisory_lock_shared({_GATE}) IS NOT NULL
            """
        )
        try:
            yield
        finally:
            cursor.execute("DROP VIEW pg_temp.shipments_shipment")
            cursor.execute("SELECT pg_advisory_unlock_all()")


def test_news_that_comes_while_triage_reaches_for_its_shipment_is_judged(account):
    """What a lock was given on and what is judged must be the same: else the news waits for the next deadline."""
    order()
    tell(account, "P1", "in_transit", NOW - timedelta(hours=2))
    drain(now=NOW)
    tell(account, "P1", "attempted", NOW)
    closed = threading.Event()
    with ThreadPoolExecutor(1) as pool, gate_before_the_lock():
        reading = pool.submit(_read_everything, gate=closed)
        assert closed.wait(timeout=20)
        assert triage_due(now=NOW).judged == 1
        reading.result(timeout=20)
    assert Case.objects.get().headline == "attempted"


def _read_everything(gate: threading.Event) -> None:
    """Close the gate, and open it once triage waits there and all that was told is read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20s'")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_GATE])
            gate.set()
            _wait_for_somebody_at_the_gate(cursor)
        drain(now=NOW)
    finally:
        connection.close()


def _wait_for_somebody_at_the_gate(cursor) -> None:
    deadline = time.monotonic() + 20
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s"
    cursor.execute(waits, [_GATE % 2**32])
    while not cursor.fetchone()[0]:
        assert time.monotonic() < deadline, "triage never came to the gate"
        time.sleep(0.01)
        cursor.execute(waits, [_GATE % 2**32])


def test_the_database_refuses_a_second_open_case(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    twin = Case.objects.get()
    twin.pk = None
    with pytest.raises(DatabaseError, match="case_one_open_per_shipment"):
        twin.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exceptions_queue_caseevent SET kind = 'note'",
        "DELETE FROM exceptions_queue_caseevent",
        "TRUNCATE exceptions_queue_caseevent CASCADE",
        "UPDATE exceptions_queue_policyversion SET document = '{}'",
        "DELETE FROM exceptions_queue_policyversion",
    ],
)
def test_the_database_refuses_to_change_history_and_published_policies(account, statement):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)
    assert CaseEvent.objects.count() == 1
    assert PolicyVersion.objects.get().document


def _publish(now: datetime, **rule: object) -> None:
    document = copy.deepcopy(DEFAULT_POLICY)
    document["detectors"]["attempted"] |= rule
    PolicyVersion.objects.filter(state="published").update(state="retired")
    make_policy(document=document, published_at=now)
    Shipment.objects.update(review_due_at=now)
    settle(now)


def test_an_open_case_follows_a_new_policy_to_its_team_action_and_time_in_one_new_leg(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    due_at = Case.objects.get().due_at
    later = NOW + timedelta(minutes=10)
    _publish(later, team="fulfillment", next_action="ask_carrier", allowed_hours=2)
    case, finding = Case.objects.get(), Finding.objects.get()
    assert (case.owner_team, case.next_action) == ("fulfillment", "ask_carrier")
    assert NOW < case.due_at < due_at
    assert (finding.team, finding.due_at, finding.opened_at) == ("fulfillment", case.due_at, NOW)
    assert list(Leg.objects.order_by("pk").values_list("team", "ended_at")) == [
        ("support", later),
        ("fulfillment", None),
    ]
    assert list(CaseEvent.objects.order_by("pk").values_list("kind", flat=True))[-1] == "moved"
    before = written()
    Shipment.objects.update(review_due_at=later)
    settle(later)
    assert written() == before


def test_a_case_that_stays_as_it_is_names_the_policy_that_judged_it_last(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    _publish(NOW + timedelta(minutes=10))
    case = Case.objects.get()
    assert case.policy == PolicyVersion.objects.get(state="published")
    assert CaseEvent.objects.count() == 1


def test_an_open_case_follows_a_new_time_in_the_leg_it_has(account):
    order()
    tell(account, "P1", "attempted", NOW)
    settle(NOW)
    due_at = Case.objects.get().due_at
    _publish(NOW + timedelta(minutes=10), allowed_hours=6)
    case, leg = Case.objects.get(), Leg.objects.get()
    assert case.due_at == leg.due_at == due_at + timedelta(hours=2)
