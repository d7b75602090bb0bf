"""What the pages show of feeds, gathered for all feeds of a page in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Extract

from carriers.feed_pages.sparkline import Spark, spark_of
from carriers.models import Account, FeedCarrier, FeedHour, FeedIncident, InboundMessage, MessageState
from carriers.rhythm import HOUR, LOOKS_BACK, Lag, Rate, Suggestion, hour_of, lag_of, rate_of, usual_silence
from carriers.standing import Standing, standing_of
from shipments.marks import carrier_name
from shipments.spoken import duration

DAY: Final = timedelta(days=1)
LAG_DAYS: Final = 7
"""Lag is told from a week, so that every day of it counts and last month's trouble does not."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed as a row or a page shows it; counts are of the last 24 hours."""

    account: Account
    stands: Standing
    next_poll_at: datetime | None
    carriers: tuple[str, ...]
    lag: Lag | None
    rate: Rate
    spark: Spark
    failed: int
    quarantined: int
    messages: int
    unmapped: int

    @property
    def poll_words(self) -> str:
        """Return why there is no next poll; empty where there is one."""
        if not self.account.is_polled:
            return "by webhook"
        if self.account.polling_held_at is not None or not self.account.is_active:
            return "paused"
        return "" if self.next_poll_at else "none due"

    @property
    def silent_after(self) -> str:
        """Return in words after which silence it is an incident; empty where nobody watches it."""
        minutes = self.account.silent_after_minutes
        return "" if minutes is None else duration(timedelta(minutes=minutes))

    @property
    def silent_after_hours(self) -> float | None:
        minutes = self.account.silent_after_minutes
        return None if minutes is None else minutes / 60


def with_row_facts(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Bring what a row shows beside its counts: the carriers it tells of, and its open incident (`open_incident`)."""
    incident = FeedIncident.objects.filter(account=OuterRef("pk"), closed_at=None).values("pk")
    told = FeedCarrier.objects.filter(account=OuterRef("pk")).order_by("carrier").values("carrier")
    return accounts.annotate(open_incident=Subquery(incident), told=ArraySubquery(told))


def feed_rows(accounts: Sequence[Account], now: datetime) -> list[FeedRow]:
    """Return the feeds, fetched with their row facts, and what is counted of them; four queries for any number."""
    ids = [account.pk for account in accounts]
    counted = _Counted(_trouble(ids, now), next_polls(accounts))
    hours, lags = _hours(ids, now), _lags(ids, now)
    return [_row(each, hours[each.pk], lags.get(each.pk), counted, now) for each in accounts]


def feed_file(account: Account, now: datetime) -> tuple[FeedRow, Suggestion | None]:
    """Return one feed, fetched with its row facts, and the silence its rhythm suggests; three queries."""
    known = FeedHour.objects.filter(account=account, hour__gte=now - LOOKS_BACK).order_by("hour")
    hours = list(known.values_list("hour", "messages", "unmapped", "first_at", "last_at", "lags"))
    week = [lags for hour, *_, lags in hours if hour >= now - LAG_DAYS * DAY]
    lag = lag_of([sum(counts) for counts in zip(*week, strict=True)])
    counted = _Counted(_trouble([account.pk], now), next_polls([account]))
    row = _row(account, [hour[:3] for hour in hours], lag, counted, now)
    return row, usual_silence((first, last) for *_, first, last, _ in hours)


Hours = Sequence[tuple[datetime, int, int]]
"""Hours that had messages, each with how many and how many unmapped codes they brought."""


class _Counted(NamedTuple):
    """What was counted of several feeds at once: trouble by account and state, and next polls by account."""

    trouble: Mapping[tuple[int, str], int]
    polls: Mapping[int, datetime]


def _row(account: Account, hours: Hours, lag: Lag | None, counted: _Counted, now: datetime) -> FeedRow:
    counts = {hour: messages for hour, messages, _ in hours}
    since = hour_of(min([account.created_at, *counts]))  # recorded messages may be older than their account
    day = [(messages, unmapped) for hour, messages, unmapped in hours if hour > now - DAY - HOUR]
    return FeedRow(
        account=account,
        stands=standing_of(account, now),
        next_poll_at=counted.polls.get(account.pk),
        carriers=tuple(carrier_name(carrier) for carrier in account.told),
        lag=lag,
        rate=rate_of(counts, since, now),
        spark=spark_of(counts, now),
        failed=counted.trouble[account.pk, MessageState.FAILED],
        quarantined=counted.trouble[account.pk, MessageState.QUARANTINED],
        messages=sum(messages for messages, _ in day),
        unmapped=sum(unmapped for _, unmapped in day),
    )


def next_polls(accounts: Sequence[Account]) -> dict[int, datetime]:
    """Return when each polled account asks next: its first parcel due, but not before its pauses end. One query."""
    asking = [each for each in accounts if each.is_polled and each.is_active and each.polling_held_at is None]
    asks = {account.pk: account.carriers or [account.source] for account in asking}
    if not asks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.carrier, due.at
              FROM unnest(%s::text[]) AS asked(carrier)
             CROSS JOIN LATERAL (SELECT min(next_poll_at) FROM carriers_polltarget t
                                  WHERE t.carrier = asked.carrier) AS due(at)
             WHERE due.at IS NOT NULL
            """,
            [sorted({carrier for carriers in asks.values() for carrier in carriers})],
        )
        due = dict(cursor.fetchall())
    polls = {}
    for account in asking:
        if at := min((due[carrier] for carrier in asks[account.pk] if carrier in due), default=None):
            polls[account.pk] = max(filter(None, (at, account.paused_until, account.open_until)))
    return polls


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


def totals(narrowed: QuerySet[Account]) -> dict[str, int]:
    """Count all feeds, and of them the narrowed, the watched and those with an open incident, in one query."""
    return Account.objects.order_by().aggregate(
        feeds=Count("pk", distinct=True),
        found=Count("pk", distinct=True, filter=Q(pk__in=narrowed.order_by().values("pk"))),
        silent=Count("pk", distinct=True, filter=Q(incidents__isnull=False, incidents__closed_at=None)),
        watched=Count("pk", distinct=True, filter=Q(silent_after_minutes__isnull=False)),
    )
