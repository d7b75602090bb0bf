"""Reading one JSON object by its contract: every refusal names the field and what to write instead (pure)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from django.db.models import TextChoices

from shipments.promises import promised

C = TypeVar("C", bound=TextChoices)

LONGEST_ID: Final = 200
LONGEST_TEXT: Final = 1000
_LARGEST_VALUE: Final = Decimal("9999999999.99")
_YEARS: Final = range(1970, 2200)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


class ContractError(ValueError):
    """The object breaks the contract; `field` names where ("shipments[1].carrier"), `fix` says what to write."""

    def __init__(self, field: str, fix: str) -> None:
        super().__init__(f"{field}: {fix}" if field else fix)
        self.field, self.fix = field, fix


class Stated:
    """One JSON object being read: knows its contract's keys and names the field in every error."""

    def __init__(self, data: Any, known: Sequence[str], what: str, where: str = "") -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise ContractError(where.rstrip("."), f"must be one JSON object ({what})")
        self.data = data
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                hint = f"did you mean {near[0]}?" if near else f"it may hold {', '.join(known)}"
                raise ContractError(self.at(key), f"is not part of the contract; {hint}")

    def at(self, name: str) -> str:
        """Return the full name of a field."""
        return f"{self.where}{name}"

    def text(self, name: str, longest: int) -> str:
        """Return a text without outer blanks; the empty text where nothing was said."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ContractError(self.at(name), f'must be text; put it in quotes: "{value}"')
        if len(value) > longest:
            raise ContractError(self.at(name), f"has {len(value)} characters; shorten it to at most {longest}")
        if _UNSTORABLE.search(value):
            raise ContractError(self.at(name), "holds a NUL or half a character; send it as plain UTF-8")
        return value.strip()

    def identifier(self, name: str) -> str:
        """Return a text that has to be there."""
        value = self.text(name, LONGEST_ID)
        if not value:
            raise ContractError(self.at(name), "is missing; it has to be stated")
        return value

    def link(self, name: str) -> str:
        """Return a web address that is safe to show as a link."""
        value = self.text(name, LONGEST_TEXT)
        if value and not value.startswith(("https://", "http://")):
            raise ContractError(self.at(name), "must be a web address that begins with https://")
        return value

    def choice(self, name: str, choices: type[C]) -> C | None:
        """Return one of the contract's words."""
        value = self.text(name, LONGEST_TEXT)
        if value and value not in choices.values:
            raise ContractError(self.at(name), f'is "{value}"; write one of {", ".join(choices.values)}')
        return choices(value) if value else None

    def money(self, name: str) -> Decimal | None:
        """Return an exact, not negative amount with at most two decimals."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        try:
            amount = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            amount = Decimal("NaN")
        if not (amount.is_finite() and 0 <= amount <= _LARGEST_VALUE):
            raise ContractError(self.at(name), f"is {value!r}; write an amount from 0 to {_LARGEST_VALUE}, like 49.90")
        if amount != amount.quantize(Decimal("0.01")):
            raise ContractError(self.at(name), f"is {value}; round it to two decimals")
        return amount.quantize(Decimal("0.01"))

    def promise(self, name: str) -> datetime | None:
        """Return an instant in UTC, or a day, told plainly or as midnight of any zone, as its first instant in UTC."""
        at = self._time(name, day_is_enough=True)
        return None if at is None else promised(at)

    def time(self, name: str, *, day_is_enough: bool = False) -> datetime | None:
        """Return an instant in UTC; a plain day is its first instant in UTC where a day is enough."""
        at = self._time(name, day_is_enough=day_is_enough)
        return None if at is None else at.astimezone(UTC)

    def _time(self, name: str, *, day_is_enough: bool) -> datetime | None:
        value = self.text(name, LONGEST_TEXT)
        if not value:
            return None
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise ContractError(self.at(name), f'is "{value}"; write 2026-11-23T10:00:00+00:00') from error
        if at.tzinfo is None and not (day_is_enough and len(value) <= len("2026-11-23")):
            raise ContractError(self.at(name), f'is "{value}" without an offset; add one, like {value}+00:00')
        if at.year not in _YEARS:
            raise ContractError(self.at(name), f'is "{value}"; the year must be from {_YEARS[0]} to {_YEARS[-1]}')
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
