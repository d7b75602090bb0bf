"""One plain shape for JSON and XML bodies, and ways to find things in it (pure).

An XML element becomes an object of its attributes and children, a leaf its text, so that one layout reads both.
Namespaces and prefixes are dropped.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any, Final

from carriers.sources import bodies
from carriers.sources.reading import Unreadable

DEEPEST: Final = 60
"""Levels that are searched; a carrier's answer has about ten."""

_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
"""What may stand before a body: a byte order mark and white space."""

_NAMED: Final = "data"
"""DHL Paket calls every element “data” and tells its kind in the attribute “name”, which is then its name here."""


def load(body: bytes) -> Any:
    """Return the plain value of a JSON or XML body.

    Raises: FeedTrouble for a web page; Unreadable when it is empty, or neither JSON nor XML.
    """
    document = _xml(body.lstrip(_BLANK)) if is_xml(body) else bodies.load(body)
    if isinstance(document, list) and len(document) > bodies.MOST_SCANS:
        raise Unreadable(f"The body holds {len(document)} entries; more than {bodies.MOST_SCANS} are not read.")
    return document


def is_xml(body: bytes) -> bool:
    """Tell whether a body is XML; a web page counts as none."""
    start = body[:2000].lstrip(_BLANK).lower()
    return start.startswith(b"<") and not start.startswith(b"<!doctype html") and b"<html" not in start


def _xml(body: bytes) -> dict[str, Any]:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Unreadable("The XML body declares entities of its own, which no carrier's answer does.")
    try:
        root = ElementTree.fromstring(body)
        return {_name(root): _plain(root)}
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Unreadable(f"The body is not valid XML: {error}.") from None
    except RecursionError:
        raise Unreadable("The body nests values too deeply to be a tracking message.") from None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _name(element: ElementTree.Element) -> str:
    name = _local(element.tag)
    return element.get("name", name) if name == _NAMED else name


def _plain(element: ElementTree.Element) -> Any:
    """Return an element's text where it has no children, else an object of its attributes and children."""
    text = (element.text or "").strip()
    if not len(element) and (text or not element.attrib):
        return text or None
    found: dict[str, Any] = {name: value for name, value in element.attrib.items() if not name.startswith("{")}
    for child in element:
        name, value = _name(child), _plain(child)
        known = found.get(name)
        if name not in found:
            found[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            found[name] = [known, value]
    return found or None


def anywhere(value: Any, name: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every object that stands under a name, at whatever depth, in order; not those inside one found."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from anywhere(item, name, depth + 1)
    elif isinstance(value, dict):
        for key, child in value.items():
            if key == name:
                yield from (item for item in (child if isinstance(child, list) else [child]) if isinstance(item, dict))
            else:
                yield from anywhere(child, name, depth + 1)


def every(value: Any, path: str) -> list[Any]:
    """Return all values at a dotted path, through every list on the way; nothing where a step is missing."""
    found = [value]
    for name in filter(None, path.split(".")):
        steps = [each.get(name) for each in found if isinstance(each, dict)]
        found = [item for step in steps for item in (step if isinstance(step, list) else [step]) if item is not None]
    return found


def first(value: Any, path: str) -> str:
    """Return the first filled text at a dotted path, else the empty string; an object or a list is no text."""
    for found in every(value, path):
        if isinstance(found, str | int | float) and (words := bodies.text(found)):
            return words
    return ""


def first_of(value: Any, paths: tuple[str, ...]) -> str:
    """Return the first filled text of several paths, else the empty string."""
    return next((found for path in paths if (found := first(value, path))), "")
