"""Read one raw message with its adapter and the code table; whatever is wrong with it becomes its problem."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from carriers.codes import CodeTable, to_event
from carriers.models import Problem
from carriers.sources import get_source
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from shipments.facts import EventFact

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message as it is read: the bytes received, and what was known when we asked for them."""

    id: int
    account_id: int
    source: str
    received_at: datetime
    body: bytes
    subject_number: str
    subject_carrier: str


@dataclass(slots=True)
class Reading:
    """One message as it was read: its facts with the scans they come from, or why there are none.

    `new` and `lag` (the class of the newest one's delay, -1 for none) are filled in by whoever appends them.
    """

    message: Waiting
    system: str = ""
    scans: list[Scan] = field(default_factory=list)
    facts: list[EventFact] = field(default_factory=list)
    problem: str = ""
    detail: str = ""
    new: int = 0
    lag: int = -1

    @property
    def unmapped(self) -> int:
        return sum(not fact.mapped for fact in self.facts)


def read_message(message: Waiting, table: CodeTable) -> Reading:
    """Return what the message says; whatever is wrong with it becomes its problem, never an exception."""
    read = Reading(message)
    request = Request(message.subject_number, message.subject_carrier, message.received_at)
    try:
        adapter = get_source(message.source)
        told = {"source": message.source, "received_at": message.received_at, "system": adapter.CODE_SYSTEM}
        scans = adapter.read(bytes(message.body), request)
        facts = [to_event(scan, table, message_id=message.id, **told) for scan in scans]
        read.system, read.scans, read.facts = adapter.CODE_SYSTEM, scans, facts
    except Unreadable as problem:
        read.problem, read.detail = Problem.UNREADABLE.value, str(problem)
    except FeedTrouble as problem:
        read.problem, read.detail = Problem.FEED_TROUBLE.value, str(problem)
    except Exception as problem:  # an adapter's own fault must not hold up the batch; the body stays for a replay
        log.exception("reading message %s of %s went wrong", message.id, message.source)
        read.problem, read.detail = Problem.CRASHED.value, crash_sentence(problem)
    if read.facts and not all(fact.tracking_number for fact in read.facts):
        read.facts, read.scans, read.problem = [], [], Problem.NO_NUMBER.value
        read.detail = "The message names no tracking number. Send it again for one parcel, or correct the body."
    return read


def crash_sentence(problem: Exception) -> str:
    """Return what a person is told of a fault of ours."""
    return f"Reading it went wrong on our side ({type(problem).__name__}: {problem}). Replay it once that is mended."
