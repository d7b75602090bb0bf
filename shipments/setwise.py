"""Set-based statements on the hot path: arrays in, rows out, a handful a batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


class OutsideTransaction(RuntimeError):
    """A statement that takes row locks was run outside a transaction, where the locks would be gone at once."""


def run(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement in the current transaction and return its rows, if it has any.

    Parameters written `%b` travel in binary, bound by the server: escaping long text arrays is what costs otherwise.
    Raises: OutsideTransaction; Django's database errors.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("Open a transaction first: this statement takes row locks.")
    connection.validate_no_broken_transaction()
    started = time.monotonic()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        rows = cursor.fetchall() if cursor.description else []
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{time.monotonic() - started:.3f}"})
    return rows


def columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows turned into `width` lists, one a column, as `unnest` takes them; no rows give empty lists."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
