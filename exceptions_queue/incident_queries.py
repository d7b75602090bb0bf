"""What the incident pages ask of incidents: one method for each page."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


class IncidentQuerySet(models.QuerySet):
    """Incidents, as the pages ask for them."""

    def open(self) -> Self:
        """Keep those that are not over."""
        return self.filter(closed_at__isnull=True)

    def with_counts(self) -> Self:
        """Bring how many cases each has and how many of them are still open."""
        return self.annotate(cases=self._counted(Q()), open_cases=self._counted(~Q(case__state="closed")))

    def _counted(self, kept: Q) -> Any:
        member: Any = self.model._meta.get_field("members").related_model
        rows = member.objects.filter(kept, incident=OuterRef("pk")).order_by().values("incident")
        return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)
