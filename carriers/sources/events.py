"""Our own event contract: events that already speak the vocabulary, told one by one or together (pure).

The contract is strict, since its senders are programs that can be corrected: a key it does not know is refused by
name, and every fault names its field and what to write there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from carriers.sources import signatures
from carriers.sources.bodies import MOST_SCANS, kind, load, text
from carriers.sources.instants import EARLIEST_YEAR, LATEST_YEAR
from carriers.sources.reading import Request, Scan, Unreadable
from shipments.facts import Meaning, Reason, State, TimeConfidence, carrier_slug, clean_tracking_number
from shipments.promises import promised

CODE_SYSTEM: str = "events"

KEYS: Final = frozenset(
    {
        *("carrier", "tracking_number", "order_id", "customer_id", "state", "previous_state", "reason"),
        *("occurred_at", "received_at", "time_confidence", "promised_at", "raw_code", "raw_description"),
        *("location", "physical", "source"),
    }
)
REQUIRED: Final = ("carrier", "tracking_number", "state", "occurred_at")

_STATES: Final = {str(state.value): state for state in State}
_REASONS: Final = {str(reason.value): str(reason.value) for reason in Reason}
_CONFIDENCES: Final = {str(confidence.value): confidence for confidence in TimeConfidence}
_ELECTRONIC: Final = frozenset({State.LABEL_CREATED, State.CANCELLED, State.UNKNOWN})
_SHOWN: Final = 10

Choice = TypeVar("Choice")


def read(body: bytes, request: Request) -> list[Scan]:
    """Return the events of a body: one object, a list of them, or `{"events": [...]}`.

    Raises: Unreadable, naming every field at fault.
    """
    found = _objects(load(body))
    problems: list[str] = []
    scans = []
    for number, item in enumerate(found, 1):
        faults: list[str] = []
        scan = _scan(item, faults)
        if faults:
            problems += [f"event {number}: {fault}" for fault in faults] if len(found) > 1 else faults
        elif scan:
            scans.append(scan)
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise Unreadable("; ".join(problems[:_SHOWN]) + more)
    return scans


def verify(headers: dict[str, str], body: bytes, secrets: tuple[str, ...], now: datetime) -> None:
    """Return when `X-Waypost-Signature` is `sha256=` and the HMAC-SHA256 of the body in hex.

    With `X-Waypost-Timestamp` (Unix seconds, within five minutes) the signed bytes are `<timestamp>.<body>`.
    Raises: NotAuthentic.
    """
    stated = signatures.header(headers, "x-waypost-signature")
    sent_at = headers.get("x-waypost-timestamp", "").strip()
    signed = sent_at.encode("utf-8", "replace") + b"." + body if sent_at else body
    signatures.check_digest(stated, signed, secrets, lambda digest: f"sha256={digest.hex()}")
    if sent_at:
        signatures.check_age(sent_at, now)


def message_key(headers: dict[str, str], body: bytes) -> str:
    """Return the empty string: the contract gives its messages no id."""
    return ""


def _objects(document: Any) -> list[Any]:
    if isinstance(document, dict) and "events" in document:
        if extra := sorted(document.keys() - {"events"}):
            raise Unreadable(f"unknown keys beside “events”: {_names(extra)}")
        document = document["events"]
        if not isinstance(document, list):
            raise Unreadable(f"events: should be a list and is {kind(document)}")
    found = document if isinstance(document, list) else [document]
    if not found:
        raise Unreadable("The body holds no event.")
    if len(found) > MOST_SCANS:
        raise Unreadable(f"The body holds {len(found)} events; send at most {MOST_SCANS} at a time.")
    return found


def _names(names: list[str]) -> str:
    return ", ".join(text(name) for name in names[:_SHOWN])


def _scan(item: Any, faults: list[str]) -> Scan | None:
    """Return the scan of one event; add what is wrong with it to the faults.

    Who passes on a code or words and knows no state for them leaves it to our code table what they mean.
    """
    if not isinstance(item, dict):
        faults.append(f"should be an object and is {kind(item)}")
        return None
    if not item.keys() <= KEYS:
        faults.append(f"unknown keys: {_names(sorted(item.keys() - KEYS))}")
    faults += [f"{name}: is missing" for name in REQUIRED if name not in item]
    fields = _Fields(item, faults)
    stated = _meaning(fields)
    at, confidence = _occurred(fields)
    raw_code, words = fields.text("raw_code"), fields.text("raw_description")
    unsaid = stated.state is State.UNKNOWN and not stated.reason and bool(raw_code or words)
    scan = Scan(
        carrier_slug(fields.needed("carrier")),
        clean_tracking_number(fields.needed("tracking_number")),
        (raw_code,) if raw_code else () if words else (stated.state.value,),
        words,
        at,
        confidence,
        fields.text("location"),
        None if (due := fields.time("promised_at")) is None else promised(due),
        None if unsaid else stated,
        by_text=not raw_code and bool(words),
        order_id=fields.text("order_id"),
        customer_id=fields.text("customer_id"),
        source=fields.text("source"),
        received_at=fields.instant("received_at"),
    )
    return None if faults else scan


def _meaning(fields: _Fields) -> Meaning:
    state = fields.choice("state", _STATES, State.UNKNOWN)
    fields.choice("previous_state", _STATES, State.UNKNOWN)
    reason = fields.choice("reason", _REASONS, "")
    return Meaning(state, reason, fields.flag("physical", default=state not in _ELECTRONIC))


def _occurred(fields: _Fields) -> tuple[datetime | None, TimeConfidence]:
    """Return the event's instant; none where the sender says that the carrier stated none."""
    at = fields.instant("occurred_at")
    known = TimeConfidence.UNKNOWN if at is None else TimeConfidence.EXPLICIT
    confidence = fields.choice("time_confidence", _CONFIDENCES, known)
    if confidence is TimeConfidence.UNKNOWN:
        return None, confidence
    if at is None and "occurred_at" in fields.item:
        fields.refuse("occurred_at", "is empty; give the time, or set time_confidence to unknown")
    return at, confidence


class _Fields:
    """Reads the fields of one event by name and notes each fault in a sentence."""

    __slots__ = ("faults", "item")

    def __init__(self, item: dict[str, Any], faults: list[str]) -> None:
        self.item = item
        self.faults = faults

    def refuse(self, name: str, why: str) -> None:
        self.faults.append(f"{name}: {why}")

    def text(self, name: str) -> str:
        """Return a text field, empty where it is absent or null."""
        value = self.item.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return text(value)
        self.refuse(name, f"should be text and is {kind(value)}")
        return ""

    def needed(self, name: str) -> str:
        """Return a text field that may not be empty."""
        value = self.text(name)
        if not value and name in self.item and (self.item[name] is None or isinstance(self.item[name], str)):
            self.refuse(name, "is empty; it has to be given")
        return value

    def choice(self, name: str, choices: Mapping[str, Choice], otherwise: Choice) -> Choice:
        """Return the meaning of one of the allowed words, `otherwise` where the field is empty or at fault."""
        value = self.needed(name) if name in REQUIRED else self.text(name)
        if value and value not in choices:
            self.refuse(name, f"{shown(value)} is not known; use one of {', '.join(filter(None, choices))}")
        return choices.get(value, otherwise) if value else otherwise

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes-or-no field."""
        value = self.item.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, f"should be true or false and is {kind(value)}")
        return bool(value)

    def instant(self, name: str) -> datetime | None:
        """Return a time field in UTC, None where it is absent or at fault."""
        at = self.time(name)
        return at if at is None or at.tzinfo is UTC else at.astimezone(UTC)

    def time(self, name: str) -> datetime | None:
        """Return a time field with the offset it was told with, None where it is absent or at fault."""
        value = self.text(name)
        if not value:
            return None
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.refuse(name, f"{shown(value)} is not a time; use ISO 8601 with offset, like 2026-01-13T09:30:00+00:00")
            return None
        if at.tzinfo is None:
            self.refuse(name, f"{shown(value)} has no offset; add one, such as +00:00")
            return None
        if not EARLIEST_YEAR <= at.year < LATEST_YEAR:
            self.refuse(name, f"{shown(value)} is not plausible; give a year from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
            return None
        return at


def shown(value: str) -> str:
    """Return a refused value as it may stand in a sentence."""
    return repr(value if len(value) <= 60 else value[:60] + "…")
