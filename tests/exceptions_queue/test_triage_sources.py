"""Two sources that disagree, from their messages to the case and back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from exceptions_queue.models import Case
from exceptions_queue.triage import triage_due
from shipments.models import Shipment

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def account(transactional_db):
    return ensure_account(source="events", name="shop")


def tell(account, source: str, state: str, at: datetime, *numbers: str) -> None:
    facts = [
        {
            "carrier": "ups",
            "tracking_number": number,
            "state": state,
            "occurred_at": at.isoformat(),
            "raw_code": f"{source}-{state}",
            "physical": True,
            "source": source,
        }
        for number in numbers or ("P1",)
    ]
    receive_many(messages=[NewMessage(account.pk, "events", at, json.dumps(facts).encode())], now=at)
    while drain(now=at).taken:
        pass
    while triage_due(now=at).judged:
        pass


def judge(now: datetime) -> None:
    while triage_due(now=now).judged:
        pass


def test_a_disagreement_opens_a_case_for_operations_when_its_time_ends(account):
    tell(account, "ups", "in_transit", NOW)
    tell(account, "easypost", "delivered", NOW + 3 * HOUR)
    due = NOW + 51 * HOUR
    assert Shipment.objects.get().review_due_at == due
    judge(due)
    case = Case.objects.get()
    assert (case.headline, case.owner_team, case.opened_at) == ("source_disagreement", "operations", due)
    assert case.summary.startswith("EasyPost says “delivered”")


def test_it_clears_itself_when_the_sources_agree(account):
    tell(account, "ups", "in_transit", NOW)
    tell(account, "easypost", "delivered", NOW + 3 * HOUR)
    judge(NOW + 51 * HOUR)
    tell(account, "ups", "delivered", NOW + 60 * HOUR)
    case = Case.objects.get()
    assert (case.state, case.outcome) == ("closed", "self_healed")
    assert Shipment.objects.get().review_due_at is None


def test_one_source_never_disagrees_with_itself(account):
    tell(account, "ups", "delivered", NOW)
    tell(account, "ups", "in_transit", NOW + HOUR)
    shipment = Shipment.objects.get()
    assert (shipment.first_source, shipment.has_more_sources) == ("ups", False)
    judge(NOW + 30 * HOUR)
    assert not Case.objects.filter(headline="source_disagreement").exists()


def test_a_second_source_is_remembered_whichever_batch_tells_of_it(account):
    tell(account, "ups", "in_transit", NOW)
    tell(account, "easypost", "in_transit", NOW + HOUR)
    tell(account, "ups", "out_for_delivery", NOW + 2 * HOUR)
    shipment = Shipment.objects.get()
    assert (shipment.first_source, shipment.has_more_sources) == ("ups", True)


def test_judging_takes_as_many_statements_for_any_number_of_sources(account):
    def statements(count: int, prefix: str) -> int:
        numbers = [f"{prefix}{number}" for number in range(count)]
        tell(account, "ups", "in_transit", NOW, *numbers)
        tell(account, "easypost", "delivered", NOW + HOUR, *numbers)
        Shipment.objects.filter(tracking_number__startswith=prefix).update(review_due_at=NOW + HOUR)
        with CaptureQueriesContext(connection) as caught:
            triage_due(now=NOW + HOUR)
        return len(caught)

    statements(1, "A")
    assert statements(2, "B") == statements(200, "C")
