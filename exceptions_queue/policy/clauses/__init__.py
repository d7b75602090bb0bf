"""A policy document as sentences with fields inside: what the editor shows, and how a difference is told (pure).

`clauses_of` reads a part of a document; `edited`, `removed`, `moved` and `switched` give back another one. `parts`
holds what a clause is made of; each part of the policy has a module that writes its clauses.
"""

from exceptions_queue.policy.clauses.all_parts import PART_SLUGS, PARTS, Part, adders_of, clause_of, clauses_of
from exceptions_queue.policy.clauses.changes import edited, moved, removed, switched
from exceptions_queue.policy.clauses.normal import normal
from exceptions_queue.policy.clauses.parts import Clause, Field, FieldKind, input_name, mark_of, path_words
from exceptions_queue.policy.clauses.rules import missing_detectors, with_detector

__all__ = [
    "PARTS",
    "PART_SLUGS",
    "Clause",
    "Field",
    "FieldKind",
    "Part",
    "adders_of",
    "clause_of",
    "clauses_of",
    "edited",
    "input_name",
    "mark_of",
    "missing_detectors",
    "moved",
    "normal",
    "path_words",
    "removed",
    "switched",
    "with_detector",
]
