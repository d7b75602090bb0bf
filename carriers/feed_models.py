"""What is kept of the feeds themselves: each hour of them, which carriers they tell of, and their silences."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class FeedHour(models.Model):
    """What one account sent in one hour (UTC, by receipt), counted by the drain when a message is read first.

    `lags` counts the messages with news by how late their newest scan reached us, in `rhythm.LAG_BOUNDS` classes.
    """

    account = models.ForeignKey("carriers.Account", models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    messages = models.PositiveIntegerField()
    unmapped = models.PositiveIntegerField()
    lags = ArrayField(models.PositiveIntegerField())
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "account"], name="feed_hour_one_per_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.hour:%Y-%m-%d %H}h: {self.messages}"


class FeedCarrier(models.Model):
    """A carrier that an account tells of, and when it last did."""

    account = models.ForeignKey("carriers.Account", models.CASCADE, related_name="tells_of")
    carrier = models.TextField()
    last_heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "carrier"], name="feed_carrier_once")]

    def __str__(self) -> str:
        return f"{self.account_id} tells of {self.carrier}"


class FeedIncident(models.Model):
    """One silence of one account, from when it became news until it ended; a feed has one open at most.

    `ending` says in a sentence how it ended; `heard_at` is when the feed spoke again, null where it ended otherwise.
    """

    account = models.ForeignKey("carriers.Account", models.PROTECT, related_name="incidents")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    last_heard_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, blank=True)
    sentence = models.TextField()
    ending = models.TextField(blank=True, default="")
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey("auth.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(closed_at__isnull=True), name="incident_one_open"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, ending="") | (Q(closed_at__isnull=False) & ~Q(ending="")),
                name="incident_end_has_a_sentence",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")), name="incident_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True, seen_by__isnull=True)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="incident_seen_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="incident_newest")]

    def __str__(self) -> str:
        return self.sentence


class FeedEvent(models.Model):
    """One line in the history of a feed and its incidents; append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Fell silent"
        SEEN = "seen", "Sees to it"
        NOTE = "note", "Wrote"
        CLOSED = "closed", "Ended"
        WATCHED = "watched", "Changed the watch"

    account = models.ForeignKey("carriers.Account", models.PROTECT, related_name="history")
    incident = models.ForeignKey(FeedIncident, models.PROTECT, null=True, blank=True, related_name="history")
    at = models.DateTimeField()
    by = models.ForeignKey("auth.User", models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.TextField(choices=Kind.choices)
    text = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="feed_event_newest")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"
