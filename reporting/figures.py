"""The three figures as a page shows them: a sentence, a chart, a table, what is counted and what is not seen (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from reporting import sentences as say
from reporting.metrics import DayOfUpdates, OpenedCase, Period, delay, opened_in, routing, updates
from shipments.charts import Chart, Mark, chart

ROUTED_FIRST: Final = "routed-first"
TIME_TO_CASE: Final = "time-to-case"
UPDATES: Final = "updates"
_FEW: Final = 5
"""A mark with fewer rows behind it is hatched."""
Link = Callable[[Period], str]


@dataclass(frozen=True, slots=True)
class About:
    """What a figure is called, how it is counted, and what it does not see."""

    slug: str
    name: str
    definition: str
    blind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table under a chart; its last value is the same step of the period before."""

    label: str
    url: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the scorecard. `value` is empty where there is nothing to measure."""

    about: About
    title: str
    value: str
    notes: tuple[str, ...]
    chart: Chart
    lines: tuple[Line, ...]


ABOUT: Final = {
    about.slug: about
    for about in (
        About(
            ROUTED_FIRST,
            "Routed before the customer asked",
            "Share of the cases opened in the period that were open before the first conversation on their order.",
            "An order’s first conversation may be about something else; trouble that no rule noticed is not in it.",
            ("Cases", "Before the customer", "Share", "Share before"),
        ),
        About(
            TIME_TO_CASE,
            "From the carrier’s scan to a case",
            "Median time from the carrier’s instant of the scan that a case first rests on until the case was open.",
            "Cases found in silence rest on no scan and are left out; a wrong time zone at the carrier shows as delay.",
            ("Cases with a scan", "p90", "Median", "Median before"),
        ),
        About(
            UPDATES,
            "Failed and unmapped updates",
            "Messages that could not be read, and scans whose code no table knows, by the day they were received.",
            "What a carrier never sent is not in it; a failed message that a replay could read counts as read.",
            ("Messages", "Failed", "Unmapped scans", "Replayed", "Failed and unmapped", "Before"),
        ),
    )
}


def routed_first(cases: Sequence[OpenedCase], period: Period, compared: Period, link: Link) -> Figure:
    """Return the share of exceptions that were with a team before the customer asked."""

    def fold(step: Period) -> Any:
        return routing(opened_in(cases, step))

    now, then = fold(period), fold(compared)
    chart_, lines = _steps(
        *(period, compared, link, fold),
        value=lambda found: found.share,
        cells=lambda found: (str(found.cases), str(found.first), say.percent(found.share)),
        words=lambda found: f"{found.first} of {found.cases}",
        small=lambda found: found.cases < _FEW,
        axis=say.percent,
        top=1,
    )
    title, notes = say.routing_title(now, then), say.routing_notes(now, then)
    return Figure(ABOUT[ROUTED_FIRST], title, say.percent(now.share), notes, chart_, lines)


def time_to_case(cases: Sequence[OpenedCase], period: Period, compared: Period, link: Link) -> Figure:
    """Return the time from the carrier's scan to the case."""

    def fold(step: Period) -> Any:
        return delay(opened_in(cases, step))

    now, then = fold(period), fold(compared)
    chart_, lines = _steps(
        *(period, compared, link, fold),
        value=lambda found: say.hours(found.median),
        cells=lambda found: (str(found.cases), say.span(found.p90), say.span(found.median)),
        words=lambda found: f"{say.span(found.median)} in {found.cases}",
        small=lambda found: found.cases < _FEW,
        axis=say.axis_hours,
    )
    title, notes = say.delay_title(now, then), say.delay_notes(now, then)
    return Figure(ABOUT[TIME_TO_CASE], title, say.span(now.median), notes, chart_, lines)


def failed_updates(days: Sequence[DayOfUpdates], period: Period, compared: Period, link: Link) -> Figure:
    """Return how many updates could not be read, or said something nobody has mapped."""

    def fold(step: Period) -> Any:
        return updates(days, step)

    now, then = fold(period), fold(compared)
    chart_, lines = _steps(
        *(period, compared, link, fold),
        value=say.lost,
        cells=lambda found: (
            *(f"{number:,}" for number in (found.messages, found.failed, found.unmapped, found.replayed)),
            f"{found.failed + found.unmapped:,}",
        ),
        words=lambda found: f"{found.failed} failed, {found.unmapped} unmapped",
        small=lambda found: False,
        axis=say.axis_count,
        least=4,
    )
    value = "" if say.lost(now) is None else f"{now.failed + now.unmapped:,}"
    return Figure(ABOUT[UPDATES], say.updates_title(now, then), value, say.updates_notes(now, then), chart_, lines)


def _steps(
    period: Period,
    compared: Period,
    link: Link,
    fold: Callable[[Period], Any],
    *,
    value: Callable[[Any], float | None],
    cells: Callable[[Any], tuple[str, ...]],
    words: Callable[[Any], str],
    small: Callable[[Any], bool],
    axis: Callable[[float], str],
    top: float | None = None,
    least: float = 0,
) -> tuple[Chart, tuple[Line, ...]]:
    """Return the chart and its table: one mark and one line a step, beside the same step of the period before."""
    steps = period.steps()
    found, before = [fold(step) for step in steps], [fold(step) for step in compared.steps()][: len(steps)]
    labels = [say.step_label(step) for step in steps]
    marks = [
        Mark(value(each), f"{label}: {words(each)}", link(step), small(each))
        for step, label, each in zip(steps, labels, found, strict=True)
    ]
    ends = say.day_label(period.first), say.day_label(period.last)
    drawn = chart(marks, [value(each) for each in before], ends=ends, said=axis, top=top, least=least)
    lines = (
        Line(label, link(step), (*cells(each), cells(old)[-1] if old else ""))
        for step, label, each, old in zip_longest(steps, labels, found, before)
    )
    return drawn, tuple(lines)
