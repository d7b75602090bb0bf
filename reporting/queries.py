"""The only reads across apps: rows of a period, narrowed by filters, as plain values for the pure figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.db.models import Count, DateTimeField, OuterRef, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Coalesce, TruncDate

from carriers.inbox_pages.runs import with_outcome
from carriers.models import InboundMessage, MessageState, Replay
from exceptions_queue.models import Case, Finding
from reporting.metrics import SCANS, DayOfUpdates, OpenedCase, Period
from shipments.models import Conversation, TrackingEvent

FAILED = Q(state__in=[MessageState.FAILED, MessageState.QUARANTINED])


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the figures are narrowed by; empty means all. A team is the one the case was first routed to."""

    carrier: str = ""
    storefront: str = ""
    team: str = ""


def reporting_database() -> str:
    """Return the alias reports read from: the replica where one is configured."""
    return "reporting" if "reporting" in settings.DATABASES else "default"


def cases_of(periods: Iterable[Period], narrowing: Narrowing) -> QuerySet[Case]:
    """Return the cases opened in any of the periods with `kind`, `team`, `asked_at` and `scan_at`."""
    cases = Case.objects.using(reporting_database()).filter(_within("opened_at", periods))
    if narrowing.carrier:
        cases = cases.filter(shipment__carrier=narrowing.carrier)
    if narrowing.storefront:
        cases = cases.filter(shipment__order__storefront=narrowing.storefront)
    first = Finding.objects.filter(case=OuterRef("pk")).order_by("opened_at", "-severity", "id")
    asked = Conversation.objects.filter(order=OuterRef("shipment__order")).order_by("opened_at")
    cases = cases.annotate(
        first=Subquery(first.values("pk")[:1]),
        kind=Coalesce(Subquery(first.values("kind")[:1]), "headline", output_field=TextField()),
        team=Coalesce(Subquery(first.values("team")[:1]), "owner_team", output_field=TextField()),
        asked_at=Subquery(asked.values("opened_at")[:1]),
    ).annotate(scan_at=Subquery(_scans().values("occurred_at")[:1], output_field=DateTimeField()))
    return cases.filter(team=narrowing.team) if narrowing.team else cases


def opened_cases(periods: Iterable[Period], narrowing: Narrowing) -> list[OpenedCase]:
    """Return the cases opened in the periods as the figures see them, in the order they were opened."""
    rows = cases_of(periods, narrowing).values_list("opened_at", "shipment__order_id", "asked_at", "scan_at")
    rows = rows.order_by("opened_at")
    return [OpenedCase(opened, order is not None, asked, scan) for opened, order, asked, scan in rows]


def days_of_updates(periods: Iterable[Period], narrowing: Narrowing) -> list[DayOfUpdates]:
    """Return what each day of the periods brought; days with nothing are left out.

    Only scans know a carrier: with one chosen, messages are counted for all.
    """
    periods = list(periods)
    days: dict[date, DayOfUpdates] = {}
    for name, rows in (
        ("messages failed scans", _messages(periods)),
        ("unmapped", _unmapped(periods, narrowing)),
        ("replayed recovered", _replays(periods)),
    ):
        for day, *values in rows:
            found = days.setdefault(day, DayOfUpdates(day))
            days[day] = replace(found, **dict(zip(name.split(), values, strict=True)))
    return [days[day] for day in sorted(days)]


def failed_messages(periods: Iterable[Period]) -> QuerySet[InboundMessage]:
    """Return the messages received in the periods that could not be read, without their bodies."""
    messages = InboundMessage.objects.using(reporting_database()).filter(FAILED, _within("received_at", periods))
    return messages.defer("body").select_related("account")


def unmapped_scans(periods: Iterable[Period], narrowing: Narrowing) -> QuerySet[TrackingEvent]:
    """Return the scans received in the periods whose code no table knows today."""
    scans = TrackingEvent.objects.using(reporting_database()).filter(_within("received_at", periods)).unmapped_now()
    return scans.filter(shipment__carrier=narrowing.carrier) if narrowing.carrier else scans


def replays_of(periods: Iterable[Period]) -> QuerySet[Replay]:
    """Return the times failed messages were sent through again in the periods, with what came of each."""
    return with_outcome(_replayed(periods)).select_related("message", "by", "run")


def _scans() -> QuerySet[TrackingEvent]:
    """Return, newest first, the scans of a case's parcel before it was opened that its first finding can rest on."""
    rests = Q(pk__in=[])
    for kind, scan in SCANS.items():
        said = Q(read_state__in=scan.states) | Q(read_reason__in=scan.reasons)
        rests |= Q(shipment__cases__findings__kind=kind) & said
    return (
        TrackingEvent.objects.with_reading()
        .filter(
            rests,
            shipment__cases=OuterRef("pk"),
            shipment__cases__findings=OuterRef("first"),
            occurred_at__lte=OuterRef("opened_at"),
            received_at__lte=OuterRef("opened_at"),
        )
        .order_by("-occurred_at")
    )


def _messages(periods: list[Period]) -> QuerySet:
    messages = InboundMessage.objects.using(reporting_database()).filter(_within("received_at", periods))
    return (
        messages.annotate(day=TruncDate("received_at"))
        .order_by()
        .values_list("day")
        .annotate(all=Count("id"), failed=Count("id", filter=FAILED), scans=Coalesce(Sum("events"), 0))
    )


def _unmapped(periods: list[Period], narrowing: Narrowing) -> QuerySet:
    scans = unmapped_scans(periods, narrowing).annotate(day=TruncDate("received_at")).order_by()
    return scans.values_list("day").annotate(all=Count("id"))


def _replayed(periods: Iterable[Period]) -> QuerySet[Replay]:
    """Return the replays of failed messages; one that could be read before is read again for another reason."""
    return Replay.objects.using(reporting_database()).filter(_within("at", periods), problem_before__gt="")


def _replays(periods: list[Period]) -> QuerySet:
    again = _replayed(periods).annotate(day=TruncDate("at"))
    done = Q(message__state=MessageState.DONE)
    return (
        again.order_by()
        .values_list("day")
        .annotate(all=Count("message", distinct=True), recovered=Count("message", filter=done, distinct=True))
    )


def _within(field: str, periods: Iterable[Period]) -> Q:
    within = Q(pk__in=[])
    for period in periods:
        within |= Q(**{f"{field}__gte": period.start, f"{field}__lt": period.end})
    return within
