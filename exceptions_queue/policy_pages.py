"""What the policy's pages show beside the document: what each rule hit, and how a shadow compares with live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Value

from exceptions_queue.models import Case, Finding, Observation, PolicyVersion, ReviewUse
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.scope import Scope
from exceptions_queue.policy.situation import FindingKind, Team
from shipments.models import Shipment

PERIOD_DAYS: Final = 30
SMALL_SAMPLE: Final = 10
"""Below so many opinions a share is marked: one more moves it by ten points."""


class Hits(NamedTuple):
    """What one rule did in the period: cases opened with it, how many people had an opinion, how many said yes.

    `last_at` is when it last found something, in the period or before.
    """

    opened: int = 0
    answered: int = 0
    worth: int = 0
    last_at: datetime | None = None

    @property
    def share(self) -> str:
        """Return the share judged worth it in words, never without what it counts."""
        if not self.answered:
            return "nobody said yet whether they were worth it"
        return f"{self.worth} of {self.answered} worth it"

    @property
    def is_small(self) -> bool:
        """Say whether so few had an opinion that their share says little."""
        return 0 < self.answered < SMALL_SAMPLE


def hits_of(now: datetime) -> dict[str, Hits]:
    """Return what every rule did in the last days by finding, in one query; a rule that never fired is missing."""
    columns = ("kind", "opened", "answered", "worth", "last_at")
    nothing = dict.fromkeys(columns[1:4], Value(0))
    recent = (
        Finding.objects.filter(case__opened_at__gte=now - timedelta(days=PERIOD_DAYS))
        .order_by()
        .values("kind")
        .annotate(
            opened=Count("case", distinct=True),
            answered=Count("case", distinct=True, filter=Q(case__worth_it__isnull=False)),
            worth=Count("case", distinct=True, filter=Q(case__worth_it=True)),
            last_at=Max("opened_at"),
        )
        .values_list(*columns)
    )
    ever = (
        rows.annotate(**nothing, last_at=F("opened_at")).values_list(*columns)
        for rows in _last_of_each(Finding.objects.all())
    )
    found: dict[str, Hits] = {}
    for kind, *counts, last_at in recent.union(*ever, all=True):
        before = found.get(kind, Hits())
        summed = (a + b for a, b in zip(before, counts, strict=False))
        found[kind] = Hits(*summed, last_at=max(filter(None, (before.last_at, last_at))))
    return found


def last_fired(findings: QuerySet[Finding], *, until: datetime) -> tuple[dict[str, datetime], frozenset[str]]:
    """Return when each rule last found something before an instant, and the rules that did from then on; one query.

    A rule that found nothing before is missing in the first.
    """
    before, since = findings.filter(opened_at__lt=until), findings.filter(opened_at__gte=until)
    halves = (*_last_of_each(before), *_last_of_each(since))
    first, *rest = (rows.values_list("kind", "opened_at") for rows in halves)
    found = list(first.union(*rest, all=True))
    last = {kind: at for kind, at in found if at < until}
    return last, frozenset(kind for kind, at in found if at >= until)


def _last_of_each(findings: QuerySet[Finding]) -> list[QuerySet[Finding]]:
    """Return the latest finding of each kind, as queries that each probe an index once."""
    return [findings.filter(kind=kind).order_by("-opened_at")[:1] for kind in FindingKind.values]


def cases_hit_by(kind: str, now: datetime) -> QuerySet[Case]:
    """Return the cases that `hits_of` counts for a rule."""
    found = Finding.objects.filter(case=OuterRef("pk"), kind=kind)
    recent = Case.objects.filter(Exists(found), opened_at__gte=now - timedelta(days=PERIOD_DAYS))
    return recent.select_related("shipment__order__customer").defer("explanation")


def unjudged() -> QuerySet[Shipment]:
    """Return the parcels that no rule could judge, each with its reason."""
    return Shipment.objects.exclude(unjudged_reason="").select_related("order__customer")


def reviews_of(version: PolicyVersion) -> QuerySet[ReviewUse]:
    """Return the reviews that a version follows from."""
    return version.reviews.select_related("review", "by").defer("review__strata").order_by("at")


@dataclass(frozen=True, slots=True)
class Side:
    """One team's cases since a shadow began: what live opened, what the draft would have, and what both did."""

    team: Team
    both: int = 0
    only_live: int = 0
    only_shadow: int = 0

    @property
    def live(self) -> int:
        return self.both + self.only_live

    @property
    def shadow(self) -> int:
        return self.both + self.only_shadow


class Comparison:
    """Live beside a version in shadow, over the parcels either had a case for since it began.

    A case that had recovered by then, and only waits to be confirmed, is not counted: nothing is wrong any more. What
    the version sees outside its own scope it would only observe; a case that is open goes on wherever it is.
    """

    def __init__(self, version: PolicyVersion) -> None:
        since = version.shadow_at
        wrong = Finding.objects.filter(Q(cleared_at__isnull=True) | Q(cleared_at__gte=since), case=OuterRef("pk"))
        running = Q(Q(closed_at__isnull=True) | Q(closed_at__gte=since), Exists(wrong))
        seen = Observation.objects.in_shadow_of(version).filter(first_at__gte=since)
        self.scope = parse_policy(version.document).scope
        self.live = Case.objects.filter(running).annotate(
            seen=Exists(seen.filter(shipment=OuterRef("shipment"))),
        )
        every = seen.annotate(
            live=Exists(Case.objects.filter(running, shipment=OuterRef("shipment"))),
        )
        self.shadow = every.filter(Q(live=True) | _inside(self.scope)) if self.scope.limited else every

    def shadow_of(self, team: str) -> QuerySet[Observation]:
        """Return what the version would have open for a team; what live has open stands with the live case's team."""
        held = Exists(self.live.filter(owner_team=team, shipment=OuterRef("shipment")))
        return self.shadow.filter(Q(held) | Q(live=False, team=team))

    def sides(self) -> list[Side]:
        """Return one line a team, from two queries; cases of both stand with the team that has the live one."""
        live = self.live.order_by().values_list("owner_team", "seen").annotate(n=Count("shipment", distinct=True))
        seen = self.shadow.filter(live=False).order_by().values_list("team")
        counted = {(team, both): n for team, both, n in live}
        alone = dict(seen.annotate(n=Count("shipment", distinct=True)))
        return [
            Side(team, counted.get((team, True), 0), counted.get((team, False), 0), alone.get(team, 0)) for team in Team
        ]


def _inside(scope: Scope) -> Q:
    """Return which observations a scope holds that is limited."""
    held = Q()
    if scope.carriers:
        held &= Q(shipment__carrier__in=scope.carriers)
    if scope.storefronts:
        held &= Q(shipment__order__storefront__in=scope.storefronts)
    return held & Q(team__in=scope.teams) if scope.teams else held


def total(sides: Iterable[Side]) -> dict[str, int]:
    """Return the sums of all teams."""
    kept = list(sides)
    names = ("live", "shadow", "both", "only_live", "only_shadow")
    return {name: sum(getattr(side, name) for side in kept) for name in names}


def swept(version: PolicyVersion) -> int | None:
    """Return how many percent of the parcels a version that has just begun was shown; None when all were."""
    if version.sweep_after is None:
        return None
    last = Shipment.objects.order_by("-pk").values_list("pk", flat=True).first()
    return min(99, round(100 * version.sweep_after / last)) if last else 0
