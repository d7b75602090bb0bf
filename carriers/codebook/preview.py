"""What a set of changes would do to history and to open cases, before anybody publishes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Prefetch
from django.db.models.expressions import RawSQL

from carriers.code_table import table_rows
from carriers.codebook.changes import Change, changed, turns
from carriers.codebook.heard import hits_of
from carriers.codes import CodeTable
from shipments.facts import Meaning
from shipments.folded import histories
from shipments.models import Shipment
from shipments.timeline import ShipmentState, fold

LOOKED_AT: Final = 300
"""How many parcels are folded for a look ahead, the newest; more take longer than a person waits."""
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Moved:
    """One parcel that would stand differently; its open cases are on the shipment as `open_cases`."""

    shipment: Shipment
    then: ShipmentState


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would do; `parcels` were looked at, all there are unless `capped`."""

    events: int = 0
    spellings: int = 0
    parcels: int = 0
    capped: bool = False
    moving: int = 0
    cases: int = 0
    moved: list[Moved] = field(default_factory=list)


@transaction.atomic
def look_ahead(changes: Sequence[Change]) -> Preview:
    """Return what these changes would do to what was heard so far, looked at in one moment; nothing is written."""
    systems = sorted({change.system for change in changes})
    rows = table_rows(systems)
    hits = hits_of(systems)
    found = turns(hits, CodeTable(rows), changed(rows, changes))
    supposing = {turn.spelling.id: turn.then for turn in found if turn.rewrites_history}
    if not supposing:
        return Preview()
    newest = _newest_parcels(list(supposing))
    shipments = {each.pk: each for each in newest[:LOOKED_AT]}
    moved = _moved(shipments, supposing)
    return Preview(
        events=sum(hits[turn.spelling] for turn in found if turn.rewrites_history),
        spellings=len(supposing),
        parcels=len(shipments),
        capped=len(newest) > LOOKED_AT,
        moving=len(moved),
        cases=sum(len(each.shipment.open_cases) for each in moved),
        moved=moved[:SHOWN],
    )


def _moved(shipments: Mapping[int, Shipment], supposing: Mapping[int, Meaning | None]) -> list[Moved]:
    """Return the parcels whose state or reason would differ; those with an open case first, then the newest."""
    supposed = histories(list(shipments), supposing=supposing)
    then = {pk: fold(told) for pk, told in supposed.items()}
    moved = [
        Moved(shipments[pk], state)
        for pk, state in then.items()
        if (state.state, str(state.reason)) != (shipments[pk].state, shipments[pk].reason)
    ]
    return sorted(moved, key=lambda each: (not each.shipment.open_cases, -each.shipment.pk))


_NEWEST: Final = """
    SELECT coalesce(s.superseded_by_id, s.id)
      FROM unnest(%s::bigint[]) AS spelling(id),
           LATERAL (SELECT DISTINCT e.shipment_id FROM shipments_trackingevent e WHERE e.heard_as = spelling.id
                     ORDER BY e.shipment_id DESC LIMIT %s) AS told
      JOIN shipments_shipment s ON s.id = told.shipment_id
"""


def _newest_parcels(spellings: Sequence[int]) -> list[Shipment]:
    """Return the newest parcels that were told any of the spellings, one more than are looked at where there are more.

    A parcel that was another one's number stands as that one.
    """
    told = RawSQL(_NEWEST, [list(spellings), LOOKED_AT + 1])
    return list(Shipment.objects.filter(pk__in=told).order_by("-pk")[: LOOKED_AT + 1].prefetch_related(_open_cases()))


def _open_cases() -> Prefetch:
    """Return how to fetch a shipment's open cases without knowing the app above."""
    cases = Shipment._meta.get_field("cases").related_model._default_manager
    return Prefetch("cases", cases.filter(closed_at__isnull=True), to_attr="open_cases")
