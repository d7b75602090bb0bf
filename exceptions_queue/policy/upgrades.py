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

FORMAT: Final = 3
"""The format written today."""

SEVERITIES_OF_FORMAT_2: Final = MappingProxyType({"low": 10, "medium": 20, "high": 30, "critical": 40})
"""What each severity counted for while no document said so; never to change again."""


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
    """Add the sections of format 2, and as they ship today the figures that have to be written and were not known.

    A figure that need not be written stays unwritten: it then counts as if it did not exist.
    """
    detectors = data.get("detectors")
    for kind, figures in FIGURES.items():
        rule = detectors.get(kind.value) if isinstance(detectors, dict) else None
        shipped = DEFAULT_POLICY["detectors"].get(kind.value, {})
        if isinstance(rule, dict):
            for name, figure in figures.items():
                if figure.unwritten is None and name not in rule and name in shipped:
                    rule[name] = copy.deepcopy(shipped[name])
    return {**copy.deepcopy(ADDED_IN_FORMAT_2), **data, "format": 2}


def _to_3(data: dict[str, Any]) -> dict[str, Any]:
    """Write down what a severity counts for, which stood in the code before."""
    score = data.get("score")
    if isinstance(score, dict):
        data["score"] = {"severities": dict(SEVERITIES_OF_FORMAT_2), **score}
    return {**data, "format": 3}


_LIFTS: Final[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType({1: _to_2, 2: _to_3})
"""From which format to the next."""
