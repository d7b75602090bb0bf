"""The same history judged live, with a simulated clock through the real pipeline, and by a backtest afterwards."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Min

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from exceptions_queue.backtest import jobs
from exceptions_queue.backtest.parcels import Parcel
from exceptions_queue.backtest.tables import learning_time
from exceptions_queue.models import Backtest, BacktestFinding, BacktestState, Finding, PolicyVersion
from exceptions_queue.risk_tables import learn_risk
from exceptions_queue.triage import triage_due
from shipments.contracts import parse_conversation, parse_order
from shipments.facts import State
from shipments.models import Shipment
from shipments.orders import record_conversations, record_orders
from tests.exceptions_queue.backtest.histories import BEGINS, day, lines, parcel, told

ENDS = day(34)


def history() -> list[Parcel]:
    """Return two weeks of parcels, most of them in time, on a clock of six hours; some customers order again."""
    chance = random.Random(4)
    return [_one(chance, number) for number in range(84)]


def _one(chance: random.Random, number: int) -> Parcel:
    placed = number // 6
    scanned = placed + 1 + chance.choice([0, 0.25])
    moves = [(State.PICKED_UP, scanned)]
    for _ in range(chance.choice([1, 2, 2, 3])):
        scanned += chance.choice([0.5, 1, 1, 1.5, 4, 6])
        moves.append((State.IN_TRANSIT, scanned))
    if chance.random() < 0.2:
        moves.append((State.ATTEMPTED, scanned + 0.5))
    if chance.random() < 0.94:
        moves.append((State.DELIVERED, scanned + chance.choice([1, 1, 1.5, 2, 5])))
    return parcel(
        number + 1,
        customer=number % 50,
        tracking_number=f"P{number + 1}",
        tier="vip" if number % 50 % 9 == 0 else "standard",
        placed_at=day(placed),
        promised_at=day(placed + 7 + chance.choice([0, 1.5])),
        events=told(f"P{number + 1}", *moves),
    )


class Live:
    """The pipeline with a simulated clock that stops wherever there is news or silence becomes news."""

    def __init__(self, parcels: list[Parcel]) -> None:
        self._account = ensure_account(source="events", name="shop")
        orders, events = lines(parcels)
        told = [("order", datetime.fromisoformat(each["placed_at"]), each) for each in orders]
        told += [("event", datetime.fromisoformat(each["occurred_at"]), each) for each in events]
        told += [
            ("talk", datetime.fromisoformat(each.get("closed_at", each["opened_at"])), each) for each in talks(parcels)
        ]
        self._told = sorted(told, key=lambda each: each[1])

    def play(self) -> None:
        now = BEGINS
        while now <= ENDS:
            self._hear(now)
            learn_risk(now=now)
            while triage_due(now=now).judged:
                pass
            now = self._next(now)

    def _hear(self, now: datetime) -> None:
        heard = [each for each in self._told if each[1] <= now]
        self._told = self._told[len(heard) :]
        of = {kind: [line for told, _, line in heard if told == kind] for kind in ("order", "event", "talk")}
        record_orders(orders=[parse_order(line) for line in of["order"]], now=now)
        messages = [NewMessage(self._account.pk, "events", now, json.dumps(line).encode()) for line in of["event"]]
        if messages:
            receive_many(messages=messages, now=now)
        while drain(now=now).taken:
            pass
        record_conversations(conversations=[parse_conversation(line) for line in of["talk"]], now=now)

    def _next(self, now: datetime) -> datetime:
        due_at = Shipment.objects.aggregate(at=Min("review_due_at"))["at"]
        ahead = [at for at in (due_at, self._told[0][1] if self._told else None) if at is not None]
        return min([*ahead, learning_time(now) + timedelta(days=1)])


def talks(parcels: list[Parcel]) -> Iterator[dict[str, Any]]:
    """Return what some customers ask on the day after the promise, and when some of those conversations end."""
    for number, each in enumerate(parcels[::3]):
        opened_at = each.promised_at + timedelta(hours=12)
        said = {
            "conversation_id": f"Z{each.id}",
            "order_id": each.order_id,
            "tracking_number": each.tracking_number,
            "topic": "wismo",
            "opened_at": opened_at.isoformat(),
        }
        yield said
        if number % 3:
            yield said | {"closed_at": (opened_at + timedelta(days=8 if number % 3 == 1 else 0.5)).isoformat()}


@pytest.mark.django_db(transaction=True)
def test_a_backtest_opens_and_clears_what_was_opened_and_cleared_live():
    Live(history()).play()
    live = set(Finding.objects.values_list("case__shipment__tracking_number", "kind", "opened_at", "cleared_at"))
    row = jobs.request_backtest(
        policy=PolicyVersion.objects.get(), begins_at=BEGINS, ends_at=day(30), by=None, now=ENDS, taken=True
    )
    while row.finished_at is None:
        row = jobs.work_on(row, now=ENDS)
    replayed = BacktestFinding.objects.filter(backtest=row)
    assert (row.state, Backtest.objects.get().parcels_done) == (BacktestState.DONE, 84)
    assert set(replayed.values_list("shipment__tracking_number", "kind", "opened_at", "cleared_at")) == live
    assert {0, 1} == {kind == "delivered_not_received" and bool(cleared) for _, kind, _, cleared in live}
    by_odds = Finding.objects.filter(facts__has_key="risk")
    assert by_odds.filter(kind="promise_at_risk").exists()
    assert by_odds.filter(cleared_at__isnull=False).exists()
    assert len({kind for _, kind, _, _ in live}) >= 5
