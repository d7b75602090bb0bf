"""How each word of the vocabulary looks: its label, its tone, its icon (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import CaseState
from shipments.facts import State


class Mark(NamedTuple):
    """A label with the tone and the icon that go with it."""

    label: str
    tone: str
    icon: str = ""


SEVERITY: Final = {
    Severity.CRITICAL: Mark("Critical", "critical", "critical"),
    Severity.HIGH: Mark("High", "high", "high"),
    Severity.MEDIUM: Mark("Medium", "medium", "medium"),
    Severity.LOW: Mark("Low", "low", "low"),
}
CASE: Final = {
    CaseState.OPEN: Mark("Open", "accent", "open"),
    CaseState.WAITING: Mark("Waiting", "medium", "wait"),
    CaseState.RECOVERED: Mark("Recovered", "good", "check"),
    CaseState.CLOSED: Mark("Closed", "low", "check"),
}
_TONES: Final = {
    State.LABEL_CREATED: ("low", "label"),
    State.PICKED_UP: ("accent", "truck"),
    State.IN_TRANSIT: ("accent", "truck"),
    State.OUT_FOR_DELIVERY: ("accent", "truck"),
    State.AVAILABLE_FOR_PICKUP: ("medium", "place"),
    State.ATTEMPTED: ("high", "door"),
    State.DELAYED: ("medium", "wait"),
    State.DAMAGED: ("critical", "critical"),
    State.DELIVERED: ("good", "check"),
    State.RETURNING: ("high", "back"),
    State.RETURNED: ("low", "back"),
    State.LOST: ("critical", "question"),
    State.CANCELLED: ("low", "cross"),
    State.UNKNOWN: ("medium", "question"),
}
SHIPMENT: Final = {state: Mark(state.label, *_TONES[state]) for state in State}
MESSAGE: Final = {
    "error": Mark("Not done", "critical", "critical"),
    "warning": Mark("Careful", "high", "high"),
    "success": Mark("Done", "good", "check"),
    "info": Mark("Note", "accent", "note"),
    "debug": Mark("Note", "low", "note"),
}
CARRIERS: Final = {
    "ups": "UPS",
    "ups_mi": "UPS Mail Innovations",
    "fedex": "FedEx",
    "usps": "USPS",
    "dhl_express": "DHL Express",
    "dhl_universal": "DHL",
    "canadapost": "Canada Post",
    "royalmail": "Royal Mail",
    "australiapost": "Australia Post",
    "ontrac": "OnTrac",
    "gls": "GLS",
    "dpd": "DPD",
}


_ORDINARY: Final = frozenset({"", "standard", "regular", "basic", "none", "default"})


def is_special(tier: str) -> bool:
    """Return whether a customer's tier is worth a mark in a list: the ordinary one is not."""
    return tier.strip().lower() not in _ORDINARY


def carrier_name(slug: str) -> str:
    """Return a carrier's name as it writes it; an unknown slug in readable words."""
    return CARRIERS.get(slug, slug.replace("_", " ").title())
