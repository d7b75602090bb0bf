"""What simulated people do with a case: by role, by what is wrong, by how often it was decided already (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from random import Random
from types import MappingProxyType
from typing import Final, NamedTuple

from exceptions_queue.policy.situation import FindingKind as F
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import DecisionKind as D
from exceptions_queue.transitions import Role

HAND_OVER: Final = "hand_over"
Weights = tuple[tuple[str, int], ...]


class Habit(NamedTuple):
    """What somebody usually does, as weights, and to whom they hand the case if they do that."""

    weights: Weights
    to: Team = Team.SUPPORT


_TELL: Final = ((D.MESSAGE_CUSTOMER, 5), (D.KEEP_WAITING, 3), (D.OPEN_TRACE, 2), (D.NOT_WORTH_A_CASE, 1))
_CHASE: Final = ((D.OPEN_TRACE, 5), (D.KEEP_WAITING, 3), (HAND_OVER, 1), (D.NOT_WORTH_A_CASE, 1))
_PAY: Final = Habit(((D.REFUND, 8), (D.WRITE_OFF, 1), (HAND_OVER, 1)))

_HABITS: Final[Mapping[Role, Mapping[str, Habit]]] = MappingProxyType(
    {
        Role.SUPPORT: {
            F.PROMISE_MISSED: Habit((*_TELL, (D.REFUND, 1))),
            F.PROMISE_AT_RISK: Habit(_TELL),
            F.ATTEMPTED: Habit(((D.MESSAGE_CUSTOMER, 6), (D.KEEP_WAITING, 3), (D.NOT_WORTH_A_CASE, 1))),
            F.ADDRESS_ISSUE: Habit(((D.CORRECT_ADDRESS, 7), (D.MESSAGE_CUSTOMER, 3))),
            F.DAMAGED: Habit(((D.MESSAGE_CUSTOMER, 6), (D.REFUND, 3), (D.REPLACEMENT, 3))),
            F.LOST: Habit(((D.OPEN_TRACE, 5), (D.REPLACEMENT, 3), (D.REFUND, 3), (HAND_OVER, 1)), Team.FULFILLMENT),
            F.HELD_FOR_PICKUP: Habit(((D.MESSAGE_CUSTOMER, 7), (D.KEEP_WAITING, 2))),
            F.DELIVERED_NOT_RECEIVED: Habit(((D.OPEN_TRACE, 6), (D.MESSAGE_CUSTOMER, 3), (D.REPLACEMENT, 1))),
            F.RETURN_TO_SENDER: Habit(
                ((D.KEEP_WAITING, 4), (D.RESHIP, 3), (D.REFUND, 3), (HAND_OVER, 2)), Team.FULFILLMENT
            ),
        },
        Role.FULFILLMENT: {
            F.STALLED: Habit(_CHASE),
            F.PROMISE_AT_RISK: Habit(_CHASE),
            F.PROMISE_MISSED: Habit(_CHASE),
            F.NO_FIRST_SCAN: Habit(((D.KEEP_WAITING, 6), (HAND_OVER, 2), (D.OPEN_TRACE, 1))),
            F.INVALID_TRACKING_NUMBER: Habit(((D.KEEP_WAITING, 4), (HAND_OVER, 2), (D.NOT_WORTH_A_CASE, 2))),
            F.CUSTOMS_HOLD: Habit(((D.OPEN_TRACE, 5), (D.KEEP_WAITING, 4))),
            F.RETURN_STALLED: Habit(_CHASE),
            F.RETURN_TO_SENDER: Habit(((D.RESHIP, 3), (D.RESTOCK, 4))),
            F.ADDRESS_ISSUE: Habit(((D.CORRECT_ADDRESS, 8), (HAND_OVER, 1))),
            F.DAMAGED: Habit(((D.REPLACEMENT, 5), (D.FILE_CLAIM, 4))),
            F.LOST: Habit(((D.REPLACEMENT, 5), (D.FILE_CLAIM, 4))),
        },
        Role.FINANCE: {
            F.LATER_DELIVERED: Habit(((D.REVERSE_COMPENSATION, 6), (D.KEEP_COMPENSATION, 4))),
            F.REFUND_OVERDUE: Habit(((D.REFUND, 9), (HAND_OVER, 1))),
        },
        Role.OPERATIONS: {F.UNKNOWN_STATUS: Habit(((D.KEEP_WAITING, 3), (D.NOT_WORTH_A_CASE, 4), (HAND_OVER, 1)))},
    }
)
_OTHERWISE: Final[Mapping[Role, Habit]] = MappingProxyType(
    {
        Role.SUPPORT: Habit(((D.KEEP_WAITING, 3), (HAND_OVER, 2)), Team.FULFILLMENT),
        Role.FULFILLMENT: Habit(((D.KEEP_WAITING, 3), (HAND_OVER, 1))),
        Role.FINANCE: _PAY,
        Role.OPERATIONS: Habit(((D.KEEP_WAITING, 1), (D.NOT_WORTH_A_CASE, 1))),
    }
)
_AT_LAST: Final[Mapping[Role, Weights]] = MappingProxyType(
    {
        Role.SUPPORT: ((D.REFUND, 3), (D.REPLACEMENT, 2), (D.NOT_WORTH_A_CASE, 3)),
        Role.FULFILLMENT: ((D.REPLACEMENT, 2), (HAND_OVER, 4), (D.FILE_CLAIM, 1), (D.NOT_WORTH_A_CASE, 2)),
        Role.FINANCE: _PAY.weights,
        Role.OPERATIONS: ((D.NOT_WORTH_A_CASE, 1),),
    }
)
PATIENCE: Final = 2
"""Decisions after which people stop waiting and end it."""

_CARRIES_ON: Final = frozenset({D.REPLACEMENT, D.RESHIP, D.CORRECT_ADDRESS, D.REFUND})


class Choice(NamedTuple):
    """What somebody does: a decision, or a hand-over to `to`; with a sentence."""

    act: str
    note: str
    to: Team


def choose(
    rng: Random, role: Role, headline: str, offered: Collection[str], decided: int, before: str
) -> Choice | None:
    """Return what a person with this role does, None where nothing fits.

    `offered` are the decisions they may take, `decided` how many were taken, `before` the latest one: a colleague's
    replacement, reship or refund is carried out.
    """
    habit = _HABITS[role].get(headline, _OTHERWISE[role])
    if before in _CARRIES_ON and before in offered and role is not Role.SUPPORT and rng.random() < 0.9:
        return Choice(before, _note(rng, before), habit.to)
    weights = _AT_LAST[role] if decided >= PATIENCE else habit.weights
    possible = [(act, weight) for act, weight in weights if act in offered or act == HAND_OVER]
    if not possible:
        return None
    acts, numbers = zip(*possible, strict=True)
    act = str(rng.choices(acts, numbers)[0])
    return Choice(act, _note(rng, act), habit.to)


def _note(rng: Random, act: str) -> str:
    notes = NOTES[act]
    return notes[int(rng.random() * len(notes))]


NOTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        D.MESSAGE_CUSTOMER: (
            "Told the customer about the delay and the new date.",
            "Asked the customer which day somebody is home.",
            "Apologised and offered to check again on the next working day.",
        ),
        D.KEEP_WAITING: (
            "The last scan looks normal; give it until the next sort.",
            "The depot says it is on tomorrow's van.",
            "",
        ),
        D.OPEN_TRACE: (
            "No scan since the hub; asked the carrier to look for it.",
            "Trace opened in the carrier's portal.",
        ),
        D.CORRECT_ADDRESS: (
            "Customer sent the apartment number; please pass it on.",
            "The street number was mistyped at checkout; corrected.",
        ),
        D.REPLACEMENT: ("Customer wants the goods; send a new one.", "Replacement from stock, ship today."),
        D.RESHIP: ("Customer confirmed the address; send it out again.", "Reship when it is back on the shelf."),
        D.REFUND: ("Customer would rather have the money back.", "Past the event date; refund in full."),
        D.FILE_CLAIM: ("Photos and invoice attached.", "Declared value from the order; claim filed."),
        D.RESTOCK: ("Arrived undamaged, back in stock.",),
        D.REVERSE_COMPENSATION: ("Customer agreed to pay for the second one.", "Replacement stopped in the warehouse."),
        D.KEEP_COMPENSATION: ("Goodwill: the delay was ours.", "Too little to ask for it back."),
        D.WRITE_OFF: ("Below what a claim would cost us.",),
        D.NOT_WORTH_A_CASE: ("It was on its way all along.", "Would have solved itself.", ""),
        HAND_OVER: (
            "Please take it from here: the customer is informed.",
            "This needs your team; details in the history.",
            "Please decide what the customer gets.",
        ),
    }
)
ASIDES: Final = (
    "Customer called; friendly, wants an update by tomorrow.",
    "Depot closed today, will call in the morning.",
    "Same street as two other cases this week.",
    "Gift for a birthday; treat with care.",
)
"""Notes people leave in passing."""
