"""The ledger row of a claim that is filed with a carrier. Opens no transaction."""

from __future__ import annotations

from typing import Final

from exceptions_queue.models import CarrierClaim, Decision
from exceptions_queue.policies import claim_instants, published_policy
from exceptions_queue.policy.claiming import claim_kind
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import ClaimDates, ClaimKind

_OVER: Final = (CarrierClaim.State.DENIED, CarrierClaim.State.DROPPED)


def file_claim(decision: Decision) -> CarrierClaim | None:
    """Write what the carrier is asked for, with its window by the policy in force; None for neither loss nor damage.

    A parcel has one live claim of a kind: filed again, it takes the new amount.
    """
    case, parcel = decision.case, decision.case.shipment
    open_kinds = case.findings.filter(cleared_at=None).values_list("kind", flat=True)
    kind = claim_kind({FindingKind(each) for each in open_kinds})
    if kind is None:
        return None
    live = CarrierClaim.objects.exclude(state__in=_OVER).filter(shipment=parcel, kind=kind).first()
    claim = live or CarrierClaim(shipment=parcel, kind=kind, opened_at=decision.at, opened_by=decision.by)
    claim.case, claim.state = case, CarrierClaim.State.FILED
    claim.amount, claim.currency = decision.amount, decision.currency
    claim.opens_at, claim.closes_at = _dates(decision, kind)
    claim.filed_at, claim.filed_by = decision.at, decision.by
    claim.save()
    return claim


def _dates(decision: Decision, kind: ClaimKind) -> ClaimDates:
    parcel = decision.case.shipment
    window = published_policy().claim_window(parcel.carrier, kind)
    return window.dates(claim_instants(parcel)) if window else ClaimDates(None, None)
