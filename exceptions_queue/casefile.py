"""Everything one case's page shows, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Final

from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from exceptions_queue import access, second_person, story
from exceptions_queue.actions.approval_rows import waiting_for
from exceptions_queue.checklists import evidence_for
from exceptions_queue.lists import ACTIVE
from exceptions_queue.models import Case, CaseEvent, Finding, FollowUp, Incident, Message
from exceptions_queue.policies import circumstances_of, claim_instants, policy_of, published_policy, zone_of_parcel
from exceptions_queue.policy.claiming import claim_kind, told_window
from exceptions_queue.policy.decision_table import Suggestion, suggested_decision
from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.fact_words import Fact, told_facts
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.proposalfile import ProposalFile
from exceptions_queue.transitions import (
    AllowedDecision,
    CaseView,
    DecisionKind,
    Role,
    allowed_decisions,
    allowed_moves,
)
from exceptions_queue.viewpoint import compensations_of, glance_at, is_held, worth_of
from shipments import story as parcel
from shipments.models import Conversation, Shipment, TrackingEvent
from shipments.queries import SIBLINGS
from shipments.sides import Sides, sides_of

_ASSIGNERS: Final = frozenset({Role.FULFILLMENT, Role.MANAGER, Role.OPERATIONS})
_ENDS_A_PROPOSAL: Final = frozenset({CaseEvent.Kind.REFUSED, CaseEvent.Kind.LAPSED})


@dataclass
class CaseFile:
    """One case as one person sees it now."""

    case: Case
    person: User
    now: datetime

    @cached_property
    def holder(self) -> User | None:
        """Return who holds the case; a lease that is over holds nothing."""
        return self.case.claimed_by if is_held(self.case, self.now) else None

    @cached_property
    def is_mine(self) -> bool:
        return self.holder == self.person

    @cached_property
    def roles(self) -> frozenset[Role]:
        return access.roles_of(self.person)

    @cached_property
    def wait(self) -> story.Wait | None:
        return story.waiting(self.case.waits)

    @cached_property
    def findings(self) -> list[Finding]:
        """Return what is wrong, the most urgent first; cleared ones last."""
        found = self.case.findings.order_by("-severity", "due_at", "id")
        return sorted(found, key=lambda finding: finding.cleared_at is not None)

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """Return what to have before the case is decided."""
        return evidence_for(FindingKind(each.kind) for each in self.findings if each.cleared_at is None)

    @cached_property
    def view(self) -> CaseView:
        """Return the case as the rules of decision ask for it."""
        order = self.case.shipment.order
        return replace(
            glance_at(self.case, self.person, now=self.now),
            compensated=compensations_of(self.case).exists(),
            kinds=frozenset(FindingKind(each.kind) for each in self.findings if each.cleared_at is None),
            value=order.value if order else None,
        )

    @cached_property
    def decisions(self) -> tuple[AllowedDecision, ...]:
        """Return what this person may decide now, alone or as a proposal to a second person."""
        allowed = allowed_decisions(self.view, self.roles)
        held = any(each.kind in second_person.PAYS_OUT | second_person.GIVES_GOODS for each in allowed)
        return (
            second_person.offered(allowed, self.roles, worth_of(self.case), self.in_force.approvals)
            if held
            else allowed
        )

    @cached_property
    def in_force(self) -> Policy:
        """Return the policy in force, whose limits and claim windows count whatever judged the case."""
        return published_policy()

    def terms_of(self, decision: AllowedDecision) -> str:
        """Say what holds a decision: its claim's window, or the amount from which on it needs a second person."""
        if decision.kind is DecisionKind.FILE_CLAIM:
            return self._claim_window
        order = self.case.shipment.order
        currency = order.currency.upper() if order else ""
        return second_person.beyond(decision, self.roles, currency, self.in_force.approvals) if currency else ""

    @property
    def _claim_window(self) -> str:
        """Say when the carrier takes the claim; empty where the policy has no window for it."""
        shipment, kind = self.case.shipment, claim_kind(self.view.kinds)
        window = kind and self.in_force.claim_window(shipment.carrier, kind)
        if window is None:
            return ""
        return told_window(window, claim_instants(shipment), self.now, zone_of_parcel(shipment, self.in_force))

    @cached_property
    def proposal(self) -> ProposalFile | None:
        """Return what waits for a second person, None where nothing does."""
        found = None if self.case.closed_at else waiting_for(self.case)
        return found and ProposalFile(found, self.case, self.person, self.roles, self.view, self.in_force.approvals)

    @property
    def answers(self) -> dict[str, AllowedDecision]:
        """Return what this person may answer to it."""
        return self.proposal.answers if self.proposal else {}

    @cached_property
    def moves(self) -> dict[str, bool]:
        """Return the moves this person may make now, for a template to ask by name."""
        return {move.value: True for move in allowed_moves(self.view, self.roles)}

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """Return what the policy that judged the case calls usually right, or None."""
        policy = policy_of(self.case.policy_id)
        asked = circumstances_of(self.case, self.view, policy, self.now)
        return suggested_decision(policy.decisions, asked, self.view, self.roles)

    @cached_property
    def matched(self) -> list[tuple[str, str]]:
        """Return the policy's sentences that matched, each with the rule it is; older cases do not know the rule."""
        told = self.case.explanation.get("matched", [])
        return list(zip(told, self.case.explanation.get("rules") or [""] * len(told), strict=False))

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Return the facts that the judgement used, in words."""
        return told_facts(self.case.explanation.get("facts", {}))

    @cached_property
    def incident(self) -> Incident | None:
        """Return the open incident the case is part of."""
        membership = getattr(self.case, "membership", None)
        return membership.incident if membership and membership.incident.closed_at is None else None

    @cached_property
    def siblings(self) -> list[Shipment]:
        """Return the first of the order's other parcels, each with its open case, if it has one."""
        return self._others[:SIBLINGS]

    @property
    def has_more_siblings(self) -> bool:
        """Tell whether the order has more parcels than the page shows."""
        return len(self._others) > SIBLINGS

    @cached_property
    def _others(self) -> list[Shipment]:
        if self.case.shipment.order_id is None:
            return []
        others = Shipment.objects.filter(order=self.case.shipment.order_id).exclude(pk=self.case.shipment_id)
        trouble = Case.objects.filter(ACTIVE, shipment=OuterRef("pk"))
        told = ArraySubquery(trouble.values(said=JSONObject(pk="pk", summary="summary", severity="severity")))
        return list(others.annotate(troubles=told).order_by("first_seen_at", "id")[: SIBLINGS + 1])

    @cached_property
    def follow_ups(self) -> list[FollowUp]:
        return list(self.case.follow_ups.select_related("assigned_to").order_by("-opened_at"))

    @cached_property
    def may_assign(self) -> bool:
        return bool(self.roles & _ASSIGNERS)

    @cached_property
    def scans(self) -> list[TrackingEvent]:
        return self.case.shipment.scans.order_by("occurred_at", "id").read_now()

    @cached_property
    def sides(self) -> Sides | None:
        """Return what each source says, None where there is but one."""
        return sides_of(self.scans)

    @cached_property
    def days(self) -> list[parcel.Day]:
        """Return the story: scans, silences, conversations, messages and the case's own history."""
        shipment = self.case.shipment
        physical = [scan.occurred_at for scan in self.scans if scan.physical]
        entries: Iterable[parcel.Entry] = chain(
            map(parcel.scan_entry, self.scans),
            parcel.silences(physical, self.now, parcel.has_ended(shipment.state)),
            chain.from_iterable(map(parcel.conversation_entries, self._conversations())),
            map(story.message_entry, self.messages),
            (story.case_entry(event, _who(event)) for event in self.history),
        )
        return parcel.by_day(entries, self.now)

    @cached_property
    def messages(self) -> list[Message]:
        """Return what was prepared for the customer, sent or held, the latest first."""
        return list(Message.objects.filter(case=self.case).order_by("-created_at", "-id"))

    def _conversations(self) -> Iterable[Conversation]:
        shipment = self.case.shipment
        about = Q(shipment=shipment)
        if shipment.order_id is not None:
            about |= Q(order=shipment.order_id, shipment__isnull=True)
        return Conversation.objects.filter(about)

    @cached_property
    def history(self) -> list[CaseEvent]:
        return list(self.case.history.select_related("by").order_by("at", "id"))

    def proposed(self, kind: str) -> dict[str, str] | None:
        """Return the amount and currency that somebody proposed last for a decision and nobody answered, or None."""
        told = [each.data for each in self.history if each.kind == CaseEvent.Kind.DECIDED and each.data.get("proposal")]
        over = {each.data["proposal"] for each in self.history if each.kind in _ENDS_A_PROPOSAL}
        live = (data for data in reversed(told) if data.get("kind") == kind and data.get("decision") not in over)
        last = next((data for data in live if data.get("amount")), None)
        return last and {"amount": last["amount"], "currency": last["currency"]}


def _who(event: Any) -> str:
    return access.name_of(event.by) if event.by else ""
