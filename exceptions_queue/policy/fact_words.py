"""Say the facts that a judgement used as a support agent reads them (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.words import amount, carrier_name, day, instant, number
from shipments.facts import Channel, Direction, Reason, State
from shipments.services import service_name


class Fact(NamedTuple):
    """One fact: what it is called, and what it is."""

    name: str
    words: str


_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "carrier": "Carrier",
        "tracking_number": "Tracking number",
        "service": "Service",
        "direction": "Direction",
        "state": "State",
        "last_known_state": "Last state with a meaning",
        "reason": "Reason",
        "state_since": "In this state since",
        "reason_since": "For this reason since",
        "known_since": "Known to us since",
        "last_event_at": "Last message about it",
        "first_physical_at": "First physical scan",
        "last_physical_at": "Last physical scan",
        "attempts": "Delivery attempts",
        "last_attempt_at": "Last attempt",
        "damaged_at": "Reported damaged",
        "returning_at": "Coming back since",
        "delivered_at": "Delivered",
        "corrected_from": "Corrected from",
        "corrected_at": "Corrected",
        "unmapped_code": "Code without a meaning",
        "promised_at": "Promised for",
        "estimated_at": "Carrier expects",
        "order_id": "Order",
        "channel": "Sold as",
        "event_date": "Needed for an event on",
        "value": "Order value",
        "currency": "Currency",
        "tier": "Customer tier",
        "contacts": "Questions about the order",
        "earlier_cases": "Earlier cases of the customer",
        "feed_silent": "The carrier's feed is silent",
        "feed_silent_since": "Nobody tells of the carrier since",
        "missed_since": "Missed by the customer since",
        "missed_until": "Their conversation ended",
        "order_settled_at": "Order compensated",
        "risk": "Odds of being late",
    }
)
_WORDS: Final[Mapping[str, type[State] | type[Reason] | type[Channel] | type[Direction]]] = MappingProxyType(
    {
        "state": State,
        "last_known_state": State,
        "corrected_from": State,
        "reason": Reason,
        "channel": Channel,
        "direction": Direction,
    }
)
_MAY_BE_DATES: Final = frozenset({"promised_at", "estimated_at", "event_date"})
"""Midnight in UTC is a date there, without an hour."""
_HOURS_TELL_BELOW: Final = 2
"""Spans of fewer days are told in hours."""


def told_facts(facts: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the facts of a stored explanation (JSON values) in words, the known ones first and in their order.

    A fact of nought, one that is not so and one that another fact tells too say nothing.
    """
    names = [*(name for name in _NAMES if name in facts), *(name for name in facts if name not in _NAMES)]
    kept = (name for name in names if facts[name] not in (None, "", 0, False) and not _is_told(name, facts))
    return tuple(Fact(_NAMES.get(name, name.replace("_", " ").capitalize()), _said(name, facts)) for name in kept)


def _is_told(name: str, facts: Mapping[str, Any]) -> bool:
    """Say whether another fact tells this one: a currency stands before its value, a state is said once."""
    return name == "currency" or (name == "last_known_state" and facts[name] == facts.get("state"))


def _said(name: str, facts: Mapping[str, Any]) -> str:
    value = facts[name]
    if name == "risk" and isinstance(value, Mapping):
        return _odds(value)
    if name == "carrier":
        return carrier_name(str(value))
    if name == "service":
        return service_name(str(value), str(facts.get("carrier", "")))
    if name == "value":
        return _worth(str(value), str(facts.get("currency") or ""))
    if value is True:
        return "yes"
    if (words := _WORDS.get(name)) is not None and value in words.values:
        return str(words(value).label)
    if isinstance(value, str) and (name.endswith(("_at", "_since")) or name == "event_date"):
        try:
            at = datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            return value
        return day(at) if name in _MAY_BE_DATES and at.time() == time() else instant(at)
    return str(value)


def _worth(value: str, currency: str) -> str:
    """Return an amount with its currency; one that cannot be read as it was kept."""
    try:
        number_of = Decimal(value)
    except InvalidOperation:
        return f"{currency} {value}".strip()
    return amount(number_of, currency) if number_of.is_finite() else f"{currency} {value}".strip()


def _odds(risk: Mapping[str, Any]) -> str:
    """Return the cell of the learned table that a judgement rested on: how many parcels, where, and how they fared."""
    carrier, service, state = (str(each) for each in risk["cell"])
    lane = " ".join(filter(None, (carrier_name(carrier), service.removeprefix(f"{carrier} "))))
    alike = ", due about as soon" if risk.get("due_alike") else ""
    learned = f"learned on {day(datetime.fromisoformat(risk['learned_at']))}, " if risk.get("learned_at") else ""
    return (
        f"{risk['percent']} % of {number(risk['parcels'], 'parcel')} needed longer than the {_span(risk['days_left'])} "
        f"then left ({lane if carrier else 'any carrier'}; {_stay(State(state), risk['silent_days'])}{alike}); "
        f"{learned}table {risk['table']}"
    )


def _stay(state: State, silent_days: float) -> str:
    """Return how long the parcels had been where they were."""
    if state is State.LABEL_CREATED:
        return f"{_span(silent_days)} without a first scan" if silent_days else "just announced"
    place = "with a status nobody knows" if state is State.UNKNOWN else state.label.lower()
    return f"{place}, silent for {_span(silent_days)}" if silent_days else f"just {place}"


def _span(days: float) -> str:
    """Return a span in hours, from two days on in days."""
    return number(round(days * 24), "hour") if days < _HOURS_TELL_BELOW else f"{days:.1f}".removesuffix(".0") + " days"
