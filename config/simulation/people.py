"""The people who work the queue in a simulated world."""

from __future__ import annotations

from datetime import datetime
from random import Random


class Staff:
    """Agents, leads and finance at work, by the seed."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)

    def work(self, now: datetime) -> None:
        """Work the queue as it stands at `now`."""
