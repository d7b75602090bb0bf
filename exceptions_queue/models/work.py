"""What people do in a case: decisions, carrier follow-ups, carrier claims, customer messages."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from exceptions_queue.follow_up_queries import FollowUpQuerySet
from exceptions_queue.models.cases import Case
from exceptions_queue.transitions import DecisionKind
from shipments.models import Shipment

USER = settings.AUTH_USER_MODEL


class Decision(models.Model):
    """What a person decided and what was known when they did; append-only.

    `evidence` is the immutable snapshot: events, promise, value, policy version, conversations, explanation. A
    `proposal` asks the next team to decide the same; it gives nobody anything yet.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    kind = models.TextField(choices=DecisionKind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    override_reason = models.TextField(blank=True, default="")
    proposal = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    evidence = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True, currency="") | Q(amount__gt=0, currency__gt=""),
                name="decision_amount_names_its_currency",
            ),
            models.CheckConstraint(
                condition=~Q(kind=DecisionKind.REFUND) | Q(amount__isnull=False), name="decision_refund_has_an_amount"
            ),
        ]
        indexes = [models.Index(fields=["-at"], name="decision_at")]

    def __str__(self) -> str:
        return f"{self.kind} on case {self.case_id}"


class FollowUp(models.Model):
    """One question to a carrier: how it was asked, who chases it, when an answer is due, what came back."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        PORTAL = "portal", "Carrier portal"
        API = "api", "API"

    class Kind(models.TextChoices):
        TRACE = "trace", "Trace"
        CLAIM = "claim", "Claim"
        ADDRESS_CORRECTION = "address_correction", "Address correction"
        REDELIVERY = "redelivery", "Redelivery"
        QUESTION = "question", "Question"

    class Outcome(models.TextChoices):
        FOUND = "found", "Parcel found"
        LOST = "lost", "Declared lost"
        REDELIVERY = "redelivery", "Redelivery arranged"
        ADDRESS_CORRECTED = "address_corrected", "Address corrected"
        RETURNING = "returning", "Coming back"
        NO_ANSWER = "no_answer", "No answer"
        OTHER = "other", "Other"

    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    carrier = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    channel = models.TextField(choices=Channel.choices)
    reference = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    promised_reply_at = models.DateTimeField()
    next_nudge_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="follow_ups")
    assigned_at = models.DateTimeField(null=True, blank=True)
    assigned_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(choices=Outcome.choices, blank=True, default="")
    outcome_note = models.TextField(blank=True, default="")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(assigned_to__isnull=True, assigned_at__isnull=True, assigned_by__isnull=True)
                | Q(assigned_to__isnull=False, assigned_at__isnull=False, assigned_by__isnull=False),
                name="follow_up_assigned_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False, outcome__gt=""),
                name="follow_up_closed_whole_or_none",
            ),
        ]
        indexes = [
            models.Index(
                fields=["promised_reply_at", "id"], name="follow_up_open", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} with {self.carrier}"


class CarrierClaim(models.Model):
    """Money asked back from a carrier, with the window it may be filed in."""

    class Kind(models.TextChoices):
        LOST = "lost", "Lost"
        DAMAGED = "damaged", "Damaged"
        LATE = "late", "Late"

    class State(models.TextChoices):
        PREPARING = "preparing", "Preparing"
        FILED = "filed", "Filed"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"
        PAID = "paid", "Paid"
        DROPPED = "dropped", "Dropped"

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="claims")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="claims")
    kind = models.TextField(choices=Kind.choices)
    state = models.TextField(choices=State.choices, default=State.PREPARING)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.TextField()
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    reference = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(null=True, blank=True)
    filed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    recovered_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "kind"],
                condition=~Q(state__in=["denied", "dropped"]),
                name="claim_one_live_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True, filed_by__isnull=True)
                | Q(filed_at__isnull=False, filed_by__isnull=False),
                name="claim_filed_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(recovered_at__isnull=True, recovered_amount__isnull=True)
                | Q(recovered_at__isnull=False, recovered_amount__gt=0),
                name="claim_recovered_whole_or_none",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(currency__gt=""), name="claim_amount_and_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} claim on {self.shipment_id}"


class Message(models.Model):
    """One message to a customer that was prepared: sent, held with its reason, or waiting for a person."""

    class State(models.TextChoices):
        DRAFT = "draft", "Waiting for review"
        READY = "ready", "Ready to send"
        HELD = "held", "Held"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    finding = models.TextField()
    state = models.TextField(choices=State.choices)
    recipient = models.TextField(blank=True, default="")
    subject = models.TextField(blank=True, default="")
    body = models.TextField(blank=True, default="")
    held_reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_reason__gt=""), name="message_held_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} message on case {self.case_id}"
