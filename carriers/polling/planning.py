"""Keep the list of parcels to ask about in step with the shipments: new ones in, changed ones anew, ended ones out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from carriers.cadence import Cadence, cadence_of, next_poll_at
from carriers.models import Account
from shipments.facts import TERMINAL, State
from shipments.playback import may_work
from shipments.setwise import columns, run

_BATCH: Final = 5000
"""Rows a statement; the next plan, half a minute later, takes the rest."""

_RECENT: Final = 50_000
"""How far back, in shipments, a quick plan looks for new ones: beyond it only a thorough one does."""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many parcels were taken up, planned anew, and let go."""

    added: int = 0
    changed: int = 0
    ended: int = 0


@transaction.atomic(durable=True)
def plan(*, now: datetime, thorough: bool = False) -> Planned:
    """Take up the open parcels that a polled account speaks for, and plan anew those with news since.

    A thorough plan looks through all shipments, also for old ones that are open again or whose carrier is new here.
    """
    cadences = _cadences() if may_work() else {}
    if not cadences:
        return Planned()
    added = _add(cadences, now, thorough=thorough)
    rows, ended = [], []
    for pk, carrier, number, state, changed_at, first_seen_at, at in _moved(list(cadences)):
        fresh = next_poll_at(State(state), changed_at or first_seen_at, cadences[carrier], now=now, seed=number)
        if fresh is None:
            ended.append(pk)
        else:
            rows.append((pk, min(at, fresh), state, changed_at))
    _replan(rows)
    if ended:
        run("DELETE FROM carriers_polltarget WHERE shipment_id = ANY(%b::bigint[])", [ended])
    return Planned(added, len(rows), len(ended))


def _cadences() -> Mapping[str, Cadence]:
    """Return the cadence of each carrier that a polled account speaks for; of several accounts the first decides."""
    cadences: dict[str, Cadence] = {}
    for account in Account.objects.filter(is_active=True, is_polled=True).order_by("pk"):
        for carrier in account.carriers or [account.source]:
            cadences.setdefault(carrier, cadence_of(account.cadence))
    return cadences


def _add(cadences: Mapping[str, Cadence], now: datetime, *, thorough: bool) -> int:
    """Take up open parcels nobody asks about yet, due at once: the allowance spreads them."""
    oldest = [(carrier, now - timedelta(days=cadence.give_up_days)) for carrier, cadence in cadences.items()]
    rows = run(
        """
        INSERT INTO carriers_polltarget (shipment_id, carrier, next_poll_at, planned_state, planned_change_at)
        SELECT s.id, s.carrier, %b, s.state, s.last_event_at
          FROM unnest(%b::text[], %b::timestamptz[]) AS polled(carrier, oldest)
          JOIN shipments_shipment s USING (carrier)
         WHERE s.state <> ALL(%b::text[]) AND coalesce(s.last_event_at, s.first_seen_at) > polled.oldest
           AND (%b OR s.id > (SELECT coalesce(max(shipment_id), 0) - %b FROM carriers_polltarget))
           AND NOT EXISTS (SELECT FROM carriers_polltarget t WHERE t.shipment_id = s.id)
         LIMIT %b
            ON CONFLICT (shipment_id) DO NOTHING
        RETURNING shipment_id
        """,
        [now, *columns(oldest, 2), sorted(state.value for state in TERMINAL), thorough, _RECENT, _BATCH],
    )
    return len(rows)


def _moved(carriers: list[str]) -> list[tuple]:
    """Return the parcels that have changed since their next poll was planned, locked; leased ones are left alone."""
    return run(
        """
        SELECT t.shipment_id, t.carrier, s.tracking_number, s.state, s.last_event_at, s.first_seen_at, t.next_poll_at
          FROM carriers_polltarget t
          JOIN shipments_shipment s ON s.id = t.shipment_id
         WHERE t.carrier = ANY(%b::text[])
           AND (t.planned_state <> s.state OR t.planned_change_at IS DISTINCT FROM s.last_event_at)
         ORDER BY t.shipment_id
         LIMIT %b
           FOR NO KEY UPDATE OF t SKIP LOCKED
        """,
        [carriers, _BATCH],
    )


def _replan(rows: list[tuple]) -> None:
    run(
        """
        UPDATE carriers_polltarget AS t
           SET next_poll_at = fresh.at, planned_state = fresh.state, planned_change_at = fresh.changed_at
          FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[], %b::timestamptz[])
               AS fresh(id, at, state, changed_at)
         WHERE t.shipment_id = fresh.id
        """,
        columns(rows, 4),
    )
