"""The case, what is wrong in it, whose turn it is, and its append-only history."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exceptions_queue.models.policy import PolicyVersion
from exceptions_queue.policy.situation import SEVERITY_LABELS, FindingKind, NextAction, Team
from exceptions_queue.queries import CaseQuerySet
from exceptions_queue.transitions import CaseState
from shipments.models import Shipment

ACTIVE = ~Q(state=CaseState.CLOSED)


class CaseOutcome(models.TextChoices):
    """How a case ended."""

    DECIDED = "decided", "Decided by a person"
    SELF_HEALED = "self_healed", "Healed by itself"
    CONFIRMED_RECOVERED = "confirmed_recovered", "Recovered, confirmed by a person"


class Case(models.Model):
    """One owned problem of one shipment; never two open at once.

    A case has exactly one next action, owned by one team, due at one time. `claimed_by` holds an exclusive lease that
    ends at `claim_expires_at`. `untouched` is true until a person acts on it. `headline` is the most urgent open
    finding (kept when the last one clears), `explanation` the policy's full reasoning at the last judgement that
    found something.
    """

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="cases")
    state = models.TextField(choices=CaseState.choices, default=CaseState.OPEN)
    headline = models.TextField(choices=FindingKind.choices)
    summary = models.TextField()
    severity = models.PositiveSmallIntegerField(choices=SEVERITY_LABELS)
    score = models.IntegerField()
    owner_team = models.TextField(choices=Team.choices)
    next_action = models.TextField(choices=NextAction.choices)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    untouched = models.BooleanField(default=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="claimed_cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="cases")
    explanation = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(choices=CaseOutcome.choices, blank=True, default="")
    worth_it = models.BooleanField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment"], condition=ACTIVE, name="case_one_open_per_shipment"),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values, owner_team__in=Team.values), name="case_state_and_team_known"
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True, claim_expires_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False, claim_expires_at__isnull=False),
                name="case_claim_whole_or_none",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=CaseState.CLOSED) & Q(closed_at__isnull=False, outcome__gt="", claimed_by__isnull=True)
                )
                | (ACTIVE & Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")),
                name="case_closed_whole_or_none",
            ),
        ]
        indexes = [
            models.Index(F("severity").desc(), F("due_at"), F("id"), name="case_queue", condition=ACTIVE),
            # The same order in keys that all ascend, so that a page is found by its place at any depth.
            models.Index(F("severity") * -1, F("due_at"), F("id"), name="case_urgency", condition=ACTIVE),
            models.Index(
                F("owner_team"), F("severity").desc(), F("due_at"), F("id"), name="case_team_queue", condition=ACTIVE
            ),
            models.Index(fields=["owner_team", "state", "opened_at"], name="case_counts", condition=ACTIVE),
            models.Index(fields=["-opened_at", "-id"], name="case_opened"),
            models.Index(fields=["claim_expires_at"], name="case_lease", condition=Q(claimed_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}"


class Finding(models.Model):
    """One thing wrong in a case; it clears itself when it stops being true.

    `allowed_until` is when all the time the policy allows is over, of which something urgent has half (null: from
    before it was kept, and then `due_at`).
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="findings")
    kind = models.TextField(choices=FindingKind.choices)
    severity = models.PositiveSmallIntegerField(choices=SEVERITY_LABELS)
    team = models.TextField(choices=Team.choices)
    next_action = models.TextField(choices=NextAction.choices)
    sentence = models.TextField()
    facts = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    allowed_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(cleared_at__isnull=True), name="finding_one_open_per_kind"
            ),
        ]
        indexes = [models.Index(fields=["kind", "-opened_at"], name="finding_fired")]

    def __str__(self) -> str:
        return self.sentence


class Leg(models.Model):
    """The interval in which one team owes the next action; hand-overs and waits start a new one.

    `waiting_on` is empty while the team itself owes the action, else whom it waits for. Where `wakes_after` is told, a
    physical scan that the carrier dates later than that ends the wait as well.
    """

    class WaitingOn(models.TextChoices):
        CARRIER = "carrier", "Waiting on the carrier"
        CUSTOMER = "customer", "Waiting on the customer"
        WAREHOUSE = "warehouse", "Waiting on the warehouse"
        FINANCE = "finance", "Waiting on finance"
        DATE = "date", "Snoozed"

    case = models.ForeignKey(Case, models.PROTECT, related_name="legs")
    team = models.TextField(choices=Team.choices)
    waiting_on = models.TextField(choices=WaitingOn.choices, blank=True, default="")
    next_action = models.TextField(choices=NextAction.choices)
    note = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    wakes_after = models.DateTimeField(null=True, blank=True)
    first_touched_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at__isnull=True), name="leg_one_open_per_case"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="leg_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(wakes_after__isnull=True) | ~Q(waiting_on=""), name="leg_woken_by_a_scan_waits"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="leg_wakes",
                condition=Q(ended_at__isnull=True) & ~Q(waiting_on=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} on case {self.case_id}"


class CaseEvent(models.Model):
    """One line of a case's history; append-only: the database refuses update, delete and truncate.

    `by` is null where the policy did it. `data` is what the sentence on the page is made from. `once` names what a
    person sent, so that the same thing sent twice is done once.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        FOUND = "found", "New finding"
        CHANGED = "changed", "Finding changed"
        CLEARED = "cleared", "Finding cleared"
        RECOVERED = "recovered", "Recovered"
        REOPENED = "reopened", "Back to open"
        MOVED = "moved", "Moved by the policy"
        CLAIMED = "claimed", "Taken"
        TAKEN_OVER = "taken_over", "Taken over"
        RELEASED = "released", "Released"
        LEASE_ENDED = "lease_ended", "Lease ended"
        HANDED_OVER = "handed_over", "Handed over"
        WAITING = "waiting", "Set to wait"
        WOKEN = "woken", "Woken"
        NOTE = "note", "Note"
        DECIDED = "decided", "Decided"
        REFUSED = "refused", "Proposal refused"
        LAPSED = "lapsed", "Proposal lapsed"
        FOLLOW_UP = "follow_up", "Carrier follow-up"
        CLOSED = "closed", "Closed"

    case = models.ForeignKey(Case, models.PROTECT, related_name="history")
    at = models.DateTimeField()
    kind = models.TextField(choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    data = models.JSONField(default=dict)
    once = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "once"], condition=Q(once__isnull=False), name="case_event_sent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
