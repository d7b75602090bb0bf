"""Policy versions as values, and what they say of a case in people's hands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from exceptions_queue.models import Case, PolicyState, PolicyVersion
from exceptions_queue.policy.clocks import end_of_promise
from exceptions_queue.policy.decision_table import Circumstances
from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy.terms import Anchor
from exceptions_queue.transitions import CaseView
from shipments.models import Shipment

_HOURS_WITHOUT_A_RULE: Final = 8.0
"""Working hours for a finding the case's policy has no rule for: one working day. Source: our own default."""


@lru_cache(maxsize=32)
def policy_of(version_id: int) -> Policy:
    """Return a published or retired policy version as the value it describes; its document never changes."""
    return parse_policy(PolicyVersion.objects.values_list("document", flat=True).get(pk=version_id))


def published_policy() -> Policy:
    """Return the policy in force; one query."""
    return policy_of(PolicyVersion.objects.values_list("pk", flat=True).get(state=PolicyState.PUBLISHED))


def due_for(case: Case, team: str, now: datetime) -> datetime:
    """Return when `team` must have acted on the case if its turn begins now, by the policy that judged the case.

    The time allowed for the headline runs in the team's working hours.
    """
    policy = policy_of(case.policy_id)
    rule = policy.detectors.get(FindingKind(case.headline))
    hours = rule.allowed_hours if rule else _HOURS_WITHOUT_A_RULE
    return policy.calendars.teams[Team(team)].add(now, hours)


def zone_of_parcel(parcel: Shipment, policy: Policy) -> tzinfo:
    """Return the zone in which a policy counts a parcel's days: that of its carrier's calendar, or of its lane's."""
    return policy.calendars.operating_days(parcel.carrier, policy.services.class_of(parcel.service)).zone


def promise_ends(case: Case) -> datetime | None:
    """Return the instant at which the promise of a case's parcel is missed, or None where nothing was promised."""
    parcel = case.shipment
    promised_at = parcel.promised_at or (parcel.order.promised_at if parcel.order else None)
    return end_of_promise(promised_at, zone_of_parcel(parcel, policy_of(case.policy_id))) if promised_at else None


def claim_instants(parcel: Shipment) -> Mapping[Anchor, datetime | None]:
    """Return what the days of a claim window are counted from, for one parcel."""
    order = parcel.order
    return {
        Anchor.SHIPPED: parcel.first_physical_at,
        Anchor.PROMISED: parcel.promised_at or (order.promised_at if order else None),
        Anchor.LAST_SCAN: parcel.last_physical_at,
        Anchor.DELIVERED: parcel.delivered_at,
    }


def zone_of_team(case: Case) -> tzinfo:
    """Return the zone in which the team works that has a case, by the policy that judged the case."""
    return policy_of(case.policy_id).calendars.teams[Team(case.owner_team)].zone


def circumstances_of(case: Case, view: CaseView, policy: Policy, now: datetime) -> Circumstances:
    """Return what the decision table asks of a case, as this person's view has it."""
    shipment, order = case.shipment, case.shipment.order
    promised_at = shipment.promised_at or (order.promised_at if order else None)
    late = now - end_of_promise(promised_at, zone_of_parcel(shipment, policy)) if promised_at else None
    worth = policy.score.worth.get(order.currency.upper()) if order else None
    tier = order.customer.tier if order and order.customer else ""
    return Circumstances(
        finding=FindingKind(case.headline),
        compensated=view.compensated,
        value=None if view.value is None or worth is None else view.value * worth,
        days_late=late.days if late is not None and late >= timedelta(0) else None,
        tier=tier.lower(),
    )
