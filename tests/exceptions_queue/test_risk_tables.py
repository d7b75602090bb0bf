"""The delay risk is learned once a day from finished parcels, and judges the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue.models import Case, RiskTable
from exceptions_queue.policy.lessons import lane_of
from exceptions_queue.risk_tables import KEPT, learn_risk, table_of
from exceptions_queue.triage import triage_due
from shipments.facts import Direction, State
from shipments.models import Shipment
from tests.factories import NOW, make_event, make_order, make_policy, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)

MIDNIGHT = NOW.replace(hour=0)
GROUND = lane_of("ups", "ground")


def finish(parcels: int, *, days: float, at=MIDNIGHT - timedelta(hours=1), **fields) -> None:
    """Save delivered parcels, each scanned once before, so many days earlier."""
    for _ in range(parcels):
        left = at - timedelta(days=days)
        order = make_order(placed_at=left)
        values = {"state": State.DELIVERED, "delivered_at": at, "first_seen_at": left, "state_since": at}
        shipment = make_shipment(order=order, **(values | fields))
        make_event(shipment, state=State.IN_TRANSIT, occurred_at=left)
        make_event(shipment, state=State.DELIVERED, occurred_at=at, received_at=at)


def test_nothing_finished_teaches_nothing():
    assert learn_risk(now=NOW) is None
    assert RiskTable.objects.count() == 0


def test_finished_parcels_teach_how_long_they_took():
    finish(40, days=4)
    row = learn_risk(now=NOW)
    assert (row.parcels, row.learned_at) == (40, MIDNIGHT)
    odds = table_of(row.pk).odds_at(GROUND, State.IN_TRANSIT, timedelta(days=3), 0)
    assert (odds.lane, odds.parcels) == (GROUND, 40)
    assert odds.share > 0.9


def test_a_day_is_learned_once_and_the_next_one_again():
    finish(1, days=4)
    assert learn_risk(now=NOW) is not None
    assert learn_risk(now=NOW + timedelta(hours=1)) is None
    assert learn_risk(now=NOW + timedelta(days=1)) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"at": NOW},
        {"at": MIDNIGHT - timedelta(days=181)},
        {"direction": Direction.RETURN},
    ],
    ids=["finished today", "half a year ago", "a return"],
)
def test_what_is_no_example_is_left_out(fields):
    finish(2, days=3, **fields)
    assert learn_risk(now=NOW) is None


def test_a_parcel_delivered_again_after_its_table_was_learned_changes_nothing_in_it():
    finish(30, days=4)
    row = learn_risk(now=NOW)
    before = row.cells
    finish(30, days=9)
    row.refresh_from_db()
    assert row.cells == before


def test_old_tables_are_let_go():
    RiskTable.objects.create(learned_at=MIDNIGHT - KEPT - timedelta(days=1), created_at=NOW, parcels=1, cells=[])
    finish(1, days=4)
    learn_risk(now=NOW)
    assert [row.learned_at for row in RiskTable.objects.all()] == [MIDNIGHT]


def test_reading_takes_the_same_statements_for_many_as_for_few():
    counts = []
    for parcels in (2, 40):
        finish(parcels, days=4)
        RiskTable.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            learn_risk(now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_newest_table_judges_the_next_parcel_and_its_case_says_so():
    make_policy()
    finish(60, days=8)
    row = learn_risk(now=NOW)
    shipment = make_shipment(
        promised_at=NOW + timedelta(days=3),
        last_physical_at=NOW - timedelta(hours=2),
        last_event_at=NOW - timedelta(hours=2),
        review_due_at=NOW,
    )
    while triage_due(now=NOW).judged:
        pass
    case = Case.objects.get()
    assert (case.shipment_id, case.headline) == (shipment.pk, "promise_at_risk")
    assert "Of 60 parcels just in transit on UPS ground, nearly all needed longer than the 3 days" in case.summary
    assert case.explanation["facts"]["risk"]["table"] == row.pk
    assert Shipment.objects.get(pk=shipment.pk).review_due_at > NOW
