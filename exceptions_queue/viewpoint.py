"""A case as one person sees it: the value from which the rules say what they may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from exceptions_queue.models import Approval, Case, Decision
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.second_person import Cost, Proposal
from exceptions_queue.transitions import CaseState, CaseView, DecisionKind

COMPENSATIONS: Final = (DecisionKind.REFUND, DecisionKind.REPLACEMENT, DecisionKind.RESHIP, DecisionKind.WRITE_OFF)
"""Decisions after which an order counts as settled, so that a second one needs a reason."""


def view_of(case: Case, by: User, *, now: datetime) -> CaseView:
    """Return the case as this person sees it, for the decision table; a lease that is over holds nothing.

    Two queries where the case's shipment and order are loaded.
    """
    kinds = case.findings.filter(cleared_at=None).values_list("kind", flat=True)
    return replace(
        glance_at(case, by, now=now),
        compensated=compensations_of(case).exists(),
        kinds=frozenset(FindingKind(kind) for kind in kinds),
        value=case.shipment.order.value if case.shipment.order else None,
    )


def worth_of(case: Case) -> Cost | None:
    """Return what the case's order is worth, None where nobody knows it or there is no order."""
    order = case.shipment.order
    return Cost(order.value, order.currency.upper()) if order and order.value else None


def glance_at(case: Case, by: User, *, now: datetime) -> CaseView:
    """Return what the table of moves needs to know, without any query."""
    held = is_held(case, now)
    return CaseView(
        state=CaseState(case.state),
        owner_team=Team(case.owner_team),
        claimed_by_me=held and case.claimed_by_id == by.pk,
        claimed_by_other=held and case.claimed_by_id != by.pk,
    )


def is_held(case: Case, now: datetime) -> bool:
    """Say whether somebody's lease on the case runs."""
    return case.claim_expires_at is not None and case.claim_expires_at > now


def compensations_of(case: Case) -> QuerySet[Decision]:
    """Return the decisions that settled the case's order (without one: its parcel).

    A proposal settles nothing, and what was taken back settles nothing any more.
    """
    order_id = case.shipment.order_id
    same = Q(case__shipment__order=order_id) if order_id else Q(case__shipment=case.shipment_id)
    taken_back = Decision.objects.filter(
        kind=DecisionKind.REVERSE_COMPENSATION, case__shipment=OuterRef("case__shipment"), at__gt=OuterRef("at")
    )
    given = Decision.objects.filter(same, kind__in=COMPENSATIONS, proposal=False)
    return given.exclude(Exists(taken_back)).defer("evidence")


def compensations_since(case: Case, approval: Approval) -> QuerySet[Decision]:
    """Return what settled the case's order and the proposer did not know of.

    Who proposed a second compensation said why, so that only later ones count.
    """
    given, asked = compensations_of(case), approval.proposal
    return given.filter(pk__gt=asked.pk) if asked.override_reason else given


def as_proposed(approval: Approval, by: User) -> Proposal:
    """Return a proposal as this person sees it, for the rules of the second person."""
    cost = Cost(approval.cost, approval.currency)
    return Proposal(DecisionKind(approval.proposal.kind), cost, mine=approval.asked_by_id == by.pk)
