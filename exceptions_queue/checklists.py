"""What evidence a case of each kind needs before it is decided (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from exceptions_queue.policy.situation import FindingKind

_INVOICE: Final = "The sales invoice and what was in the parcel"

CHECKLISTS: Final[Mapping[FindingKind, tuple[str, ...]]] = MappingProxyType(
    {
        FindingKind.DELIVERED_NOT_RECEIVED: (
            "The carrier's proof of delivery: photo, position or signature, asked for on the same day",
            "The address on the label is the customer's",
            "Household, neighbours and the usual hiding places were asked and looked at",
            "The customer's declaration that nothing arrived",
            _INVOICE,
        ),
        FindingKind.DAMAGED: (
            "Photos of the box from outside and of the label",
            "Photos of the goods and of the packing inside",
            _INVOICE,
        ),
        FindingKind.LOST: (
            "The carrier's trace, or its word that the parcel is lost",
            "What the parcel and the goods look like, with measurements",
            _INVOICE,
        ),
        FindingKind.CUSTOMS_HOLD: (
            "The commercial invoice with the goods' numbers and values",
            "The recipient's tax number, where the country asks for one",
        ),
        FindingKind.LATER_DELIVERED: (
            "Whether the customer has both, and wants to keep both",
            "Whether a replacement can still be stopped",
        ),
    }
)
"""Source: the evidence Sendcloud asks for with claims of loss and damage, articles 20398939914257 and 360034595531 of
support.sendcloud.com; those of customs and finance are operations' decision."""


def evidence_for(kinds: Iterable[FindingKind]) -> tuple[str, ...]:
    """Return what to have for findings, most urgent first, each thing once."""
    return tuple(dict.fromkeys(item for kind in kinds for item in CHECKLISTS.get(kind, ())))
