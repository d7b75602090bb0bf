"""What is true: customers, their orders, the parcels, and the events that happened to them."""

from datetime import datetime

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from shipments.facts import Channel, Direction, Reason, State, TimeConfidence, Topic
from shipments.parcel_acts import ParcelAct as ParcelAct
from shipments.readings import TrackingEventQuerySet


class Customer(models.Model):
    """A person who ordered; `customer_id` is the shop's own id."""

    customer_id = models.TextField(unique=True)
    tier = models.TextField(blank=True, default="")
    email = models.TextField(blank=True, default="")
    name = models.TextField(blank=True, default="")
    locale = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(OpClass(Lower("email"), "text_pattern_ops"), name="customer_email_begins"),
            GinIndex(SearchVector("name", config="simple"), name="customer_name_words"),
        ]

    def __str__(self) -> str:
        return self.name or self.customer_id


class Order(models.Model):
    """What was bought and promised; `order_id` is the shop's own id."""

    order_id = models.TextField(unique=True)
    storefront = models.TextField(blank=True, default="")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="orders")
    channel = models.TextField(choices=Channel.choices, default=Channel.DIRECT)
    replaces = models.TextField(blank=True, default="")
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.TextField(blank=True, default="")
    placed_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    event_date = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=True) | ~Q(currency=""), name="order_value_names_its_currency"
            ),
            models.CheckConstraint(condition=Q(value__isnull=True) | Q(value__gte=0), name="order_value_not_negative"),
        ]

    def __str__(self) -> str:
        return self.order_id


class Shipment(models.Model):
    """One parcel; the folded columns repeat `timeline.ShipmentState` and are written only by the ledger.

    `review_due_at` is the only clock: a new fact sets it to now, a review sets it to the next deadline, and it is
    null when nothing can become news any more. `unjudged_reason` says why no policy could judge it, empty normally.
    `first_source` told of it first; `has_more_sources` says that another has told of it too.
    `superseded_by` is the parcel this one really is: its number was heard under the wrong carrier, its events stay
    here and are folded there. `stated_order` is the order its messages name while we do not know that order.
    """

    carrier = models.TextField()
    tracking_number = models.TextField()
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="shipments")
    service = models.TextField(blank=True, default="")
    direction = models.TextField(choices=Direction.choices, default=Direction.OUTBOUND)
    promised_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="heard_as", db_index=False
    )
    stated_order = models.TextField(blank=True, default="", db_default="")
    review_due_at = models.DateTimeField(null=True, blank=True)

    state = models.TextField(choices=State.choices, default=State.UNKNOWN)
    reason = models.TextField(choices=Reason.choices, blank=True, default="")
    state_since = models.DateTimeField(null=True, blank=True)
    reason_since = models.DateTimeField(null=True, blank=True)
    last_known_state = models.TextField(choices=State.choices, default=State.UNKNOWN)
    last_known_since = models.DateTimeField(null=True, blank=True)
    first_event_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    first_physical_at = models.DateTimeField(null=True, blank=True)
    last_physical_at = models.DateTimeField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    damaged_at = models.DateTimeField(null=True, blank=True)
    returning_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    corrected_from = models.TextField(blank=True, default="")
    corrected_at = models.DateTimeField(null=True, blank=True)
    estimated_at = models.DateTimeField(null=True, blank=True)
    unmapped_code = models.TextField(blank=True, default="")
    last_description = models.TextField(blank=True, default="")
    unjudged_reason = models.TextField(blank=True, default="", db_default="")
    first_source = models.TextField(blank=True, default="", db_default="")
    has_more_sources = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "tracking_number"], name="shipment_one_per_number"),
            models.CheckConstraint(condition=~Q(tracking_number=""), name="shipment_has_a_number"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="shipment_state_known"),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | (~Q(superseded_by=F("id")) & Q(order__isnull=True)),
                name="shipment_superseded_has_no_order",
            ),
            models.CheckConstraint(
                condition=Q(attempts=0, last_attempt_at__isnull=True)
                | Q(attempts__gt=0, last_attempt_at__isnull=False),
                name="shipment_attempts_have_a_time",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.DELIVERED) & Q(delivered_at__isnull=False))
                | (~Q(state=State.DELIVERED) & Q(delivered_at__isnull=True)),
                name="shipment_delivered_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["review_due_at"], name="shipment_due", condition=Q(review_due_at__isnull=False)),
            models.Index(OpClass("tracking_number", "text_pattern_ops"), name="shipment_number_begins"),
            models.Index(fields=["superseded_by"], name="shipment_heard_as", condition=Q(superseded_by__isnull=False)),
            models.Index(
                fields=["first_seen_at", "id"],
                name="shipment_unmatched",
                condition=Q(order__isnull=True, superseded_by__isnull=True),
            ),
            models.Index(
                fields=["stated_order"],
                name="shipment_states_an_order",
                condition=Q(order__isnull=True, stated_order__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"

    @property
    def promise(self) -> datetime | None:
        """Return what we promised for this parcel, else for its order."""
        return self.promised_at or (self.order.promised_at if self.order else None)

    @property
    def scans(self) -> "models.QuerySet[TrackingEvent]":
        """Return what was told about this parcel, also under a wrong carrier, in no order."""
        heard = Shipment.objects.filter(Q(pk=self.pk) | Q(superseded_by=self.pk))
        return TrackingEvent.objects.filter(shipment__in=heard.values("pk"))


class TrackingEvent(models.Model):
    """One scan with the meaning it was given; append-only: the database refuses update, delete and truncate.

    `identity` is carrier + number + instant + code, so the same scan told twice is one row. `message_id` names the
    inbox row it was read from (no foreign key: raw messages are erased after their retention, facts stay), `heard_as`
    the spelling in carriers' list of codes. A later meaning is a newer `EventReading`: read events with `read_now`.
    """

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="events")
    identity = models.UUIDField(unique=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    time_confidence = models.TextField(choices=TimeConfidence.choices)
    state = models.TextField(choices=State.choices)
    reason = models.TextField(choices=Reason.choices, blank=True, default="")
    physical = models.BooleanField()
    mapped = models.BooleanField(default=True)
    raw_code = models.TextField(blank=True, default="")
    raw_description = models.TextField(blank=True, default="")
    location = models.TextField(blank=True, default="")
    promised_at = models.DateTimeField(null=True, blank=True)
    source = models.TextField()
    message_id = models.BigIntegerField(null=True, blank=True)
    heard_as = models.BigIntegerField(null=True, blank=True)

    objects = TrackingEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["heard_as", "shipment"], name="event_heard_as", condition=Q(heard_as__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.state} at {self.occurred_at:%Y-%m-%d %H:%M}"


class EventReading(models.Model):
    """What an event means since a later publication of the code table; append-only, the newest one counts.

    `publication` is the number of carriers' publication (no foreign key across apps).
    """

    event = models.ForeignKey(TrackingEvent, models.PROTECT, related_name="readings", db_index=False)
    state = models.TextField(choices=State.choices)
    reason = models.TextField(choices=Reason.choices, blank=True, default="")
    physical = models.BooleanField()
    mapped = models.BooleanField()
    publication = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "publication"], name="reading_one_per_publication"),
        ]
        indexes = [models.Index(fields=["event", "id"], name="reading_newest")]

    def __str__(self) -> str:
        return f"{self.state} since publication {self.publication}"


class CarrierSilence(models.Model):
    """A carrier that nobody tells us about now: every feed that told of it recently is silent since then.

    Written where feeds are watched, read where shipments are judged. Once it is over, `ended_at` stands until the
    carrier's shipments up to `woken_to` (an id), and then all of them, were made due again; then the row goes.
    """

    carrier = models.TextField(unique=True)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    woken_to = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.carrier} silent since {self.since:%Y-%m-%d %H:%M}"


class Conversation(models.Model):
    """A customer's conversation in the helpdesk, linked to the order and parcel it is about."""

    Topic = Topic

    conversation_id = models.TextField(unique=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="conversations")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="conversations")
    shipment = models.ForeignKey(Shipment, models.PROTECT, null=True, blank=True, related_name="conversations")
    topic = models.TextField(choices=Topic.choices, default=Topic.OTHER)
    opened_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True, blank=True)
    first_reply_state = models.TextField(choices=State.choices, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    url = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_reply_at__isnull=True) | Q(first_reply_at__gte=F("opened_at")),
                name="conversation_reply_after_opening",
            ),
        ]
        indexes = [models.Index(fields=["-opened_at"], name="conversation_opened")]

    def __str__(self) -> str:
        return self.conversation_id
