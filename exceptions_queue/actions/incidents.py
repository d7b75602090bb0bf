"""Mass incidents: offered from what the cases have in common, taken apart by a person, over when no case is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.access import roles_of
from exceptions_queue.actions.case_rows import NoRole, Refused
from exceptions_queue.models import Incident
from exceptions_queue.policies import published_policy
from exceptions_queue.policy.incidents import IncidentRule, Key, Offer, Sighting, offers
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import Role
from shipments.playback import may_work
from shipments.setwise import columns, run

LEADS: Final = frozenset({Role.FULFILLMENT, Role.OPERATIONS, Role.MANAGER})
"""Who takes an incident apart."""
MOST_CASES: Final = 20_000
"""Cases looked at in one pass, the newest: far more than a day brings."""
_ONE_AT_A_TIME: Final = 7_201_001
"""The advisory lock of the pass that offers incidents."""

_SIGHTINGS: Final = """
    SELECT c.id, s.carrier, coalesce(scan.location, ''), c.headline, s.reason, c.opened_at
      FROM exceptions_queue_case c
      JOIN shipments_shipment s ON s.id = c.shipment_id
      LEFT JOIN LATERAL (
           SELECT location FROM shipments_trackingevent
            WHERE shipment_id = s.id AND location <> ''
            ORDER BY occurred_at DESC, id DESC
            LIMIT 1
           ) scan ON true
     WHERE c.opened_at > %b AND c.opened_at <= %b AND c.state <> 'closed'
       AND NOT EXISTS (SELECT FROM exceptions_queue_incidentmember WHERE case_id = c.id)
     ORDER BY c.opened_at DESC, c.id DESC
     LIMIT %b
"""

_OVER: Final = """
    UPDATE exceptions_queue_incident i SET closed_at = %b
     WHERE i.closed_at IS NULL
       AND NOT EXISTS (SELECT FROM exceptions_queue_incidentmember m
                         JOIN exceptions_queue_case c ON c.id = m.case_id
                        WHERE m.incident_id = i.id AND c.state <> 'closed')
 RETURNING i.id
"""


class IncidentGone(Refused):
    """There is no such incident."""


class IncidentOver(Refused):
    """The incident is over and takes no more acts."""


class Offered(NamedTuple):
    """What one pass did: incidents opened and ended, and cases that joined one."""

    opened: int = 0
    joined: int = 0
    ended: int = 0


@transaction.atomic(durable=True)
def offer_incidents(*, now: datetime) -> Offered:
    """Put together the cases that are one matter by the published policy, and end incidents that have no open case.

    Another pass that runs right now is left to do it, and a simulated clock is let play to its end. A constant number
    of statements.
    """
    if not may_work() or not run("SELECT pg_try_advisory_xact_lock(%b)", [_ONE_AT_A_TIME])[0][0]:
        return Offered()
    rule = published_policy().incidents
    ended = run(_OVER, [now])
    if rule is None:
        return Offered(ended=len(ended))
    found = _found(rule, now)
    opened = _open([each for each in found if each.incident_id is None], now)
    joined = [(each.incident_id or opened[each.key], case) for each in found for case in each.cases]
    _join(joined, now)
    return Offered(len(opened), len(joined), len(ended))


def _found(rule: IncidentRule, now: datetime) -> tuple[Offer, ...]:
    rows = run(_SIGHTINGS, [now - rule.within, now, MOST_CASES])
    sightings = (Sighting(pk, carrier, at, FindingKind(kind), *rest) for pk, carrier, at, kind, *rest in rows)
    running = run("SELECT carrier, place, trouble, id FROM exceptions_queue_incident WHERE closed_at IS NULL")
    return offers(sightings, {Key(*row[:3]): row[3] for row in running}, rule, now)


def _open(fresh: Sequence[Offer], now: datetime) -> dict[Key, int]:
    if not fresh:
        return {}
    born = run(
        """
        INSERT INTO exceptions_queue_incident (carrier, place, trouble, location, opened_at, joined_at)
        SELECT carrier, place, trouble, location, %b, %b
          FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[]) AS fresh(carrier, place, trouble, location)
        RETURNING carrier, place, trouble, id
        """,
        [now, now, *columns([(*each.key, each.location) for each in fresh], 4)],
    )
    return {Key(*row[:3]): row[3] for row in born}


def _join(members: Sequence[tuple[int, int]], now: datetime) -> None:
    if not members:
        return
    run(
        """
        INSERT INTO exceptions_queue_incidentmember (incident_id, case_id, joined_at)
        SELECT incident_id, case_id, %b FROM unnest(%b::bigint[], %b::bigint[]) AS fresh(incident_id, case_id)
            ON CONFLICT (case_id) DO NOTHING
        """,
        [now, *columns(members, 2)],
    )
    run(
        "UPDATE exceptions_queue_incident SET joined_at = %b WHERE id = ANY(%b::bigint[])",
        [now, sorted({incident for incident, _ in members})],
    )


@transaction.atomic(durable=True)
def dismiss_incident(*, incident_id: int, by: User, now: datetime) -> Incident:
    """Say that an incident's cases do not belong together: each goes its own way and they are not put together again.

    Raises: NoRole, IncidentGone, IncidentOver.
    """
    if roles_of(by).isdisjoint(LEADS):
        raise NoRole("An incident is taken apart by a fulfillment lead, the operations owner or a manager.")
    incident = lock_open_incident(incident_id)
    if incident.acts.filter(finished_at__isnull=True).exists():
        raise Refused("Something is being done to its cases right now; undo that, or let it finish first.")
    incident.closed_at, incident.closed_by = now, by
    incident.save(update_fields=["closed_at", "closed_by"])
    return incident


def lock_open_incident(incident_id: int) -> Incident:
    """Return an incident locked, unless it is over; inside a transaction. Raises: IncidentGone, IncidentOver."""
    incident = Incident.objects.select_for_update(of=("self",), no_key=True).filter(pk=incident_id).first()
    if incident is None:
        raise IncidentGone(f"There is no incident {incident_id}.")
    if incident.closed_at:
        raise IncidentOver(f"Incident {incident_id} is over since {incident.closed_at:%-d %B at %H:%M} UTC.")
    return incident
