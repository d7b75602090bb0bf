"""What the pages of incidents show: whom a silence concerns, what stands still, and what came after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count

from carriers.models import Account, FeedCarrier, FeedIncident
from carriers.silence import RECENT
from shipments.marks import carrier_name
from shipments.models import CarrierSilence, Shipment

AFTER: Final = timedelta(hours=24)
"""How long after a silence the cases it had held back are told."""
MOST_CASES: Final = 50


@dataclass(frozen=True, slots=True)
class Concerned:
    """One carrier that a silent feed tells of: its parcels still watched, and who else tells of it."""

    slug: str
    name: str
    parcels: int
    silent_since: datetime | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One incident as a row shows it."""

    incident: FeedIncident
    carriers: tuple[str, ...]
    parcels: int


def listed(incidents: Sequence[FeedIncident]) -> list[Listed]:
    """Return incidents with the carriers their feeds tell of and the parcels of those still watched; two queries."""
    told = _told([each.account_id for each in incidents])
    parcels = watched_parcels({carrier for carriers in told.values() for carrier in carriers})
    return [
        Listed(
            each,
            tuple(carrier_name(carrier) for carrier in told[each.account_id]),
            sum(parcels.get(carrier, 0) for carrier in told[each.account_id]),
        )
        for each in incidents
    ]


def concerned(incident: FeedIncident) -> list[Concerned]:
    """Return the carriers an incident's feed told of before it fell silent, the most parcels first; three queries."""
    voices = FeedCarrier.objects.filter(account=incident.account_id, last_heard_at__gt=incident.last_heard_at - RECENT)
    carriers = list(voices.values_list("carrier", flat=True))
    parcels = watched_parcels(carriers)
    silent = dict(CarrierSilence.objects.filter(carrier__in=carriers, ended_at=None).values_list("carrier", "since"))
    others = _others(incident.account, carriers)
    rows = [
        Concerned(each, carrier_name(each), parcels.get(each, 0), silent.get(each), others.get(each, ()))
        for each in carriers
    ]
    return sorted(rows, key=lambda row: (-row.parcels, row.name))


def cases_after(incident: FeedIncident, carriers: Iterable[str]) -> list[Any]:
    """Return the carriers' cases opened in the day after an incident's end, in that order; one too many at most."""
    if incident.closed_at is None:
        return []
    cases = Shipment._meta.get_field("cases").related_model._default_manager
    opened = cases.filter(
        shipment__carrier__in=list(carriers),
        opened_at__gte=incident.closed_at,
        opened_at__lt=incident.closed_at + AFTER,
    )
    return list(opened.select_related("shipment").order_by("opened_at", "id")[: MOST_CASES + 1])


def watched_parcels(carriers: Iterable[str]) -> dict[str, int]:
    """Count the shipments of carriers of which something can still become news; those alone are indexed by it."""
    rows = Shipment.objects.filter(carrier__in=list(carriers), review_due_at__isnull=False).order_by()
    return dict(rows.values_list("carrier").annotate(count=Count("pk")))


def _told(accounts: Iterable[int]) -> Mapping[int, list[str]]:
    told: dict[int, list[str]] = defaultdict(list)
    rows = FeedCarrier.objects.filter(account__in=set(accounts)).order_by("carrier")
    for account, carrier in rows.values_list("account", "carrier"):
        told[account].append(carrier)
    return told


def _others(account: Account, carriers: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return which other active feeds tell of the same carriers."""
    told: dict[str, list[str]] = defaultdict(list)
    rows = FeedCarrier.objects.filter(carrier__in=list(carriers), account__is_active=True).exclude(account=account)
    for each in rows.select_related("account").order_by("account__source", "account__name"):
        told[each.carrier].append(str(each.account))
    return {carrier: tuple(names) for carrier, names in told.items()}
