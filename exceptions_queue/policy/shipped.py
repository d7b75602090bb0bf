"""The policy document that comes with Waypost, as data (pure)."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files("exceptions_queue") / "data" / name).read_text("utf-8"))
    return data


DEFAULT_POLICY: Final = _read("default_policy.json")
"""The document, as it is stored with a policy version."""

ADDED_IN_FORMAT_2: Final = _read("policy_format_2.json")
"""The sections that format 2 added, saying what a document without them meant; never to change again."""
