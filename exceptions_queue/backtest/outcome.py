"""What is told of one parcel of a backtest: its fate beside what the policy did by when (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from exceptions_queue.backtest.parcels import Fate
from exceptions_queue.backtest.replay import Replayed
from exceptions_queue.backtest.tally import flag_of


class Outcome(NamedTuple):
    """One parcel's facts behind the figures: every count of a backtest's results counts parcels by them."""

    late: bool
    deadline: datetime | None
    delivered_at: datetime | None
    flagged_at: datetime | None
    asked_at: datetime | None
    case_at: datetime | None
    cases: int

    @property
    def is_worth_telling(self) -> bool:
        """Say whether anything is to be told: it was late, was asked for, or had a case."""
        return self.late or self.asked_at is not None or self.case_at is not None


def outcome(replayed: Replayed, became: Fate) -> Outcome:
    """Return what is told of a parcel, given what became of it."""
    flag = flag_of(replayed.findings, became)
    return Outcome(
        late=became.late,
        deadline=became.deadline,
        delivered_at=became.delivered_at,
        flagged_at=flag.opened_at if flag else None,
        asked_at=min((talk.opened_at for talk in replayed.parcel.talks if talk.asks_where), default=None),
        case_at=min((case.opened_at for case in replayed.cases), default=None),
        cases=len(replayed.cases),
    )
