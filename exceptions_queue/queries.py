"""What the pages ask of the cases: one method of the QuerySet for each page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce, JSONObject

from exceptions_queue.lists import ACTIVE, TO_APPROVE, CaseList, TallyRow, Viewer, awaits
from exceptions_queue.sorting import Slice, Sort
from exceptions_queue.transitions import CaseState
from shipments.queries import unheard_since

ROWS: Final = 50
"""How many cases a page of the queue shows: two screens of a laptop."""


class Page(NamedTuple):
    """One page of a list; `next` and `previous` are cursors, None where there is no such page."""

    rows: list[Any]
    next: str | None
    previous: str | None


class CaseQuerySet(models.QuerySet):
    """Cases, as the pages ask for them."""

    def active(self) -> Self:
        """Keep the cases that still need something."""
        return self.filter(ACTIVE)

    def in_list(self, case_list: CaseList, viewer: Viewer) -> Self:
        """Keep the cases of one of the queue's lists."""
        found = self.filter(case_list.holds(viewer))
        return found.filter(self._awaits(viewer)) if case_list is TO_APPROVE else found

    def _awaits(self, viewer: Viewer) -> Exists:
        """Ask whether a proposal on the case waits for this viewer."""
        approval = self.model._meta.get_field("approvals").related_model
        return Exists(approval.objects.filter(awaits(viewer), case=OuterRef("pk")))

    def tallied(self, viewer: Viewer) -> list[TallyRow]:
        """Count the active cases by team and state, in one query; what the rail shows is folded from it."""
        overdue = Q(state=CaseState.OPEN, due_at__lt=viewer.now)
        mine = Q(claimed_by=viewer.user_id, claim_expires_at__gt=viewer.now)
        approve = Q(self._awaits(viewer))
        counted = (
            self.active()
            .order_by()
            .values("owner_team", "state")
            .annotate(
                total=Count("id"),
                oldest=Min("opened_at"),
                overdue=Count("id", filter=overdue),
                overdue_oldest=Min("opened_at", filter=overdue),
                mine=Count("id", filter=mine),
                mine_oldest=Min("opened_at", filter=mine),
                approve=Count("id", filter=approve),
                approve_oldest=Min("opened_at", filter=approve),
            )
        )
        return [TallyRow(team=row.pop("owner_team"), **row) for row in counted]

    def with_row_facts(self) -> Self:
        """Bring what one row of a list shows."""
        leg = self.model._meta.get_field("legs").related_model
        waiting = leg.objects.filter(case=OuterRef("pk"), ended_at__isnull=True)
        approval = self.model._meta.get_field("approvals").related_model
        asked = approval.objects.filter(case=OuterRef("pk"), state="waiting")
        return self.select_related("shipment__order__customer", "claimed_by").annotate(
            promise=Coalesce("shipment__promised_at", "shipment__order__promised_at"),
            waits=ArraySubquery(
                waiting.values(leg=JSONObject(on="waiting_on", until="due_at", scan="wakes_after", note="note"))
            ),
            proposes=ArraySubquery(
                asked.values(said=JSONObject(kind="proposal__kind", cost="cost", currency="currency", roles="roles"))
            ),
        )

    def for_queue(self, sort: Sort, wanted: Slice, rows: int = ROWS) -> Page:
        """Return one page of the queue, found by its place in the order and not by counting rows before it."""
        return page_of(self.with_row_facts(), sort, wanted, rows)

    def unclaimed(self, now: datetime) -> Self:
        """Keep the cases in nobody's hands; a lease that is over holds nothing."""
        return self.exclude(claimed_by__isnull=False, claim_expires_at__gt=now)

    def for_my_day(self, rows: int = 8) -> Self:
        """Return the few that are due first."""
        return self.with_row_facts().order_by("due_at", "id")[:rows]

    def day_facts(self, now: datetime) -> dict[str, int]:
        """Count what came and went in the last 24 hours, in one query."""
        since = now - timedelta(days=1)
        closed = Q(closed_at__gt=since)
        return self.filter(Q(opened_at__gt=since) | closed).aggregate(
            opened=Count("id", filter=Q(opened_at__gt=since)),
            closed=Count("id", filter=closed),
            healed=Count("id", filter=closed & Q(outcome="self_healed")),
        )

    def new_since(self, since: datetime) -> Self:
        """Keep what came into view since then: opened, handed over, or woken."""
        leg = self.model._meta.get_field("legs").related_model
        arrived = leg.objects.filter(case=OuterRef("pk"), ended_at__isnull=True, started_at__gt=since)
        return self.filter(Q(opened_at__gt=since) | Exists(arrived))

    def for_case_page(self) -> Self:
        """Bring the case as its page shows it."""
        unheard = unheard_since("shipment__carrier")
        told = (
            self.with_row_facts()
            .select_related("policy", "closed_by", "membership__incident")
            .defer("policy__document")
        )
        return told.defer("policy__document").annotate(unheard_since=unheard)


def page_of(found: models.QuerySet, sort: Sort, wanted: Slice, rows: int = ROWS) -> Page:
    """Return one page of a list in an order, starting at a place in it."""
    keys = [key.value for key in sort.keys]
    named = {f"sort_{n}": key for n, key in enumerate(keys)}
    found = found.annotate(**named)
    if wanted.before:
        found = found.filter(TupleLessThan(Tuple(*keys), wanted.before)).order_by(*(_down(name) for name in named))
    else:
        found = found.order_by(*named)
        if wanted.after:
            found = found.filter(TupleGreaterThan(Tuple(*keys), wanted.after))
    fetched = list(found[: rows + 1])
    return _page(fetched[:rows], len(fetched) > rows, sort, wanted)


def _down(name: str) -> models.expressions.OrderBy:
    return F(name).desc()


def _page(rows: list[Any], more: bool, sort: Sort, wanted: Slice) -> Page:
    if wanted.before:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_next = True if wanted.before else more
    has_previous = more if wanted.before else wanted.after is not None
    return Page(rows, sort.cursor(rows[-1]) if has_next else None, sort.cursor(rows[0]) if has_previous else None)
