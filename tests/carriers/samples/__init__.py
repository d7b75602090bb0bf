"""The synthetic samples, read through the real adapters and the shipped code tables."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from carriers.codes import CodeTable, to_event
from carriers.seed import seed_rows
from carriers.sources import get_source
from carriers.sources.reading import Request, Scan
from shipments.facts import EventFact

FOLDER = Path(__file__).parent
DIRECT = ("ups", "fedex", "usps", "dhl_universal", "dhl_express")
"""The carriers' own interfaces, which are asked; each has a sample of all that it can say."""
RECEIVED_AT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
ASKED = Request(number="ASKED 123", carrier="asked", received_at=RECEIVED_AT)


def names(source: str) -> list[str]:
    """Return the names of a source's samples."""
    return sorted(path.stem for path in (FOLDER / source).glob("*.json"))


def xml_names(source: str) -> list[str]:
    """Return the names of a source's samples in XML."""
    return sorted(path.stem for path in (FOLDER / source).glob("*.xml"))


def body(source: str, name: str) -> bytes:
    """Return a sample as the bytes that would arrive."""
    path = FOLDER / source / f"{name}.json"
    return (path if path.exists() else path.with_suffix(".xml")).read_bytes()


@cache
def shipped_table() -> CodeTable:
    """Return the table of all shipped codes."""
    return CodeTable(row.table_row for row in seed_rows())


def scans(source: str, name: str, request: Request = ASKED) -> list[Scan]:
    """Return a sample's scans."""
    return get_source(source).read(body(source, name), request)


def events(source: str, name: str) -> list[EventFact]:
    """Return a sample's events, with the meaning the shipped tables give them."""
    return [to_event(scan, shipped_table(), source=source, received_at=RECEIVED_AT) for scan in scans(source, name)]


def latest(source: str, name: str) -> EventFact:
    """Return the event that happened last."""
    return max(events(source, name), key=lambda event: event.occurred_at)


def at(text: str) -> datetime:
    """Return a time written short: month, day and clock of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text}+00:00")
