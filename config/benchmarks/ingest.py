"""Inbox → events → shipments → triage, beside the same rows written by bare psycopg."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import sql

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from config.benchmarks.databases import scratch, server, use
from config.benchmarks.world import Stream, sample
from config.processes import calm_collector
from exceptions_queue.triage import triage_due
from shipments.orders import record_orders

OURS: Final = "waypost_benchmark_ours"
LIMIT: Final = "waypost_benchmark_limit"
BATCH: Final = 500
PARENTS: Final = ("carriers_account", "shipments_customer", "shipments_order")
"""What the pipeline's rows refer to; copied before the clock starts."""
TABLES: Final = (
    "carriers_inboundmessage",
    "shipments_shipment",
    "shipments_trackingevent",
    "exceptions_queue_case",
    "exceptions_queue_finding",
    "exceptions_queue_leg",
    "exceptions_queue_caseevent",
)
"""Everything the pipeline writes, parents before children."""


def run(*, messages: int, seed: int = 1) -> dict[str, Any]:
    """Return messages a second of ours and of the limit, their ratio, and how many rows were written.

    The limit copies the very rows that ours left behind into the same empty tables of a second database, in batches
    of the same size, and neither parses nor judges anything; each row is written once, where ours writes some twice.
    """
    stream = sample(messages=messages, seed=seed)
    with scratch(OURS, LIMIT):
        use(OURS)
        accounts = prepare(stream)
        told = [NewMessage(accounts[each.source], each.source, each.received_at, each.body) for each in stream.messages]
        settle()
        calm_collector()  # as a worker does; nor does one hold all messages at once
        phases = _ours(told, now=stream.end)
        connection.close()
        copied, rows = _limit()
        ours, limit = len(told) / sum(phases.values()), len(told) / copied
    return {
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "ratio": round(ours / limit, 3),
        "unit": "messages/s",
        "messages": len(told),
        "seconds": {name: round(seconds, 2) for name, seconds in phases.items()} | {"limit": round(copied, 2)},
        "rows": rows,
    }


def prepare(stream: Stream) -> dict[str, int]:
    """Record the orders and make the accounts, which are no part of what is measured."""
    for start in range(0, len(stream.orders), BATCH):
        record_orders(orders=stream.orders[start : start + BATCH], now=stream.end)
    sources = sorted({message.source for message in stream.messages})
    return {source: ensure_account(source=source, name="benchmark").pk for source in sources}


def settle() -> None:
    """Give the planner its figures and write out what the preparation left dirty."""
    with server(str(connection.settings_dict["NAME"])) as admin:
        admin.execute("VACUUM ANALYZE")
        admin.execute("CHECKPOINT")


def _ours(told: Sequence[NewMessage], *, now: datetime) -> dict[str, float]:
    """Run the pipeline from raw message to case and return the seconds of each step."""
    began = time.perf_counter()
    for start in range(0, len(told), BATCH):
        receive_many(messages=told[start : start + BATCH], now=now)
    received = time.perf_counter()
    while drain(now=now).taken:
        pass
    read = time.perf_counter()
    while triage_due(now=now).judged:
        pass
    judged = time.perf_counter()
    return {"receive": received - began, "read": read - received, "judge": judged - read}


def _limit() -> tuple[float, dict[str, int]]:
    """Copy every row ours wrote into the second database, a batch of a table a transaction; return the seconds."""
    with server(OURS) as source, server(LIMIT) as target:
        for table in PARENTS:
            lines = lines_of(source, table)
            copy_lines(target, table, lines)
        target.execute("CHECKPOINT")
        written = {table: lines_of(source, table) for table in TABLES}
        began = time.perf_counter()
        for table, lines in written.items():
            for start in range(0, len(lines), BATCH):
                copy_lines(target, table, lines[start : start + BATCH])
        seconds = time.perf_counter() - began
    return seconds, {table: len(lines) for table, lines in written.items()}


def lines_of(source: psycopg.Connection, table: str, cases: Sequence[int] | None = None) -> list[bytes]:
    """Return a table's rows, or those of some cases, in the order they were written, as PostgreSQL's own copy lines."""
    of_cases = sql.SQL("")
    if cases is not None:
        key = sql.Identifier("id" if table == "exceptions_queue_case" else "case_id")
        of_cases = sql.SQL("WHERE {} = ANY({})").format(key, sql.Literal(list(cases)))
    name = sql.Identifier(table)
    statement = sql.SQL("COPY (SELECT * FROM {} {} ORDER BY id) TO STDOUT").format(name, of_cases)
    with source.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy).splitlines(keepends=True)


def copy_lines(target: psycopg.Connection, table: str, lines: Sequence[bytes]) -> None:
    if lines:
        statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
        with target.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(b"".join(lines))
