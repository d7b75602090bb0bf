"""What can be done to all cases of an incident at once, by whom, and how it is undone (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import TextChoices

from exceptions_queue.transitions import ALLOWED, DecisionKind, Role

UNDO_WINDOW: Final = timedelta(minutes=2)
"""How long what cannot be undone afterwards waits before it begins. Source: our own default."""


class ActKind(TextChoices):
    """One act for many cases: a decision, a hand-over, or a note."""

    KEEP_WAITING = "keep_waiting", "Keep waiting"
    MESSAGE_CUSTOMER = "message_customer", "Message the customers"
    OPEN_TRACE = "open_trace", "Open a carrier trace"
    REPLACEMENT = "replacement", "Send replacements"
    RESHIP = "reship", "Reship"
    REFUND = "refund", "Refund the orders"
    FILE_CLAIM = "file_claim", "File claims"
    NOT_WORTH_A_CASE = "not_worth_a_case", "Not worth a case"
    HAND_OVER = "hand_over", "Hand over"
    NOTE = "note", "Add a note"


class MassAct(NamedTuple):
    """What an act needs to be told and how it can be undone.

    One that is not `reversible` begins only after the undo window. `worth` takes each order's own value as its amount.
    """

    kind: ActKind
    says: str
    needs_note: bool = False
    needs_until: bool = False
    needs_team: bool = False
    worth: bool = False
    reversible: bool = False
    final: bool = True

    @property
    def decision(self) -> DecisionKind | None:
        """Return the decision taken in each case, or None where the act is none."""
        return DecisionKind(self.kind.value) if self.kind.value in DecisionKind.values else None

    @property
    def waits_for_undo(self) -> bool:
        """Say whether it begins only once nobody has undone it in time."""
        return self.final and not self.reversible

    @property
    def undoing(self) -> str:
        """Say in a sentence how it can be undone."""
        if self.waits_for_undo:
            minutes = UNDO_WINDOW // timedelta(minutes=1)
            return f"It begins after {minutes} minutes; until then it can be undone."
        return "It begins at once and can be undone afterwards." if self.reversible else "It begins at once."


_A = ActKind
_ACTS: Final = (
    MassAct(_A.KEEP_WAITING, "Every case waits until then.", needs_until=True, reversible=True),
    MassAct(_A.MESSAGE_CUSTOMER, "Every customer gets this text; the cases wait for them.", needs_note=True),
    MassAct(_A.OPEN_TRACE, "The carrier is asked for each parcel; the cases wait for its answers."),
    MassAct(_A.REPLACEMENT, "Every customer gets the goods once more."),
    MassAct(_A.RESHIP, "Every parcel that came back or is stuck is sent again."),
    MassAct(_A.REFUND, "Every order is refunded in full, or proposed to a second person.", worth=True),
    MassAct(_A.FILE_CLAIM, "A claim for the order's value is filed for each parcel.", worth=True),
    MassAct(_A.NOT_WORTH_A_CASE, "Every case is closed."),
    MassAct(_A.HAND_OVER, "Every case goes to that team.", needs_note=True, needs_team=True),
    MassAct(_A.NOTE, "The note is in every case.", needs_note=True, final=False),
)
ACTS: Final[Mapping[ActKind, MassAct]] = MappingProxyType({act.kind: act for act in _ACTS})
"""Every act, in the order of the page. What each case allows is asked again of the case's own rules."""


def offered_acts(roles: Collection[Role]) -> tuple[MassAct, ...]:
    """Return what somebody with these roles may do to an incident's cases; nothing without a role."""
    if not roles:
        return ()
    decided = {rule.kind for rule in ALLOWED if not rule.roles.isdisjoint(roles)}
    return tuple(act for act in _ACTS if act.decision is None or act.decision in decided)


class Tally(NamedTuple):
    """How far an act is: its steps by what became of them, and the reasons why some were left, most frequent first."""

    total: int
    pending: int
    done: int
    skipped: int
    undone: int
    kept: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def seen_to(self) -> int:
        """Return how many steps nothing more happens to."""
        return self.total - self.pending

    @property
    def words(self) -> str:
        """Say it in one sentence: "42 done, 3 skipped"."""
        parts = [
            (self.done, "done"),
            (self.skipped, "skipped"),
            (self.undone, "undone"),
            (self.kept, "not undone"),
            (self.pending, "still to do"),
        ]
        return ", ".join(f"{count} {word}" for count, word in parts if count) or "no case was open"


def tally(steps: Iterable[tuple[str, str, int]]) -> Tally:
    """Return how far an act is from its steps: what became of some, why they were left, and how many they are."""
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for state, why, number in steps:
        states[state] += number
        if why:
            reasons[why] += number
    return Tally(
        total=states.total(),
        pending=states["pending"] + states["undoing"],
        done=states["done"],
        skipped=states["skipped"],
        undone=states["undone"],
        kept=states["kept"],
        reasons=tuple(reasons.most_common()),
    )
