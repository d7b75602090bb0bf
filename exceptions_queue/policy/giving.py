"""What a customer got for a parcel, folded from the decisions about it: given, claimed, taken back, kept (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from exceptions_queue.policy.situation import Compensation
from exceptions_queue.transitions import DecisionKind

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DecisionKind.REFUND: "a refund",
        DecisionKind.REPLACEMENT: "a replacement",
        DecisionKind.RESHIP: "sending the goods again",
        DecisionKind.WRITE_OFF: "a write-off",
        DecisionKind.FILE_CLAIM: "a claim",
    }
)
_TO_THE_CUSTOMER: Final = frozenset({DecisionKind.REFUND, DecisionKind.REPLACEMENT, DecisionKind.RESHIP})
_LOOKED_AT: Final = frozenset({DecisionKind.REVERSE_COMPENSATION, DecisionKind.KEEP_COMPENSATION})

GIVING: Final = (*_WORDS, *sorted(_LOOKED_AT))
"""The decisions that give, claim, or look at what was given."""


class Given(NamedTuple):
    """One such decision about a parcel; proposals are none. `on_its_way`: its evidence knew of no delivery."""

    shipment_id: int
    kind: str
    at: datetime
    amount: Decimal | None = None
    currency: str = ""
    on_its_way: bool = False


def not_looked_at(decisions: Iterable[Given]) -> tuple[Compensation, ...]:
    """Return what one parcel's decisions (earliest first) gave and nobody looked at since; the latest of each kind."""
    open_: dict[str, Compensation] = {}
    for each in decisions:
        if each.kind in _LOOKED_AT:
            open_.clear()
        elif each.kind in _WORDS:
            open_.pop(each.kind, None)
            open_[each.kind] = Compensation(each.kind, _WORDS[each.kind], *each[2:])
    return tuple(open_.values())


def last_given_at(decisions: Iterable[Given]) -> datetime | None:
    """Return when an order's customer last got money or goods that were not taken back (decisions earliest first)."""
    given: dict[int, datetime] = {}
    for each in decisions:
        if each.kind in _TO_THE_CUSTOMER:
            given[each.shipment_id] = each.at
        elif each.kind == DecisionKind.REVERSE_COMPENSATION:
            given.pop(each.shipment_id, None)
    return max(given.values(), default=None)
