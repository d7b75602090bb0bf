"""Wake-ups: the row is the queue, a task only says look; one that fails is made good by the next, a second later."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import shared_task
from django.utils import timezone

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
