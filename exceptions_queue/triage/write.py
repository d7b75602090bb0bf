"""Write what a batch of verdicts changes: cases, findings, legs, history and the next review, set by set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exceptions_queue.policy.consequences import Change
from exceptions_queue.policy.situation import Explanation, Found, Level
from shipments.setwise import columns, run

if TYPE_CHECKING:
    from exceptions_queue.triage.judge import Judged


def write(judged: Sequence[Judged], *, policy_id: int, now: datetime) -> None:
    """Write all changes of a batch in a constant number of statements; call inside the batch's transaction."""
    opening = [each for each in judged if each.change and each.change.case_id is None]
    born = _insert_cases(opening, policy_id=policy_id, now=now)
    changes: list[tuple[int, Change]] = []
    for each in judged:
        if each.change:
            changes.append((each.change.case_id or born[each.due.shipment_id], each.change))
    if changes:
        _update_cases([each for each in judged if each.change and each.change.case_id], policy_id=policy_id, now=now)
        _write_findings(changes, now=now)
        _write_legs(changes, now=now)
        _write_history(changes, now=now)
    _update_explanations([each for each in judged if each.due.case and each.verdict and not each.change], policy_id)
    _reschedule(judged)


def _insert_cases(opening: Iterable[Judged], *, policy_id: int, now: datetime) -> dict[int, int]:
    rows = [(each.due.shipment_id, *_told(each)) for each in opening]
    if not rows:
        return {}
    born = run(
        """
        INSERT INTO exceptions_queue_case
               (shipment_id, state, headline, summary, severity, score, owner_team, next_action, due_at, explanation,
                opened_at, changed_at, untouched, policy_id, outcome)
        SELECT shipment_id, state, headline, summary, severity, score, team, action, due_at, explanation::jsonb,
               %b, %b, true, %b, ''
          FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[],
                      %b::timestamptz[], %b::text[])
               AS fresh(shipment_id, state, headline, summary, severity, score, team, action, due_at, explanation)
        RETURNING shipment_id, id
        """,
        [now, now, policy_id, *columns(rows, 10)],
    )
    return dict(born)


def _update_cases(changed: Iterable[Judged], *, policy_id: int, now: datetime) -> None:
    """Write changed cases; one that heals keeps the reasoning that had made it a case, and the policy it came from."""
    rows = [(each.change.case_id, *_told(each), _is_case(each)) for each in changed if each.change]
    if not rows:
        return
    run(
        """
        UPDATE exceptions_queue_case AS c
           SET state = fresh.state, headline = fresh.headline, summary = fresh.summary, severity = fresh.severity,
               score = fresh.score, owner_team = fresh.team, next_action = fresh.action, due_at = fresh.due_at,
               explanation = CASE WHEN fresh.is_case THEN fresh.explanation::jsonb ELSE c.explanation END,
               policy_id = CASE WHEN fresh.is_case THEN %b ELSE c.policy_id END, changed_at = %b,
               closed_at = CASE WHEN fresh.state = 'closed' THEN %b END,
               outcome = CASE WHEN fresh.state = 'closed' THEN 'self_healed' ELSE '' END
          FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[],
                      %b::timestamptz[], %b::text[], %b::bool[])
               AS fresh(id, state, headline, summary, severity, score, team, action, due_at, explanation, is_case)
         WHERE c.id = fresh.id
        """,
        [policy_id, now, now, *columns(rows, 11)],
    )


def _update_explanations(unchanged: Iterable[Judged], policy_id: int) -> None:
    """Keep the reasoning of the last judgement on cases that stay as they are; what reads the same is not written.

    A recovered case keeps the reasoning that had made it a case.
    """
    rows = [
        (each.due.case.id, explanation_json(each.verdict.explanation))
        for each in unchanged
        if each.due.case and each.verdict and _is_case(each)
    ]
    if rows:
        run(
            """
            UPDATE exceptions_queue_case AS c SET explanation = fresh.explanation::jsonb, policy_id = %b
              FROM unnest(%b::bigint[], %b::text[]) AS fresh(id, explanation)
             WHERE c.id = fresh.id AND (c.explanation <> fresh.explanation::jsonb OR c.policy_id <> %b)
            """,
            [policy_id, *columns(rows, 2), policy_id],
        )


def _is_case(judged: Judged) -> bool:
    return judged.verdict is not None and judged.verdict.level is Level.CASE


def _told(judged: Judged) -> tuple[Any, ...]:
    change = judged.change
    return (
        change.state.value,
        change.headline.value,
        change.summary,
        int(change.severity),
        change.score,
        change.team.value,
        change.next_action.value,
        change.due_at,
        explanation_json(judged.verdict.explanation),
    )


def explanation_json(explanation: Explanation) -> str:
    """Return an explanation as the JSON a case keeps: matched, points, near_misses, facts."""
    return json.dumps(asdict(explanation), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _write_findings(changes: Iterable[tuple[int, Change]], *, now: datetime) -> None:
    added = [(case, *_finding(found), now) for case, change in changes for found in change.added]
    if added:
        run(
            """
            INSERT INTO exceptions_queue_finding
                   (case_id, kind, severity, team, next_action, sentence, facts, due_at, allowed_until, opened_at)
            SELECT case_id, kind, severity, team, action, sentence, facts::jsonb, due_at, allowed_until, opened_at
              FROM unnest(%b::bigint[], %b::text[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[],
                          %b::timestamptz[], %b::timestamptz[], %b::timestamptz[])
                   AS fresh(case_id, kind, severity, team, action, sentence, facts, due_at, allowed_until, opened_at)
            """,
            columns(added, 10),
        )
    refreshed = [(pk, *_finding(found)) for _, change in changes for pk, found in change.refreshed]
    if refreshed:
        run(
            """
            UPDATE exceptions_queue_finding AS f
               SET severity = fresh.severity, team = fresh.team, next_action = fresh.action,
                   sentence = fresh.sentence, facts = fresh.facts::jsonb, due_at = fresh.due_at,
                   allowed_until = fresh.allowed_until
              FROM unnest(%b::bigint[], %b::text[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[],
                          %b::timestamptz[], %b::timestamptz[])
                   AS fresh(id, kind, severity, team, action, sentence, facts, due_at, allowed_until)
             WHERE f.id = fresh.id
            """,
            columns(refreshed, 9),
        )
    cleared = [pk for _, change in changes for pk in change.cleared]
    if cleared:
        run("UPDATE exceptions_queue_finding SET cleared_at = %b WHERE id = ANY(%b::bigint[])", [now, cleared])


def _finding(found: Found) -> tuple[Any, ...]:
    return (
        found.kind.value,
        int(found.severity),
        found.team.value,
        found.next_action.value,
        found.sentence,
        json.dumps(found.facts, default=_plain),
        found.due_at,
        found.allowed_until or found.due_at,
    )


def _write_legs(changes: Iterable[tuple[int, Change]], *, now: datetime) -> None:
    ended = [case for case, change in changes if change.leg_ends]
    if ended:
        run(
            """
            UPDATE exceptions_queue_leg SET ended_at = greatest(%b, started_at)
             WHERE case_id = ANY(%b::bigint[]) AND ended_at IS NULL
            """,
            [now, ended],
        )
    moved = [(case, change.next_action.value, change.due_at) for case, change in changes if change.leg_moves]
    if moved:
        run(
            """
            UPDATE exceptions_queue_leg AS l SET next_action = fresh.action, due_at = fresh.due_at
              FROM unnest(%b::bigint[], %b::text[], %b::timestamptz[]) AS fresh(case_id, action, due_at)
             WHERE l.case_id = fresh.case_id AND l.ended_at IS NULL
            """,
            columns(moved, 3),
        )
    started = [
        (case, change.team.value, change.next_action.value, now, change.due_at)
        for case, change in changes
        if change.leg_starts
    ]
    if started:
        run(
            """
            INSERT INTO exceptions_queue_leg (case_id, team, next_action, started_at, due_at, waiting_on, note)
            SELECT case_id, team, action, started_at, due_at, '', ''
              FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[])
                   AS fresh(case_id, team, action, started_at, due_at)
            """,
            columns(started, 5),
        )


def _write_history(changes: Iterable[tuple[int, Change]], *, now: datetime) -> None:
    lines = [(case, now, line.kind, json.dumps(line.data)) for case, change in changes for line in change.history]
    if lines:
        run(
            """
            INSERT INTO exceptions_queue_caseevent (case_id, at, kind, data)
            SELECT case_id, at, kind, data::jsonb
              FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[], %b::text[]) AS fresh(case_id, at, kind, data)
            """,
            columns(lines, 4),
        )


def _reschedule(judged: Iterable[Judged]) -> None:
    rows = [(each.due.shipment_id, each.next_review_at, each.problem) for each in judged]
    run(
        """
        UPDATE shipments_shipment AS s
           SET review_due_at = fresh.due_at, unjudged_reason = fresh.problem
          FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[]) AS fresh(id, due_at, problem)
         WHERE s.id = fresh.id
        """,
        columns(rows, 3),
    )
