"""What an account needs to be polled, and the parcels that are: columns only, the rules are pure modules."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from shipments.facts import State


class Polled(models.Model):
    """The polling half of an account: how it asks, what it may, and how it fares.

    `sealed_credentials` and `sealed_token` are JSON sealed like the secrets and never shown. `carriers` names whose
    parcels it asks about (empty: those of its source). `polling_held_at` is a person's pause, `paused_until` the
    carrier's own (Retry-After), `open_until` the circuit breaker's.
    """

    is_polled = models.BooleanField(default=False, db_default=False)
    base_url = models.TextField(blank=True, default="", db_default="")
    sealed_credentials = models.TextField(blank=True, default="", db_default="", editable=False)
    sealed_token = models.TextField(blank=True, default="", db_default="", editable=False)
    carriers = ArrayField(models.TextField(), blank=True, default=list, db_default=[])
    cadence = models.JSONField(blank=True, default=dict, db_default={})
    calls_a_minute = models.PositiveIntegerField(null=True, blank=True)
    calls_a_day = models.PositiveIntegerField(null=True, blank=True)

    minute_left = models.FloatField(default=0, db_default=0)
    day_left = models.FloatField(default=0, db_default=0)
    calls_counted_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    polling_held_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    breaker_trips = models.PositiveIntegerField(default=0, db_default=0)
    open_until = models.DateTimeField(null=True, blank=True)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="", db_default="")
    last_error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


POLLED_CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(is_polled=False) | Q(calls_a_minute__isnull=False, calls_a_minute__gt=0),
        name="account_polled_has_a_rate_limit",
    ),
    models.CheckConstraint(
        condition=Q(calls_a_day__isnull=True) | Q(calls_a_day__gt=0), name="account_daily_limit_above_zero"
    ),
    models.CheckConstraint(
        condition=Q(last_error="", last_error_at__isnull=True) | (~Q(last_error="") & Q(last_error_at__isnull=False)),
        name="account_error_has_a_time",
    ),
]


class PollTarget(models.Model):
    """One parcel that carriers are asked about; the row is the queue, and it goes when nothing is left to hear.

    Any account that speaks for `carrier` may ask. `leased_until` is written far more often than anything indexed.
    `planned_state` and `planned_change_at` are what the next poll was planned from; `attempts` counts polls in a row
    that were not answered.
    """

    shipment = models.OneToOneField("shipments.Shipment", models.CASCADE, primary_key=True, related_name="poll_target")
    carrier = models.TextField()
    next_poll_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    planned_state = models.TextField(choices=State.choices)
    planned_change_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["carrier", "next_poll_at"], name="poll_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(leased_until__gt=F("next_poll_at")),
                name="poll_lease_only_when_due",
            ),
        ]

    def __str__(self) -> str:
        return f"poll of shipment {self.shipment_id}"
