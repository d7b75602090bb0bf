"""What moved in a week: each figure beside the week before, and how they differ in words (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from reporting.metrics import Period

DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Moved:
    """What a week came to. `oldest` is the age of the oldest case still open at its end; `linked` cases have an order,
    in `asked_first` of which the customer asked before the case was open."""

    opened: int = 0
    closed: int = 0
    healed: int = 0
    still_open: int = 0
    oldest: timedelta | None = None
    linked: int = 0
    asked_first: int = 0
    failed: int = 0
    unmapped: int = 0

    @property
    def found_first(self) -> int:
        return self.linked - self.asked_first


@dataclass(frozen=True, slots=True)
class About:
    """One figure of the week: its name, how it is counted, and whether more of it is good, bad or neither."""

    slug: str
    name: str
    counted: str
    more_is: str = ""


ABOUT: Final = (
    About("opened", "Cases opened", "Opened by the policy or by a person in the week."),
    About("closed", "Cases closed", "Closed in the week, however they ended."),
    About("healed", "Healed by themselves", "Closed in the week with nothing decided: the trouble went away."),
    About("still-open", "Open at the end", "Not closed when the week ended; the oldest first."),
    About("found-first", "Found before the customer asked", "Opened in the week before any conversation on the order."),
    About("failed", "Failed messages", "Received in the week and not readable today.", "bad"),
    About("unmapped", "Unmapped scans", "Received in the week with a code that no table knows today.", "bad"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in both weeks, in words, and how they differ."""

    about: About
    now: str
    then: str
    change: str


def week_before(day: date) -> Period:
    """Return the seven whole days that end the day before."""
    return Period(day - timedelta(days=DAYS), day - timedelta(days=1))


def lines_of(now: Moved, then: Moved) -> list[Line]:
    """Return every figure of two weeks beside each other."""
    pairs = {
        "opened": (now.opened, then.opened),
        "closed": (now.closed, then.closed),
        "healed": (now.healed, then.healed),
        "still-open": (now.still_open, then.still_open),
        "found-first": (now.found_first, then.found_first),
        "failed": (now.failed, then.failed),
        "unmapped": (now.unmapped, then.unmapped),
    }
    said = {"still-open": _with_oldest, "found-first": _with_linked}
    return [
        Line(
            about,
            said.get(about.slug, _plain)(pairs[about.slug][0], now),
            said.get(about.slug, _plain)(pairs[about.slug][1], then),
            change(*pairs[about.slug]),
        )
        for about in ABOUT
    ]


def change(now: int, then: int) -> str:
    """Return how a count differs from the one before: "12 more", "5 fewer", "the same"."""
    if now == then:
        return "the same"
    return f"{now - then:,} more" if now > then else f"{then - now:,} fewer"


def _plain(count: int, moved: Moved) -> str:
    return f"{count:,}"


def _with_oldest(count: int, moved: Moved) -> str:
    if moved.oldest is None:
        return f"{count:,}"
    return f"{count:,}, the oldest {max(moved.oldest.days, 0)} d"


def _with_linked(count: int, moved: Moved) -> str:
    return f"{count:,} of {moved.linked:,}" if moved.linked else "none with an order"
