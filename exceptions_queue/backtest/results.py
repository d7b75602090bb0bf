"""The figures of a backtest, made from its tally (pure)."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from exceptions_queue.backtest.tally import Tally

MINUTES_A_CASE: Final = 6
"""Source: agents close 100 to 200 tickets a day at best (https://www.gorgias.com/pricing), so 3 to 5 minutes each; a
case takes a look at the parcel besides. Measure your own and say it."""


def results(tally: Tally, *, minutes_a_case: int = MINUTES_A_CASE) -> dict[str, Any]:
    """Return the figures as JSON values; a share of nothing is None.

    `precision` is the share of flagged parcels that were late, `recall` the share of late parcels that were flagged,
    `median_lead_days` how long before the promise late ones were. Messages count once policies have rules for
    them.
    """
    return {
        "shipments": tally.parcels,
        "with_promise": tally.promised,
        "late": tally.late,
        "flagged": tally.flagged,
        "flags_per_1000": _per_1000(tally.flagged, tally.promised),
        "precision": _share(tally.flagged_late, tally.flagged),
        "recall": _share(tally.flagged_late, tally.late),
        "found_two_days_ahead": _share(tally.two_days_ahead, tally.late),
        "median_lead_days": _median(tally.leads),
        "found_late": tally.late - tally.flagged_late,
        "asked": tally.asked,
        "found_before_asked": _share(tally.warned_first, tally.asked),
        "cases": tally.cases,
        "cases_per_1000": _per_1000(tally.cases, tally.parcels),
        "healed": tally.healed,
        "noise_per_1000": _per_1000(tally.needless, tally.parcels),
        "cases_by_team": dict(sorted(tally.teams.items())),
        "cases_by_day": _by_day(tally.days),
        "findings": dict(tally.findings.most_common()),
        "messages_sent": 0,
        "messages_held": 0,
        "minutes_a_case": minutes_a_case,
        "hours_of_work": round(tally.cases * minutes_a_case / 60, 1),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _per_1000(part: int, whole: int) -> float | None:
    return round(1000 * part / whole, 1) if whole else None


def _median(leads: Counter[str]) -> float | None:
    """Return the median in days of leads counted by tenths of a day, which are told by their middle."""
    half, seen = sum(leads.values()) / 2, 0
    for tenths, parcels in sorted((int(tenths), parcels) for tenths, parcels in leads.items()):
        seen += parcels
        if seen >= half:
            return (tenths + 0.5) / 10
    return None


def _by_day(days: Counter[str]) -> dict[str, dict[str, int]]:
    by_day: dict[str, dict[str, int]] = {}
    for name, cases in sorted(days.items()):
        day, team = name.split(" ")
        by_day.setdefault(day, {})[team] = cases
    return by_day
