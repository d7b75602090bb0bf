"""A token as a carrier lends it: what it is, and until when it is good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

RENEW_BEFORE: Final = timedelta(minutes=2)
"""A token this close to its end is renewed before it is used, so that none ends on its way."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; its value never shows in a log or a traceback."""

    value: str = field(repr=False)
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Tell whether it may still be used."""
        return now + RENEW_BEFORE < self.expires_at
