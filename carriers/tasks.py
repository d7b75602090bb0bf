"""Wake-ups: the row is the queue, a task only says look; one that fails is made good by the next, a second later."""

from __future__ import annotations

import logging
import time
from dataclasses import astuple
from typing import Final

from celery import shared_task
from django.utils import timezone

from carriers import polling
from carriers.codebook.rereading import reread_history as reread_batch
from carriers.inbox import Drained, drain
from carriers.watch import watch_feeds as watch
from shipments.silence import wake_shipments

log = logging.getLogger(__name__)

SPELL_SECONDS: Final = 20.0
"""How long one wake-up works on before it lets the next one go on; well under the task's time limit."""

POLL_SPELL_SECONDS: Final = 10.0
"""After it no call is begun; those under way may still take a minute, which the time limit allows."""


@shared_task
def drain_inbox() -> None:
    """Read waiting messages until none is left or the spell is over."""
    until = time.monotonic() + SPELL_SECONDS
    total = Drained()
    while time.monotonic() < until and (batch := drain(now=timezone.now())).taken:
        total += batch
    if total.taken:
        log.info("read %d messages: %d events, %d failed", total.taken, total.events, total.failed)


@shared_task
def plan_polls() -> None:
    """Keep the list of parcels to ask about in step with the shipments."""
    _tell(polling.plan(now=timezone.now()))


@shared_task
def plan_all_polls() -> None:
    """Take up also old parcels that are open again; it looks through all shipments, so it comes rarely."""
    _tell(polling.plan(now=timezone.now(), thorough=True))


def _tell(planned: polling.Planned) -> None:
    if planned.added or planned.ended:
        log.info("polling takes up %d parcels and lets %d go", planned.added, planned.ended)


@shared_task
def poll_due() -> None:
    """Ask carriers for what is due until nothing is left to ask now or the spell is over."""
    until = time.monotonic() + POLL_SPELL_SECONDS
    with polling.alone() as mine:
        polled = polling.poll(clock=timezone.now, may_begin=lambda: time.monotonic() < until) if mine else None
    if polled and polled.calls:
        log.info("asked %d times: %d answers, %d new, %d calls failed", *astuple(polled))


@shared_task
def reread_history() -> None:
    """Carry published meanings into history until none waits or the spell is over."""
    until, parcels = time.monotonic() + SPELL_SECONDS, 0
    while time.monotonic() < until and (step := reread_batch(now=timezone.now())).publication:
        parcels += step.parcels
    if parcels:
        log.info("read the history of %d parcels anew", parcels)


@shared_task
def watch_feeds() -> None:
    """Look whether the feeds are heard, and let shipments of carriers heard again be judged until the spell is over."""
    until = time.monotonic() + SPELL_SECONDS
    watched = watch(now=timezone.now())
    while time.monotonic() < until and wake_shipments(now=timezone.now()):
        pass
    if watched.opened or watched.closed:
        log.info("feeds: %d fell silent, %d ended, silent carriers: %s", watched.opened, watched.closed, watched.silent)
