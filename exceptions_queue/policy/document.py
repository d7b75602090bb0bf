"""A policy as one validated frozen value, read from JSON-able data (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from exceptions_queue.policy.calendars import Calendars, parse_calendars
from exceptions_queue.policy.decision_table import DecisionLine, parse_decisions
from exceptions_queue.policy.incidents import IncidentRule, parse_incidents
from exceptions_queue.policy.messages import Messages, parse_messages
from exceptions_queue.policy.reading import Line
from exceptions_queue.policy.rules import DetectorRule, parse_detectors
from exceptions_queue.policy.scope import Scope, parse_scope, parse_workload
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy.terms import (
    Approvals,
    ClaimKind,
    ClaimWindow,
    Services,
    StateClass,
    parse_approvals,
    parse_claim_windows,
    parse_services,
    parse_states,
)
from exceptions_queue.policy.upgrades import FORMAT, upgraded
from exceptions_queue.policy.weights import Score, parse_score
from shipments.facts import State

_SECTIONS: Final = (
    *("states", "services", "calendars", "detectors", "score", "approvals", "claim_windows"),
    *("messages", "decisions", "scope", "workload"),
)
_OPTIONAL: Final = ("incidents",)
"""Sections that came later: a version published before them does without."""


@dataclass(frozen=True)
class Policy:
    """Every decision boundary, checked; equal documents are equal policies and `digest` names one.

    `text` is the document itself as canonical JSON, in today's format. `workload` is minutes of work a case.
    """

    name: str
    states: Mapping[State, StateClass]
    services: Services
    calendars: Calendars
    detectors: Mapping[FindingKind, DetectorRule]
    score: Score
    approvals: Approvals
    claim_windows: tuple[ClaimWindow, ...]
    incidents: IncidentRule | None
    messages: Messages
    decisions: tuple[DecisionLine, ...]
    scope: Scope
    workload: Mapping[Team, float]
    text: str
    digest: str

    def __hash__(self) -> int:
        return hash(self.digest)

    def claim_window(self, carrier: str, kind: ClaimKind) -> ClaimWindow | None:
        """Return when a claim may be filed with a carrier; None where the policy does not say."""
        return next((each for each in self.claim_windows if each.carrier == carrier and each.kind is kind), None)


def parse_policy(data: Any) -> Policy:
    """Return the policy that a document (JSON values) describes; one of an older format is lifted first.

    Raises: PolicyError, naming the first line that is wrong and how to write it.
    """
    data = upgraded(data)
    lines = Line("", data).fields(("format", "name", *_SECTIONS), _OPTIONAL)
    if lines["format"].value != FORMAT:
        raise lines["format"].error(f"'{lines['format'].value}' is not a format known here", f"write {FORMAT}")
    services = parse_services(lines["services"])
    classes = [each.name for each in services.classes]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Policy(
        name=lines["name"].text(),
        states=parse_states(lines["states"]),
        services=services,
        calendars=parse_calendars(lines["calendars"], classes),
        detectors=parse_detectors(lines["detectors"], classes),
        score=parse_score(lines["score"]),
        approvals=parse_approvals(lines["approvals"]),
        claim_windows=parse_claim_windows(lines["claim_windows"]),
        incidents=parse_incidents(lines["incidents"]) if "incidents" in lines else None,
        messages=parse_messages(lines["messages"]),
        decisions=parse_decisions(lines["decisions"]),
        scope=parse_scope(lines["scope"]),
        workload=parse_workload(lines["workload"]),
        text=text,
        digest=blake2b(text.encode(), digest_size=16).hexdigest(),
    )


def to_data(policy: Policy) -> dict[str, Any]:
    """Return the document (JSON values) of a policy in today's format; parsing it again gives an equal policy."""
    data: dict[str, Any] = json.loads(policy.text)
    return data
