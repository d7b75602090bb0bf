"""Claim due shipments and gather what is known about each: a few set-based reads a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.consequences import Asked, KnownCase, KnownFinding, Settled
from exceptions_queue.policy.situation import FindingKind, NextAction, OpenFinding, Situation, Team
from exceptions_queue.transitions import CaseState
from exceptions_queue.triage.aftermath import NOTHING_CAME, Aftermath, Ended, aftermaths
from shipments.disagreement import Telling, Told, tellings
from shipments.facts import Direction, State
from shipments.folded import READ_NOW
from shipments.setwise import run
from shipments.silence import silent_since
from shipments.timeline import Scanned

_STATES: Final = {state.value: state for state in State}
_DIRECTIONS: Final = {direction.value: direction for direction in Direction}
_KINDS: Final = {kind.value: kind for kind in FindingKind}
_TEAMS: Final = {team.value: team for team in Team}
_ACTIONS: Final = {action.value: action for action in NextAction}
_CASE_STATES: Final = {state.value: state for state in CaseState}

_CLAIM: Final = """
    SELECT id FROM shipments_shipment
     WHERE review_due_at <= %b
     ORDER BY review_due_at
     LIMIT %b
       FOR NO KEY UPDATE SKIP LOCKED
"""
"""Only locks: in the same statement a join would still read what stood there before a batch that has just ended."""

_SHIPMENTS: Final = """
    SELECT s.id, s.order_id, o.customer_id, s.has_more_sources,
           s.carrier, s.tracking_number, s.state, least(s.first_event_at, o.placed_at, s.first_seen_at),
           s.service, s.direction, s.reason, s.state_since, s.reason_since, s.last_known_state, s.last_known_since,
           s.last_event_at,
           s.first_physical_at, s.last_physical_at, s.attempts, s.last_attempt_at, s.damaged_at, s.returning_at,
           s.delivered_at, s.corrected_from, s.corrected_at, s.unmapped_code, s.last_description,
           coalesce(s.promised_at, o.promised_at), s.estimated_at,
           coalesce(o.order_id, ''), coalesce(o.storefront, ''), coalesce(o.channel, ''), o.placed_at, o.event_date,
           o.value, coalesce(o.currency, ''), coalesce(c.tier, ''), s.superseded_by_id IS NOT NULL
      FROM shipments_shipment s
      LEFT JOIN shipments_order o ON o.id = s.order_id
      LEFT JOIN shipments_customer c ON c.id = o.customer_id
     WHERE s.id = ANY(%b::bigint[])
"""

_CASES: Final = """
    SELECT shipment_id, id, state, headline, summary, severity, score, owner_team, next_action, due_at, untouched,
           claimed_by_id IS NOT NULL
           OR EXISTS (SELECT FROM exceptions_queue_approval WHERE case_id = c.id AND state = 'waiting'),
           (SELECT l.wakes_after FROM exceptions_queue_leg l WHERE l.case_id = c.id AND l.ended_at IS NULL)
      FROM exceptions_queue_case c
     WHERE shipment_id = ANY(%b::bigint[]) AND state <> 'closed'
     ORDER BY id
       FOR NO KEY UPDATE
"""
"""A case whose decision waits for a second person is held, as one in somebody's hands is: it stays theirs to answer."""

_FINDINGS: Final = """
    SELECT case_id, id, kind, severity, sentence, due_at, opened_at, team, next_action, coalesce(allowed_until, due_at)
      FROM exceptions_queue_finding
     WHERE case_id = ANY(%b::bigint[]) AND cleared_at IS NULL
     ORDER BY id
"""

_SETTLED: Final = """
    SELECT c.shipment_id, max(c.closed_at) OVER (PARTITION BY c.shipment_id), f.kind, f.severity
      FROM exceptions_queue_case c
      JOIN exceptions_queue_finding f ON f.case_id = c.id
     WHERE c.shipment_id = ANY(%b::bigint[]) AND c.state = 'closed' AND c.outcome <> 'self_healed'
       AND f.cleared_at IS NULL
"""

_CONTACTS: Final = """
    SELECT order_id, count(*), min(opened_at) FILTER (WHERE closed_at IS NULL)
      FROM shipments_conversation
     WHERE order_id = ANY(%b::bigint[])
     GROUP BY order_id
"""

_EARLIER: Final = """
    SELECT o.customer_id, s.id, count(c.id)
      FROM shipments_order o
      JOIN shipments_shipment s ON s.order_id = o.id
      JOIN exceptions_queue_case c ON c.shipment_id = s.id
     WHERE o.customer_id = ANY(%b::bigint[])
     GROUP BY o.customer_id, s.id
"""

_TOLD: Final = f"""
    SELECT e.shipment_id, e.source, e.received_at, e.occurred_at, replace(e.identity::text, '-', ''),
           coalesce(r.state, e.state),
           coalesce(r.reason, e.reason), coalesce(r.physical, e.physical), coalesce(r.mapped, e.mapped), e.promised_at,
           e.raw_code, e.raw_description
      FROM shipments_trackingevent e {READ_NOW}
     WHERE e.shipment_id = ANY(%b::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Due:
    """One claimed shipment: its id, its situation, its active case, and what people settled on it before."""

    shipment_id: int
    situation: Situation
    case: KnownCase | None
    settled: Settled | None


def claim_due(*, now: datetime, limit: int) -> list[Due]:
    """Lock shipments due by `now` and their active cases (shipments first, by id) and return what is known."""
    ids = sorted(row[0] for row in run(_CLAIM, [now, limit]))
    return gather(ids) if ids else []


def gather(ids: list[int]) -> list[Due]:
    """Return what is known about shipments that are locked, and lock their active cases."""
    rows = run(_SHIPMENTS, [ids])
    cases = run(_CASES, [ids])
    findings = _grouped(run(_FINDINGS, [[row[1] for row in cases]]) if cases else [])
    active = {row[0]: _case(row, findings.get(row[1], ())) for row in cases}
    settled = _settled(run(_SETTLED, [ids]))
    contacts = _contacts(row[1] for row in rows)
    earlier = _earlier(row[2] for row in rows)
    after = aftermaths(Ended(row[0], row[1], frozenset({row[6], row[12]})) for row in rows)
    told = _told(row[0] for row in rows if row[3])
    silent = silent_since(sorted({row[4] for row in rows}))
    due = []
    for row in rows:
        pk, order, customer = row[:3]
        case = active.get(pk)
        found = tuple(OpenFinding(_KINDS[f[2]], f[6]) for f in findings.get(case.id, ())) if case else ()
        before = sum(n for shipment, n in earlier.get(customer, ()) if shipment != pk)
        around = _Around(
            contacts.get(order, (0, None)),
            before,
            found,
            after.get(pk, NOTHING_CAME),
            silent.get(row[4]),
            told.get(pk, ()),
        )
        situation = _situation(row[4:], around)
        due.append(Due(pk, situation, case, settled.get(pk)))
    return due


class _Around(NamedTuple):
    """What is known beside the shipment's own row."""

    contacts: tuple[int, datetime | None]
    earlier_cases: int
    findings: tuple[OpenFinding, ...]
    after: Aftermath
    silent_since: datetime | None
    tellings: tuple[Telling, ...]


def _situation(row: Sequence[Any], around: _Around) -> Situation:
    (
        carrier, number, state, known_since, service, direction, reason, state_since, reason_since, last_known,
        last_known_since, last_event_at,
        first_physical_at, last_physical_at, attempts, last_attempt_at, damaged_at, returning_at, delivered_at,
        corrected_from, corrected_at, unmapped_code, last_description, promised_at, estimated_at, order_id, storefront,
        channel, placed_at, event_date, value, currency, tier, superseded,
    ) = row  # fmt: skip
    return Situation(
        carrier=carrier,
        tracking_number=number,
        state=_STATES[state],
        known_since=known_since,
        service=service,
        direction=_DIRECTIONS[direction],
        reason=reason,
        state_since=state_since,
        reason_since=reason_since,
        last_known_state=_STATES[last_known],
        last_known_since=last_known_since,
        last_event_at=last_event_at,
        first_physical_at=first_physical_at,
        last_physical_at=last_physical_at,
        attempts=attempts,
        last_attempt_at=last_attempt_at,
        damaged_at=damaged_at,
        returning_at=returning_at,
        delivered_at=delivered_at,
        corrected_from=corrected_from,
        corrected_at=corrected_at,
        unmapped_code=unmapped_code,
        last_description=last_description,
        promised_at=promised_at,
        estimated_at=estimated_at,
        order_id=order_id,
        storefront=storefront,
        channel=channel,
        placed_at=placed_at,
        event_date=event_date,
        value=value,
        currency=currency,
        tier=tier,
        contacts=around.contacts[0],
        open_conversation_at=around.contacts[1],
        earlier_cases=around.earlier_cases,
        missed_since=around.after.missed_since,
        missed_until=around.after.missed_until,
        settled=around.after.settled,
        order_settled_at=around.after.order_settled_at,
        feed_silent=around.silent_since is not None,
        feed_silent_since=around.silent_since,
        tellings=around.tellings,
        superseded=superseded,
        open_findings=around.findings,
    )


def _case(row: Sequence[Any], findings: Iterable[Sequence[Any]]) -> KnownCase:
    _, pk, state, headline, summary, severity, score, team, action, due_at, untouched, claimed, wakes_after = row
    return KnownCase(
        id=pk,
        state=_CASE_STATES[state],
        headline=_KINDS[headline],
        summary=summary,
        severity=severity,
        score=score,
        team=_TEAMS[team],
        next_action=_ACTIONS[action],
        due_at=due_at,
        untouched=untouched,
        claimed=claimed,
        findings=tuple(
            KnownFinding(f[1], _KINDS[f[2]], f[3], f[4], f[5], Asked(_TEAMS[f[7]], _ACTIONS[f[8]], f[9]))
            for f in findings
        ),
        wakes_after=wakes_after,
    )


def _settled(rows: Iterable[Sequence[Any]]) -> dict[int, Settled]:
    closed: dict[int, datetime] = {}
    severities: dict[int, dict[FindingKind, int]] = {}
    for shipment, closed_at, kind, severity in rows:
        closed[shipment] = closed_at
        worst = severities.setdefault(shipment, {})
        worst[_KINDS[kind]] = max(severity, worst.get(_KINDS[kind], 0))
    return {shipment: Settled(at, severities[shipment]) for shipment, at in closed.items()}


def _contacts(orders: Iterable[int | None]) -> Mapping[int | None, tuple[int, datetime | None]]:
    ids = sorted({order for order in orders if order is not None})
    return {order: (count, opened_at) for order, count, opened_at in run(_CONTACTS, [ids])} if ids else {}


def _earlier(customers: Iterable[int | None]) -> Mapping[int | None, list[tuple[int, int]]]:
    """Return, for each customer, their shipments that ever had a case and how many."""
    ids = sorted({customer for customer in customers if customer is not None})
    earlier: dict[int | None, list[tuple[int, int]]] = {}
    for customer, shipment, cases in run(_EARLIER, [ids]) if ids else ():
        earlier.setdefault(customer, []).append((shipment, cases))
    return earlier


def _told(shipments: Iterable[int]) -> dict[int, tuple[Telling, ...]]:
    """Return what each source tells of the shipments that several sources told of."""
    ids = list(shipments)
    events: dict[int, list[Told]] = {}
    for pk, source, received_at, at, identity, state, *rest in run(_TOLD, [ids]) if ids else ():
        events.setdefault(pk, []).append(Told(source, received_at, Scanned(at, identity, _STATES[state], *rest)))
    return {pk: tellings(told) for pk, told in events.items()}


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[int, list[Sequence[Any]]]:
    grouped: dict[int, list[Sequence[Any]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return grouped
