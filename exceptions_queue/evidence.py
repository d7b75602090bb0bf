"""What was known when a decision was made, as one JSON value that never changes again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet

from exceptions_queue.models import Case, Decision
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team
from shipments.facts import Reason, State
from shipments.models import Conversation, Order, Shipment, TrackingEvent

MOST_EVENTS: Final = 50
"""How many scans a snapshot keeps, the newest; `events_total` says how many there were."""


def snapshot(case: Case, now: datetime) -> dict[str, Any]:
    """Return the evidence of a case: what happened, what was promised, what it is worth, and why it is a case.

    Instants are ISO 8601 in UTC, amounts decimal strings; lists are newest first. It names the customer by the shop's
    own id and keeps no name or address. Seven queries, whatever the case holds.
    """
    shipment = Shipment.objects.select_related("order__customer").get(pk=case.shipment_id)
    events = shipment.scans.order_by("-occurred_at", "-id")[: MOST_EVENTS + 1].read_now()
    return {
        "at": _instant(now),
        "case": _case(case),
        "policy": {"version": case.policy.number, "explanation": case.explanation},
        "findings": _findings(case),
        "shipment": _shipment(shipment),
        "promise": _promise(shipment),
        "order": _order(shipment.order),
        "events": [_event(event) for event in events[:MOST_EVENTS]],
        "events_total": shipment.scans.count() if len(events) > MOST_EVENTS else len(events),
        "conversations": [_conversation(each) for each in _conversations(shipment)],
        "decisions": [_decision(each) for each in _earlier_decisions(shipment)],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "id": case.pk,
        "headline": case.headline,
        "headline_words": FindingKind(case.headline).label,
        "summary": case.summary,
        "severity": Severity(case.severity).name.lower(),
        "score": case.score,
        "owner_team": Team(case.owner_team).label,
        "next_action": NextAction(case.next_action).label,
        "due_at": _instant(case.due_at),
        "opened_at": _instant(case.opened_at),
    }


def _findings(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "kind": finding.kind,
            "words": FindingKind(finding.kind).label,
            "sentence": finding.sentence,
            "severity": Severity(finding.severity).name.lower(),
            "facts": finding.facts,
            "opened_at": _instant(finding.opened_at),
            "cleared_at": _instant(finding.cleared_at),
        }
        for finding in case.findings.order_by("-opened_at", "-id")
    ]


def _shipment(shipment: Shipment) -> dict[str, Any]:
    return {
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "service": shipment.service,
        "direction": shipment.direction,
        "state": shipment.state,
        "words": words_for(shipment.state, shipment.reason),
        "reason": shipment.reason,
        "state_since": _instant(shipment.state_since),
        "last_event_at": _instant(shipment.last_event_at),
        "last_physical_at": _instant(shipment.last_physical_at),
        "attempts": shipment.attempts,
        "delivered_at": _instant(shipment.delivered_at),
    }


def _promise(shipment: Shipment) -> dict[str, Any]:
    order = shipment.order
    ours = shipment.promised_at or (order.promised_at if order else None)
    return {
        "promised_at": _instant(ours),
        "promised_for": "parcel" if shipment.promised_at else "order" if ours else "",
        "carrier_estimate_at": _instant(shipment.estimated_at),
    }


def _order(order: Order | None) -> dict[str, Any] | None:
    if order is None:
        return None
    customer = order.customer
    return {
        "order_id": order.order_id,
        "storefront": order.storefront,
        "channel": order.channel,
        "replaces": order.replaces,
        "value": _amount(order.value),
        "currency": order.currency,
        "placed_at": _instant(order.placed_at),
        "event_date": _instant(order.event_date),
        "customer_id": customer.customer_id if customer else "",
        "customer_tier": customer.tier if customer else "",
    }


def _event(event: TrackingEvent) -> dict[str, Any]:
    return {
        "occurred_at": _instant(event.occurred_at),
        "received_at": _instant(event.received_at),
        "time_confidence": event.time_confidence,
        "state": event.state,
        "reason": event.reason,
        "words": words_for(event.state, event.reason),
        "physical": event.physical,
        "location": event.location,
        "raw_code": event.raw_code,
        "raw_description": event.raw_description,
        "source": event.source,
        "corrected_by_publication": event.corrected.publication if event.corrected else None,
    }


def _conversations(shipment: Shipment) -> QuerySet[Conversation]:
    about = Q(shipment=shipment)
    if shipment.order_id:
        about |= Q(order=shipment.order_id)
    return Conversation.objects.filter(about).order_by("-opened_at", "-id")


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation_id": conversation.conversation_id,
        "topic": conversation.topic,
        "opened_at": _instant(conversation.opened_at),
        "first_reply_at": _instant(conversation.first_reply_at),
        "first_reply_state": conversation.first_reply_state,
        "closed_at": _instant(conversation.closed_at),
        "url": conversation.url,
    }


def _earlier_decisions(shipment: Shipment) -> QuerySet[Decision]:
    about = Q(case__shipment=shipment)
    if shipment.order_id:
        about |= Q(case__shipment__order=shipment.order_id)
    return Decision.objects.filter(about).select_related("by").defer("evidence").order_by("-at", "-id")


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.pk,
        "case": decision.case_id,
        "kind": decision.kind,
        "proposal": decision.proposal,
        "amount": _amount(decision.amount),
        "currency": decision.currency,
        "note": decision.note,
        "at": _instant(decision.at),
        "by": decision.by.get_username(),
    }


def words_for(state: str, reason: str) -> str:
    """Return a scan in our own words: "Delivery attempted: nobody there to receive it"."""
    said = State(state).label
    return f"{said}: {_lowered(Reason(reason).label)}" if reason else said


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
