"""What the follow-ups pages ask of the questions to carriers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Self

from django.db import models
from django.db.models import Count, Q

from exceptions_queue.queries import ROWS, Page, page_of
from exceptions_queue.sorting import Slice, Sort

_OPEN = Q(closed_at__isnull=True)


class Standing(NamedTuple):
    """How many questions are open, overdue, chased by nobody, and answered."""

    open: int
    overdue: int
    unassigned: int
    closed: int


class FollowUpQuerySet(models.QuerySet):
    """Follow-ups, as the pages ask for them."""

    def open(self) -> Self:
        """Keep those that wait for an answer."""
        return self.filter(_OPEN)

    def overdue(self, now: datetime) -> Self:
        """Keep those whose promised reply did not come in time."""
        return self.open().filter(promised_reply_at__lt=now)

    def with_row_facts(self) -> Self:
        """Bring what one row of the list shows."""
        return self.select_related("case__shipment", "assigned_to")

    def for_list(self, sort: Sort, wanted: Slice, rows: int = ROWS) -> Page:
        """Return one page of the list."""
        return page_of(self.with_row_facts(), sort, wanted, rows)

    def for_page(self) -> Self:
        """Bring everything the page of one follow-up shows beside its history."""
        return self.select_related(
            "case__shipment__order__customer", "opened_by", "assigned_to", "assigned_by", "closed_by"
        )

    def standing(self, now: datetime) -> Standing:
        """Count where they all stand, in one query."""
        counts = self.order_by().aggregate(
            open=Count("id", filter=_OPEN),
            overdue=Count("id", filter=_OPEN & Q(promised_reply_at__lt=now)),
            unassigned=Count("id", filter=_OPEN & Q(assigned_to__isnull=True)),
            closed=Count("id", filter=~_OPEN),
        )
        return Standing(**counts)
