"""Add up how urgent a shipment is, one readable line a circumstance (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from exceptions_queue.policy.moment import Moment
from exceptions_queue.policy.situation import Point, Severity
from exceptions_queue.policy.weights import Score, Step
from exceptions_queue.policy.words import day, number
from shipments.facts import Channel


def points(moment: Moment, score: Score, worst: Severity) -> tuple[Point, ...]:
    """Return every line of the score that counts, the severity of the worst finding first; their sum is the score."""
    return (
        Point("severity", f"{worst.label} severity.", score.severities[worst]),
        *_of_customer(moment, score),
        *_of_order(moment, score),
        *_of_time(moment, score),
    )


def changes_at(moment: Moment, score: Score) -> datetime | None:
    """Return the next instant at which the score rises although nothing happens."""
    rises = []
    for origin, ended_at, steps in _timed(moment, score):
        if origin is not None and ended_at is None:
            elapsed = moment.now - origin
            for step in steps:
                if step.after > elapsed:
                    rises.append(origin + step.after)
                    break
    return min(rises) if rises else None


def _of_customer(moment: Moment, score: Score) -> Iterator[Point]:
    situation = moment.situation
    if situation.tier and (tier := score.tiers.get(situation.tier.lower())):
        yield Point("tier", f"Customer tier: {situation.tier.lower()}.", tier)
    if situation.contacts:
        gained = min(situation.contacts * score.contacts.points, score.contacts.most)
        yield Point("contacts", f"Asked about this order {number(situation.contacts, 'time')}.", gained)
    if situation.earlier_cases:
        gained = min(situation.earlier_cases * score.earlier_cases.points, score.earlier_cases.most)
        yield Point("earlier_cases", f"{number(situation.earlier_cases, 'earlier case')} of this customer.", gained)


def _of_order(moment: Moment, score: Score) -> Iterator[Point]:
    situation = moment.situation
    if situation.channel and (channel := score.channels.get(situation.channel)):
        yield Point("channel", f"Sold as: {Channel(situation.channel).label.lower()}.", channel)
    if situation.value is None:
        return
    worth = score.worth.get(situation.currency.upper())
    if worth is None:
        yield Point("order_value", f"Order value in {situation.currency or 'no currency'} is not weighed.", 0)
        return
    step = _reached(score.order_value, situation.value * worth)
    if step is not None:
        yield Point("order_value", f"Order value of {step.at} {score.currency} or more.", step.points)


def _of_time(moment: Moment, score: Score) -> Iterator[Point]:
    situation = moment.situation
    promise, event, age = (
        _reached_in_time(origin, ended_at or moment.now, steps) for origin, ended_at, steps in _timed(moment, score)
    )
    if promise is not None:
        yield Point("promise", _promise_sentence(promise.at), promise.points)
    if event is not None and situation.event_date is not None:
        yield Point("event_date", f"Needed for an event on {day(situation.event_date)}.", event.points)
    if age is not None:
        yield Point("age", f"On its way for {number(age.at, 'day')} or more.", age.points)


def _promise_sentence(days: int) -> str:
    if days < 0:
        return f"Due within {number(-days, 'day')}."
    return f"Late by {number(days, 'day')} or more." if days else "Its promise has ended."


def _timed(moment: Moment, score: Score) -> tuple[tuple[datetime | None, datetime | None, tuple[Step, ...]], ...]:
    """Return each circumstance of time: from when it counts, until when (None: it goes on), and its steps.

    A delivered parcel is neither later nor longer on its way than it was then, and due no more if it came in time.
    """
    situation, came_at = moment.situation, moment.situation.delivered_at
    kept = came_at is not None and moment.deadline is not None and came_at <= moment.deadline
    return (
        (None if kept else moment.deadline, came_at, score.promise),
        (situation.event_date, None, score.event_date),
        (situation.known_since, came_at, score.age),
    )


def _reached(steps: tuple[Step, ...], amount: Decimal) -> Step | None:
    """Return the last step that an amount has reached."""
    reached = None
    for step in steps:
        if amount < step.at:
            break
        reached = step
    return reached


def _reached_in_time(origin: datetime | None, until: datetime, steps: tuple[Step, ...]) -> Step | None:
    """Return the last step that time has reached from an instant until another."""
    if origin is None:
        return None
    reached, elapsed = None, until - origin
    for step in steps:
        if elapsed < step.after:
            break
        reached = step
    return reached
