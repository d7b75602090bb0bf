"""Learn the delay risk anew once a day, and hand out the tables as values."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db import transaction

from exceptions_queue.backtest.reading import lessons_before
from exceptions_queue.backtest.tables import learning_time, teaches
from exceptions_queue.models import RiskTable
from exceptions_queue.policy.lessons import Lessons
from exceptions_queue.policy.risk import LearnedRisk, from_data, learned, to_data

KEPT: Final = timedelta(days=60)
"""How long an old table is kept. Source: our own rule; a case holds the odds it was judged by itself."""


@lru_cache(maxsize=3)
def table_of(table_id: int) -> LearnedRisk:
    """Return a stored table as the value it describes; it never changes."""
    row = RiskTable.objects.get(pk=table_id)
    return from_data(row.cells, version=row.pk, learned_at=row.learned_at, parcels=row.parcels)


def learn_risk(*, now: datetime) -> RiskTable | None:
    """Learn today's table if there is none yet; None where it exists or nothing is finished.

    Reads slice by slice outside any transaction, so a parcel that finishes meanwhile waits for tomorrow.
    """
    at = learning_time(now)
    if RiskTable.objects.filter(learned_at__gte=at).exists():
        return None
    taught = Lessons()
    for lesson in lessons_before(at):
        if teaches(lesson, at):
            taught.add(lesson)
    return _store(learned(taught, version=0, learned_at=at), now=now) if taught.parcels else None


@transaction.atomic(durable=True)
def _store(risk: LearnedRisk, *, now: datetime) -> RiskTable | None:
    """Save a table unless another worker was first, and let go of old ones."""
    row, created = RiskTable.objects.get_or_create(
        learned_at=risk.learned_at, defaults={"created_at": now, "parcels": risk.parcels, "cells": to_data(risk)}
    )
    RiskTable.objects.filter(learned_at__lt=risk.learned_at - KEPT).delete()
    return row if created else None
