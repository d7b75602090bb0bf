"""Due shipments → verdicts → cases, beside the same rows read and written by bare psycopg."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import sql

from carriers.inbox import NewMessage, drain, receive_many
from config.benchmarks.databases import copy, scratch, server, use
from config.benchmarks.ingest import BATCH, LIMIT, OURS, copy_lines, lines_of, prepare, settle
from config.benchmarks.world import MESSAGES_A_SHIPMENT, sample
from exceptions_queue.risk_tables import learn_risk
from exceptions_queue.triage import Triaged, triage_due

TOLD: Final = 2_000
"""Parcels told through the real pipeline; the others repeat them under numbers, orders and customers of their own."""

WRITTEN: Final = (
    "exceptions_queue_case",
    "exceptions_queue_finding",
    "exceptions_queue_leg",
    "exceptions_queue_caseevent",
)
"""Everything triage adds, parents before children."""

_REPEAT: Final = """
    WITH people AS (
        INSERT INTO shipments_customer (customer_id, tier, email, name, locale)
        SELECT c.customer_id || '-' || n, c.tier, c.email, c.name, c.locale
          FROM shipments_customer c CROSS JOIN generate_series(1, %(times)s) n
        RETURNING id, customer_id
    ), orders AS (
        INSERT INTO shipments_order (order_id, storefront, customer_id, channel, replaces, value, currency, placed_at,
                                     promised_at, event_date)
        SELECT o.order_id || '-' || n, o.storefront, p.id, o.channel, o.replaces, o.value, o.currency, o.placed_at,
               o.promised_at, o.event_date
          FROM shipments_order o CROSS JOIN generate_series(1, %(times)s) n
          LEFT JOIN shipments_customer c ON c.id = o.customer_id
          LEFT JOIN people p ON p.customer_id = c.customer_id || '-' || n
        RETURNING id, order_id
    )
    INSERT INTO shipments_shipment (carrier, tracking_number, order_id, {columns})
    SELECT s.carrier, s.tracking_number || '-' || n, own.id, {values}
      FROM shipments_shipment s CROSS JOIN generate_series(1, %(times)s) n
      LEFT JOIN shipments_order o ON o.id = s.order_id
      LEFT JOIN orders own ON own.order_id = o.order_id || '-' || n
"""

_CLAIM: Final = """
    SELECT id FROM shipments_shipment WHERE review_due_at <= %s
     ORDER BY review_due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_READ: Final = """
    SELECT s.*, o.*, c.tier FROM shipments_shipment s
      LEFT JOIN shipments_order o ON o.id = s.order_id
      LEFT JOIN shipments_customer c ON c.id = o.customer_id
     WHERE s.id = ANY(%s)
"""

_RESCHEDULE: Final = """
    UPDATE shipments_shipment s SET review_due_at = fresh.due_at, unjudged_reason = ''
      FROM unnest(%s::bigint[], %s::timestamptz[]) AS fresh(id, due_at) WHERE s.id = fresh.id
"""


def run(*, shipments: int, seed: int = 1) -> dict[str, Any]:
    """Return due shipments a second of ours and of the limit, their ratio, and how many cases were opened.

    The limit claims, locks and reads the same shipments with their orders in batches of the same size, and writes the
    very cases, findings, legs, history and next reviews that ours left behind; it judges nothing.
    """
    with scratch(OURS, LIMIT):
        use(OURS)
        end = _populate(shipments, seed=seed)
        settle()
        copy(OURS, LIMIT)
        began = time.perf_counter()
        total = Triaged()
        while (batch := triage_due(now=end)).judged:
            total += batch
        took = time.perf_counter() - began
        connection.close()
        bare = _limit(end)
    ours, limit = total.judged / took, total.judged / bare
    return {
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "ratio": round(ours / limit, 3),
        "unit": "due shipments/s",
        "shipments": total.judged,
        "opened": total.opened,
        "seconds": {"ours": round(took, 2), "limit": round(bare, 2)},
    }


def _populate(shipments: int, *, seed: int) -> datetime:
    """Tell some parcels, learn from those that were delivered, repeat them all, and make everything due."""
    stream = sample(messages=min(shipments, TOLD) * MESSAGES_A_SHIPMENT, seed=seed)
    accounts = prepare(stream)
    told = [NewMessage(accounts[each.source], each.source, each.received_at, each.body) for each in stream.messages]
    for start in range(0, len(told), BATCH):
        receive_many(messages=told[start : start + BATCH], now=stream.end)
    while drain(now=stream.end).taken:
        pass
    learn_risk(now=stream.end)
    with server(OURS) as admin:
        there = admin.execute("SELECT count(*) FROM shipments_shipment").fetchone()
        names = admin.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'shipments_shipment' "
            "AND column_name NOT IN ('id', 'carrier', 'tracking_number', 'order_id')"
        ).fetchall()
        columns = [sql.Identifier(name) for (name,) in names]
        values = sql.SQL(", ").join(sql.SQL("s.{}").format(column) for column in columns)
        repeat = sql.SQL(_REPEAT).format(columns=sql.SQL(", ").join(columns), values=values)
        admin.execute(repeat, {"times": max(0, -(-shipments // there[0]) - 1)})
        admin.execute("UPDATE shipments_shipment SET review_due_at = NULL")
        admin.execute(
            "UPDATE shipments_shipment SET review_due_at = %s WHERE id IN "
            "(SELECT id FROM shipments_shipment ORDER BY id DESC LIMIT %s)",
            [stream.end, shipments],
        )
    return stream.end


def _limit(end: datetime) -> float:
    """Read and write in the second database what ours read and wrote; return the seconds."""
    with server(OURS) as source:
        due = dict(source.execute("SELECT id, review_due_at FROM shipments_shipment").fetchall())
        written = _written(source, batches=-(-len(due) // BATCH))
    with server(LIMIT) as target:
        target.autocommit = False
        began = time.perf_counter()
        while ids := [row[0] for row in target.execute(_CLAIM, [end, BATCH]).fetchall()]:
            target.execute(_READ, [ids]).fetchall()
            for table, lines in written.pop() if written else ():
                copy_lines(target, table, lines)
            target.execute(_RESCHEDULE, [ids, [due[pk] for pk in ids]])
            target.commit()
        return time.perf_counter() - began


def _written(source: psycopg.Connection, *, batches: int) -> list[list[tuple[str, list[bytes]]]]:
    """Return the rows that ours wrote as so many batches, each whole cases with all that belongs to them."""
    cases = [row[0] for row in source.execute("SELECT id FROM exceptions_queue_case ORDER BY id").fetchall()]
    size = max(1, -(-len(cases) // batches))
    return [
        [(table, lines_of(source, table, cases[start : start + size])) for table in WRITTEN]
        for start in range(0, len(cases), size)
    ]
