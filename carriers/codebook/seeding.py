"""Give the code table the rows Waypost ships; what people changed or took out is theirs and stays so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from carriers.code_table import table_rows
from carriers.codebook.changes import SAID, Change, changed, turns
from carriers.codebook.heard import answer_again, hits_of
from carriers.codebook.publishing import write_publication
from carriers.codebook.turns import hold_readers_back
from carriers.codes import CodeTable
from carriers.models import CodeChange, CodeMapping, HeardCode
from carriers.seed import SeedRow, seed_rows


@transaction.atomic
def seed_mappings(**_: Any) -> None:
    """Add the shipped rows nobody has yet; where codes were heard before, as a publication that repairs history."""
    hold_readers_back()
    known = set(CodeMapping.objects.values_list("system", "code")) | set(
        CodeChange.objects.filter(after__isnull=True, publication__undoes=None).values_list("system", "code")
    )
    fresh = [row for row in seed_rows() if (row.system, row.code) not in known]
    if not fresh:
        return
    heard = _heard_of({row.system for row in fresh})
    late = [row for row in fresh if row.system in heard]
    CodeMapping.objects.bulk_create(
        [CodeMapping(**row._asdict(), seeded=True) for row in fresh if row.system not in heard], batch_size=2000
    )
    if late:
        _add_late(late)


def _heard_of(systems: set[str]) -> set[str]:
    return set(HeardCode.objects.filter(system__in=systems).values_list("system", flat=True).distinct())


def _add_late(rows: Sequence[SeedRow]) -> None:
    """Add rows of systems that are heard already; those that answer what was heard are published."""
    changes = [Change(row.system, row.code, None, _told(row)) for row in rows]
    systems = sorted({row.system for row in rows})
    before = table_rows(systems)
    turned = turns(hits_of(systems), CodeTable(before), changed(before, changes))
    speaking = {(turn.spelling.system, turn.answered_by) for turn in turned if turn.rewrites_history}
    published = [change for change in changes if (change.system, change.code) in speaking]
    CodeMapping.objects.bulk_create(
        [CodeMapping(**row._asdict(), seeded=True) for row in rows if (row.system, row.code) not in speaking],
        batch_size=2000,
    )
    answer_again({turn.spelling.id: turn.answered_by for turn in turned})
    if published:
        note = "Waypost learned what these codes mean."
        write_publication(published, by=None, note=note, now=timezone.now())


def _told(row: SeedRow) -> dict[str, Any]:
    names = (*SAID, "description", "source", "confidence")
    return {name: getattr(row, name) for name in names} | {"seeded": True, "publication": None}
