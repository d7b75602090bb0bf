"""Bring a stored policy document of an older format into today's shape (pure).

A published document never changes, so it is read as it was written and lifted format by format. A lifted document
means what it meant: a section it did not know says so in its own words.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from exceptions_queue.policy.rules import FIGURES
from exceptions_queue.policy.shipped import ADDED_IN_FORMAT_2, DEFAULT_POLICY

FORMAT: Final = 2
"""The format written today."""


def upgraded(data: Any) -> Any:
    """Return the document in today's format, never changing what was given.

    What is no document, and a format not known here, come back as they are: reading them says what is wrong.
    """
    while isinstance(data, dict) and (lift := _LIFTS.get(_format_of(data))) is not None:
        data = lift(copy.deepcopy(data))
    return data


def _format_of(data: Mapping[str, Any]) -> int:
    found = data.get("format")
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _to_2(data: dict[str, Any]) -> dict[str, Any]:
    """Add the sections of format 2, and the figures detectors learned to read since: those that ship today."""
    detectors = data.get("detectors")
    for kind, figures in FIGURES.items():
        rule = detectors.get(kind.value) if isinstance(detectors, dict) else None
        shipped = DEFAULT_POLICY["detectors"].get(kind.value, {})
        if isinstance(rule, dict):
            for name in figures:
                if name not in rule and name in shipped:
                    rule[name] = copy.deepcopy(shipped[name])
    return {**copy.deepcopy(ADDED_IN_FORMAT_2), **data, "format": 2}


_LIFTS: Final[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType({1: _to_2})
"""From which format to the next."""
