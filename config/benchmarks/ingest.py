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
from shipments.setwise import columns

OURS: Final = "waypost_benchmark_ours"
LIMIT: Final = "waypost_benchmark_limit"
COPY: Final = "waypost_benchmark_copy"
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

    The limit is bare psycopg with the very rows that ours left behind: from Python values into the same empty tables of
    a second database, by set-based statements with binary parameters, in batches of the same size, nothing parsed or
    judged; each row is written once, where ours writes some twice. `copy` is the same in a third database by
    PostgreSQL's own copy lines, which no program has at hand; it shows what the disk and the indexes cost.
    """
    stream = sample(messages=messages, seed=seed)
    with scratch(OURS, LIMIT, COPY):
        use(OURS)
        accounts = prepare(stream)
        told = [NewMessage(accounts[each.source], each.source, each.received_at, each.body) for each in stream.messages]
        settle()
        calm_collector()  # as a worker does; nor does one hold all messages at once
        phases = _ours(told, now=stream.end)
        connection.close()
        inserted, (copied, rows) = _inserted(), _copied()
        ours, limit = len(told) / sum(phases.values()), len(told) / inserted
    return {
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "ratio": round(ours / limit, 3),
        "unit": "messages/s",
        "messages": len(told),
        "seconds": {name: round(seconds, 2) for name, seconds in phases.items()}
        | {"limit": round(inserted, 2), "copy": round(copied, 2)},
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


def _inserted() -> float:
    """Return the seconds in which bare psycopg writes every row of ours from Python values, set by set."""
    with server(OURS) as source, server(LIMIT) as target:
        _copy_parents(source, target)
        written = [(_insertion(source, table), _values(source, table)) for table in TABLES]
        calm_collector()
        began = time.perf_counter()
        for statement, rows in written:
            for start in range(0, len(rows), BATCH):
                with psycopg.Cursor(target) as cursor:
                    cursor.execute(statement, columns(rows[start : start + BATCH], len(rows[0])), binary=True)
        return time.perf_counter() - began


def _copied() -> tuple[float, dict[str, int]]:
    """Return the seconds in which every row is copied as PostgreSQL's own lines, and how many there are."""
    with server(OURS) as source, server(COPY) as target:
        _copy_parents(source, target)
        written = {table: lines_of(source, table) for table in TABLES}
        began = time.perf_counter()
        for table, lines in written.items():
            for start in range(0, len(lines), BATCH):
                copy_lines(target, table, lines[start : start + BATCH])
        seconds = time.perf_counter() - began
    return seconds, {table: len(lines) for table, lines in written.items()}


def _copy_parents(source: psycopg.Connection, target: psycopg.Connection) -> None:
    for table in PARENTS:
        copy_lines(target, table, lines_of(source, table))
    target.execute("CHECKPOINT")


def _values(source: psycopg.Connection, table: str) -> list[tuple[Any, ...]]:
    """Return a table's rows as Python values in the order they were written; JSON stays the text that it is."""
    read = sql.SQL(", ").join(
        sql.SQL("{}::text" if kind == "jsonb" else "{}").format(sql.Identifier(name))
        for name, kind in _kinds(source, table)
    )
    with source.cursor(binary=True) as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM {} ORDER BY id").format(read, sql.Identifier(table)))
        return cursor.fetchall()


def _insertion(source: psycopg.Connection, table: str) -> sql.Composed:
    """Return the statement that writes a batch of a table's rows, one array a column."""
    kinds = _kinds(source, table)
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in kinds)
    arrays = sql.SQL(", ").join(sql.SQL(f"%b::{'text' if kind == 'jsonb' else kind}[]") for _, kind in kinds)
    told = sql.SQL(", ").join(
        sql.SQL("{}::jsonb" if kind == "jsonb" else "{}").format(sql.Identifier(name)) for name, kind in kinds
    )
    statement = "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS fresh({})"
    return sql.SQL(statement).format(sql.Identifier(table), names, told, arrays, names)


def _kinds(source: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    """Return a table's columns, each with the name of its type."""
    rows = source.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    )
    return [(name, kind) for name, kind in rows]


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
