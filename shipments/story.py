"""What happened to a parcel, newest first, day by day, with the silences between its scans (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, groupby, pairwise
from typing import Any, Final, NamedTuple

from shipments.facts import TERMINAL, Reason, State
from shipments.marks import SHIPMENT, carrier_name
from shipments.spoken import long_duration

SILENCE: Final = timedelta(days=2)
"""A stretch without a physical scan that is worth drawing."""
LONG_SILENCE: Final = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story.

    `kind` names the look (scan, silence, talk, mail, act, policy); `raw` is the carrier's own code and text,
    `corrected` says that a later publication of the code table gave a scan its meaning.
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
    corrected: str = ""
    publication: int | None = None
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


def parcel_story(
    scans: Iterable[Any], conversations: Iterable[Any], acts: Iterable[Any] = (), *, state: str, now: datetime
) -> list[Day]:
    """Return a parcel's story from its stored scans, conversations and what people said it is, in any order."""
    told = list(scans)
    physical = [scan.occurred_at for scan in told if scan.physical]
    quiet = silences(physical, now, has_ended(state))
    talk = chain.from_iterable(map(conversation_entries, conversations))
    return by_day(chain(map(scan_entry, told), quiet, talk, map(act_entry, acts)), now)


def scan_entry(event: Any) -> Entry:
    """Return one scan in our words, with the carrier's own behind it."""
    mark = SHIPMENT[State(event.state)]
    text = mark.label if event.mapped else "A status nobody has explained yet"
    if why := because(event.state, event.reason):
        text = f"{text}: {after_colon(why)}"
    if not event.physical and event.mapped:
        text = f"{text} (data only, no scan of the parcel)"
    tone = "" if mark.tone in {"accent", "low"} else mark.tone
    raw = " ".join(filter(None, [event.raw_code, f"“{event.raw_description}”" if event.raw_description else ""]))
    said = f"{carrier_name(event.source)}: {raw}"
    return Entry(
        event.occurred_at,
        "scan",
        text,
        mark.icon,
        tone,
        where=_place(event.location),
        raw=said,
        physical=event.physical,
        corrected=_corrected(event),
        publication=event.corrected.publication if event.corrected else None,
    )


def _corrected(event: Any) -> str:
    """Say which publication gave a scan its meaning, and what it said before; empty where the first still stands."""
    if not event.corrected:
        return ""
    before = SHIPMENT[State(event.told_state)].label.lower()
    return f"read as “{before}” before publication {event.corrected.publication} of the code table"


def because(state: str, reason: str) -> str:
    """Return a reason in words, empty where it says no more than the state does."""
    said = Reason(reason).label if reason and reason != Reason.OTHER else ""
    return "" if said == State(state).label else said


def silences(scans: Iterable[datetime], now: datetime, ended: bool) -> list[Entry]:
    """Return the stretches without a physical scan; `ended` parcels have no silence after their last one."""
    known = sorted(scans)
    stretches = [*pairwise(known), *([] if ended or not known else [(known[-1], now)])]
    return [_silence(start, end, ongoing=end == now) for start, end in stretches if end - start >= SILENCE]


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


def act_entry(act: Any) -> Entry:
    """Return what a person said the parcel is."""
    heard, right = carrier_name(act.shipment.carrier), carrier_name(act.carrier)
    words = {
        "attached": f"attached it to order {act.order}",
        "detached": f"took it off order {act.order} again",
        "corrected": f"corrected the carrier: heard as {heard}, it is {right}",
        "restored": f"undid the correction from {heard} to {right}",
    }
    return Entry(act.at, "act", words[act.kind], "label", who=act.by.get_full_name() or str(act.by), quote=act.reason)


def by_day(entries: Iterable[Entry], now: datetime) -> list[Day]:
    """Return the story newest first, cut into days as people name them."""
    ordered = [*_quoted_once(sorted(entries, key=lambda entry: entry.at))][::-1]
    today = now.astimezone(UTC).date()
    return [Day(_day(day, today), tuple(group)) for day, group in groupby(ordered, _date)]


def _quoted_once(entries: Iterable[Entry]) -> Iterable[Entry]:
    """Quote words once where one act left several lines, such as a decision and the wait it began."""
    told: set[tuple[datetime, str, str]] = set()
    for entry in entries:
        words = (entry.at, entry.who, entry.quote)
        yield replace(entry, quote="") if words in told else entry
        told.add(words)


def has_ended(state: str) -> bool:
    """Return whether no further scan is expected."""
    return state in TERMINAL


def after_colon(label: str) -> str:
    """Return a label as it stands inside a sentence."""
    return label[:1].lower() + label[1:]


def _place(location: str) -> str:
    """Return a place as people write it: many carriers shout theirs."""
    parts = location.split(", ") if location.isupper() else []
    return ", ".join(part if len(part) <= 2 else part.title() for part in parts) or location


def _silence(start: datetime, end: datetime, *, ongoing: bool) -> Entry:
    span = long_duration(end - start)
    text = f"{span} without a physical scan{', and counting' if ongoing else ''}"
    return Entry(start + timedelta(microseconds=1), "silence", text, tone="high" if end - start >= LONG_SILENCE else "")


def _date(entry: Entry) -> date:
    return entry.at.astimezone(UTC).date()


def _day(day: date, today: date) -> str:
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return names.get(day) or f"{day:%A %-d %B}{f' {day.year}' if day.year != today.year else ''}"
