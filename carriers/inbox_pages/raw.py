"""A raw body as a page may show it: tidied where it is JSON, cut where it is long, escaped by the template (pure)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 60_000
"""Characters shown; more than that is read in an editor."""


@dataclass(frozen=True, slots=True)
class ShownBody:
    """A body's text, what it is, its size in bytes, and whether something was left out or stood for."""

    text: str
    kind: str
    size: int
    is_cut: bool
    is_tidied: bool


def shown_body(body: bytes) -> ShownBody:
    """Return a body as text; whatever its bytes are, this does not fail."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        shown = body[:LONGEST].decode("utf-8", "replace")
        return ShownBody(shown, "not text", len(body), len(body) > LONGEST, is_tidied=False)
    tidied = _tidied(text)
    kind = "JSON" if tidied is not None else "XML or HTML" if text.lstrip()[:1] == "<" else "text"
    shown = text if tidied is None else tidied
    return ShownBody(shown[:LONGEST], kind if text else "empty", len(body), len(shown) > LONGEST, tidied is not None)


def _tidied(text: str) -> str | None:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
