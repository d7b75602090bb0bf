"""Read a plain document by a carrier's layouts (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from carriers.sources.bodies import MOST_SCANS, text
from carriers.sources.instants import (
    EARLIEST_YEAR,
    INFERRED,
    LATEST_YEAR,
    NOT_STATED,
    Instant,
    day_and_time,
    instant,
    promise,
)
from carriers.sources.reading import Scan, Unreadable
from carriers.sources.tail.documents import anywhere, every, first, first_of
from carriers.sources.tail.layout import Carrier, Layout
from shipments.facts import TimeConfidence, clean_tracking_number

LONGEST_KEY: Final = 120
"""Characters of a key; what is longer is told apart by its beginning."""

_NO: Final = frozenset({"", "false", "0", "no", "none", "null"})
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_ZONES: Final = {
    **{"NST": "-03:30", "NDT": "-02:30", "AST": "-04:00", "ADT": "-03:00", "EST": "-05:00", "EDT": "-04:00"},
    **{"CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00"},
    **{"UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00"},
}
"""Zones of North America as Canadian carriers abbreviate them. Source: NRC Canada, time zones and daylight saving."""


def parcels(document: Any, layout: Layout) -> list[dict[str, Any]]:
    """Return each parcel of a document, in the order told. Raises: Unreadable where there are too many."""
    told = document if isinstance(document, list) else [document]
    found = list(anywhere(document, layout.parcels)) if layout.parcels else [o for o in told if isinstance(o, dict)]
    if len(found) > MOST_SCANS:
        raise Unreadable(f"The answer holds {len(found)} parcels; more than {MOST_SCANS} are not read.")
    return found


def number_of(parcel: dict[str, Any], layout: Layout, asked: str) -> str:
    """Return the parcel's own number, else the one asked for."""
    return clean_tracking_number(first_of(parcel, layout.number) or asked)


def scans_of(parcel: dict[str, Any], layout: Layout, name: str, asked: str) -> list[Scan]:
    """Return the scans of one parcel in the order told. Raises: Unreadable where it holds more than any real answer."""
    events = [item for item in every(parcel, layout.events) if isinstance(item, dict)]
    if len(events) > MOST_SCANS:
        raise Unreadable(f"The answer holds {len(events)} scans of one parcel; more than {MOST_SCANS} are not read.")
    number = number_of(parcel, layout, asked)
    due = promise(_promised(parcel, layout))
    service = first_of(parcel, layout.service)
    told = [scan for event in events if (scan := _scan(event, layout, name, number))]
    told = [scan._replace(promised_at=due, service=service) for scan in told] if due or service else told
    told = _in_order(told) if layout.in_order else told
    head = keys_of(parcel, layout.status)
    if not head:
        return told
    if told:
        newest = max(range(len(told)), key=lambda i: (told[i].occurred_at or _NEVER, -i))
        codes = tuple(dict.fromkeys((*told[newest].codes, *head)))
        told[newest] = told[newest]._replace(codes=codes)
        return told
    at = _instant(first_of(parcel, layout.status_day), "", "", layout.formats)
    words = first_of(parcel, layout.status_words)
    return [Scan(name, number, head, words, *at, promised_at=due, service=service)]


def _in_order(told: list[Scan]) -> list[Scan]:
    """Return the scans with none dated before the one that stands before it; a date that gives way is inferred."""
    dated = [scan.occurred_at for scan in told if scan.occurred_at]
    falls = sum(after < before for before, after in pairwise(dated))
    rises = sum(after > before for before, after in pairwise(dated))
    oldest_first = told[::-1] if falls > rises else told
    kept: list[Scan] = []
    latest = _NEVER
    for scan in oldest_first:
        if scan.occurred_at and scan.occurred_at < latest:
            scan = scan._replace(occurred_at=latest, time_confidence=TimeConfidence.INFERRED)
        latest = scan.occurred_at or latest
        kept.append(scan)
    return kept[::-1] if falls > rises else kept


def _scan(event: dict[str, Any], layout: Layout, name: str, number: str) -> Scan | None:
    codes = keys_of(event, layout.codes)
    words = first_of(event, layout.words)
    if not codes and not words:
        return None
    found = _instant(
        first_of(event, layout.day), first(event, layout.time), first(event, layout.offset), layout.formats
    )
    where = ", ".join(dict.fromkeys(filter(None, (first(event, path) for path in layout.place))))
    by_text = all(key.startswith("~") for key in layout.codes) or not codes
    return Scan(name, number, codes, words, *found, location=where, by_text=by_text)


def keys_of(value: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys to look up of which every field is filled, most specific first, each once."""
    found = (":".join(parts) for key in keys if all(parts := [_part(value, field) for field in key.split(":")]))
    return tuple(dict.fromkeys(key[:LONGEST_KEY] for key in found))


def _part(value: dict[str, Any], field: str) -> str:
    if field.startswith("'"):
        return field.strip("'")
    if field.startswith("?"):
        return field[1:] if first(value, field[1:]).lower() not in _NO else ""
    if field.startswith("~"):
        return normalised(first(value, field[1:]))
    return first(value, field)


def normalised(words: str) -> str:
    """Return words as a key: lower case, without punctuation and numbers of three digits and more."""
    plain = re.sub(r"[^\w' ]+|_", " ", words.lower().replace("’", "'"))
    return " ".join(re.sub(r"\b\w*\d{3,}\w*\b", " ", plain).split())


def _instant(day: str, time: str, offset: str, formats: tuple[str, ...]) -> Instant:
    """Return the instant of a day and a time in any of the ways a layout knows, in UTC."""
    if not day:
        return NOT_STATED
    for shape in formats:
        try:
            at = datetime.strptime(f"{day} {time}".strip(), shape)
        except ValueError:
            continue
        plausible = EARLIEST_YEAR <= at.year < LATEST_YEAR
        return (at.replace(tzinfo=UTC), INFERRED) if plausible else NOT_STATED
    zone = _ZONES.get(offset.upper(), offset if offset[:1] in ("+", "-") else "")
    if time or zone:
        return day_and_time(day.partition("T")[0] if time else day, time, zone)
    return instant(day)


def _promised(parcel: dict[str, Any], layout: Layout) -> str:
    """Return the promised day or instant as ISO 8601, or as the carrier writes it where no format fits."""
    told = first_of(parcel, layout.promise)
    for shape in layout.formats:
        for part in (shape, shape.partition(" ")[0]):
            try:
                return datetime.strptime(told, part).isoformat()
            except ValueError:
                continue
    return told


def missing_numbers(document: Any, carrier: Carrier) -> list[str]:
    """Return the numbers that a carrier lists as not known to it."""
    held = anywhere(document, carrier.missing) if carrier.missing else ()
    return [text(number) for each in held for value in each.values() for number in _flat(value)]


def _flat(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
