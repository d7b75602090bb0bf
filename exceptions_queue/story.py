"""What a case and its messages add to the story of their parcel, line by line (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.situation import NextAction, Team
from exceptions_queue.second_person import needed
from exceptions_queue.transitions import DecisionKind
from shipments.marks import carrier_name
from shipments.story import Entry, after_colon


class Wait(NamedTuple):
    """What a case waits for, in words."""

    whom: str
    until: datetime
    note: str
    or_scan: bool = False

    @property
    def label(self) -> str:
        """Say for whom, and until which day or for which scan."""
        day = f"{self.until:%a %-d %b}"
        return f"{self.whom} until {f'{_NEXT_SCAN} {day}' if self.or_scan else day}"


class Said(NamedTuple):
    """A line of case history as a sentence, its icon, and the words somebody wrote."""

    text: str
    icon: str
    quote: str = ""


_NEXT_SCAN: Final = "the next scan, at the latest"
_WAITS: Final = {
    "carrier": "Waits for the carrier",
    "customer": "Waits for the customer",
    "warehouse": "Waits for the warehouse",
    "finance": "Waits for finance",
    "date": "Snoozed",
}


def waiting(legs: Sequence[Mapping[str, Any]]) -> Wait | None:
    """Return what the open leg waits for, or None where its team owes the next action itself."""
    leg = next(iter(legs), None)
    if leg is None or not leg["on"]:
        return None
    return Wait(_WAITS[leg["on"]], datetime.fromisoformat(leg["until"]), leg["note"], bool(leg.get("scan")))


def owed(action: str, proposals: Sequence[Mapping[str, Any]]) -> str:
    """Say a case's next action; of one that waits for a second person also what was proposed, and whom it needs."""
    proposal = next(iter(proposals), None)
    label = str(NextAction(action).label)
    if proposal is None:
        return label
    kind = after_colon(DecisionKind(proposal["kind"]).label)
    asked = f"{kind}, {proposal['currency']} {Decimal(str(proposal['cost'])):,.2f}"
    if action == NextAction.APPROVE:
        in_a_team = set(Team.values).intersection(proposal["roles"])
        return f"Approve or refuse: {asked}" if in_a_team else f"Needs {needed(proposal['roles'])}: {asked}"
    return f"{asked[:1].upper()}{asked[1:]}, is proposed; {after_colon(label)}"


def message_entry(message: Any) -> Entry:
    """Return a prepared customer message: sent, or held and why."""
    said = {"sent": "Message sent to the customer", "held": "Message to the customer held"}
    text = said.get(message.state, f"Message to the customer: {message.get_state_display().lower()}")
    quote = message.held_reason or message.subject
    return Entry(message.sent_at or message.created_at, "mail", text, "mail", quote=quote)


def case_entry(event: Any, who: str) -> Entry:
    """Return one line of the case's history as a sentence."""
    said = _SAID[event.kind](event.data)
    subject = who or ("The policy" if event.kind in _BY_POLICY else "")
    return Entry(event.at, "act" if who else "policy", said.text, said.icon, who=subject, quote=said.quote)


def _team(value: object) -> str:
    return Team(value).label if value in Team.values else "another team"


def _holder(data: Mapping[str, Any]) -> str:
    return str((data.get("holder") or {}).get("name") or "somebody")


def _handed_over(data: Mapping[str, Any]) -> Said:
    if data.get("to_team") == data.get("from_team"):
        return Said(f"left the case with {_team(data.get('to_team'))} for a second person", "hand")
    return Said(f"handed the case to {_team(data.get('to_team'))}", "hand", data.get("note", ""))


def _moved(data: Mapping[str, Any]) -> Said:
    action, due = data.get("next_action"), data.get("due_at")
    what = f": {after_colon(NextAction(action).label)}" if action in NextAction.values else ""
    when = f", by {datetime.fromisoformat(due):%a %-d %b, %H:%M} UTC" if due else ""
    return Said(f"now asks {_team(data.get('to_team'))}{what}{when}", "hand")


def _waits(data: Mapping[str, Any]) -> Said:
    until = data.get("until")
    scan = f"{_NEXT_SCAN} " if data.get("or_scan") else ""
    when = f" until {scan}{datetime.fromisoformat(until):%a %-d %b, %H:%M} UTC" if until else ""
    whom = _WAITS.get(data.get("waiting_on", ""), "")
    verb = f"lets it wait{whom.removeprefix('Waits')}" if whom.startswith("Waits") else "snoozed it"
    return Said(f"{verb}{when}", "wait", data.get("note", ""))


def _decided(data: Mapping[str, Any]) -> Said:
    by = (data.get("proposed_by") or {}).get("name", "")
    verb = "proposed" if data.get("proposal") else "approved" if by else "decided"
    about = ", ".join(_looked_at(each) for each in data.get("looked_at", ()))
    again = data.get("override_reason")
    words = [about and f"About: {about}", data.get("note", ""), again and f"Once more because: {again}"]
    after = f", as {by} proposed" if by else ""
    return Said(f"{verb}: {_what(data)}{after}", "decide", "\n".join(filter(None, words)))


def _what(data: Mapping[str, Any]) -> str:
    """Name a decision and its money within a sentence."""
    kind = data.get("kind", "")
    label = DecisionKind(kind).label if kind in DecisionKind.values else "something"
    money = f", {data['currency']} {data['amount']}" if data.get("amount") else ""
    return f"{after_colon(label)}{money}"


def _refused(data: Mapping[str, Any]) -> Said:
    by = (data.get("proposed_by") or {}).get("name") or "somebody"
    return Said(f"refused what {by} proposed: {_what(data)}", "cross", data.get("reason", ""))


def _lapsed(data: Mapping[str, Any]) -> Said:
    by = (data.get("proposed_by") or {}).get("name") or "somebody"
    return Said(f"settled it without what {by} proposed: {_what(data)}", "history")


def _looked_at(data: Mapping[str, Any]) -> str:
    label = DecisionKind(data["kind"]).label.lower()
    return f"{label} {data['currency']} {data['amount']}" if data.get("amount") else label


def _followed_up(data: Mapping[str, Any]) -> Said:
    carrier = carrier_name(data.get("carrier", "")) or "the carrier"
    who = (data.get("to") or {}).get("name", "somebody")
    said = {
        "opened": f"asked {carrier}: {data.get('kind', 'question').replace('_', ' ')}",
        "assigned": f"asked {who} to chase {carrier}",
        "nudged": f"reminded {carrier}",
        "closed": _answered(carrier, data.get("outcome", "")),
    }
    return Said(said.get(data.get("what", "opened"), f"wrote about {carrier}"), "follow", data.get("note", ""))


def _answered(carrier: str, outcome: str) -> str:
    if outcome == "no_answer":
        return f"got no answer from {carrier}"
    return f"got an answer from {carrier}: {outcome.replace('_', ' ')}"


def _closed(data: Mapping[str, Any]) -> Said:
    healed = data.get("outcome") == "self_healed"
    return Said(
        "closed the case: it healed by itself" if healed else "closed the case", "check", data.get("reason", "")
    )


_WOKEN: Final = {
    "person": "ended the wait",
    "time": "The wait is over",
    "answer": "The wait is over: the carrier answered",
    "scan": "The wait is over: the parcel was scanned",
    "news": "The wait is over: there is news",
}
_SAID: Final[Mapping[str, Callable[[Mapping[str, Any]], Said]]] = {
    "opened": lambda data: Said("opened this case", "policy", data.get("sentence", "")),
    "found": lambda data: Said("found", "policy", data.get("sentence", "")),
    "changed": lambda data: Said("now says", "policy", data.get("sentence", "")),
    "cleared": lambda data: Said("no longer sees", "check", data.get("sentence", "")),
    "recovered": lambda data: Said("sees nothing wrong any more", "check"),
    "reopened": lambda data: Said("opened the case again", "open", data.get("note", "")),
    "moved": _moved,
    "claimed": lambda data: Said("took the case", "person"),
    "taken_over": lambda data: Said(f"took the case over from {_holder(data)}", "people"),
    "released": lambda data: Said("gave the case back to the team", "person"),
    "lease_ended": lambda data: Said(f"The claim of {_holder(data)} ran out", "wait"),
    "handed_over": _handed_over,
    "waiting": _waits,
    "woken": lambda data: Said(_WOKEN.get(data.get("by", ""), "The wait is over"), "wait"),
    "note": lambda data: Said("noted", "note", data.get("text", "")),
    "decided": _decided,
    "refused": _refused,
    "lapsed": _lapsed,
    "follow_up": _followed_up,
    "closed": _closed,
}
"""What each kind of case history says after the name of who did it."""
_BY_POLICY: Final = frozenset({"opened", "found", "changed", "cleared", "recovered", "reopened", "moved", "closed"})
