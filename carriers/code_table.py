"""The code table as the operations owner keeps it, loaded once and again whenever it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carriers.codes import CodeTable
from carriers.models import CodeMapping
from carriers.seed import seed_rows
from shipments.setwise import run


@dataclass(slots=True)
class _Loaded:
    stamp: tuple[Any, ...] = ()
    table: CodeTable | None = None


_loaded = _Loaded()


def current_table() -> CodeTable:
    """Return the present meaning of every code; call inside a transaction, one small query where nothing changed."""
    (stamp,) = run("SELECT count(*), max(updated_at), max(id) FROM carriers_codemapping")
    if _loaded.table is None or stamp != _loaded.stamp:
        rows = run("SELECT system, code, state, reason, physical, action_required FROM carriers_codemapping")
        _loaded.table, _loaded.stamp = CodeTable(rows), stamp
    return _loaded.table


def seed_mappings(**_: Any) -> None:
    """Add the shipped rows nobody has yet; a row people changed is theirs and stays."""
    CodeMapping.objects.bulk_create(
        [CodeMapping(**row._asdict(), seeded=True) for row in seed_rows()], ignore_conflicts=True, batch_size=2000
    )
