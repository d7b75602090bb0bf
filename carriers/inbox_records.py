"""What people did in the inbox: runs of replays, and signature problems that somebody has understood."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ReplayRun(models.Model):
    """One decision to send messages through the inbox again, with how it was made and why; append-only.

    `chosen` is how many messages were chosen; how many were taken is the number of its replays.
    """

    class How(models.TextChoices):
        PAGE = "page", "On the inbox page"
        PARCEL = "parcel", "From a parcel nobody claims"
        COMMAND = "command", "By the replay command"

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    how = models.TextField(choices=How.choices)
    reason = models.TextField(blank=True, default="")
    chosen = models.PositiveIntegerField()

    class Meta:
        app_label = "carriers"

    def __str__(self) -> str:
        return f"replay run {self.pk}"


class Dismissal(models.Model):
    """Somebody understood why an account's messages were not authentic up to `at`; later ones count again.

    The messages stay where they are and are never read.
    """

    account = models.ForeignKey("carriers.Account", models.PROTECT, related_name="dismissals")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        app_label = "carriers"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="dismissal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="dismissal_undone_whole_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"dismissal of account {self.account_id}"
