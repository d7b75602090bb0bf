"""How the words of cases and messages look: label, tone, icon; those of parcels are in `shipments.marks` (pure)."""

from __future__ import annotations

from typing import Final

from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import CaseState
from shipments.marks import Mark

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
POLICY: Final = {
    "draft": Mark("Draft", "medium", "note"),
    "shadow": Mark("In shadow", "accent", "question"),
    "published": Mark("In force", "good", "check"),
    "retired": Mark("Retired", "low", "history"),
    "discarded": Mark("Discarded", "low", "cross"),
}
BACKTEST: Final = {
    "waiting": Mark("Waiting", "medium", "wait"),
    "running": Mark("Running", "accent", "history"),
    "done": Mark("Done", "good", "check"),
    "failed": Mark("Failed", "critical", "critical"),
    "cancelled": Mark("Cancelled", "low", "cross"),
}
MESSAGE: Final = {
    "error": Mark("Not done", "critical", "critical"),
    "warning": Mark("Careful", "high", "high"),
    "success": Mark("Done", "good", "check"),
    "info": Mark("Note", "accent", "note"),
    "debug": Mark("Note", "low", "note"),
}
ANSWER: Final = {
    "yes": Mark("Yes", "good", "check"),
    "no": Mark("No", "high", "cross"),
    "cannot_tell": Mark("Cannot tell", "low", "question"),
    "": Mark("Not answered", "low"),
}
REVIEW: Final = {
    "open": Mark("Under way", "accent", "open"),
    "done": Mark("Verdict given", "good", "check"),
    "dropped": Mark("Put away", "low", "cross"),
}
_OPEN_INCIDENT: Final = Mark("Open", "high", "incident")
_OVER: Final = Mark("Over", "low", "check")
_ORDINARY: Final = frozenset({"", "standard", "regular", "basic", "none", "default"})


def incident(is_over: bool) -> Mark:
    """Return how an incident's state looks."""
    return _OVER if is_over else _OPEN_INCIDENT


def is_special(tier: str) -> bool:
    """Return whether a customer's tier is worth a mark in a list: the ordinary one is not."""
    return tier.strip().lower() not in _ORDINARY
