"""Find what a carrier says instead of scans: that it does not know the number, or that something is wrong (pure).

Carriers write their errors in dozens of shapes, but in few words: a code and a message, under names like these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from carriers.sources.bodies import text
from carriers.sources.tail.documents import DEEPEST

_CODES: Final = frozenset(
    {
        *("code", "errorcode", "errorid", "errorno", "errorlevel", "conditioncode", "faultcode", "returncode"),
        *("codeerreur", "httpcode", "responsestatuscode", "statuscode", "status", "piecestatus"),
    }
)
_WORDS: Final = frozenset(
    {
        *("message", "errormessage", "error", "errordescription", "errortext", "errorreason", "faultstring"),
        *("conditiondata", "texteerreur", "statuserror", "title", "detail", "details", "resultmessage"),
        *("returnmessage", "httpmessage", "moreinformation", "responsestatusmessage", "piecestatusdesc", "key"),
    }
)
_INSIDE: Final = frozenset({"description", "name", "reason", "text", "localizedmessage"})
"""Names that hold a message only inside an error."""

_CONTAINERS: Final = frozenset(
    {
        *("error", "errors", "fault", "message", "messages", "notification", "notifications", "condition"),
        *("exception", "exceptions", "validationerrors", "validations", "rejected", "runtimeerror", "parseerror"),
        *("brokenrule", "brokenrules"),
    }
)
_NO_CODE: Final = frozenset({"", "0", "SUCCESS", "OK"})

_NOT_FOUND: Final = re.compile(
    r"not[\s_]*found|no pin history|not recogni[sz]ed|isn['’]t recogni[sz]ed"
    r"|introuvable|non trouv|inconnue?\b|nicht gefunden|keine daten"
    r"|\bno\b.{0,30}\b(status|history|records?|data|information|results?|shipments?|parcels?)\b.{0,20}(found|available|exist)"
    r"|invalid (tracking|consignment|waybill|airwaybill|parcel|shipment|article|barcode|piece)"
    r"|(tracking|shipment|parcel|waybill|consignment|barcode|number|item)\b.{0,40}\b(does not|doesn['’]t|not) exist"
    r"|unknown (tracking|parcel|shipment|number|barcode|consignment)",
    re.IGNORECASE,
)
_OURS: Final = re.compile(
    r"user|account|customer|log.?in|credential|password|token|api.?key|client|authenti|authoriz|permission|quota|limit",
    re.IGNORECASE,
)
"""Words of an error about us who ask, even where it says that something was not found."""


class Trouble(NamedTuple):
    """One error of a carrier as it tells it; either part may be empty, not both."""

    code: str
    words: str

    @property
    def sentence(self) -> str:
        """Return the code and the words on one line."""
        return ": ".join(filter(None, self)).rstrip(".")


def is_about_number(trouble: Trouble, known: frozenset[str]) -> bool:
    """Tell whether the carrier says that it does not know the number, by its codes or its words."""
    if trouble.code in known:
        return True
    return bool(_NOT_FOUND.search(trouble.words)) and not _OURS.search(trouble.words)


def troubles(value: Any) -> list[Trouble]:
    """Return the errors told anywhere in a value, in order, each once."""
    return list(dict.fromkeys(_found(value, inside=False, depth=0)))


def _found(value: Any, *, inside: bool, depth: int) -> Iterator[Trouble]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _found(item, inside=inside, depth=depth + 1)
    elif isinstance(value, dict):
        own = {_plain_name(name): child for name, child in value.items()}
        if trouble := _own_trouble(own, inside):
            yield trouble
        for name, child in own.items():
            if isinstance(child, dict | list):
                yield from _found(child, inside=inside or name in _CONTAINERS, depth=depth + 1)
    elif inside and isinstance(value, str) and (words := text(value)):
        yield Trouble("", words)


def _plain_name(name: str) -> str:
    """Return a field's name without prefix, capitals and separators ("ns:error-Code" is "errorcode")."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())


def _own_trouble(fields: dict[str, Any], inside: bool) -> Trouble | None:
    """Return the error that an object itself tells, None where it tells none."""
    told = {name: text(value) for name, value in fields.items() if isinstance(value, str | int | float)}
    stated = [value for name, value in told.items() if name in _CODES and value]
    code = next((value for value in stated if value.upper() not in _NO_CODE), "")
    if stated and not code:
        return None
    names = _WORDS | _INSIDE if inside else _WORDS
    words = [value for name, value in told.items() if name in names and value]
    if inside and not words:
        words = [value for name, value in told.items() if name not in _CODES and value]
    if not words and not (inside and code):
        return None
    return Trouble(code, "; ".join(dict.fromkeys(words)))
