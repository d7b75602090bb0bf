"""What the pages show of feeds, gathered for all feeds of a page in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Extract

from carriers.feed_pages.sparkline import Spark, spark_of
from carriers.models import Account, FeedCarrier, FeedHour, FeedIncident, InboundMessage, MessageState
from carriers.rhythm import HOUR, LOOKS_BACK, Lag, Rate, hour_of, lag_of, rate_of
from carriers.silence import Hearing
from carriers.standing import hearing_of, mark_of
from shipments.marks import Mark, carrier_name
from shipments.spoken import duration

DAY: Final = timedelta(days=1)
LAG_DAYS: Final = 7
"""Lag is told from a week, so that every day of it counts and last month's trouble does not."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed as a row or a page shows it; counts are of the last 24 hours."""

    account: Account
    mark: Mark
    hearing: Hearing
    incident: FeedIncident | None
    carriers: tuple[str, ...]
    lag: Lag | None
    rate: Rate
    spark: Spark
    failed: int
    quarantined: int
    unmapped: int
    messages: int

    @property
    def silent_after(self) -> str:
        """Return in words after which silence it is an incident; empty where nobody watches it."""
        minutes = self.account.silent_after_minutes
        return "" if minutes is None else duration(timedelta(minutes=minutes))

    @property
    def silent_after_hours(self) -> float | None:
        minutes = self.account.silent_after_minutes
        return None if minutes is None else minutes / 60


def feed_rows(accounts: Sequence[Account], now: datetime) -> list[FeedRow]:
    """Return the feeds with all that is told of them, in five queries however many they are."""
    ids = [account.pk for account in accounts]
    incidents = {each.account_id: each for each in FeedIncident.objects.filter(account__in=ids, closed_at=None)}
    trouble = _trouble(ids, now)
    carriers = _carriers(ids)
    lags = _lags(ids, now)
    hours = _hours(ids, now)
    return [
        FeedRow(
            account=account,
            mark=mark_of(hearing_of(account, now)),
            hearing=hearing_of(account, now),
            incident=incidents.get(account.pk),
            carriers=carriers.get(account.pk, ()),
            lag=lags.get(account.pk),
            rate=rate_of(_counts(hours[account.pk]), _begin(account, hours[account.pk]), now),
            spark=spark_of(_counts(hours[account.pk]), now),
            failed=trouble[account.pk, MessageState.FAILED],
            quarantined=trouble[account.pk, MessageState.QUARANTINED],
            unmapped=sum(unmapped for hour, _, unmapped in hours[account.pk] if hour > now - DAY - HOUR),
            messages=sum(messages for hour, messages, _ in hours[account.pk] if hour > now - DAY - HOUR),
        )
        for account in accounts
    ]


def spans_of(account: Account, now: datetime) -> Iterable[tuple[datetime, datetime]]:
    """Return the first and last message of each hour a feed's rhythm is learned from."""
    hours = FeedHour.objects.filter(account=account, hour__gte=now - LOOKS_BACK)
    return hours.order_by("hour").values_list("first_at", "last_at")


def messages_of(account: Account, which: str) -> QuerySet[InboundMessage]:
    """Return a feed's messages: all of them, the failed, the quarantined, or those with codes without a meaning."""
    kept = {
        "failed": Q(state=MessageState.FAILED),
        "quarantined": Q(state=MessageState.QUARANTINED),
        "unmapped": Q(unmapped__gt=0),
    }
    return InboundMessage.objects.filter(kept.get(which, Q()), account=account).defer("body")


def _trouble(ids: Sequence[int], now: datetime) -> Mapping[tuple[int, str], int]:
    """Count failed and quarantined messages of the last day; the index of trouble alone answers it."""
    counted: dict[tuple[int, str], int] = defaultdict(int)
    rows = (
        InboundMessage.objects.filter(
            account__in=ids,
            state__in=[MessageState.FAILED.value, MessageState.QUARANTINED.value],
            received_at__gt=now - DAY,
        )
        .order_by()
        .values_list("account", "state")
        .annotate(count=Count("id"))
    )
    for account, state, count in rows:
        counted[account, state] = count
    return counted


def _carriers(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    told: dict[int, list[str]] = defaultdict(list)
    for account, carrier in FeedCarrier.objects.filter(account__in=ids).values_list("account", "carrier"):
        told[account].append(carrier_name(carrier))
    return {account: tuple(sorted(names)) for account, names in told.items()}


def _hours(ids: Sequence[int], now: datetime) -> Mapping[int, list[tuple[datetime, int, int]]]:
    """Return (hour, messages, unmapped) of the last two days, and of the present hour of the day for four weeks."""
    last = hour_of(now) - HOUR
    same_hour = FeedHour.objects.annotate(of_day=Extract("hour", "hour")).filter(of_day=last.hour)
    recent = FeedHour.objects.filter(account__in=ids, hour__gte=last - 2 * DAY)
    earlier = same_hour.filter(account__in=ids, hour__gte=last - LOOKS_BACK, hour__lt=last - 2 * DAY)
    found: dict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
    columns = ("account", "hour", "messages", "unmapped")
    for account, *facts in recent.values_list(*columns).union(earlier.values_list(*columns), all=True):
        found[account].append((facts[0], facts[1], facts[2]))
    return found


def _begin(account: Account, hours: Iterable[tuple[datetime, int, int]]) -> datetime:
    """Return since when a feed is known: recorded messages may be older than their account."""
    return hour_of(min([account.created_at, *(hour for hour, _, _ in hours)]))


def _counts(hours: Iterable[tuple[datetime, int, int]]) -> dict[datetime, int]:
    return {hour: messages for hour, messages, _ in hours}


def _lags(ids: Sequence[int], now: datetime) -> dict[int, Lag | None]:
    """Add up the lag classes of a week, class by class, in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account_id, array_agg(total ORDER BY n)
              FROM (SELECT h.account_id, lag.n, sum(lag.count)::int AS total
                      FROM carriers_feedhour h, unnest(h.lags) WITH ORDINALITY AS lag(count, n)
                     WHERE h.account_id = ANY(%s) AND h.hour >= %s
                     GROUP BY 1, 2) AS classes
             GROUP BY account_id
            """,
            [list(ids), now - LAG_DAYS * DAY],
        )
        return {account: lag_of(counts) for account, counts in cursor.fetchall()}


def totals(accounts: QuerySet[Account]) -> dict[str, int]:
    """Count feeds, and of them the watched ones and those with an open incident, in one query."""
    return accounts.order_by().aggregate(
        feeds=Count("pk", distinct=True),
        silent=Count("pk", distinct=True, filter=Q(incidents__isnull=False, incidents__closed_at=None)),
        watched=Count("pk", distinct=True, filter=Q(silent_after_minutes__isnull=False)),
    )
