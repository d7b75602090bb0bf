"""Replay one customer's parcels with a simulated clock, through the very same assessment and consequences (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from exceptions_queue.backtest.parcels import Fate, Parcel, Talk, fate
from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.consequences import Change, KnownCase, KnownFinding, asked, consequences, next_review
from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.messages import Contact
from exceptions_queue.policy.risk import LearnedRisk
from exceptions_queue.policy.situation import FindingKind, OpenFinding, Severity, Situation, Team
from exceptions_queue.policy.telling import Prepared, news_of, prepared, under_review
from exceptions_queue.transitions import CaseState
from shipments.facts import Direction, State
from shipments.timeline import NOTHING_YET, ShipmentState, advance, continues, fold

RiskAt = Callable[[datetime], LearnedRisk | None]
"""Gives the odds as they were learned by an instant."""


@dataclass(slots=True)
class Opened:
    """One finding that the policy opened: in which case of its parcel, with the score then, and until when."""

    kind: FindingKind
    case: int
    team: Team
    severity: Severity
    score: int
    opened_at: datetime
    cleared_at: datetime | None = None


class OpenedCase(NamedTuple):
    """One case that the policy opened, and the team it went to."""

    opened_at: datetime
    team: Team


@dataclass(slots=True)
class Replayed:
    """What the policy would have done with one parcel; `healed` counts cases that closed by themselves.

    Promised dates end in `zone`, that of the parcel's calendar in the policy.
    """

    parcel: Parcel
    findings: list[Opened] = field(default_factory=list)
    cases: list[OpenedCase] = field(default_factory=list)
    healed: int = 0
    messages: list[Prepared] = field(default_factory=list)
    zone: tzinfo = UTC

    def fate(self, until: datetime) -> Fate:
        """Return what became of the parcel's promise by an instant."""
        return fate(self.parcel, until, self.zone)


def replay(parcels: Iterable[Parcel], policy: Policy, risk_at: RiskAt, until: datetime) -> list[Replayed]:
    """Return what the policy would have done with the parcels of one customer up to `until`.

    Parcels judged at the same instant do not see each other's new cases, as in one batch.
    """
    runs = [_Run(each, policy) for each in parcels]
    waiting = [(run.parcel.known_at, place) for place, run in enumerate(runs)]
    heapify(waiting)
    while waiting and waiting[0][0] <= until:
        now = waiting[0][0]
        due = []
        while waiting and waiting[0][0] == now:
            due.append(heappop(waiting)[1])
        cases = sum(len(run.told.cases) for run in runs)
        changes = [runs[place].judge(policy, risk_at(now), cases, now, runs) for place in due]
        for place, change in zip(due, changes, strict=True):
            runs[place].tell(policy, change, now, runs)
            runs[place].apply(change, now)
            if (next_at := runs[place].next_at) is not None:
                heappush(waiting, (next_at, place))
    return [run.told for run in runs]


class _Run:
    """One parcel while it is replayed: what is known of it so far, its case, and when it is looked at next."""

    def __init__(self, parcel: Parcel, policy: Policy) -> None:
        self.parcel = parcel
        calendar = policy.calendars.operating_days(parcel.carrier, policy.services.class_of(parcel.service))
        self.told = Replayed(parcel, zone=calendar.zone)
        self.next_at: datetime | None = None
        self._events = sorted(parcel.events, key=lambda each: each.at)
        self._heard = 0
        self._state = NOTHING_YET
        self._talked = _moments(parcel)
        self._before = State.UNKNOWN
        self._case: KnownCase | None = None
        self._open: dict[int, Opened] = {}
        self._ids = count(1)

    def judge(
        self, policy: Policy, risk: LearnedRisk | None, all_cases: int, now: datetime, runs: Iterable[_Run]
    ) -> Change | None:
        """Return what follows from what is known at `now`, and note when it is looked at next."""
        self._hear(now)
        situation = self._situation(all_cases - len(self.told.cases), now, runs)
        verdict = assess(situation, policy, now, risk)
        change = consequences(verdict, self._case, None, moved_at=situation.last_physical_at, now=now)
        self.next_at = self._next(next_review(verdict, self._case, change, now), now)
        self._score, self._judged = verdict.score, situation
        return change

    def tell(self, policy: Policy, change: Change | None, now: datetime, runs: Iterable[_Run]) -> None:
        """Prepare the message that tells the customer what is new; before the findings of `change` are taken over."""
        before, state = self._before, self._state.state
        self._before = before if state is State.UNKNOWN else state
        added = change.added if change else ()
        if not self.parcel.has_recipient or (news := news_of(policy, self._judged, before, added, now)) is None:
            return
        contact = Contact(
            conversation_is_open=any(talk.is_open(now) for talk in self.parcel.talks),
            answered_at=max((at for talk in self.parcel.talks if (at := talk.answered_at) and at <= now), default=None),
            last_message_at=max((each.at for run in runs for each in run.told.messages if each.is_sent), default=None),
            case_under_review=under_review(policy, [each.kind for each in self._open.values()]),
        )
        self.told.messages.append(prepared(policy, news, contact, now))

    def apply(self, change: Change | None, now: datetime) -> None:
        """Take over what follows: the case as it is now, and its findings opened and cleared."""
        if change is None:
            return
        if change.case_id is None:
            self.told.cases.append(OpenedCase(now, change.team))
        for pk in change.cleared:
            self._open.pop(pk).cleared_at = now
        added = [(next(self._ids), found) for found in change.added]
        number = len(self.told.cases)
        for pk, found in added:
            opened = Opened(found.kind, number, found.team, found.severity, self._score, now)
            self._open[pk] = opened
            self.told.findings.append(opened)
        if change.state is CaseState.CLOSED:
            self.told.healed += 1
            self._case = None
            return
        known = {each.id: each for each in self._case.findings} if self._case else {}
        fresh = {
            pk: KnownFinding(pk, each.kind, each.severity, each.sentence, each.due_at, asked(each))
            for pk, each in (*change.refreshed, *added)
        }
        kept = {pk: each for pk, each in (known | fresh).items() if pk not in change.cleared}
        self._case = _case(change, number, tuple(kept.values()))

    def _hear(self, now: datetime) -> None:
        """Take in the events known by `now`; what came late is folded in from the start."""
        began = self._heard
        while self._heard < len(self._events) and self._events[self._heard].at <= now:
            self._heard += 1
        news = [each.scan for each in self._events[began : self._heard]]
        if not news:
            return
        if continues(self._state, news):
            self._state = advance(self._state, news)
        else:
            self._state = fold(each.scan for each in self._events[: self._heard])

    def _next(self, review_at: datetime | None, now: datetime) -> datetime | None:
        """Return the next instant at which there is news or silence is news."""
        ahead = [review_at] if review_at is not None else []
        if self._heard < len(self._events):
            ahead.append(self._events[self._heard].at)
        ahead += [at for at in self._talked if at > now][:1]
        return min(ahead, default=None)

    def _situation(self, earlier_cases: int, now: datetime, runs: Iterable[_Run]) -> Situation:
        parcel, state = self.parcel, self._state
        told = [talk for talk in parcel.talks if talk.opened_at <= now and parcel.order_id]
        waiting = [talk.opened_at for talk in told if talk.is_open(now)]
        missed_since, missed_until = self._missed(now, runs)
        first = [at for at in (state.first_event_at, parcel.placed_at, parcel.known_at) if at is not None]
        return Situation(
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            known_since=min(first),
            service=parcel.service,
            direction=parcel.direction,
            promised_at=parcel.promised_at,
            order_id=parcel.order_id,
            storefront=parcel.storefront,
            channel=parcel.channel,
            placed_at=parcel.placed_at,
            event_date=parcel.event_date,
            value=parcel.value,
            currency=parcel.currency,
            tier=parcel.tier,
            contacts=len(told),
            open_conversation_at=min(waiting, default=None),
            earlier_cases=earlier_cases,
            missed_since=missed_since,
            missed_until=missed_until,
            open_findings=tuple(OpenFinding(each.kind, each.opened_at) for each in self._open.values()),
            **{name: getattr(state, name) for name in _FOLDED},
        )

    def _missed(self, now: datetime, runs: Iterable[_Run]) -> tuple[datetime | None, datetime | None]:
        """Return when its customer began to ask for it although it is delivered, and when that conversation ended."""
        asking = self._asking(now, runs)
        if not asking:
            return None, None
        ended = [talk.closed_at for talk in asking if talk.closed_at is not None and talk.closed_at <= now]
        return min(talk.opened_at for talk in asking), max(ended) if len(ended) == len(asking) else None

    def _asking(self, now: datetime, runs: Iterable[_Run]) -> list[Talk]:
        """Return the conversations that ask for it although it is delivered.

        One about the order asks for its parcel that came last, and only once all of them have come.
        """
        delivered_at = self._state.delivered_at
        if delivered_at is None:
            return []
        asking = [talk for talk in self.parcel.talks if talk.asks_after(delivered_at, now)]
        about = [talk for talk in asking if talk.about == self.parcel.id]
        of_order = [talk for talk in asking if talk.about is None]
        if of_order and any(each.comes_after(self.parcel, delivered_at) for each in runs if each is not self):
            return about
        return about + of_order

    def comes_after(self, parcel: Parcel, delivered_at: datetime) -> bool:
        """Say whether this is another parcel of the same order that had not come when that one was delivered.

        Of parcels that came together the one heard of last came last.
        """
        same = self.parcel.order_id == parcel.order_id and self.parcel.direction is Direction.OUTBOUND
        came_at, cancelled = self._state.delivered_at, self._state.state is State.CANCELLED
        return same and not cancelled and (came_at is None or (came_at, self.parcel.id) > (delivered_at, parcel.id))


_FOLDED: Final = tuple(name for name in ShipmentState._fields if name in Situation.__slots__)
"""What the fold of a parcel's events says of its situation."""


def _moments(parcel: Parcel) -> Sequence[datetime]:
    """Return the instants at which conversations are news, in order."""
    return sorted({at for talk in parcel.talks for at in (talk.opened_at, talk.closed_at) if at is not None})


def _case(change: Change, number: int, findings: tuple[KnownFinding, ...]) -> KnownCase:
    return KnownCase(
        id=number,
        state=change.state,
        headline=change.headline,
        summary=change.summary,
        severity=int(change.severity),
        score=change.score,
        team=change.team,
        next_action=change.next_action,
        due_at=change.due_at,
        untouched=True,
        claimed=False,
        findings=findings,
    )
