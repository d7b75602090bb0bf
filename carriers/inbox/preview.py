"""Read messages again with today's adapters and code table, and write nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from carriers.code_table import current_table
from carriers.inbox.reading import Reading, Waiting, read_message
from carriers.models import InboundMessage
from carriers.sources import SOURCES
from shipments.facts import EventFact

SAMPLE: Final = 50
"""Messages a preview reads; the page says when there are more."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as it was read then and as it would be read now.

    `now` is None where only the workers can read this source, so that nothing can be said beforehand.
    """

    message: InboundMessage
    now: Reading | None

    @property
    def is_mended(self) -> bool:
        return bool(self.now and self.message.problem and not self.now.problem)

    @property
    def is_same(self) -> bool:
        return bool(self.now and self.message.problem and self.now.problem == self.message.problem)


@transaction.atomic(durable=True)
def preview(*, messages: Sequence[InboundMessage]) -> list[Preview]:
    """Return each message with what it would say now; one small query for the code table, nothing written."""
    table = current_table()
    return [
        Preview(message, read_message(_waiting(message), table) if reads_here(message.source) else None)
        for message in messages
    ]


def reads_here(source: str) -> bool:
    """Say whether a process that answers requests may read this source; some adapters are for workers only."""
    return source in SOURCES and not getattr(SOURCES[source], "WORKERS_ONLY", False)


def facts_in_time(reading: Reading) -> list[EventFact]:
    """Return the events of a reading, newest first."""
    return sorted(reading.facts, key=lambda fact: fact.occurred_at, reverse=True)


def _waiting(message: InboundMessage) -> Waiting:
    return Waiting(
        message.pk,
        message.account_id,
        message.source,
        message.received_at,
        bytes(message.body),
        message.subject_number,
        message.subject_carrier,
    )
