"""What a policy's replay came to, counted parcel by parcel; tallies add up, and are stored as JSON values (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from exceptions_queue.backtest.parcels import Fate
from exceptions_queue.backtest.replay import Opened, Replayed
from exceptions_queue.policy.situation import FindingKind

WARNINGS: Final = frozenset({FindingKind.STALLED, FindingKind.PROMISE_AT_RISK})
"""The findings that say a parcel will be late; the first one of a parcel is its flag."""

_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=2)


@dataclass(slots=True)
class Tally:
    """Counts over parcels. `leads` counts late parcels by the tenths of a day from their flag to their promise.

    `asked` are parcels whose customer asked where they are, `warned_first` those of them with a case by then.
    `needless` are cases on parcels that came in time and nobody asked about. `sent` counts messages by their kind,
    `held` by the reason; `drafts` wait for a person instead.
    """

    parcels: int = 0
    promised: int = 0
    late: int = 0
    flagged: int = 0
    flagged_late: int = 0
    two_days_ahead: int = 0
    asked: int = 0
    warned_first: int = 0
    cases: int = 0
    healed: int = 0
    needless: int = 0
    leads: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    teams: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    drafts: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def to_data(self) -> dict[str, Any]:
        """Return the tally as JSON values."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def from_data(data: Mapping[str, Any]) -> Tally:
    """Return the tally that `to_data` wrote; an empty one for nothing."""
    kept: dict[str, Any] = {name: Counter(value) if isinstance(value, dict) else value for name, value in data.items()}
    return Tally(**kept)


def tally(replayed: Iterable[Replayed], until: datetime) -> Tally:
    """Count what a policy did with parcels against what became of them by `until`."""
    total = Tally()
    for each in replayed:
        _count(total, each, each.fate(until))
    return total


def flag_of(findings: Iterable[Opened], became: Fate) -> Opened | None:
    """Return the first warning of a parcel that came before its delivery and before its promised day ended."""
    ends_at = became.flag_until
    warnings = [each for each in findings if each.kind in WARNINGS and ends_at is not None and each.opened_at < ends_at]
    return min(warnings, key=lambda each: each.opened_at, default=None)


def _count(total: Tally, replayed: Replayed, became: Fate) -> None:
    flag = flag_of(replayed.findings, became)
    total.parcels += 1
    total.promised += became.deadline is not None
    total.late += became.late
    total.flagged += flag is not None
    if flag is not None and became.late and became.deadline is not None:
        lead = became.deadline - flag.opened_at
        total.flagged_late += 1
        total.two_days_ahead += lead >= _AHEAD
        total.leads[str(lead * 10 // _DAY)] += 1
    asked_at = min((talk.opened_at for talk in replayed.parcel.talks if talk.asks_where), default=None)
    total.asked += asked_at is not None
    total.warned_first += asked_at is not None and any(case.opened_at <= asked_at for case in replayed.cases)
    total.cases += len(replayed.cases)
    total.healed += replayed.healed
    total.needless += len(replayed.cases) if not became.late and asked_at is None and became.delivered_at else 0
    total.findings.update(each.kind.value for each in replayed.findings)
    total.teams.update(case.team.value for case in replayed.cases)
    total.days.update(f"{case.opened_at:%Y-%m-%d} {case.team}" for case in replayed.cases)
    total.sent.update(each.news.kind.value for each in replayed.messages if each.is_sent)
    total.held.update(each.held.value for each in replayed.messages if each.held is not None)
    total.drafts += sum(each.is_draft for each in replayed.messages)
