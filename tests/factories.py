"""Plain rows for tests: each function saves one believable row; every field can be overridden by name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from carriers.models import Account, InboundMessage
from exceptions_queue.models import Case, CaseEvent, CaseOutcome, Finding, FollowUp, Leg, PolicyState, PolicyVersion
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team
from exceptions_queue.transitions import CaseState, Role
from shipments.facts import State, TimeConfidence
from shipments.models import Conversation, Customer, EventReading, Order, Shipment, TrackingEvent

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
"""A Wednesday afternoon; the clock of every test."""

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(role: Role | str | None = Role.SUPPORT, *more_roles: Role | str, **overrides: Any) -> User:
    """Save a person who holds these roles (none for None); every password is PASSWORD."""
    number = next(_numbers)
    name = overrides.pop("username", f"{role or 'nobody'}-{number}")
    values = {"email": f"{name}@example.com", "first_name": f"Person {number}", "password": _hashed()} | overrides
    user = User.objects.create(username=name, **values)
    user.groups.set(Group.objects.get_or_create(name=str(each))[0] for each in (role, *more_roles) if each)
    return user


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_customer(**overrides: Any) -> Customer:
    number = next(_numbers)
    values = {
        "customer_id": f"C-{number}",
        "tier": "standard",
        "email": f"customer{number}@example.com",
        "name": f"Customer {number}",
        "locale": "en",
    }
    return Customer.objects.create(**values | overrides)


def make_order(**overrides: Any) -> Order:
    values = {
        "order_id": f"O-{next(_numbers)}",
        "storefront": "main",
        "value": Decimal("80.00"),
        "currency": "USD",
        "placed_at": NOW - timedelta(days=6),
        "promised_at": NOW + timedelta(days=1),
    }
    if "customer" not in overrides:
        values["customer"] = make_customer()
    return Order.objects.create(**values | overrides)


def make_shipment(**overrides: Any) -> Shipment:
    """Save a parcel in transit with its order; a delivered or attempted one gets its time."""
    values: dict[str, Any] = {
        "carrier": "ups",
        "tracking_number": f"1Z999AA1{next(_numbers):010}",
        "service": "ground",
        "promised_at": NOW + timedelta(days=1),
        "first_seen_at": NOW - timedelta(days=5),
        "state": State.IN_TRANSIT,
        "state_since": NOW - timedelta(days=3),
        "first_event_at": NOW - timedelta(days=5),
        "last_event_at": NOW - timedelta(days=3),
        "first_physical_at": NOW - timedelta(days=4),
        "last_physical_at": NOW - timedelta(days=3),
    }
    state = overrides.get("state", values["state"])
    if state == State.DELIVERED:
        values["delivered_at"] = NOW - timedelta(days=3)
    if state == State.ATTEMPTED:
        values |= {"attempts": 1, "last_attempt_at": NOW - timedelta(hours=3)}
    if "order" not in overrides:
        values["order"] = make_order()
    values |= overrides
    return Shipment.objects.create(**{"last_known_state": values["state"]} | values)


def make_event(shipment: Shipment | None = None, **overrides: Any) -> TrackingEvent:
    """Save one scan; the shipment's folded columns are left alone."""
    values: dict[str, Any] = {
        "identity": uuid4(),
        "occurred_at": NOW - timedelta(days=3),
        "time_confidence": TimeConfidence.EXPLICIT,
        "state": State.IN_TRANSIT,
        "physical": True,
        "raw_code": "I:AR",
        "raw_description": "Arrived at facility",
        "location": "Louisville, KY, US",
        "source": "ups",
    }
    values |= {"shipment": shipment or make_shipment()} | overrides
    return TrackingEvent.objects.create(**{"received_at": values["occurred_at"] + timedelta(minutes=5)} | values)


def make_conversation(**overrides: Any) -> Conversation:
    values = {
        "conversation_id": f"Z-{next(_numbers)}",
        "topic": Conversation.Topic.WISMO,
        "opened_at": NOW - timedelta(hours=2),
        "url": "https://helpdesk.example.com/1",
    }
    if shipment := overrides.get("shipment"):
        values |= {"order": shipment.order, "customer": shipment.order and shipment.order.customer}
    return Conversation.objects.create(**values | overrides)


def make_account(**overrides: Any) -> Account:
    values = {"source": "events", "name": f"account-{next(_numbers)}"}
    return Account.objects.create(**values | overrides)


def make_message(**overrides: Any) -> InboundMessage:
    """Save one raw message that waits to be read; for a failed one give state, problem and processed_at."""
    values = {"idempotency_key": f"key-{next(_numbers)}", "received_at": NOW, "body": b"{}"}
    values["account"] = overrides.get("account") or make_account()
    return InboundMessage.objects.create(**{"source": values["account"].source} | values | overrides)


def make_policy(**overrides: Any) -> PolicyVersion:
    """Return the published policy, saving the default where there is none; with overrides always a new row."""
    published = PolicyVersion.objects.filter(state=PolicyState.PUBLISHED).first()
    if published and not overrides:
        return published
    last = PolicyVersion.objects.order_by("number").last()
    values = {
        "number": last.number + 1 if last else 1,
        "state": PolicyState.PUBLISHED,
        "document": DEFAULT_POLICY,
        "created_at": NOW - timedelta(days=30),
    }
    if overrides.get("state") != PolicyState.DRAFT:
        values["published_at"] = NOW - timedelta(days=30)
    return PolicyVersion.objects.create(**values | overrides)


def document_in(zone: str) -> dict[str, Any]:
    """Return the default policy with every carrier and every team in one time zone."""
    clocks = DEFAULT_POLICY["calendars"]
    moved = {kind: {name: each | {"zone": zone} for name, each in clocks[kind].items()} for kind in clocks}
    return DEFAULT_POLICY | {"calendars": moved}


def make_case(**overrides: Any) -> Case:
    """Save a case with its one finding, its one leg and its first line of history.

    `claimed_by` alone is enough for a live claim, `state=CLOSED` for a whole closing (and an ended leg), and
    `waiting_on` (default: the carrier) with `state=WAITING` for a wait.
    """
    waiting_on = overrides.pop("waiting_on", Leg.WaitingOn.CARRIER)
    values: dict[str, Any] = {
        "state": CaseState.OPEN,
        "headline": FindingKind.STALLED,
        "summary": "No scan for 3 operating days.",
        "severity": Severity.MEDIUM,
        "score": 40,
        "owner_team": Team.SUPPORT,
        "next_action": NextAction.ASK_CARRIER,
        "opened_at": NOW - timedelta(hours=1),
        "due_at": NOW + timedelta(hours=3),
    }
    if overrides.get("claimed_by"):
        values |= {"claimed_at": NOW, "claim_expires_at": NOW + timedelta(minutes=10), "untouched": False}
    if overrides.get("state") == CaseState.CLOSED:
        values |= {"closed_at": NOW, "outcome": CaseOutcome.SELF_HEALED}
    for name, make in (("shipment", make_shipment), ("policy", make_policy)):
        values[name] = overrides.pop(name, None) or make()
    values |= overrides
    case = Case.objects.create(**{"changed_at": values["opened_at"]} | values)
    _fill(case, waiting_on if case.state == CaseState.WAITING else "")
    return case


def _fill(case: Case, waiting_on: str) -> None:
    closed = case.state in {CaseState.CLOSED, CaseState.RECOVERED}
    make_finding(
        case,
        kind=case.headline,
        severity=case.severity,
        team=case.owner_team,
        next_action=case.next_action,
        sentence=case.summary,
        opened_at=case.opened_at,
        due_at=case.due_at,
        cleared_at=NOW if closed else None,
    )
    Leg.objects.create(
        case=case,
        team=case.owner_team,
        waiting_on=waiting_on,
        next_action=case.next_action,
        started_at=case.opened_at,
        due_at=case.due_at,
        ended_at=case.closed_at,
    )
    CaseEvent.objects.create(case=case, at=case.opened_at, kind=CaseEvent.Kind.OPENED)


def make_finding(case: Case, **overrides: Any) -> Finding:
    values = {
        "kind": FindingKind.PROMISE_AT_RISK,
        "severity": Severity.MEDIUM,
        "team": Team.SUPPORT,
        "next_action": NextAction.ASK_CARRIER,
        "sentence": "It may miss its promise.",
        "opened_at": NOW,
        "due_at": NOW + timedelta(hours=4),
    }
    return Finding.objects.create(case=case, **values | overrides)


def make_follow_up(case: Case | None = None, **overrides: Any) -> FollowUp:
    """Save an open question to the carrier; `assigned_to` alone is enough for a whole assignment."""
    case = case or make_case(state=CaseState.WAITING)
    opened_by = overrides.pop("opened_by", None) or make_user(Role.FULFILLMENT)
    values = {
        "carrier": case.shipment.carrier,
        "kind": FollowUp.Kind.TRACE,
        "channel": FollowUp.Channel.PORTAL,
        "reference": f"TR-{next(_numbers)}",
        "promised_reply_at": NOW + timedelta(days=2),
        "opened_at": NOW - timedelta(hours=1),
        "opened_by": opened_by,
    }
    if overrides.get("assigned_to"):
        values |= {"assigned_at": NOW - timedelta(hours=1), "assigned_by": opened_by}
    if overrides.get("closed_at"):
        values |= {"closed_by": opened_by, "outcome": FollowUp.Outcome.FOUND}
    return FollowUp.objects.create(case=case, **values | overrides)


def make_reading(event: TrackingEvent, **overrides: Any) -> EventReading:
    """Save a later meaning of a scan; by default a publication said it was delivered."""
    values = {"state": State.DELIVERED, "physical": True, "mapped": True, "publication": next(_numbers), "at": NOW}
    return EventReading.objects.create(event=event, **values | overrides)
