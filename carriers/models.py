"""How facts arrive: the accounts they come from, the raw messages, and what carriers' codes mean."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from carriers.api_tokens import ApiToken as ApiToken
from carriers.codebook.models import CodeChange as CodeChange
from carriers.codebook.models import CodeDraft as CodeDraft
from carriers.codebook.models import CodePublication as CodePublication
from carriers.codebook.models import HeardCode as HeardCode
from carriers.codebook.models import Rereading as Rereading
from carriers.feed_models import FeedCarrier as FeedCarrier
from carriers.feed_models import FeedEvent as FeedEvent
from carriers.feed_models import FeedHour as FeedHour
from carriers.feed_models import FeedIncident as FeedIncident
from carriers.inbox_records import Dismissal as Dismissal
from carriers.inbox_records import ReplayRun as ReplayRun
from carriers.polled import POLLED_CONSTRAINTS, Polled
from carriers.polled import PollTarget as PollTarget
from shipments.facts import Reason, State


class Account(Polled):
    """One connection to one source, named in its webhook address; `sealed_secrets` is never shown.

    `last_message_at` is the feed's heartbeat; `silent_after_minutes` says when its silence becomes news (null: never).
    """

    source = models.TextField()
    name = models.SlugField(max_length=60)
    is_active = models.BooleanField(default=True)
    sealed_secrets = models.TextField(blank=True, default="", editable=False)
    silent_after_minutes = models.PositiveIntegerField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="account_one_per_source_and_name"),
            *POLLED_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.name}"


class MessageState(models.TextChoices):
    """What became of a raw message."""

    RECEIVED = "received", "Waiting to be read"
    DONE = "done", "Read"
    FAILED = "failed", "Could not be read"
    QUARANTINED = "quarantined", "Not authentic"


class Problem(models.TextChoices):
    """Why a message failed, in kinds a person can filter by."""

    UNREADABLE = "unreadable", "Nothing in it could be read"
    FEED_TROUBLE = "feed_trouble", "The carrier answered with an error"
    NO_NUMBER = "no_number", "It names no tracking number"
    NOT_AUTHENTIC = "not_authentic", "The signature does not match"
    REFUSED = "refused", "Our database refused what it says"
    CRASHED = "crashed", "Reading it went wrong on our side"


class InboundMessage(models.Model):
    """Whatever arrived, stored raw before anything is understood; the row is the queue.

    `subject_number` and `subject_carrier` say which parcel we had asked about (empty for webhooks). `body` is exactly
    the bytes received (of a polled answer about several parcels, the part about this one). A failed message keeps its
    body and can be replayed.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="messages", db_index=False)
    source = models.TextField()
    idempotency_key = models.TextField()
    received_at = models.DateTimeField()
    body = models.BinaryField()
    subject_number = models.TextField(blank=True, default="")
    subject_carrier = models.TextField(blank=True, default="")
    state = models.TextField(choices=MessageState.choices, default=MessageState.RECEIVED)
    problem = models.TextField(choices=Problem.choices, blank=True, default="")
    problem_detail = models.TextField(blank=True, default="")
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    events = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    unmapped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "idempotency_key"], name="message_one_per_key"),
            models.CheckConstraint(
                condition=Q(state__in=[MessageState.FAILED, MessageState.QUARANTINED], problem__gt="")
                | Q(state__in=[MessageState.RECEIVED, MessageState.DONE], problem=""),
                name="message_failure_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.RECEIVED, processed_at__isnull=True)
                | (~Q(state=MessageState.RECEIVED) & Q(processed_at__isnull=False)),
                name="message_processed_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="message_waiting", condition=Q(state="received")),
            # A few pages for the whole inbox: it is written in the order of this column, and reports ask by period.
            BrinIndex(fields=["received_at"], name="message_received", autosummarize=True),
            models.Index(
                fields=["-received_at", "-id"],
                name="message_trouble",
                condition=Q(state__in=["failed", "quarantined"]),
            ),
            # For the inbox pages: the failed ones counted and paged without those that only knocked at the door.
            models.Index(
                fields=["-received_at", "-id"], include=["problem"], name="message_failed", condition=Q(state="failed")
            ),
            models.Index(
                fields=["account", "received_at"], name="message_quarantined", condition=Q(state="quarantined")
            ),
            models.Index(fields=["subject_number"], name="message_asked_for", condition=~Q(subject_number="")),
            models.Index(fields=["account", "id"], name="message_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.source} message {self.pk}"


class Replay(models.Model):
    """One message sent through the inbox again; append-only.

    `problem_before` is empty where it could be read before. What came of it is what the next replay of the message says
    was before, else the message's own state (`carriers.inbox_pages.runs`).
    """

    run = models.ForeignKey(ReplayRun, models.PROTECT, null=True, blank=True, related_name="replays")
    message = models.ForeignKey(InboundMessage, models.DO_NOTHING, related_name="replays", db_constraint=False)
    at = models.DateTimeField()
    by = models.ForeignKey("auth.User", models.PROTECT, null=True, blank=True, related_name="+")
    problem_before = models.TextField(choices=Problem.choices, blank=True)
    detail_before = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"replay of message {self.message_id}"


class CodeMapping(models.Model):
    """What one code of one system means; the operations owner's data, seeded from checked rows.

    `code` joins type, code and subcode with ":" ("X:DE:08"), as the source adapters spell it. `publication` is the one
    that gave the row its meaning, null while it means what was shipped.
    """

    system = models.TextField()
    code = models.TextField()
    state = models.TextField(choices=State.choices)
    reason = models.TextField(choices=Reason.choices, blank=True, default="")
    physical = models.BooleanField(default=True)
    action_required = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")
    source = models.TextField(blank=True, default="")
    confidence = models.TextField(blank=True, default="")
    seeded = models.BooleanField(default=False)
    publication = models.ForeignKey(CodePublication, models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="mapping_one_per_code")]

    def __str__(self) -> str:
        return f"{self.system} {self.code}: {self.state}"
