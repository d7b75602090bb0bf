"""The policy Waypost starts with; every figure in it names where it comes from."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from exceptions_queue.policy.document import Policy, parse_policy

DEFAULT_POLICY: Final[dict[str, Any]] = json.loads(
    (files("exceptions_queue") / "data" / "default_policy.json").read_text("utf-8")
)
"""The document, as it is stored with a policy version."""


@cache
def default_policy() -> Policy:
    """Return the default policy."""
    return parse_policy(DEFAULT_POLICY)
