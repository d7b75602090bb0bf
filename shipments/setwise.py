"""Set-based statements on the hot path: arrays in, rows out, a handful a batch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import psycopg
from django.db import OperationalError, connection

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_DEADLOCKS: Final = 5
"""How often one action is begun anew; each time another transaction got its work done."""

_LIMIT_EXCEEDED: Final = "54"
"""SQLSTATE class of "too large for an index or a statement": what a row holds is to blame, and will be next time."""


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


def passes(problem: Exception) -> bool:
    """Say whether the same statement may succeed later: the database is away or busy, and no row is to blame."""
    state = getattr(problem.__cause__, "sqlstate", None) or ""
    return isinstance(problem, OperationalError) and not state.startswith(_LIMIT_EXCEEDED)


def outlast_deadlocks(act: Callable[P, R]) -> Callable[P, R]:
    """Let an action begin anew when the database ends it to break a deadlock: its transaction left nothing behind."""

    @wraps(act)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_DEADLOCKS):
            try:
                return act(*args, **kwargs)
            except OperationalError as problem:
                if not isinstance(problem.__cause__, psycopg.errors.DeadlockDetected):
                    raise
                log.warning("%s met another transaction and begins anew", act.__name__)
        return act(*args, **kwargs)

    return again
