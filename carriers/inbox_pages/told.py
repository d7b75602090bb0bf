"""What a message says: read again with today's adapter and table, beside what is stored of each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models.functions import Length

from carriers.inbox.preview import facts_in_time, preview
from carriers.inbox_pages.marks import PROBLEM
from carriers.models import InboundMessage, MessageState, Problem
from shipments.facts import EventFact, State, TimeConfidence
from shipments.marks import SHIPMENT, Mark, carrier_name
from shipments.models import TrackingEvent
from shipments.story import because

SHOWN: Final = 100
"""Events a page shows of one message; the newest ones."""
READ_IN_A_LIST: Final = 32_768
"""Bytes of a body that a list still reads for its number; a larger one says so on its own page."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event as the message tells it now. `was` is its stored meaning where that is another one.

    `stored` says whose it is: empty when it is not stored, else a sentence.
    """

    fact: EventFact
    mark: Mark
    because: str
    confidence: str
    carrier: str
    parcel: TrackingEvent | None
    was: Mark | None
    stored: str
    first_message: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says now: its events, or its problem; `elsewhere` where only the workers can read its source."""

    events: tuple[ToldEvent, ...] = ()
    total: int = 0
    problem: Mark | None = None
    detail: str = ""
    elsewhere: bool = False
    stored: tuple[TrackingEvent, ...] = ()

    @property
    def more(self) -> int:
        return self.total - len(self.events)


def told_by(message: InboundMessage) -> Told:
    """Return what a message says now. An unauthentic one is never read."""
    if message.state == MessageState.QUARANTINED:
        return Told()
    (seen,) = preview(messages=[message])
    if seen.now is None:
        return Told(elsewhere=True, stored=tuple(_stored_of(message)))
    if seen.now.problem:
        return Told(problem=PROBLEM[Problem(seen.now.problem)], detail=seen.now.detail)
    facts = facts_in_time(seen.now)
    return Told(tuple(_beside(facts[:SHOWN], message)), len(facts))


def put_numbers(messages: Sequence[InboundMessage]) -> None:
    """Put on each message the numbers it is about (`numbers`): the one asked for, else those its body names.

    Two queries, whatever is listed. None where only its own page says it: the body is large, or workers read it.
    """
    ids = [each.pk for each in messages if not each.subject_number and each.state == MessageState.DONE]
    bodies = InboundMessage.objects.annotate(size=Length("body")).filter(pk__in=ids, size__lte=READ_IN_A_LIST)
    read = {seen.message.pk: seen.now for seen in preview(messages=list(bodies))}
    for each in messages:
        now = read.get(each.pk)
        if each.subject_number or each.pk not in ids:
            each.numbers = [each.subject_number] if each.subject_number else []
        else:
            each.numbers = None if now is None else list(dict.fromkeys(fact.tracking_number for fact in now.facts))


def _stored_of(message: InboundMessage) -> Sequence[TrackingEvent]:
    """Return the stored events of a message about the parcel we had asked for."""
    about = {"shipment__tracking_number": message.subject_number, "shipment__carrier": message.subject_carrier}
    if not message.subject_number:
        return ()
    rows = TrackingEvent.objects.filter(message_id=message.pk, **about).select_related("shipment")
    events = rows.order_by("-occurred_at", "-id")[:SHOWN].read_now()
    for each in events:
        each.mark = SHIPMENT[State(each.state)]
    return events


def _beside(facts: Sequence[EventFact], message: InboundMessage) -> list[ToldEvent]:
    told = TrackingEvent.objects.filter(identity__in=[fact.identity for fact in facts]).select_related("shipment")
    stored = {event.identity.hex: event for event in told.read_now()}
    return [_told(fact, stored.get(fact.identity), message) for fact in facts]


def _told(fact: EventFact, event: TrackingEvent | None, message: InboundMessage) -> ToldEvent:
    changed = event is not None and (event.state, event.reason) != (fact.state, fact.reason)
    first = event.message_id if event else None
    return ToldEvent(
        fact=fact,
        mark=SHIPMENT[fact.state],
        because=because(fact.state, fact.reason),
        confidence="" if fact.time_confidence is TimeConfidence.EXPLICIT else fact.time_confidence.label,
        carrier=carrier_name(fact.carrier),
        parcel=event,
        was=SHIPMENT[State(event.state)] if event and changed else None,
        stored="" if event is None else "read from this message" if first == message.pk else "told before",
        first_message=first if first != message.pk else None,
    )
