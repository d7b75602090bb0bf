"""The code table as the operations owner keeps it, loaded once and again whenever it changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carriers.codes import CodeTable, Row
from shipments.setwise import run


@dataclass(slots=True)
class _Loaded:
    stamp: tuple[Any, ...] = ()
    table: CodeTable | None = None


_loaded = _Loaded()


def current_table() -> CodeTable:
    """Return the present meaning of every code; call inside a transaction, one small query where nothing changed."""
    (stamp,) = run(
        """
        SELECT count(*), max(updated_at), max(id), (SELECT max(number) FROM carriers_codepublication)
          FROM carriers_codemapping
        """
    )
    if _loaded.table is None or stamp != _loaded.stamp:
        _loaded.table, _loaded.stamp = CodeTable(table_rows()), stamp
    return _loaded.table


def table_rows(systems: Iterable[str] | None = None) -> list[Row]:
    """Return the rows of the table, of some systems or of all; call inside a transaction."""
    narrowed = "" if systems is None else "WHERE system = ANY(%b::text[])"
    return run(
        f"SELECT system, code, state, reason, physical, action_required FROM carriers_codemapping {narrowed}",
        [] if systems is None else [list(systems)],
    )
