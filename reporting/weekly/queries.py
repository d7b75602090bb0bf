"""The rows of a week, of cases and of what each rule found, as plain values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Value

from exceptions_queue.models import Case, CaseOutcome, Finding
from exceptions_queue.policies import published_policy
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy_pages import last_fired, unjudged
from reporting.metrics import Period
from reporting.queries import Narrowing, failed_messages, reporting_database, unmapped_scans
from reporting.weekly.moves import Moved
from reporting.weekly.rules import WEEKS, Fired
from shipments.models import Conversation

HEALED = Q(outcome__in=[CaseOutcome.SELF_HEALED, CaseOutcome.CONFIRMED_RECOVERED])


def cases() -> QuerySet[Case]:
    """Return all cases, each with whether the customer had asked before it was open."""
    return Case.objects.using(reporting_database()).annotate(asked=_asked("shipment__order", "opened_at"))


def opened_in(week: Period) -> Q:
    return Q(opened_at__gte=week.start, opened_at__lt=week.end)


def closed_in(week: Period) -> Q:
    return Q(closed_at__gte=week.start, closed_at__lt=week.end)


def open_at_end(week: Period) -> Q:
    return Q(opened_at__lt=week.end) & (Q(closed_at__isnull=True) | Q(closed_at__gte=week.end))


class Weeks(NamedTuple):
    """What two weeks came to, and how many parcels no rule can judge today."""

    now: Moved
    then: Moved
    unjudged: int


def moved(week: Period, before: Period) -> Weeks:
    """Return what two weeks came to, in two queries."""
    weeks = {"now": week, "then": before}
    counts: dict[str, Any] = {}
    for name, each in weeks.items():
        linked = opened_in(each) & Q(shipment__order__isnull=False)
        counts |= {
            f"opened_{name}": Count("pk", filter=opened_in(each)),
            f"closed_{name}": Count("pk", filter=closed_in(each)),
            f"healed_{name}": Count("pk", filter=closed_in(each) & HEALED),
            f"still_open_{name}": Count("pk", filter=open_at_end(each)),
            f"since_{name}": Min("opened_at", filter=open_at_end(each)),
            f"linked_{name}": Count("pk", filter=linked),
            f"asked_first_{name}": Count("pk", filter=linked & Q(asked=True)),
        }
    recent = Q(opened_at__gte=before.start) | Q(closed_at__isnull=True) | Q(closed_at__gte=before.start)
    found = cases().filter(recent, opened_at__lt=week.end).aggregate(**counts)
    others = _others(week, before)
    for label in ("failed", "unmapped"):
        found[f"{label}_now"], found[f"{label}_then"] = others.get(label, (0, 0))
    return Weeks(_moved(found, "now", week), _moved(found, "then", before), others.get("unjudged", (0, 0))[0])


def _others(week: Period, before: Period) -> dict[str, tuple[int, int]]:
    """Count what is no case: lost updates of both weeks, and the parcels no rule can judge today; in one query."""
    received = [Q(received_at__gte=each.start, received_at__lt=each.end) for each in (week, before)]
    counted = [
        rows.order_by()
        .annotate(what=Value(what))
        .values("what")
        .annotate(now=Count("pk", filter=now), then=Count("pk", filter=then))
        .values_list("what", "now", "then")
        for what, rows, now, then in (
            ("failed", failed_messages([week, before]).select_related(None), *received),
            ("unmapped", unmapped_scans([week, before], Narrowing()), *received),
            ("unjudged", unjudged().using(reporting_database()).select_related(None), None, Q(pk__in=[])),
        )
    ]
    first, *rest = counted
    return {what: (now, then) for what, now, then in first.union(*rest, all=True)}


def four_weeks(week: Period) -> Period:
    """Return the weeks that shares are taken over; they end with this one."""
    return Period(week.last - timedelta(days=7 * WEEKS - 1), week.last)


def findings_in(period: Period) -> QuerySet[Finding]:
    """Return what rules found in a period, each with whether the customer had asked before its case was open."""
    found = Finding.objects.using(reporting_database()).filter(
        kind__in=FindingKind.values, opened_at__gte=period.start, opened_at__lt=period.end
    )
    return found.annotate(asked=_asked("case__shipment__order", "case__opened_at"))


def fired_in(week: Period, before: Period) -> list[Fired]:
    """Return what each rule of the policy in force, or that fired lately, did; in three queries."""
    detectors = published_policy().detectors
    counted = {row.pop("kind"): row for row in _counted(week, before)}
    last, later = last_fired(Finding.objects.using(reporting_database()), until=week.end)
    looked_for = {kind.value: rule.on for kind, rule in detectors.items()}
    return [
        Fired(
            kind=kind,
            is_on=looked_for.get(kind.value, False),
            last_at=last.get(kind.value),
            fires_later=kind.value in later,
            **counted.get(kind, {}),
        )
        for kind in FindingKind
        if kind.value in looked_for or kind.value in counted
    ]


def _counted(week: Period, before: Period) -> list[dict[str, Any]]:
    def cases_where(condition: Q) -> Count:
        return Count("case", distinct=True, filter=condition)

    linked = Q(case__shipment__order__isnull=False)
    closed = Q(case__closed_at__isnull=False)
    healed = Q(case__outcome__in=[CaseOutcome.SELF_HEALED, CaseOutcome.CONFIRMED_RECOVERED])
    rows = findings_in(four_weeks(week)).order_by().values("kind")
    return list(
        rows.annotate(
            hits=cases_where(opened_in(week)),
            hits_before=cases_where(opened_in(before)),
            cases=Count("case", distinct=True),
            answered=cases_where(Q(case__worth_it__isnull=False)),
            worth=cases_where(Q(case__worth_it=True)),
            closed=cases_where(closed),
            healed=cases_where(healed),
            linked=cases_where(linked),
            asked_first=cases_where(linked & Q(asked=True)),
        )
    )


def _asked(order: str, opened_at: str) -> Exists:
    """Say whether a conversation on the order was open when the case was opened."""
    return Exists(Conversation.objects.filter(order=OuterRef(order), opened_at__lte=OuterRef(opened_at)))


def _moved(found: dict[str, Any], name: str, week: Period) -> Moved:
    counts = ("opened", "closed", "healed", "still_open", "linked", "asked_first", "failed", "unmapped")
    since = found[f"since_{name}"]
    oldest = week.end - since if since else None
    return Moved(oldest=oldest, **{each: found[f"{each}_{name}"] for each in counts})
