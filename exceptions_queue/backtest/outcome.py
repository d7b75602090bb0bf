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
    sent: int
    to_review: int
    held: int
    held_for: list[str]
    told_at: datetime


def outcome(replayed: Replayed, became: Fate) -> Outcome | None:
    """Return what is told of a parcel, given what became of it.

    None where nothing is: in time or without a promise, not asked for, no case, no message.
    """
    flag = flag_of(replayed.findings, became)
    case_at = min((case.opened_at for case in replayed.cases), default=None)
    asked_at = min((talk.opened_at for talk in replayed.parcel.talks if talk.asks_where), default=None)
    prepared_at = min((each.at for each in replayed.messages), default=None)
    told_at = min(
        filter(None, (case_at, asked_at, prepared_at, became.deadline if became.late else None)), default=None
    )
    if told_at is None:
        return None
    held = [each.held.value for each in replayed.messages if each.held is not None]
    return Outcome(
        late=became.late,
        deadline=became.deadline,
        delivered_at=became.delivered_at,
        flagged_at=flag.opened_at if flag else None,
        asked_at=asked_at,
        case_at=case_at,
        cases=len(replayed.cases),
        sent=sum(each.is_sent for each in replayed.messages),
        to_review=sum(each.is_draft for each in replayed.messages),
        held=len(held),
        held_for=sorted(set(held)),
        told_at=told_at,
    )
