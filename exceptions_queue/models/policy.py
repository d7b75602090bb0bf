"""Versions of the policy, their history, and what was only observed; a published version never changes again."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from exceptions_queue.policy.situation import FindingKind, Level, Team
from exceptions_queue.policy_queries import ObservationQuerySet, PolicyVersionQuerySet
from shipments.models import Shipment

USER = settings.AUTH_USER_MODEL


class PolicyState(models.TextChoices):
    """Where a version stands; the document of anything but a draft is immutable (a trigger holds it)."""

    DRAFT = "draft", "Draft"
    SHADOW = "shadow", "In shadow"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"
    DISCARDED = "discarded", "Discarded"


_NEVER_LIVE = Q(state__in=[PolicyState.DRAFT, PolicyState.SHADOW, PolicyState.DISCARDED])


class PolicyVersion(models.Model):
    """One version of the policy document: what it began from, and who published it and why.

    `sweep_after` is the id up to which parcels were made due to be judged by it; null when all of them were.
    """

    number = models.PositiveIntegerField(unique=True)
    state = models.TextField(choices=PolicyState.choices, default=PolicyState.DRAFT)
    document = models.JSONField()
    note = models.TextField(blank=True, default="")
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    shadow_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    sweep_after = models.BigIntegerField(null=True, blank=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=PolicyState.PUBLISHED), name="policy_one_published"
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state=PolicyState.SHADOW), name="policy_one_shadow"),
            models.CheckConstraint(
                condition=(_NEVER_LIVE & Q(published_at__isnull=True)) | (~_NEVER_LIVE & Q(published_at__isnull=False)),
                name="policy_published_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=PolicyState.SHADOW) | Q(shadow_at__isnull=False), name="policy_shadow_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy {self.number}"


class PolicyEvent(models.Model):
    """One line of the policy's history; append-only: the database refuses update, delete and truncate."""

    class Kind(models.TextChoices):
        STARTED = "started", "Draft begun"
        EDITED = "edited", "Draft changed"
        SHADOW_STARTED = "shadow_started", "Put in shadow"
        SHADOW_STOPPED = "shadow_stopped", "Taken out of shadow"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"
        DISCARDED = "discarded", "Discarded"
        OPENED = "opened", "Observed case opened"
        REVIEWED = "reviewed", "Review attached"

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="history")
    at = models.DateTimeField()
    kind = models.TextField(choices=Kind.choices)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class Observation(models.Model):
    """What a policy would have opened a case for, and did not: a draft in shadow, or a parcel outside the scope.

    One is open for a parcel and mode at a time; it follows the verdict and is cleared when nothing is left of it. The
    first of `findings` is the headline; `team` owns it and `summary` is its sentence.
    """

    class Mode(models.TextChoices):
        OUTSIDE = "outside", "Outside the scope"
        SHADOW = "shadow", "Seen by the draft in shadow"

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="observations")
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="observations")
    mode = models.TextField(choices=Mode.choices)
    findings = ArrayField(models.TextField(choices=FindingKind.choices))
    level = models.TextField(choices=Level.choices)
    score = models.IntegerField()
    team = models.TextField(choices=Team.choices)
    summary = models.TextField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "mode"], condition=Q(cleared_at__isnull=True), name="observation_one_open"
            ),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="observation_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(
                F("mode"), F("score").desc(), F("id").desc(), name="observation_open", condition=Q(cleared_at=None)
            ),
            models.Index(fields=["policy", "mode"], name="observation_policy"),
        ]

    def __str__(self) -> str:
        return self.summary
