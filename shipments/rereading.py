"""Give past events the meaning their code has now: new readings beside them, and their shipments folded anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shipments.facts import UNMAPPED, Meaning
from shipments.folded import READ_NOW, histories
from shipments.parcel_rows import Known, Moved, lock_ids, write
from shipments.setwise import columns, run
from shipments.timeline import ShipmentState, fold


@dataclass(frozen=True, slots=True)
class Reread:
    """What a batch came to: events the meanings are about, those that read differently, shipments in another state."""

    seen: int
    events: int
    shipments: int


NOTHING_READ: Final = Reread(0, 0, 0)


def reread(
    shipment_ids: Collection[int], meanings: Mapping[int, Meaning | None], *, publication: int, now: datetime
) -> Reread:
    """Give events of these shipments the meaning their spelling has now; repeats change nothing.

    `meanings` goes by `heard_as`, None where no table knows it any more. A shipment that folds differently is due for
    review. Takes the shipments' row locks in the order of their ids, then those of the parcels they really are; call it
    inside a transaction. Raises: OutsideTransaction.
    """
    known = lock_ids(shipment_ids)
    seen, events, parcels = _insert_readings(list(known), meanings, publication=publication, now=now)
    real = {known[pk].superseded_by or pk for pk in parcels}
    known |= lock_ids(sorted(real - known.keys()))
    folded = {pk: fold(told) for pk, told in histories(sorted(real)).items()}
    moved = {pk: state for pk, state in folded.items() if state != known[pk].state}
    if moved:
        write([_moved(known[pk], state) for pk, state in moved.items()], now=now)
    stands = sum(
        (state.state, state.reason) != (known[pk].state.state, known[pk].state.reason) for pk, state in moved.items()
    )
    return Reread(seen=seen, events=events, shipments=stands)


def _moved(known: Known, state: ShipmentState) -> Moved:
    return Moved(known, known.order_id, "", "", (known.first_source, known.has_more_sources), state)


def _insert_readings(
    shipment_ids: Sequence[int], meanings: Mapping[int, Meaning | None], *, publication: int, now: datetime
) -> tuple[int, int, list[int]]:
    """Write a reading for each event that reads differently now.

    Return how many events the meanings are about, how many read differently, and the shipments of those.
    """
    rows = [
        (heard_as, said.state.value, str(said.reason), said.physical, meaning is not None)
        for heard_as, meaning in meanings.items()
        for said in (meaning or UNMAPPED,)
    ]
    ((seen, events, parcels),) = run(
        f"""
        WITH spoken AS (
            SELECT e.id, e.shipment_id, said.state, said.reason, said.physical, said.mapped,
                   (coalesce(r.state, e.state), coalesce(r.reason, e.reason), coalesce(r.physical, e.physical),
                    coalesce(r.mapped, e.mapped))
                   IS DISTINCT FROM (said.state, said.reason, said.physical, said.mapped) AS differs
              FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bool[], %b::bool[])
                   AS said(heard_as, state, reason, physical, mapped)
              JOIN shipments_trackingevent e USING (heard_as) {READ_NOW}
             WHERE e.shipment_id = ANY(%b::bigint[])
        ), written AS (
            INSERT INTO shipments_eventreading (event_id, state, reason, physical, mapped, publication, at)
            SELECT id, state, reason, physical, mapped, %b, %b FROM spoken WHERE differs
        )
        SELECT count(*), count(*) FILTER (WHERE differs),
               coalesce(array_agg(DISTINCT shipment_id) FILTER (WHERE differs), '{{}}')
          FROM spoken
        """,
        [*columns(rows, 5), list(shipment_ids), publication, now],
    )
    return seen, events, parcels
