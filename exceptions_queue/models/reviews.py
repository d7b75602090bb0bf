"""Twenty-case reviews: which cases were drawn, what was answered, and which draft followed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from exceptions_queue.models.cases import Case
from exceptions_queue.models.policy import PolicyVersion
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.reviews.questions import Answer

USER = settings.AUTH_USER_MODEL


class ReviewState(models.TextChoices):
    """How far a review is; once its verdict is given, the database keeps it and its answers as they are."""

    OPEN = "open", "Under way"
    DONE = "done", "Verdict given"
    DROPPED = "dropped", "Put away"


class Review(models.Model):
    """Some cases of a period, drawn by lot, of which people answer the same three questions; one is open at a time.

    `seed` draws the same cases again from those opened from `begins_at` to before `ends_at`, of which there were
    `population`. `strata` holds what they were drawn from: finding, team, outcome, cases and drawn of each.
    """

    state = models.TextField(choices=ReviewState.choices, default=ReviewState.OPEN)
    seed = models.BigIntegerField()
    size = models.PositiveSmallIntegerField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    population = models.PositiveIntegerField()
    strata = models.JSONField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state=ReviewState.OPEN), name="review_one_open"),
            models.CheckConstraint(
                condition=Q(state=ReviewState.OPEN, closed_at__isnull=True, closed_by__isnull=True)
                | (~Q(state=ReviewState.OPEN) & Q(closed_at__isnull=False, closed_by__isnull=False)),
                name="review_closed_whole_or_none",
            ),
        ]
        indexes = [models.Index(fields=["-drawn_at", "-id"], name="review_drawn")]

    def __str__(self) -> str:
        return f"Review of {self.begins_at:%-d %B} to {self.ends_at:%-d %B %Y}"


class ReviewCase(models.Model):
    """One drawn case: the finding it was drawn for, and what somebody answered; all three answers or none."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="cases")
    place = models.PositiveSmallIntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="reviews")
    finding = models.TextField(choices=FindingKind.choices)
    messaged = models.TextField(choices=Answer.choices, blank=True, default="")
    paused = models.TextField(choices=Answer.choices, blank=True, default="")
    evidence = models.TextField(choices=Answer.choices, blank=True, default="")
    note = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "place"], name="review_case_place"),
            models.UniqueConstraint(fields=["review", "case"], name="review_case_once"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, messaged="", paused="", evidence="")
                | Q(
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                    messaged__in=Answer.values,
                    paused__in=Answer.values,
                    evidence__in=Answer.values,
                ),
                name="review_case_answered_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"Case {self.case_id} in review {self.review_id}"


class ReviewUse(models.Model):
    """A draft that was begun or changed because of a review; append-only."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="uses")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="reviews")
    said = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "version"], name="review_use_once")]

    def __str__(self) -> str:
        return f"Review {self.review_id} for version {self.version_id}"
