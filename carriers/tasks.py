"""Wake-ups: the row is the queue, a task only says look; one that fails is made good by the next, a second later."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import shared_task
from django.utils import timezone

from carriers.inbox import Drained, drain
from carriers.watch import watch_feeds as watch
from shipments.silence import wake_shipments

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
def watch_feeds() -> None:
    """Look whether the feeds are heard, and let shipments of carriers heard again be judged until the spell is over."""
    until = time.monotonic() + SPELL_SECONDS
    watched = watch(now=timezone.now())
    while time.monotonic() < until and wake_shipments(now=timezone.now()):
        pass
    if watched.opened or watched.closed:
        log.info("feeds: %d fell silent, %d ended, silent carriers: %s", watched.opened, watched.closed, watched.silent)
