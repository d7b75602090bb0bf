"""Count each spelling as it is heard: one statement a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from carriers.codes import CodeTable, Spelling
from carriers.models import HeardCode
from shipments.facts import EventFact
from shipments.setwise import columns, run

_SEPARATOR = "\x1f"


@dataclass(slots=True)
class _Count:
    hits: int
    first_at: datetime
    last_at: datetime
    description: str


def note_heard(facts: Iterable[EventFact], spellings: Mapping[int, Spelling], table: CodeTable) -> None:
    """Count new events by their spelling; `spellings` goes by `heard_as`. Call inside the batch's transaction.

    Rows are locked in the order of their ids, and last of all, so that workers wait for each other but briefly.
    """
    counts: dict[int, _Count] = {}
    for fact in facts:
        if fact.heard_as is None:
            continue
        count = counts.get(fact.heard_as)
        if count is None:
            counts[fact.heard_as] = _Count(1, fact.received_at, fact.received_at, fact.raw_description)
            continue
        count.hits += 1
        count.first_at = min(count.first_at, fact.received_at)
        if fact.received_at >= count.last_at:
            count.last_at, count.description = fact.received_at, fact.raw_description
    if counts:
        _write([(spellings[heard_as], counts[heard_as]) for heard_as in sorted(counts)], table)


def _write(counted: Iterable[tuple[Spelling, _Count]], table: CodeTable) -> None:
    rows = []
    for spelling, count in counted:
        answer = table.answer(spelling.system, spelling.keys)
        keys = _SEPARATOR.join(spelling.keys)
        told = (count.hits, count.first_at, count.last_at, count.description)
        rows.append((spelling.id, spelling.system, spelling.code, keys, answer.code if answer else "", *told))
    run(
        """
        INSERT INTO carriers_heardcode AS known
               (id, system, code, keys, answered_by, hits, first_heard_at, last_heard_at, last_description)
        SELECT id, system, code, string_to_array(keys, %b), answered_by, hits, first_at, last_at, description
          FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::timestamptz[],
                      %b::timestamptz[], %b::text[])
               AS fresh(id, system, code, keys, answered_by, hits, first_at, last_at, description)
         ORDER BY id
            ON CONFLICT (id) DO UPDATE
           SET hits = known.hits + excluded.hits,
               first_heard_at = least(known.first_heard_at, excluded.first_heard_at),
               last_description = CASE WHEN excluded.last_heard_at >= known.last_heard_at
                                       THEN excluded.last_description ELSE known.last_description END,
               last_heard_at = greatest(known.last_heard_at, excluded.last_heard_at)
        """,
        [_SEPARATOR, *columns(rows, 9)],
    )


def hits_of(systems: Iterable[str]) -> dict[Spelling, int]:
    """Return every spelling heard of these systems with how many scans told it."""
    rows = HeardCode.objects.filter(system__in=list(systems)).values_list("id", "system", "keys", "hits")
    return {Spelling(pk, system, tuple(keys)): hits for pk, system, keys, hits in rows}


def answer_again(answers: Mapping[int, str]) -> None:
    """Write which row answers each of these spellings now ('' for none)."""
    run(
        """
        UPDATE carriers_heardcode AS h SET answered_by = fresh.answered_by
          FROM unnest(%b::bigint[], %b::text[]) AS fresh(id, answered_by)
         WHERE h.id = fresh.id
        """,
        columns(sorted(answers.items()), 2),
    )
