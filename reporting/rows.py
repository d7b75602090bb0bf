"""The rows behind each figure: which they are, and what one of them says in a list or a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from carriers.inbox_pages.marks import OUTCOME, Outcome
from exceptions_queue.models import Case
from exceptions_queue.policy.situation import FindingKind, Team
from reporting import figures, queries
from reporting.asking import Asked
from shipments.keyset import ID, Key, Sort, instant
from shipments.marks import carrier_name
from shipments.spoken import duration


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: words, or an instant; `url` opens it, `plain` is what a CSV file gets instead of the words."""

    text: str = ""
    at: datetime | None = None
    url: str = ""
    tone: str = ""
    plain: str = ""
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of rows: its name, its columns, which rows, in which order, and what each says."""

    slug: str
    label: str
    columns: tuple[str, ...]
    rows: Callable[[Asked], QuerySet]
    cells: Callable[[Any], tuple[Cell, ...]]
    sort: Sort


def _cases(asked: Asked) -> QuerySet[Case]:
    return queries.cases_of([asked.period], asked.narrowing).select_related("shipment__order")


def parcel_cell(shipment: Any) -> Cell:
    """Return a parcel as a row names it."""
    url = reverse("shipments:detail", args=[shipment.pk])
    number = shipment.tracking_number
    return Cell(f"{carrier_name(shipment.carrier)} {number}", url=url, plain=number, mono=True)


def _case(case: Any) -> tuple[Cell, ...]:
    order = case.shipment.order
    return (
        Cell(at=case.opened_at),
        parcel_cell(case.shipment),
        Cell(FindingKind(case.kind).label, url=f"/queue/{case.pk}/"),
        Cell(Team(case.team).label),
        Cell(order.order_id if order else "", mono=True),
    )


def _routed(case: Any) -> tuple[Cell, ...]:
    if case.shipment.order is None:
        verdict = Cell("No order linked", tone="low")
    elif case.asked_at is None:
        verdict = Cell("Routed, customer never asked", tone="good")
    elif case.opened_at < case.asked_at:
        verdict = Cell("Routed first", tone="good")
    else:
        verdict = Cell("Customer asked first", tone="high")
    return (*_case(case), Cell(at=case.asked_at) if case.asked_at else Cell("never"), verdict)


def _delayed(case: Any) -> tuple[Cell, ...]:
    span = case.opened_at - case.scan_at
    return (*_case(case), Cell(at=case.scan_at), Cell(duration(span), plain=str(int(span.total_seconds()))))


def _failed(message: Any) -> tuple[Cell, ...]:
    return (
        Cell(at=message.received_at),
        Cell(str(message.account)),
        Cell(message.get_problem_display(), url=reverse("carriers:message", args=[message.pk]), tone="high"),
        Cell(message.problem_detail),
        Cell(str(message.attempts)),
    )


def _unmapped(scan: Any) -> tuple[Cell, ...]:
    code = scan.raw_code or "none"
    return (
        Cell(at=scan.received_at),
        parcel_cell(scan.shipment),
        Cell(scan.source),
        Cell(code),
        Cell(scan.raw_description),
    )


def _replayed(replay: Any) -> tuple[Cell, ...]:
    message, outcome = replay.message, OUTCOME[Outcome(replay.outcome)]
    return (
        Cell(at=replay.at),
        Cell(f"message {message.pk} from {message.source}", url=reverse("carriers:message", args=[message.pk])),
        Cell(replay.get_problem_before_display()),
        Cell(outcome.label, tone=outcome.tone),
        Cell(str(replay.by) if replay.by else "command"),
        Cell(replay.run.get_how_display() if replay.run else "not recorded"),
        Cell(replay.run.reason if replay.run else ""),
    )


def _newest(field: str) -> Sort:
    return Sort("newest", "Newest first", (Key(F(field), instant), ID), descending=True)


_OPENED: Final = ("Opened", "Parcel", "Problem", "First routed to", "Order")
_LINKED: Final = Q(shipment__order__isnull=False)
_ASKED_FIRST: Final = _LINKED & Q(asked_at__lte=F("opened_at"))
_ROUTED_FIRST: Final = _LINKED & (Q(asked_at__isnull=True) | Q(asked_at__gt=F("opened_at")))
_ROUTED_COLUMNS: Final = (*_OPENED, "Customer asked", "Verdict")
_FAILED_COLUMNS: Final = ("Received", "From", "Problem", "What was wrong", "Tried")


def _routing(slug: str, label: str, rows: Callable[[Asked], QuerySet]) -> Listing:
    return Listing(slug, label, _ROUTED_COLUMNS, rows, _routed, _newest("opened_at"))


LISTINGS: Final = {
    figures.ROUTED_FIRST: (
        _routing("all", "All cases", _cases),
        _routing("asked", "Customer asked first", lambda asked: _cases(asked).filter(_ASKED_FIRST)),
        _routing("routed", "Routed first", lambda asked: _cases(asked).filter(_ROUTED_FIRST)),
        _routing("unlinked", "No order", lambda asked: _cases(asked).filter(shipment__order=None)),
    ),
    figures.TIME_TO_CASE: (
        Listing(
            "all",
            "Cases that rest on a scan",
            (*_OPENED, "Carrier’s scan", "Scan to case"),
            lambda asked: _cases(asked).filter(scan_at__isnull=False),
            _delayed,
            _newest("opened_at"),
        ),
    ),
    figures.UPDATES: (
        Listing(
            "failed",
            "Failed messages",
            _FAILED_COLUMNS,
            lambda asked: queries.failed_messages([asked.period]),
            _failed,
            _newest("received_at"),
        ),
        Listing(
            "unmapped",
            "Unmapped scans",
            ("Received", "Parcel", "Source", "Code", "Carrier’s words"),
            lambda asked: queries.unmapped_scans([asked.period], asked.narrowing).select_related("shipment"),
            _unmapped,
            _newest("received_at"),
        ),
        Listing(
            "replayed",
            "Replays",
            ("Replayed", "Message", "Problem before", "What came of it", "By", "How", "Why"),
            lambda asked: queries.replays_of([asked.period]).defer("message__body"),
            _replayed,
            _newest("at"),
        ),
    ),
}
"""The lists behind each figure; the first is the one its number opens."""
