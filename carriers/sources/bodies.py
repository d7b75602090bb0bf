"""Read an untrusted body: JSON in, typed pieces out, and a sentence for a person where it cannot be (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from carriers.sources.reading import FeedTrouble, Scan, Unreadable

LONGEST: Final = 500
"""Characters kept of one field; a description longer than this is not one."""

MOST_SCANS: Final = 20_000
"""Scans accepted from one body; a real answer holds a few hundred at most."""

MOST_ENVELOPES: Final = 8
"""Envelopes opened on the way to a parcel ("data" in "payload" in a list); real messages have four at most."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def load(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises: FeedTrouble for an HTML page; Unreadable when it is empty, not UTF-8, or not JSON.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8 text (byte {error.start} does not belong there).") from None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise Unreadable("The body nests values too deeply to be a tracking message.") from None
    except ValueError as error:
        return _load_odd(text, error)


def _load_odd(text: str, error: ValueError) -> Any:
    """Say what a body is that is not plain JSON, or read it without its byte order mark."""
    if text.startswith("\ufeff"):
        return load(text[1:].encode())
    start = text[:2000].strip().lower()
    if not start:
        raise Unreadable("The body is empty.") from None
    if start.startswith("<"):
        if "<html" in start or "<!doctype html" in start:
            raise FeedTrouble("The carrier answered with a web page instead of data; its service is not working.")
        raise Unreadable("The body is XML; this source speaks JSON.") from None
    raise Unreadable(f"The body is not valid JSON: {error}.") from None


def text(value: object) -> str:
    """Return a field as clean text: numbers as written, nothing for null, no characters a database refuses.

    Raises: Unreadable when the field holds a list or an object.
    """
    if isinstance(value, str):
        if value.isprintable() and len(value) <= LONGEST:
            return value.strip()
        return _cleaned(value)
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    raise Unreadable(f"A field that should be text holds {kind(value)}.")


def _cleaned(value: str) -> str:
    value = value[: LONGEST * 2].encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:LONGEST]


def code(value: object) -> str:
    """Return a carrier's code as text, in capitals."""
    return text(value).upper()


def entry(value: object, name: str) -> dict[str, Any]:
    """Return an object, an empty one for null. Raises: Unreadable naming the field."""
    if isinstance(value, dict):
        return value
    if value is None:
        return {}
    raise Unreadable(f"“{name}” should be an object and is {kind(value)}.")


def entries(value: object, name: str) -> list[dict[str, Any]]:
    """Return a list of objects, an empty one for null; a lone object counts as a list of one.

    Raises: Unreadable naming the field, or when it holds more than any real answer does.
    """
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise Unreadable(f"“{name}” should be a list and is {kind(value)}.")
    if len(value) > MOST_SCANS:
        raise Unreadable(f"“{name}” holds {len(value)} entries; more than {MOST_SCANS} are not read.")
    for item in value:
        if not isinstance(item, dict):
            raise Unreadable(f"“{name}” should hold objects and holds {kind(item)}.")
    return value


def deeper(depth: int) -> int:
    """Return the depth of the next envelope inside a message. Raises: Unreadable when no real one nests so far."""
    if depth >= MOST_ENVELOPES:
        raise Unreadable(f"The body wraps its news in more than {MOST_ENVELOPES} envelopes; no real message does.")
    return depth + 1


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object"


def place(address: Mapping[str, object], *names: str) -> str:
    """Return a place on one line from the named fields of an address, without the empty ones."""
    return ", ".join([found for name in names if (value := address.get(name)) is not None and (found := text(value))])


def error_words(errors: object) -> str:
    """Return a carrier's own error, or list of errors, on one line: code and message of the first few.

    Raises: Unreadable where it is neither text, an object nor a list of objects.
    """
    if isinstance(errors, str):
        return text(errors).rstrip(".") or "no code and no message"
    told = entries(errors, "errors")[:3]
    words = (": ".join(filter(None, (text(error.get("code")), text(error.get("message"))))) for error in told)
    return "; ".join(filter(None, words)).rstrip(".") or "no code and no message"


def distinct(scans: list[Scan]) -> list[Scan]:
    """Return the scans in their order, each told once."""
    return list(dict.fromkeys(scans))
