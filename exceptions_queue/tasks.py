"""Wake-ups: the row is the queue, a task only says look; one that fails is made good by the next, a second later."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from exceptions_queue import actions
from exceptions_queue.backtest import jobs, pruning
from exceptions_queue.risk_tables import learn_risk as learn_risk_anew
from exceptions_queue.triage import Triaged
from exceptions_queue.triage import sweep_policy as sweep_slice
from exceptions_queue.triage import triage_due as triage_batch

log = logging.getLogger(__name__)

SLICES: Final = 2
"""How many slices of parcels one wake-up makes due for a new policy."""
SPELL_SECONDS: Final = 20.0
"""How long one wake-up works on before it lets the next one go on; well under the task's time limit."""


@shared_task
def triage_due() -> None:
    """Judge due shipments until none is left or the spell is over."""
    until = time.monotonic() + SPELL_SECONDS
    total = Triaged()
    while time.monotonic() < until and (batch := triage_batch(now=timezone.now())).judged:
        total += batch
    if total.opened or total.closed or total.unjudged:
        log.info("judged %d: %d opened, %d closed", total.judged, total.opened, total.closed)


@shared_task
def expire_leases() -> None:
    """Free the cases whose lease is over until none is left or the spell is over."""
    until, total = time.monotonic() + SPELL_SECONDS, 0
    while time.monotonic() < until and (freed := actions.expire_leases(now=timezone.now())):
        total += freed
    if total:
        log.info("%d leases ended", total)


@shared_task
def wake_due() -> None:
    """Bring back the cases whose wait is over until none is left or the spell is over."""
    until, total = time.monotonic() + SPELL_SECONDS, 0
    while time.monotonic() < until and (woken := actions.wake_due(now=timezone.now())):
        total += woken
    if total:
        log.info("%d cases woken", total)


@shared_task
def offer_incidents() -> None:
    """Put the cases together that are one matter, and end incidents that have no open case."""
    offered = actions.offer_incidents(now=timezone.now())
    if offered.opened or offered.joined or offered.ended:
        log.info("incidents: %d opened, %d ended, %d cases joined", offered.opened, offered.ended, offered.joined)


@shared_task
def work_on_acts() -> None:
    """Do what was ordered for incidents' cases until nothing is left or the spell is over."""
    until, total = time.monotonic() + SPELL_SECONDS, 0
    while time.monotonic() < until and (done := actions.work_on_acts(now=timezone.now())):
        total += done
    if total:
        log.info("%d cases of incidents seen to", total)


@shared_task
def sweep_policy() -> None:
    """Make due what a new policy has not seen yet: a few slices, so that news is not kept waiting."""
    total = 0
    for _ in range(SLICES):
        looked_at = sweep_slice(now=timezone.now())
        total += looked_at
        if not looked_at:
            break
    if total:
        log.info("a new policy looks at %d more parcels", total)


@shared_task
def learn_risk() -> None:
    """Learn today's delay risk where it is still to be learned."""
    if table := learn_risk_anew(now=timezone.now()):
        log.info("learned the delay risk from %d parcels", table.parcels)


@shared_task
def work_on_backtests() -> None:
    """Go on with a backtest that nobody works on, slice by slice, until it is done or the spell is over."""
    until = time.monotonic() + SPELL_SECONDS
    row = jobs.take_backtest(now=timezone.now())
    try:
        while row and row.finished_at is None and time.monotonic() < until:
            row = jobs.work_on(row, now=timezone.now())
        if row and row.finished_at is None:
            jobs.let_go(row)
    except jobs.LeaseLost as lost:
        log.info("%s", lost)


@shared_task
def prune_backtests() -> None:
    """Let the parcels of old backtests go, batch by batch, until none is left to go or the spell is over."""
    until, kept, total = time.monotonic() + SPELL_SECONDS, timedelta(days=settings.WAYPOST_BACKTEST_DAYS), 0
    while time.monotonic() < until and (pruned := pruning.prune(kept=kept, now=timezone.now())):
        total += pruned.rows
    if total:
        log.info("%d rows of old backtests let go", total)
