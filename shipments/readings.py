"""Events as they are read now: the meaning they were given at first, or the one a later publication gave them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

READ: Final = ("state", "reason", "physical", "mapped")
"""What a reading says of an event."""


class Correction(NamedTuple):
    """Which publication of the code table gave an event its present meaning, and when it was read so."""

    publication: int
    at: datetime


class TrackingEventQuerySet(models.QuerySet):
    """Events, as the pages and reports ask for them."""

    def read_now(self) -> list[Any]:
        """Return the events with their newest reading in place of the first meaning, in one query.

        `corrected` is the `Correction`, None where the first meaning still stands, and `told_state` the first state.
        """
        newest = _readings().filter(event=OuterRef("pk")).order_by("-id")
        told = JSONObject(**{name: name for name in (*READ, "publication", "at")})
        events = list(self.annotate(corrected=Subquery(newest.values(told=told)[:1])))
        for event in events:
            _read_anew(event)
        return events

    def unmapped_now(self) -> Self:
        """Keep the events whose code no table knows today."""
        newest = _newest()
        known_since = Exists(newest.filter(event=OuterRef("pk"), mapped=True))
        forgotten = newest.filter(mapped=False).values("event")
        return self.filter(Q(mapped=False) & ~known_since | Q(mapped=True, pk__in=forgotten))

    def with_reading(self) -> Self:
        """Annotate what each event says now: `read_state` and `read_reason`."""
        newest = _readings().filter(event=OuterRef("pk")).order_by("-id")
        return self.annotate(
            read_state=Coalesce(Subquery(newest.values("state")[:1]), "state"),
            read_reason=Coalesce(Subquery(newest.values("reason")[:1]), "reason"),
        )


def _readings() -> QuerySet:
    return apps.get_model("shipments", "EventReading")._default_manager.all()


def _newest() -> QuerySet:
    """Return the readings that no later one of their event has replaced."""
    return _readings().filter(~Exists(_readings().filter(event=OuterRef("event"), id__gt=OuterRef("id"))))


def _read_anew(event: Any) -> None:
    """Put the annotated reading in place of the event's first meaning."""
    event.told_state, told = event.state, event.corrected
    if told is not None:
        event.corrected = Correction(told["publication"], datetime.fromisoformat(told["at"]))
        for name in READ:
            setattr(event, name, told[name])
