"""Events as they are read now: the meaning they were given at first, or the one a later publication gave them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

READ: Final = ("state", "reason", "physical", "mapped")
"""What a reading says of an event."""


class TrackingEventQuerySet(models.QuerySet):
    """Events, as the pages and reports ask for them."""

    def read_now(self) -> list[Any]:
        """Return the events with their newest reading in place of the first meaning, in one query.

        `corrected` is that reading, None where the first meaning still stands, and `told_state` the first state.
        """
        newest = _readings().filter(event=OuterRef("pk")).order_by("-id")
        told = newest.values(told=JSONObject(**{name: name for name in (*READ, "publication", "at")}))[:1]
        return [_read(event) for event in self.annotate(newest_reading=Subquery(told))]

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
            read_state=models.functions.Coalesce(Subquery(newest.values("state")[:1]), "state"),
            read_reason=models.functions.Coalesce(Subquery(newest.values("reason")[:1]), "reason"),
        )


def _readings() -> QuerySet:
    return apps.get_model("shipments", "EventReading")._default_manager.all()


def _newest() -> QuerySet:
    """Return the readings that no later one of their event has replaced."""
    return _readings().filter(~Exists(_readings().filter(event=OuterRef("event"), id__gt=OuterRef("id"))))


def _read(event: Any) -> Any:
    """Return an event as it is read now."""
    reading = event.newest_reading
    event.told_state, event.corrected = event.state, None
    if reading is not None:
        at = datetime.fromisoformat(reading["at"])
        event.corrected = apps.get_model("shipments", "EventReading")(**reading | {"event": event, "at": at})
        for name in READ:
            setattr(event, name, reading[name])
    return event
