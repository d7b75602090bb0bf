"""What a policy is asked and what it answers: frozen values in, frozen values out (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final

from django.db.models import TextChoices

from shipments.disagreement import Telling
from shipments.facts import Direction, State


class FindingKind(TextChoices):
    """What can be wrong with a shipment."""

    NO_FIRST_SCAN = "no_first_scan", "No first scan"
    STALLED = "stalled", "Stalled"
    PROMISE_AT_RISK = "promise_at_risk", "Promise at risk"
    PROMISE_MISSED = "promise_missed", "Promise missed"
    ATTEMPTED = "attempted", "Delivery attempted"
    ADDRESS_ISSUE = "address_issue", "Address problem"
    HELD_FOR_PICKUP = "held_for_pickup", "Waiting to be collected"
    CUSTOMS_HOLD = "customs_hold", "Held by customs"
    DAMAGED = "damaged", "Damaged"
    LOST = "lost", "Lost"
    RETURN_TO_SENDER = "return_to_sender", "Coming back to us"
    DELIVERED_NOT_RECEIVED = "delivered_not_received", "Delivered, not received"
    INVALID_TRACKING_NUMBER = "invalid_tracking_number", "Tracking number not known"
    UNKNOWN_STATUS = "unknown_status", "Status nobody knows"
    SOURCE_DISAGREEMENT = "source_disagreement", "Sources disagree"
    RETURN_STALLED = "return_stalled", "Return stalled"
    REFUND_OVERDUE = "refund_overdue", "Refund overdue"
    LATER_DELIVERED = "later_delivered", "Delivered after compensation"


class Team(TextChoices):
    """Who owes a next action; the same words as the roles people hold."""

    SUPPORT = "support", "Support"
    FULFILLMENT = "fulfillment", "Fulfillment"
    FINANCE = "finance", "Finance"
    OPERATIONS = "operations", "Operations"


class Severity(IntEnum):
    """How bad a finding is; larger is worse, so the headline is the largest."""

    LOW = 10
    MEDIUM = 20
    HIGH = 30
    CRITICAL = 40

    @property
    def label(self) -> str:
        """Return the word people read."""
        return self.name.capitalize()


SEVERITY_LABELS: Final = tuple((severity.value, severity.label) for severity in Severity)
"""Each severity with its word, mildest first, as a form or a column offers them."""


class Level(TextChoices):
    """What a verdict asks for."""

    NONE = "none", "Nothing to do"
    WATCH = "watch", "Watch"
    CASE = "case", "Open a case"


class NextAction(TextChoices):
    """The one thing a case waits for, as a verb phrase a button or a row can show."""

    CHECK_WAREHOUSE = "check_warehouse", "Check whether the warehouse handed it over"
    ASK_CARRIER = "ask_carrier", "Ask the carrier where it is"
    TELL_CUSTOMER = "tell_customer", "Tell the customer about the delay"
    CONFIRM_REDELIVERY = "confirm_redelivery", "Confirm redelivery with the customer"
    CORRECT_ADDRESS = "correct_address", "Get the right address from the customer"
    REMIND_PICKUP = "remind_pickup", "Remind the customer to collect it"
    CLEAR_CUSTOMS = "clear_customs", "Send customs what it asks for"
    COLLECT_DAMAGE_EVIDENCE = "collect_damage_evidence", "Collect photos and decide"
    DECIDE_LOST = "decide_lost", "Decide refund or replacement"
    SEND_AGAIN = "send_again", "Send the goods again"
    DECIDE_RETURN = "decide_return", "Decide what to do with the returning parcel"
    INVESTIGATE_NOT_RECEIVED = "investigate_not_received", "Check proof of delivery"
    CORRECT_NUMBER = "correct_number", "Correct the tracking number"
    MAP_CODE = "map_code", "Say what the carrier's code means"
    RECONCILE = "reconcile", "Find out which source is right"
    CHASE_RETURN = "chase_return", "Ask the carrier about the return"
    PAY_REFUND = "pay_refund", "Pay the refund"
    REVERSE = "reverse", "Review the money already paid"
    APPROVE = "approve", "Approve or refuse what is proposed"
    CONFIRM_RECOVERED = "confirm_recovered", "Confirm that it recovered"


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding already open on the shipment's case: its kind and when it was opened."""

    kind: FindingKind
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Compensation:
    """Money or goods a customer got for a parcel, or that were claimed for it; `words` name it within a sentence.

    `on_its_way` says that who decided it knew of no delivery, which a scan told late may have come before.
    """

    kind: str
    words: str
    at: datetime
    amount: Decimal | None = None
    currency: str = ""
    on_its_way: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known about one shipment at the moment it is judged; instants are aware and in UTC.

    `known_since` is when we first heard of it: its label event, else its order, else its first message.
    `promised_at` is our promise, `estimated_at` the carrier's own latest estimate.
    `contacts` counts conversations on this order, `earlier_cases` cases of this customer before this one.
    `missed_since` is when its customer began to ask for it though it is delivered, not counting what people closed a
    case on; `missed_until` is when the last of those conversations ended, None while one is open.
    `settled` is what was given or claimed for this parcel and not looked at again since, earliest first;
    `order_settled_at` is when its order last got money or goods.
    `feed_silent` says that nobody tells us of its carrier now. `tellings` is what each source tells, where there are
    several. A `superseded` parcel was heard of under a wrong carrier: it is another one's story now.
    """

    carrier: str
    tracking_number: str
    state: State
    known_since: datetime
    service: str = ""
    direction: Direction = Direction.OUTBOUND
    reason: str = ""
    state_since: datetime | None = None
    reason_since: datetime | None = None
    last_known_state: State = State.UNKNOWN
    last_known_since: datetime | None = None
    last_event_at: datetime | None = None
    first_physical_at: datetime | None = None
    last_physical_at: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    damaged_at: datetime | None = None
    returning_at: datetime | None = None
    delivered_at: datetime | None = None
    corrected_from: str = ""
    corrected_at: datetime | None = None
    unmapped_code: str = ""
    last_description: str = ""
    promised_at: datetime | None = None
    estimated_at: datetime | None = None
    order_id: str = ""
    storefront: str = ""
    channel: str = ""
    placed_at: datetime | None = None
    event_date: datetime | None = None
    value: Decimal | None = None
    currency: str = ""
    tier: str = ""
    contacts: int = 0
    open_conversation_at: datetime | None = None
    earlier_cases: int = 0
    missed_since: datetime | None = None
    missed_until: datetime | None = None
    settled: tuple[Compensation, ...] = ()
    order_settled_at: datetime | None = None
    feed_silent: bool = False
    feed_silent_since: datetime | None = None
    tellings: tuple[Telling, ...] = ()
    superseded: bool = False
    open_findings: tuple[OpenFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong: who owes what by when, and the evidence in a sentence a support agent understands.

    `allowed_until` is when all the time the policy allows is over, of which something urgent has half (None: `due_at`).
    `turn_until` is when its team must have acted if its turn begins with this judgement (None: `due_at`); it goes with
    the clock, so the same finding judged later is equal.
    """

    kind: FindingKind
    severity: Severity
    team: Team
    next_action: NextAction
    sentence: str
    due_at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    allowed_until: datetime | None = None
    turn_until: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the score: which weight, what fact made it count, how many points."""

    rule: str
    sentence: str
    points: int


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that nearly matched: the sentence says what is missing."""

    kind: FindingKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is what it is: matched sentences, every point, near misses, and the facts used (JSON values).

    `rules` names the finding that each sentence of `matched` belongs to.
    """

    matched: tuple[str, ...] = ()
    rules: tuple[FindingKind, ...] = ()
    points: tuple[Point, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of one situation; findings are most urgent first, so the first is the headline.

    `next_review_at` is the next instant at which silence itself becomes news; None when nothing can (terminal).
    It is never at or before the `now` of the question.
    """

    findings: tuple[Found, ...]
    score: int
    level: Level
    explanation: Explanation
    next_review_at: datetime | None
