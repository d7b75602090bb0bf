"""What each source says of one parcel, side by side, as a page shows it (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipments.disagreement import Telling, Told, contradictions, tellings
from shipments.facts import State
from shipments.marks import SHIPMENT, Mark, source_name
from shipments.timeline import Scanned


@dataclass(frozen=True, slots=True)
class Side:
    """One source's story; `is_apart` where another source tells what cannot be true as well."""

    name: str
    mark: Mark
    since: datetime
    last_at: datetime
    scans: int
    is_apart: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """The stories of all sources by their names, and since when two of them cannot both be right (None: they can)."""

    each: tuple[Side, ...]
    apart_since: datetime | None


def sides_of(events: Iterable[Any]) -> Sides | None:
    """Return a parcel's stored events as its sources tell them, None where it has fewer than two."""
    told = [_told(event) for event in events]
    stories = tellings(told)
    if len(stories) < 2:
        return None
    pairs = contradictions(stories)
    apart = {telling.source for pair in pairs for telling in (pair.first, pair.second)}
    counts = {story.source: sum(event.source == story.source for event in told) for story in stories}
    return Sides(
        tuple(_side(story, counts[story.source], story.source in apart) for story in stories),
        min((pair.since for pair in pairs), default=None),
    )


def _side(story: Telling, scans: int, is_apart: bool) -> Side:
    return Side(source_name(story.source), SHIPMENT[story.state], story.since, story.last_at, scans, is_apart)


def _told(event: Any) -> Told:
    scan = Scanned(
        event.occurred_at,
        event.identity.hex,
        State(event.state),
        event.reason,
        event.physical,
        event.mapped,
        event.promised_at,
        event.raw_code,
        event.raw_description,
    )
    return Told(event.source, event.received_at, scan)
