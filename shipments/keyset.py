"""Pages of a long list that are found again at any depth: by the place of a row, never by counting rows before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class BadCursor(Exception):
    """The page's address names no place in this order."""


class Key(NamedTuple):
    """One sort key, never null, and how its value is read back from an address."""

    value: Combinable
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of a list: all keys in one direction, the last one the id, so that every row has its own place."""

    slug: str
    label: str
    keys: tuple[Key, ...]
    descending: bool = False

    def place(self, cursor: str) -> tuple[Any, ...]:
        """Return the place an address names. Raises: BadCursor when it was cut, changed, or is of another order."""
        parts = cursor.split("~")
        if len(parts) != len(self.keys):
            raise BadCursor
        try:
            return tuple(key.read(part) for key, part in zip(self.keys, parts, strict=True))
        except (ValueError, OverflowError) as error:
            raise BadCursor from error

    def cursor(self, row: Model) -> str:
        """Return the place of a row as an address."""
        return "~".join(_written(getattr(row, name)) for name in self.names)

    @property
    def names(self) -> list[str]:
        return [f"sort_{number}" for number in range(len(self.keys))]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, where the next and the previous begin (None at the ends), and what it says of itself."""

    rows: list[Any] = field(default_factory=list)
    next: str | None = None
    previous: str | None = None
    words: str = ""


def page_of(rows: QuerySet, sort: Sort, query: Mapping[str, str], *, size: int = 50) -> Page:
    """Return the page the address asks for by `after` or `before`, else the first.

    An address that names no place gives the first page. One query.
    """
    place, backwards = _asked(sort, query)
    forwards = sort.descending == backwards
    placed = rows.annotate(**dict(zip(sort.names, (key.value for key in sort.keys), strict=True)))
    placed = placed.order_by(*(name if forwards else f"-{name}" for name in sort.names))
    if place is not None:
        beyond = TupleGreaterThan if forwards else TupleLessThan
        placed = placed.filter(beyond(Tuple(*(key.value for key in sort.keys)), place))
    found = list(placed[: size + 1])
    more, kept = len(found) > size, found[:size]
    if backwards:
        kept.reverse()
    later, earlier = (True, more) if backwards else (more, place is not None)
    return Page(
        rows=kept,
        next=sort.cursor(kept[-1]) if kept and later else None,
        previous=sort.cursor(kept[0]) if kept and earlier else None,
    )


def _asked(sort: Sort, query: Mapping[str, str]) -> tuple[tuple[Any, ...] | None, bool]:
    for name in ("after", "before"):
        if cursor := query.get(name):
            try:
                return sort.place(cursor), name == "before"
            except BadCursor:
                break
    return None, False


def _written(value: Any) -> str:
    return str((value - _EPOCH) // _MICROSECOND) if isinstance(value, datetime) else str(value)


def instant(text: str) -> datetime:
    """Read an instant back from an address."""
    return _EPOCH + int(text) * _MICROSECOND


def whole(text: str) -> int:
    """Read an id back from an address."""
    value = int(text)
    if abs(value) >= 2**63:
        raise ValueError(text)
    return value


ID: Final = Key(F("id"), whole)
