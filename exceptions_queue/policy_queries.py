"""What the policy's pages ask of its versions and of what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from exceptions_queue.models import PolicyVersion


class PolicyVersionQuerySet(models.QuerySet):
    """Versions, as the pages ask for them."""

    def published(self) -> PolicyVersion:
        """Return the version in force. Raises: DoesNotExist."""
        return self.get(state="published")

    def working(self) -> PolicyVersion | None:
        """Return the version being worked on, a draft or one in shadow; the newest where there are several."""
        return self.filter(state__in=["draft", "shadow"]).order_by("-number").first()

    def newest_first(self) -> Self:
        """Return them for the list of versions, without their documents."""
        people = ("published_by", "created_by", "base")
        return self.select_related(*people).defer("document", "base__document").order_by("-number")


class ObservationQuerySet(models.QuerySet):
    """Observations, as the pages ask for them."""

    def open(self) -> Self:
        """Keep what still holds."""
        return self.filter(cleared_at__isnull=True)

    def outside(self) -> Self:
        """Keep the cases that the scope keeps from being opened."""
        return self.filter(mode="outside", level="case")

    def in_shadow_of(self, version: PolicyVersion) -> Self:
        """Keep what a version in shadow would have opened, now or before; what it only watched is left out."""
        return self.filter(Q(policy=version, mode="shadow", level="case"))

    def with_row_facts(self) -> Self:
        """Bring what one row of the list shows."""
        return self.select_related("shipment__order__customer")
