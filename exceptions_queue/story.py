"""What happened to a parcel and its case, joined into one story, newest first, with its silences (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

from exceptions_queue.marks import SHIPMENT, carrier_name
from exceptions_queue.policy.situation import Team
from exceptions_queue.spoken import long_duration
from exceptions_queue.transitions import DecisionKind
from shipments.facts import TERMINAL, Reason, State

SILENCE: Final = timedelta(days=2)
"""A stretch without a physical scan that is worth drawing."""
LONG_SILENCE: Final = timedelta(days=4)


class Wait(NamedTuple):
    """What a case waits for, in words."""

    label: str
    until: datetime
    note: str


class Said(NamedTuple):
    """A line of case history as a sentence, its icon, and the words somebody wrote."""

    text: str
    icon: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story.

    `kind` names the look (scan, silence, talk, mail, act, policy); `raw` is the carrier's own code and text.
    """

    at: datetime
    kind: str
    text: str
    icon: str = ""
    tone: str = ""
    who: str = ""
    where: str = ""
    quote: str = ""
    raw: str = ""
    url: str = ""
    physical: bool = False

    @property
    def is_silence(self) -> bool:
        return self.kind == "silence"

    @property
    def is_scan(self) -> bool:
        return self.kind == "scan"


class Day(NamedTuple):
    """The entries of one day (UTC), newest first."""

    label: str
    entries: tuple[Entry, ...]


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
    until = datetime.fromisoformat(leg["until"])
    return Wait(f"{_WAITS[leg['on']]} until {until:%a %-d %b}", until, leg["note"])


def scan_entry(event: Any) -> Entry:
    """Return one scan in our words, with the carrier's own behind it."""
    mark = SHIPMENT[State(event.state)]
    text = mark.label if event.mapped else "A status nobody has explained yet"
    if event.reason and Reason(event.reason).label != mark.label:
        text = f"{text}: {_after_colon(Reason(event.reason).label)}"
    if not event.physical and event.mapped:
        text = f"{text} (data only, no scan of the parcel)"
    tone = "" if mark.tone in {"accent", "low"} else mark.tone
    quoted = f"“{event.raw_description}”" if event.raw_description else ""
    return Entry(
        event.occurred_at,
        "scan",
        text,
        mark.icon,
        tone,
        where=event.location,
        raw=" ".join(filter(None, [f"{carrier_name(event.source)}:", event.raw_code, quoted])),
        physical=event.physical,
    )


def silences(scans: Iterable[datetime], now: datetime, ended: bool) -> list[Entry]:
    """Return the stretches without a physical scan; `ended` parcels have no silence after their last one."""
    known = sorted(scans)
    stretches = [*pairwise(known), *([] if ended or not known else [(known[-1], now)])]
    return [_silence(start, end, ongoing=end == now) for start, end in stretches if end - start >= SILENCE]


def _silence(start: datetime, end: datetime, *, ongoing: bool) -> Entry:
    span = long_duration(end - start)
    text = f"{span} without a physical scan{', and counting' if ongoing else ''}"
    return Entry(start + timedelta(microseconds=1), "silence", text, tone="high" if end - start >= LONG_SILENCE else "")


def conversation_entries(conversation: Any) -> list[Entry]:
    """Return what a conversation adds: that the customer wrote, that we answered, that it ended."""
    topic = conversation.get_topic_display().lower()
    entries = [Entry(conversation.opened_at, "talk", f"The customer wrote: {topic}", "talk", url=conversation.url)]
    if conversation.first_reply_at:
        quoted = State(conversation.first_reply_state).label.lower() if conversation.first_reply_state else ""
        said = f"First reply to the customer{f', saying “{quoted}”' if quoted else ''}"
        entries.append(Entry(conversation.first_reply_at, "talk", said, "talk", url=conversation.url))
    if conversation.closed_at:
        entries.append(Entry(conversation.closed_at, "talk", "Conversation closed", "talk", url=conversation.url))
    return entries


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


def by_day(entries: Iterable[Entry], now: datetime) -> list[Day]:
    """Return the story newest first, cut into days as people name them."""
    ordered = sorted(entries, key=lambda entry: entry.at, reverse=True)
    today = now.astimezone(UTC).date()
    return [Day(_day(day, today), tuple(group)) for day, group in groupby(ordered, _date)]


def has_ended(state: str) -> bool:
    """Return whether no further scan is expected."""
    return state in TERMINAL


def _date(entry: Entry) -> date:
    return entry.at.astimezone(UTC).date()


def _day(day: date, today: date) -> str:
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return names.get(day) or f"{day:%A %-d %B}{f' {day.year}' if day.year != today.year else ''}"


def _after_colon(label: str) -> str:
    return label[:1].lower() + label[1:]


def _team(value: object) -> str:
    return Team(value).label if value in Team.values else "another team"


def _holder(data: Mapping[str, Any]) -> str:
    return str((data.get("holder") or {}).get("name") or "somebody")


def _handed_over(data: Mapping[str, Any]) -> Said:
    return Said(f"handed the case to {_team(data.get('to_team'))}", "hand", data.get("note", ""))


def _waits(data: Mapping[str, Any]) -> Said:
    until = data.get("until")
    when = f" until {datetime.fromisoformat(until):%a %-d %b, %H:%M} UTC" if until else ""
    return Said(f"{_WAITS.get(data.get('waiting_on', ''), 'Set to wait')}{when}", "wait", data.get("note", ""))


def _decided(data: Mapping[str, Any]) -> Said:
    kind = data.get("kind", "")
    label = DecisionKind(kind).label if kind in DecisionKind.values else "something"
    money = f", {data['currency']} {data['amount']}" if data.get("amount") else ""
    verb = "proposed" if data.get("proposal") else "decided"
    words = [data.get("note", ""), data.get("override_reason") and f"Once more because: {data['override_reason']}"]
    return Said(f"{verb}: {_after_colon(label)}{money}", "decide", "\n".join(filter(None, words)))


def _followed_up(data: Mapping[str, Any]) -> Said:
    carrier = carrier_name(data.get("carrier", "")) or "the carrier"
    who = (data.get("to") or {}).get("name", "somebody")
    said = {
        "opened": f"asked {carrier}: {data.get('kind', 'question').replace('_', ' ')}",
        "assigned": f"asked {who} to chase {carrier}",
        "nudged": f"reminded {carrier}",
        "closed": f"got an answer from {carrier}: {data.get('outcome', '').replace('_', ' ')}",
    }
    return Said(said.get(data.get("what", "opened"), f"wrote about {carrier}"), "follow", data.get("note", ""))


def _closed(data: Mapping[str, Any]) -> Said:
    healed = data.get("outcome") == "self_healed"
    return Said(
        "closed the case: it healed by itself" if healed else "closed the case", "check", data.get("reason", "")
    )


_WOKEN: Final = {
    "person": "ended the wait",
    "time": "The wait is over",
    "answer": "The wait is over: the carrier answered",
    "news": "The wait is over: there is news",
}
_SAID: Final[Mapping[str, Callable[[Mapping[str, Any]], Said]]] = {
    "opened": lambda data: Said("opened this case", "policy", data.get("sentence", "")),
    "found": lambda data: Said("found", "policy", data.get("sentence", "")),
    "changed": lambda data: Said("now says", "policy", data.get("sentence", "")),
    "cleared": lambda data: Said("no longer sees", "check", data.get("sentence", "")),
    "recovered": lambda data: Said("sees nothing wrong any more", "check"),
    "reopened": lambda data: Said("opened the case again", "open", data.get("note", "")),
    "claimed": lambda data: Said("took the case", "person"),
    "taken_over": lambda data: Said(f"took the case over from {_holder(data)}", "people"),
    "released": lambda data: Said("gave the case back to the team", "person"),
    "lease_ended": lambda data: Said(f"The claim of {_holder(data)} ran out", "wait"),
    "handed_over": _handed_over,
    "waiting": _waits,
    "woken": lambda data: Said(_WOKEN.get(data.get("by", ""), "The wait is over"), "wait"),
    "note": lambda data: Said("noted", "note", data.get("text", "")),
    "decided": _decided,
    "follow_up": _followed_up,
    "closed": _closed,
}
"""What each kind of case history says after the name of who did it."""
_BY_POLICY: Final = frozenset({"opened", "found", "changed", "cleared", "recovered", "reopened", "closed"})
