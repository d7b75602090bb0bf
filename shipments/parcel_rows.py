"""Shipments' rows as the ledger takes and leaves them: locked in the order of their ids, written set by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from shipments.folded import ARRAYS, ASSIGNED, COLUMNS, NAMES, state_from, values_of
from shipments.setwise import columns, run
from shipments.timeline import ShipmentState

Parcel = tuple[str, str]
"""Carrier and tracking number."""

_OWN: Final = ("id", "order_id", "service", "stated_order", "first_source", "has_more_sources", "superseded_by_id")
_KNOWN: Final = ", ".join(f"s.{name}" for name in (*_OWN, *NAMES))
"""The columns of a `Known`, in its order."""


class Known(NamedTuple):
    """What is known of a locked shipment. `superseded_by` is the id of the parcel it really is, if it is another."""

    id: int
    order_id: int | None
    service: str
    stated_order: str
    first_source: str
    has_more_sources: bool
    superseded_by: int | None
    state: ShipmentState


class Moved(NamedTuple):
    """A shipment with what its news say: its order, service, the order they name, who told them, and its state."""

    known: Known
    order_id: int | None
    service: str
    stated_order: str
    sources: tuple[str, bool]
    state: ShipmentState


def lock(parcels: Iterable[Parcel]) -> dict[Parcel, Known]:
    """Lock the shipments that exist, in the order of their ids, and return what is known of each."""
    rows = run(
        f"""
        SELECT s.carrier, s.tracking_number, {_KNOWN}
          FROM unnest(%b::text[], %b::text[]) AS wanted(carrier, tracking_number)
          JOIN shipments_shipment s USING (carrier, tracking_number)
         ORDER BY s.id
           FOR NO KEY UPDATE OF s
        """,
        columns(sorted(parcels), 2),
    )
    return {(row[0], row[1]): _known(row[2:]) for row in rows}


def lock_ids(shipment_ids: Iterable[int]) -> dict[int, Known]:
    """Lock shipments in the order of their ids and return what is known of each."""
    wanted = list(shipment_ids)
    if not wanted:
        return {}
    rows = run(
        f"SELECT {_KNOWN} FROM shipments_shipment s WHERE s.id = ANY(%b::bigint[]) ORDER BY s.id FOR NO KEY UPDATE",
        [wanted],
    )
    return {row[0]: _known(row) for row in rows}


def _known(row: Sequence[Any]) -> Known:
    return Known(*row[: len(_OWN)], state_from(row[len(_OWN) :]))


def write(moved: Iterable[Moved], *, now: datetime) -> None:
    """Write shipments' order, sources and state, and their service and stated order where none was known.

    They are due for review now.
    """
    fresh = [
        (
            known.id,
            order,
            known.service or service,
            known.stated_order or stated,
            *sources,
            now,
            *values_of(state),
        )
        for known, order, service, stated, sources, state in moved
    ]
    run(
        f"""
        UPDATE shipments_shipment AS s
           SET order_id = fresh.order_id, service = fresh.service, stated_order = fresh.stated_order,
               first_source = fresh.first_source, has_more_sources = fresh.has_more_sources,
               review_due_at = fresh.review_due_at, {ASSIGNED}
          FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bool[], %b::timestamptz[],
                      {ARRAYS})
               AS fresh(id, order_id, service, stated_order, first_source, has_more_sources, review_due_at, {COLUMNS})
         WHERE s.id = fresh.id
        """,
        columns(fresh, 7 + len(NAMES)),
    )
