"""Wake-ups: the row is the queue, a task only says look; one that fails is made good by the next, a second later."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import shared_task
from django.utils import timezone

from carriers.codebook.rereading import reread_history as reread_batch
from carriers.inbox import Drained, drain

log = logging.getLogger(__name__)

SPELL_SECONDS: Final = 20.0
"""How long one wake-up works on before it lets the next one go on; well under the task's time limit."""


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
def reread_history() -> None:
    """Carry published meanings into history until none waits or the spell is over."""
    until, parcels = time.monotonic() + SPELL_SECONDS, 0
    while time.monotonic() < until and (step := reread_batch(now=timezone.now())).publication:
        parcels += step.parcels
    if parcels:
        log.info("read the history of %d parcels anew", parcels)
