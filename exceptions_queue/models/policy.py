"""Versions of the policy: data the operations owner edits; a published one never changes again."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class PolicyState(models.TextChoices):
    """Where a version stands; the document of anything but a draft is immutable (a trigger holds it)."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class PolicyVersion(models.Model):
    """One version of the policy document, with who published it and why."""

    number = models.PositiveIntegerField(unique=True)
    state = models.TextField(choices=PolicyState.choices, default=PolicyState.DRAFT)
    document = models.JSONField()
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=PolicyState.PUBLISHED), name="policy_one_published"
            ),
            models.CheckConstraint(
                condition=Q(state=PolicyState.DRAFT, published_at__isnull=True)
                | (~Q(state=PolicyState.DRAFT) & Q(published_at__isnull=False)),
                name="policy_published_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Policy {self.number}"
