"""What the words of an unknown code suggest; a person decides, nothing is ever read by a suggestion (pure).

Source: words that the carriers of the shipped tables use for codes whose meaning is known (`carriers/data`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from shipments.facts import Reason, State


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A meaning somebody may want to give, and the words that led to it, as the carrier wrote them."""

    state: State
    reason: str
    physical: bool
    words: str


class _Rule(NamedTuple):
    phrases: tuple[str, ...]
    state: State
    reason: str = ""
    physical: bool = True
    unless: tuple[str, ...] = ()


_NOT_YET: Final = (
    "not",
    "unable",
    "will be",
    "to be",
    "could not",
    "cannot",
    "scheduled",
    "expected",
    "estimated",
    "if",
)

RULES: Final = (
    _Rule(("delivered to (the )?(original )?(sender|shipper)", "returned to (the )?(sender|shipper)"), State.RETURNED),
    _Rule(("refused", "rejected by (the )?(recipient|receiver|customer)"), State.ATTEMPTED, Reason.REFUSED),
    _Rule(("return(ing)? to (the )?(sender|shipper)", "being returned", "return initiated"), State.RETURNING),
    _Rule(("damaged?", "broken", "beschadigt"), State.DAMAGED, Reason.DAMAGED, unless=("no damage", "not damaged")),
    _Rule(("lost", "missing parcel", "cannot be located", "unable to locate"), State.LOST, Reason.LOST),
    _Rule(("cancelled", "canceled", "voided", "annule"), State.CANCELLED, physical=False),
    _Rule(
        ("customs (hold|delay)", "held (by|in|at) customs", "clearance delay", "awaiting customs"),
        State.DELAYED,
        Reason.CUSTOMS_HOLD,
    ),
    _Rule(("duty", "duties", "taxes due", "payment (due|required|pending)"), State.DELAYED, Reason.PAYMENT_DUE),
    _Rule(("customs", "clearance", "zoll"), State.IN_TRANSIT, physical=False),
    _Rule(
        ("(incorrect|incomplete|insufficient|wrong|bad|invalid) address", "address (is )?(incorrect|unknown|problem)"),
        State.DELAYED,
        Reason.ADDRESS_ISSUE,
    ),
    _Rule(
        ("delivery attempt(ed)?", "attempted delivery", "notice left", "(nobody|no one) (at )?home", "not home"),
        State.ATTEMPTED,
        Reason.RECIPIENT_UNAVAILABLE,
    ),
    _Rule(("(business|receiver|recipient) (was )?closed",), State.ATTEMPTED, Reason.RECIPIENT_UNAVAILABLE),
    _Rule(
        ("(available|ready) for (pick ?up|collection)", "held at", "in (a )?locker", "awaiting (pick ?up|collection)"),
        State.AVAILABLE_FOR_PICKUP,
        Reason.HELD_AT_LOCATION,
    ),
    _Rule(("weather", "storm", "snow", "flood(ing)?"), State.DELAYED, Reason.WEATHER),
    _Rule(("missed connection", "missorted?", "misrouted"), State.DELAYED, Reason.MISSED_CONNECTION),
    _Rule(("delay(ed)?", "running late", "verzogert", "retard"), State.DELAYED, Reason.OTHER, unless=("no delay",)),
    _Rule(
        ("out for delivery", "with (the )?(driver|courier)", "en cours de livraison", "in zustellung"),
        State.OUT_FOR_DELIVERY,
    ),
    _Rule(("delivered", "zugestellt", "livre", "entregado", "consegnato"), State.DELIVERED, unless=_NOT_YET),
    _Rule(
        ("label (was )?(created|printed)", "information (received|sent)", "manifest(ed)?", "pre-?shipment"),
        State.LABEL_CREATED,
        physical=False,
    ),
    _Rule(("picked up", "collected", "pick ?up scan", "origin scan"), State.PICKED_UP, unless=_NOT_YET),
    _Rule(
        (
            "arriv(ed|al)",
            "depart(ed|ure)",
            "in transit",
            "on the way",
            "processed",
            "sort(ed|ing)?",
            "left .{0,20}facility",
        ),
        State.IN_TRANSIT,
        unless=_NOT_YET,
    ),
)
"""The first rule whose words occur speaks, the more special ones before the more usual."""

_READY: Final = tuple(
    (
        rule,
        re.compile(rf"\b(?:{'|'.join(rule.phrases)})\b"),
        re.compile(rf"\b(?:{'|'.join(rule.unless)})\b") if rule.unless else None,
    )
    for rule in RULES
)


def suggestion(description: str) -> Suggestion | None:
    """Return what the words of a description suggest, None where no rule knows them."""
    plain = _plain(description)
    for rule, words, unless in _READY:
        found = words.search(plain)
        if found and not (unless and unless.search(plain)):
            return Suggestion(rule.state, rule.reason, rule.physical, found.group())
    return None


def _plain(text: str) -> str:
    """Return a text in small letters, without accents, blanks folded."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(bare.lower().split())
