"""The policy Waypost starts with; every figure in it names where it comes from."""

from __future__ import annotations

from functools import cache

from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.shipped import DEFAULT_POLICY

__all__ = ["DEFAULT_POLICY", "default_policy"]


@cache
def default_policy() -> Policy:
    """Return the default policy."""
    return parse_policy(DEFAULT_POLICY)
