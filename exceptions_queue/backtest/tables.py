"""The odds as they were learned day by day: at each simulated moment only from what was then finished (pure)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from exceptions_queue.policy.lessons import REMEMBERED, Lesson, Lessons
from exceptions_queue.policy.risk import LearnedRisk, learned

_DAY: Final = timedelta(days=1)


def learning_time(now: datetime) -> datetime:
    """Return when the table in force at an instant was due to be learned: midnight, in UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def teaches(lesson: Lesson, at: datetime) -> bool:
    """Say whether a finished parcel counts in the table learned at an instant."""
    return lesson.heard_at < at and lesson.finished_at >= at - REMEMBERED


class LearnedTables:
    """One table for each day from `begins_at` on; a day is learned when it, or a later one, is first asked for."""

    def __init__(self, lessons: Iterable[Lesson], *, begins_at: datetime) -> None:
        self._waiting = deque(sorted(lessons, key=lambda each: each.heard_at))
        self._taught: list[tuple[datetime, int, Lesson]] = []
        self._known = Lessons()
        self._tables: dict[datetime, LearnedRisk | None] = {}
        self._next = learning_time(begins_at)

    def at(self, now: datetime) -> LearnedRisk | None:
        """Return the table in force at an instant; None where nothing had been learned by then."""
        day = learning_time(now)
        while self._next <= day:
            self._tables[self._next] = self._learn(self._next)
            self._next += _DAY
        return self._tables.get(day)

    def _learn(self, day: datetime) -> LearnedRisk | None:
        while self._waiting and self._waiting[0].heard_at < day:
            lesson = self._waiting.popleft()
            self._known.add(lesson)
            heappush(self._taught, (lesson.finished_at, id(lesson), lesson))
        while self._taught and not teaches(self._taught[0][2], day):
            self._known.add(heappop(self._taught)[2], -1)
        return learned(self._known, version=0, learned_at=day) if self._known.parcels else None
