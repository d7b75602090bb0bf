"""In which order a list of cases stands, and how a page of it is found again at any depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from django.db.models import DateTimeField, DecimalField, F, IntegerField, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import Coalesce

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MONEY: Final = DecimalField(max_digits=14, decimal_places=2)


class BadCursor(Exception):
    """The page's address names no place in this order."""


class Key(NamedTuple):
    """One ascending sort key and how its value is read back from an address."""

    value: Combinable
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of the list; its last key is the id, so every row has a place of its own."""

    slug: str
    label: str
    keys: tuple[Key, ...]

    def cursor(self, row: Any) -> str:
        """Return the place of a row as an address; the row carries `sort_0`, `sort_1` …"""
        return "~".join(_written(getattr(row, f"sort_{n}")) for n in range(len(self.keys)))

    def place(self, cursor: str) -> tuple[Any, ...]:
        """Return the keys an address names.

        Raises: BadCursor where it was cut, changed, or belongs to another order.
        """
        parts = cursor.split("~")
        if len(parts) != len(self.keys):
            raise BadCursor
        try:
            return tuple(key.read(part) for key, part in zip(self.keys, parts, strict=True))
        except (ValueError, OverflowError, InvalidOperation) as error:
            raise BadCursor from error


class Slice(NamedTuple):
    """Which page is asked for: what comes after a place, what comes before one, or (neither) the first."""

    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None


def _written(value: Any) -> str:
    return str((value - _EPOCH) // _MICROSECOND) if isinstance(value, datetime) else str(value)


def _instant(text: str) -> datetime:
    return _EPOCH + int(text) * _MICROSECOND


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) >= 2**63:
        raise ValueError(text)
    return value


def _small(text: str) -> int:
    value = int(text)
    if abs(value) >= 2**31:
        raise ValueError(text)
    return value


def _amount(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= 10**12:
        raise ValueError(text)
    return value


_ID: Final = Key(F("id"), _whole)
_DUE: Final = Key(F("due_at"), _instant)
_PROMISE: Final = Coalesce("shipment__promised_at", "shipment__order__promised_at", Value(_NEVER, DateTimeField()))
_NEGATIVE_VALUE: Final = ExpressionWrapper(Coalesce("shipment__order__value", Value(Decimal(-1), _MONEY)) * -1, _MONEY)
_NEGATIVE_SEVERITY: Final = ExpressionWrapper(F("severity") * -1, IntegerField())

NEWEST: Final = Sort("newest", "Newest first", (Key(F("id") * -1, _whole),))
URGENCY: Final = Sort("urgency", "Urgency", (Key(_NEGATIVE_SEVERITY, _small), _DUE, _ID))
SORTS: Final = {
    sort.slug: sort
    for sort in (
        URGENCY,
        Sort("due", "Due first", (_DUE, _ID)),
        Sort("oldest", "Oldest first", (Key(F("opened_at"), _instant), _ID)),
        NEWEST,
        Sort("value", "Highest value", (Key(_NEGATIVE_VALUE, _amount), _ID)),
        Sort("promise", "Promise first", (Key(_PROMISE, _instant), _ID)),
    )
}

_NUDGE: Final = Coalesce("next_nudge_at", Value(_NEVER, DateTimeField()))
REPLY: Final = Sort("reply", "Answer due first", (Key(F("promised_reply_at"), _instant), _ID))
FOLLOW_UP_SORTS: Final = {
    sort.slug: sort
    for sort in (
        REPLY,
        Sort("nudge", "Reminder due first", (Key(_NUDGE, _instant), _ID)),
        Sort("oldest", "Oldest first", (Key(F("opened_at"), _instant), _ID)),
        NEWEST,
    )
}
"""The orders of the follow-ups."""
