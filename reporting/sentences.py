"""What the scorecard says of its figures, and how it writes numbers (pure)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from reporting.metrics import SMALL_SAMPLE, Delay, Period, Routing, Updates
from shipments.spoken import duration

NO_CASE: Final = "No case was opened in this period"
NO_ORDER: Final = "No case with an order was opened in this period"
NO_SCAN: Final = "No case that rests on a scan was opened in this period"
NO_UPDATE: Final = "No update was received in this period"


def routing_title(now: Routing, then: Routing) -> str:
    """Return the message of the first figure."""
    if now.share is None:
        return NO_ORDER if now.unlinked else NO_CASE
    than = _than(now.share, then.share if then.cases >= SMALL_SAMPLE else None, percent)
    return f"{percent(now.share)} of exceptions were routed before the customer asked{than}"


def routing_notes(now: Routing, then: Routing) -> tuple[str, ...]:
    """Return what has to be known beside the first figure."""
    notes = [f"{now.first} of {_cases(now.cases)}; in {now.never_asked} the customer never asked."] if now.cases else []
    if now.unlinked:
        notes.append(f"{_cases(now.unlinked)} without an order cannot be judged.")
    return (*notes, *_sample(now.cases), *_before(then.cases))


def delay_title(now: Delay, then: Delay) -> str:
    """Return the message of the second figure."""
    if now.median is None:
        return NO_SCAN if now.silent else NO_CASE
    than = _than(now.median, then.median if then.cases >= SMALL_SAMPLE else None, span)
    return f"Half of the cases were open within {span(now.median)} of the carrier’s scan{than}"


def delay_notes(now: Delay, then: Delay) -> tuple[str, ...]:
    """Return what has to be known beside the second figure."""
    notes = [f"Nine in ten within {span(now.p90)}, of {_cases(now.cases)} with a scan."] if now.cases else []
    if now.silent:
        notes.append(f"{_cases(now.silent)} found in silence rest on no scan.")
    return (*notes, *_sample(now.cases), *_before(then.cases))


def updates_title(now: Updates, then: Updates) -> str:
    """Return the message of the third figure."""
    if lost(now) is None:
        return NO_UPDATE
    if not lost(now):
        return f"All {now.messages:,} messages could be read, and every code in them is mapped"
    than = _than(lost(now), lost(then), "{:,.0f}".format)
    return f"{now.failed:,} messages failed and {now.unmapped:,} scans are unmapped{than}"


def updates_notes(now: Updates, then: Updates) -> tuple[str, ...]:
    """Return what has to be known beside the third figure."""
    if not now.messages:
        return ()
    again = "None was replayed."
    if now.replayed:
        again = f"{now.replayed:,} were replayed, {now.recovered:,} of them could then be read."
    before = () if then.messages else ("Nothing was received in the compared period.",)
    return f"Of {now.messages:,} messages with {now.scans:,} new scans.", again, *before


def lost(found: Updates) -> float | None:
    """Return how many updates were lost; None where none was received."""
    return float(found.failed + found.unmapped) if found.messages or found.unmapped else None


def percent(share: float | None) -> str:
    """Return a share: "82 %"."""
    return "" if share is None else f"{share * 100:.0f} %"


def span(length: timedelta | None) -> str:
    """Return a duration in its largest unit, or nothing."""
    return "" if length is None else duration(length)


def hours(length: timedelta | None) -> float | None:
    """Return a duration in hours, as a chart draws it."""
    return None if length is None else length / timedelta(hours=1)


def axis_hours(value: float) -> str:
    """Return hours as the scale of a chart says them."""
    return "0" if not value else duration(timedelta(hours=value)) if value < 1 else f"{value:g} h"


def axis_count(value: float) -> str:
    """Return a count as the scale of a chart says it."""
    return f"{value:g}"


def step_label(step: Period) -> str:
    """Return the day or days of one mark."""
    return day_label(step.first) if step.days == 1 else f"{day_label(step.first)} to {day_label(step.last)}"


def day_label(day: date) -> str:
    """Return a day: "3 Mar"."""
    return f"{day:%-d %b}"


def _than(now: float | timedelta, then: float | timedelta | None, said: Callable) -> str:
    if then is None:
        return ""
    if said(now) == said(then):
        return ", as in the compared period"
    return f", {'up' if now > then else 'down'} from {said(then)}"  # type: ignore[operator]


def _sample(count: int) -> tuple[str, ...]:
    return (f"A small sample: fewer than {SMALL_SAMPLE} cases.",) if 0 < count < SMALL_SAMPLE else ()


def _before(count: int) -> tuple[str, ...]:
    if count >= SMALL_SAMPLE:
        return ()
    return (f"The compared period has {_cases(count) if count else 'no case'}: too few to compare.",)


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count:,} cases"
