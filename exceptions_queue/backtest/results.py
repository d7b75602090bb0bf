"""The figures of a backtest, made from its tally (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from exceptions_queue.backtest.tally import Tally
from exceptions_queue.policy.situation import Team


def results(tally: Tally, *, minutes_a_case: int | None = None, workload: Mapping[Team, float]) -> dict[str, Any]:
    """Return the figures as JSON values; a share of nothing is None.

    `precision` is the share of flagged parcels that were late, `recall` the share of late parcels that were flagged,
    `median_lead_days` how long before the promise late ones were. `messages_sent` went out by themselves,
    `messages_to_review` are drafts. Hours follow `workload`, the policy's minutes a case of each team, unless
    `minutes_a_case` says how many any case takes.
    """
    hours = _hours(tally.teams, minutes_a_case, workload)
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
        "messages_sent": tally.sent.total(),
        "messages_to_review": tally.drafts,
        "messages_held": tally.held.total(),
        "messages_by_kind": dict(sorted(tally.sent.items())),
        "messages_held_by_reason": dict(tally.held.most_common()),
        "minutes_a_case": minutes_a_case,
        "hours_of_work": round(sum(hours.values()), 1),
        "hours_by_team": {team: round(each, 1) for team, each in hours.items()},
    }


def _hours(teams: Counter[str], minutes_a_case: int | None, workload: Mapping[Team, float]) -> dict[str, float]:
    """Return the hours of work by team, for the cases each of them was given."""
    minutes = {team.value: workload[team] if minutes_a_case is None else minutes_a_case for team in Team}
    return {team: cases * minutes[team] / 60 for team, cases in sorted(teams.items())}


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
