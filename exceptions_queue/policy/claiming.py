"""When a carrier takes a claim for a parcel, as the policy's windows have it, in a sentence (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Final

from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import Anchor, ClaimKind, ClaimWindow, DaysAfter
from shipments.marks import carrier_name

_LOST: Final = frozenset(
    {FindingKind.LOST, FindingKind.STALLED, FindingKind.PROMISE_MISSED, FindingKind.DELIVERED_NOT_RECEIVED}
)
_AFTER: Final[Mapping[Anchor, str]] = MappingProxyType(
    {
        Anchor.SHIPPED: "it was shipped",
        Anchor.PROMISED: "it was promised",
        Anchor.LAST_SCAN: "its last scan",
        Anchor.DELIVERED: "it was delivered",
    }
)


def claim_kind(kinds: Collection[FindingKind]) -> ClaimKind | None:
    """Return what a claim on a case with these open findings is for, damage before loss; None for neither."""
    if FindingKind.DAMAGED in kinds:
        return ClaimKind.DAMAGED
    return None if _LOST.isdisjoint(kinds) else ClaimKind.LOST


def told_window(window: ClaimWindow, instants: Mapping[Anchor, datetime | None], now: datetime, zone: tzinfo) -> str:
    """Say from when until when a carrier takes the claim, in the days of `zone`, and how sure that is."""
    opens_at, closes_at = window.dates(instants)
    what = f"claims for a {window.kind.label.lower()} parcel"
    carrier = carrier_name(window.carrier)
    if closes_at is not None and closes_at < now:
        said = f"{carrier} took {what} until {_day(closes_at, zone)}; that is over"
    else:
        begin = f" from {_day(opens_at, zone)}" if opens_at is not None and opens_at > now else ""
        said = f"{carrier} takes {what}{begin}{_until(window.closes, closes_at, zone)}"
    return f"{said}. {window.verify}".strip()


def _until(closes: DaysAfter | None, closes_at: datetime | None, zone: tzinfo) -> str:
    if closes is None:
        return "; nobody says until when"
    if closes_at is None:
        return f" up to {closes.days} days after {_AFTER[closes.anchor]}, and when that was is not known"
    return f" until {_day(closes_at, zone)}"


def _day(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %-d %b %Y}"
