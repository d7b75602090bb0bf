"""The people who work the queue in a simulated world, through the same actions as real ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from django.contrib.auth.models import Group, User
from django.db.models import Count, QuerySet

from config.simulation.habits import ASIDES, HAND_OVER, Choice, choose
from exceptions_queue import actions
from exceptions_queue.access import ensure_demo_users
from exceptions_queue.models import Approval, Case, Decision, FollowUp
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import CaseState, DecisionKind, Role, allowed_decisions
from exceptions_queue.viewpoint import view_of

log = logging.getLogger(__name__)

COLLEAGUES: Final = (
    ("priya", "Priya", "Nair", Role.SUPPORT),
    ("tomas", "Tomás", "Alvarez", Role.SUPPORT),
    ("derek", "Derek", "Olsen", Role.FULFILLMENT),
)
BACKLOG: Final = {Role.SUPPORT: 27, Role.FULFILLMENT: 18, Role.FINANCE: 5, Role.OPERATIONS: 3}
"""How many free cases a team leaves lying about, for 2,000 shipments a month."""
MOST_AT_ONCE: Final = 7
"""Cases one person can handle in a step."""
_ANSWERS: Final = (
    *(FollowUp.Outcome.FOUND,) * 5,
    *(FollowUp.Outcome.NO_ANSWER,) * 2,
    FollowUp.Outcome.REDELIVERY,
    FollowUp.Outcome.LOST,
    FollowUp.Outcome.OTHER,
)
_WAITS: Final = {
    DecisionKind.MESSAGE_CUSTOMER: (48, 220),
    DecisionKind.KEEP_WAITING: (48, 200),
    DecisionKind.OPEN_TRACE: (72, 260),
    DecisionKind.FILE_CLAIM: (90, 240),
    DecisionKind.CORRECT_ADDRESS: (48, 140),
}
"""Hours a decision waits for its answer, from and to."""
_REFUSALS: Final = (
    "The carrier still looks for it; wait for the answer before we pay.",
    "The photos show the box only. Ask for one of the goods.",
)
_THINKS_FOR: Final = timedelta(hours=20)
"""How long a proposal waits for the manager, who looks once a day."""
_DONE: Final = {
    DecisionKind.REPLACEMENT: "The replacement left the warehouse today.",
    DecisionKind.RESHIP: "Back on the shelf, checked, and sent out again.",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """One person with one role."""

    user: User
    role: Role

    def is_on(self, at: datetime) -> bool:
        """Say whether the person works at that instant: support every day until eight, others office hours (UTC)."""
        if self.role is Role.SUPPORT:
            return 8 <= at.hour < 20
        return at.weekday() < 5 and 8 <= at.hour < 17


class Staff:
    """Agents, leads, finance and operations at work; what they do depends on the seed and on what they find.

    `scale` is the world's size, 1 for 2,000 shipments: a larger shop has more people and a longer queue.
    """

    def __init__(self, seed: int, scale: float = 1.0) -> None:
        self._rng = Random(seed * 31 + 7)
        self._scale = scale
        ensure_demo_users()
        for name, first, last, role in COLLEAGUES:
            _ensure_colleague(name, first, last, role)
        self._manager = User.objects.get(username=Role.MANAGER)
        users = User.objects.prefetch_related("groups").order_by("pk")
        self._shifts = [Shift(user, role) for user in users for role in BACKLOG if _has(user, role)]

    def work(self, now: datetime, until: datetime) -> None:
        """Work the queue from `now` to `until`, which may be the same instant."""
        actions.wake_due(now=now)
        if not any(shift.is_on(now) for shift in self._shifts):
            return
        actions.expire_leases(now=now)
        self._confirm(now)
        self._look_at_proposals(now)
        for at, shift in self._turns(now, until):
            self._handle(shift, at)
        self._chase_carriers(until)
        if now == until:
            self._hold(now)

    def _hold(self, now: datetime) -> None:
        """Let those at work have a case open in front of them."""
        for shift in self._shifts:
            if shift.is_on(now) and (case := self._take(shift, now)) and self._rng.random() < 0.5:
                actions.add_note(case_id=case.pk, text=ASIDES[case.pk % len(ASIDES)], by=shift.user, now=now)

    def _confirm(self, now: datetime) -> None:
        """Confirm most of what recovered by itself: it takes one key."""
        for case in _free().filter(state=CaseState.RECOVERED).order_by("pk"):
            crew = [shift.user for shift in self._shifts if shift.role == case.owner_team and shift.is_on(now)]
            if crew and self._rng.random() < 0.35:
                worth = self._rng.random() < 0.65
                actions.confirm_recovered(case_id=case.pk, worth_it=worth, by=self._rng.choice(crew), now=now)

    def _look_at_proposals(self, now: datetime) -> None:
        """Let the manager answer what only a manager may."""
        waiting = Approval.objects.filter(state=Approval.State.WAITING, asked_at__lte=now - _THINKS_FOR)
        for each in waiting.exclude(roles__contains=[Role.FINANCE]).order_by("pk"):
            try:
                self._answer(each, self._manager, now)
            except actions.Refused as refusal:
                log.info("case %s: %s", each.case_id, refusal)

    def _answer(self, waiting: Approval, user: User, at: datetime) -> None:
        """Approve most of what is proposed."""
        about = {"case_id": waiting.case_id, "approval_id": waiting.pk, "by": user, "now": at}
        if self._rng.random() < 0.12:
            reason = _REFUSALS[int(self._rng.random() * len(_REFUSALS))]
            actions.refuse_proposal(reason=reason, **about)
            return
        worth = None if self._rng.random() < 0.5 else self._rng.random() < 0.85
        try:
            actions.approve_proposal(worth_it=worth, **about)
        except actions.AlreadyCompensated:
            actions.refuse_proposal(reason="This order was settled meanwhile.", **about)

    def _turns(self, now: datetime, until: datetime) -> Iterator[tuple[datetime, Shift]]:
        """Return who takes a case when: enough to bring each team's free cases down to what it leaves lying about."""
        turns = []
        lying = dict(_free().filter(state=CaseState.OPEN).order_by().values_list("owner_team").annotate(Count("pk")))
        for role, backlog in BACKLOG.items():
            free = lying.get(role.value, 0)
            left = backlog * self._scale * self._rng.uniform(0.7, 1.3)
            crew = [shift for shift in self._shifts if shift.role is role and shift.is_on(now)]
            wanted = round(max(0.0, free - left) * 0.7 + self._rng.random() * min(1.4, free))
            for number in range(min(wanted, round(MOST_AT_ONCE * len(crew) * max(1, self._scale)))):
                at = now + (until - now) * self._rng.random()
                turns.append((at, crew[number % len(crew)]))
        yield from sorted(turns, key=lambda turn: turn[0])

    def _handle(self, shift: Shift, at: datetime) -> None:
        """Take one case and do something with it; what is refused is given back."""
        case = self._take(shift, at)
        if case is None:
            return
        try:
            if self._rng.random() < 0.08:
                text = ASIDES[int(self._rng.random() * len(ASIDES))]
                actions.add_note(case_id=case.pk, text=text, by=shift.user, now=at)
            if case.state == CaseState.RECOVERED:
                worth = self._rng.random() < 0.65
                actions.confirm_recovered(case_id=case.pk, worth_it=worth, by=shift.user, now=at)
            else:
                self._decide(case, shift, at)
        except actions.Refused as refusal:
            log.info("case %s: %s", case.pk, refusal)
            actions.release_case(case_id=case.pk, by=shift.user, now=at)

    def _take(self, shift: Shift, at: datetime) -> Case | None:
        """Take the most urgent case, or pick one from the list as people do."""
        if self._rng.random() < 0.6:
            return actions.take_next(by=shift.user, now=at, teams=[Team(shift.role.value)])
        free = _free().filter(owner_team=shift.role.value)
        ids = list(free.order_by("due_at", "pk").values_list("pk", flat=True)[:60])
        if not ids:
            return None
        return actions.claim_case(case_id=ids[int(self._rng.random() * len(ids))], by=shift.user, now=at)

    def _decide(self, case: Case, shift: Shift, at: datetime) -> None:
        user = shift.user
        waiting = case.approvals.filter(state=Approval.State.WAITING).exclude(asked_by=user).first()
        if waiting and shift.role.value in waiting.roles:
            self._answer(waiting, user, at)
            return
        view = view_of(case, user, now=at)
        offered = {each.kind: each for each in allowed_decisions(view, [shift.role])}
        taken = list(Decision.objects.filter(case=case).order_by("-at", "-pk").values_list("kind", flat=True))
        choice = choose(self._rng, shift.role, case.headline, offered, len(taken), taken[0] if taken else "")
        if choice is None:
            actions.release_case(case_id=case.pk, by=user, now=at)
        elif choice.act == HAND_OVER:
            actions.hand_over(case_id=case.pk, to_team=_other(choice.to, shift), note=choice.note, by=user, now=at)
        elif view.compensated and offered[DecisionKind(choice.act)].needs_reason:
            reason = _DONE.get(DecisionKind(choice.act), "Already settled with this order.")
            actions.close_case(case_id=case.pk, reason=reason, by=user, now=at)
        else:
            self._carry_out(case, choice, offered[DecisionKind(choice.act)].needs_amount, user, at)

    def _carry_out(self, case: Case, choice: Choice, needs_amount: bool, user: User, at: datetime) -> None:
        kind = DecisionKind(choice.act)
        amount, currency = self._amount(case) if needs_amount else (None, "")
        until = None
        if kind in _WAITS:
            shortest, longest = _WAITS[kind]
            until = at + timedelta(hours=self._rng.uniform(shortest, longest))
        actions.decide(
            case_id=case.pk,
            kind=kind,
            amount=amount,
            currency=currency,
            note=choice.note,
            worth_it=None if self._rng.random() < 0.5 else self._rng.random() < 0.85,
            until=until,
            by=user,
            now=at,
        )

    def _amount(self, case: Case) -> tuple[Decimal, str]:
        """Return what was proposed, else the order's value or a part of it."""
        proposed = case.decisions.filter(proposal=True).order_by("-at").first()
        if proposed and proposed.amount:
            return proposed.amount, proposed.currency
        order = case.shipment.order
        if order is None or not order.value:
            return Decimal("25.00"), "USD"
        share = Decimal(self._rng.choice(("1", "1", "1", "0.5", "0.2")))
        return max(Decimal("1.00"), (order.value * share).quantize(Decimal("0.01"))), order.currency

    def _chase_carriers(self, now: datetime) -> None:
        """Give new questions to somebody, and write down the answers that came."""
        crew = [shift.user for shift in self._shifts if shift.role is Role.FULFILLMENT and shift.is_on(now)]
        if not crew:
            return
        lead = crew[0]
        waiting = FollowUp.objects.filter(closed_at=None)
        new = list(waiting.filter(assigned_to=None).order_by("pk").values_list("pk", flat=True))
        if len(new) >= 3 or (new and self._rng.random() < 0.3):
            actions.assign_follow_ups(follow_up_ids=new, to=self._rng.choice(crew), by=lead, now=now)
        for pk in waiting.filter(promised_reply_at__lt=now + timedelta(hours=4)).values_list("pk", flat=True):
            chance = self._rng.random()
            if chance < 0.22:
                outcome = _ANSWERS[int(self._rng.random() * len(_ANSWERS))]
                actions.close_follow_up(follow_up_id=pk, outcome=outcome, note="", by=lead, now=now)
            elif chance < 0.3:
                later = now + timedelta(hours=24)
                note = "Asked again by phone."
                actions.nudge_follow_up(follow_up_id=pk, next_nudge_at=later, note=note, by=lead, now=now)


def _free() -> QuerySet[Case]:
    """Return the cases that nobody works on and nobody waits for."""
    return Case.objects.filter(state__in=(CaseState.OPEN, CaseState.RECOVERED), claimed_by=None)


def _other(team: Team, shift: Shift) -> Team:
    """Return the team to hand to; never one's own."""
    if team.value != shift.role.value:
        return team
    return Team.FULFILLMENT if shift.role is Role.SUPPORT else Team.SUPPORT


def _has(user: User, role: Role) -> bool:
    return user.is_active and any(group.name == role.value for group in user.groups.all())


def _ensure_colleague(username: str, first: str, last: str, role: Role) -> None:
    user, is_new = User.objects.get_or_create(
        username=username, defaults={"first_name": first, "last_name": last, "email": f"{username}@waypost.example"}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.add(Group.objects.get(name=role.value))
