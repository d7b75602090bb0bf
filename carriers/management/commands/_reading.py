"""Read chosen messages through, beside the workers of a running `up`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from carriers.inbox import drain
from carriers.models import InboundMessage, MessageState

_LOOK_AGAIN_SECONDS: Final = 0.05


def read_through(ids: Sequence[int]) -> None:
    """Read these messages and return when all are read: a worker may have some of them in hand, so wait for it too."""
    while True:
        drain(now=timezone.now(), only=ids)
        if not InboundMessage.objects.filter(pk__in=ids, state=MessageState.RECEIVED).exists():
            return
        time.sleep(_LOOK_AGAIN_SECONDS)
