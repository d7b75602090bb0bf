"""The figures of a backtest as people read them: named, defined, and one version beside another (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SMALL_SAMPLE: Final = 20
"""Below this a share moves by five points when one parcel changes: it is marked as a small sample."""

Results = Mapping[str, Any]
"""The figures of a backtest by name, as `backtest.results.results` makes them; older ones lack what came later."""


class Listing(StrEnum):
    """The lists of parcels behind the figures, as they stand in an address."""

    CASES = "cases"
    WARNED = "warned"
    RIGHT = "right"
    AHEAD = "ahead"
    LATE = "late"
    MISSED = "missed"
    ASKED = "asked"
    FIRST = "first"
    NEEDLESS = "needless"
    SENT = "sent"
    TO_REVIEW = "to-review"
    HELD = "held"


LISTINGS: Final[Mapping[Listing, tuple[str, str]]] = {
    Listing.CASES: ("With a case", "parcels it would have opened a case for"),
    Listing.WARNED: ("Warned of", "parcels it would have said may be late, before the promised day ended"),
    Listing.RIGHT: ("Warned of rightly", "parcels it would have warned of, and that were late"),
    Listing.AHEAD: ("Two days ahead", "late parcels it would have warned of two days before the promise ended"),
    Listing.LATE: ("Late", "parcels that came after their promise, or not at all"),
    Listing.MISSED: ("Late, not warned of", "late parcels it would not have warned of in time"),
    Listing.ASKED: ("Asked for", "parcels whose customer asked where they are"),
    Listing.FIRST: ("Case before the question", "parcels it would have had a case for when their customer asked"),
    Listing.NEEDLESS: ("Needless", "parcels with a case that came in time and nobody asked for"),
    Listing.SENT: ("Message sent", "parcels whose customer it would have written to"),
    Listing.TO_REVIEW: ("Message to review", "parcels with a message that a person reads first"),
    Listing.HELD: ("Message held", "parcels with a message that it would have held back"),
}
"""What each list is called, and what it holds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its key in the results, how its value is written, and the list of parcels it opens.

    `good` says whether more is better (1), worse (-1), or neither (0). `of` is the key of what a share is taken of.
    """

    key: str
    name: str
    definition: str
    listing: Listing
    form: str = "count"
    good: int = 0
    of: str = ""


FIGURES: Final = (
    Figure("cases", "Cases opened", "A parcel can have several, one after another.", Listing.CASES),
    Figure(
        "found_late", "Late and not found", "Late parcels without a warning before the promised day ended.",
        Listing.MISSED, good=-1,
    ),
    Figure(
        "found_before_asked", "Found before the customer asked",
        "Share of the parcels asked for that had a case by the first question.", Listing.ASKED, "share", 1, "asked",
    ),
    Figure(
        "precision", "Warnings that were right", "Share of the parcels warned of that were late.",
        Listing.WARNED, "share", 1, "flagged",
    ),
    Figure(
        "recall", "Late parcels found", "Share of the late parcels that were warned of in time.",
        Listing.LATE, "share", 1, "late",
    ),
    Figure(
        "median_lead_days", "Lead time", "Median time from the warning to the end of the promised day.",
        Listing.RIGHT, "days", 1, "found",
    ),
    Figure(
        "found_two_days_ahead", "Found two days ahead", "Share of the late parcels warned of two days or more before.",
        Listing.AHEAD, "share", 1, "late",
    ),
    Figure(
        "noise_per_1000", "Noise per 1,000 parcels", "Cases on parcels that came in time and nobody asked for.",
        Listing.NEEDLESS, "rate", -1, "shipments",
    ),
    Figure("messages_sent", "Messages sent", "To customers, by the policy’s message rules.", Listing.SENT),
    Figure("messages_to_review", "Messages to review", "Drafts that a person reads first.", Listing.TO_REVIEW),
    Figure("messages_held", "Messages held", "Kept back; the reasons stand below.", Listing.HELD),
    Figure("hours_of_work", "Hours of work", "Cases, at the minutes a case takes its team.", Listing.CASES, "hours"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it is written; `few` says of how few parcels it is where that is a small sample."""

    words: str
    few: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both versions: values, and how the tried one differs; `beside` is None where none stands beside.

    `sign` is what became of it (1, 0, -1), `verdict` whether that is better or worse, or nothing.
    """

    about: Figure
    beside: Value | None
    tried: Value
    difference: str = ""
    sign: int = 0
    verdict: str = ""
    tone: str = ""


def compared(tried: Results, beside: Results | None) -> list[Compared]:
    """Return every figure that was counted, in the order of the page."""
    known = [each for each in FIGURES if each.key in tried]
    return [_compared(each, tried, beside) for each in known]


def _compared(about: Figure, tried: Results, beside: Results | None) -> Compared:
    value = _value(about, tried)
    if beside is None:
        return Compared(about, None, value)
    new, old = tried.get(about.key), beside.get(about.key)
    if new is None or old is None:
        return Compared(about, _value(about, beside), value)
    step = _rounded(about, new) - _rounded(about, old)
    sign = (step > 0) - (step < 0)
    verdict, tone = _VERDICTS[sign * about.good]
    return Compared(about, _value(about, beside), value, _step(about, step), sign, verdict, tone)


_VERDICTS: Final = {1: ("better", "good"), 0: ("", ""), -1: ("worse", "high")}


def written(form: str, value: float | None) -> str:
    """Return a value in words; "–" where there was nothing to measure."""
    if value is None:
        return "–"
    return _WRITTEN[form](value)


_WRITTEN: Final = {
    "count": lambda value: f"{value:,.0f}",
    "share": lambda value: f"{100 * value:.0f} %",
    "days": lambda value: f"{value:.1f} d",
    "hours": lambda value: f"{value:,.1f} h",
    "rate": lambda value: f"{value:,.1f}",
}


def _value(about: Figure, results: Results) -> Value:
    number = results.get(about.key)
    of = sample(about, results)
    few = f"small sample: {of:,}" if number is not None and of is not None and of < SMALL_SAMPLE else ""
    return Value(written(about.form, number), few)


def sample(about: Figure, results: Results) -> int | None:
    """Return of how many parcels a share is; None where the figure is a plain count."""
    if about.of == "found":
        found: int = results["late"] - results["found_late"]
        return found
    return results.get(about.of) if about.of else None


def _rounded(about: Figure, value: float) -> float:
    """Return a value as it is read, so that the difference is that of the two values shown."""
    return round(100 * value) if about.form == "share" else round(value, 1)


def _step(about: Figure, step: float) -> str:
    if not step:
        return "same"
    size = abs(step)
    said = f"{size:.0f} point{'' if size == 1 else 's'}" if about.form == "share" else written(about.form, size)
    return f"{'+' if step > 0 else '−'}{said}"


def headline(tried: Results, beside: Results | None, name: str, other: str) -> str:
    """Return what the backtest says in one sentence; `name` is the version tried, `other` the one beside it."""
    found = tried["late"] - tried["found_late"]
    if beside is None:
        cases = _counted(tried["cases"], "case")
        return (
            f"{name} would have opened {cases}, and found {found:,} of {_counted(tried['late'], 'late parcel')} in time"
        )
    more = tried["cases"] - beside["cases"]
    better = found - (beside["late"] - beside["found_late"])
    if not more and not better:
        return f"{name} would have opened as many cases as {other}, and found as many late parcels in time"
    opened = f"{_more(more, 'case')} than {other}" if more else f"as many cases as {other}"
    if not better:
        return f"{name} would have opened {opened}, and found as many late parcels in time"
    return f"{name} would have opened {opened}, and found {_more(better, 'late parcel')} in time"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _more(number: int, noun: str) -> str:
    return f"{abs(number):,} {noun}{'' if abs(number) == 1 else 's'} {'more' if number > 0 else 'fewer'}"
