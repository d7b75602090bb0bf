"""What people said a parcel is: whose order it belongs to, which carrier really has it; one row an act."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ParcelAct(models.Model):
    """One thing a person said about a parcel; append-only: the database refuses update, delete and truncate.

    An act is undone by a later one that names it in `undoes`. `other` is the parcel of the right carrier (no foreign
    key in the database: one made for the correction goes again when the correction is undone). `data` keeps what an
    undo has to put back.
    """

    class Kind(models.TextChoices):
        ATTACHED = "attached", "Attached to an order"
        DETACHED = "detached", "Taken off the order again"
        CORRECTED = "corrected", "Carrier corrected"
        RESTORED = "restored", "Carrier correction undone"

    shipment = models.ForeignKey("shipments.Shipment", models.PROTECT, related_name="acts")
    kind = models.TextField(choices=Kind.choices)
    order = models.ForeignKey("shipments.Order", models.PROTECT, null=True, blank=True, related_name="+")
    other = models.ForeignKey(
        "shipments.Shipment",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="acts_of_others",
        db_constraint=False,
    )
    carrier = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by_act")
    data = models.JSONField(default=dict)

    class Meta:
        app_label = "shipments"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["attached", "corrected"], undoes__isnull=True)
                | Q(kind__in=["detached", "restored"], undoes__isnull=False),
                name="parcel_act_undoes_what_it_says",
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="parcel_act_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%Y-%m-%d %H:%M}"
