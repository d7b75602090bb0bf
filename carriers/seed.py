"""The code tables the project ships with, read from the csv files beside this module."""

from __future__ import annotations

import csv
from importlib import resources
from typing import Final, NamedTuple

COLUMNS: Final = (
    "system",
    "code",
    "state",
    "reason",
    "physical",
    "action_required",
    "description",
    "source",
    "confidence",
)


class SeedRow(NamedTuple):
    """One code with its meaning, where that comes from, and how far it was checked.

    `confidence` is "hand" (checked code by code), "read" (judged by reading the carrier's description) or "peer"
    (taken from somebody else's table).
    """

    system: str
    code: str
    state: str
    reason: str
    physical: bool
    action_required: bool
    description: str
    source: str
    confidence: str

    @property
    def table_row(self) -> tuple[str, str, str, str, bool, bool]:
        """Return the part that a code table is built from."""
        return self[:6]


def seed_rows() -> list[SeedRow]:
    """Return every row of the shipped code tables, by system and code.

    Raises: ValueError when a file's columns are not the ones above.
    """
    rows: list[SeedRow] = []
    folder = resources.files("carriers") / "data"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".csv"):
            reader = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{file.name}: the columns should be {', '.join(COLUMNS)}")
            rows += [_row(row) for row in reader]
    return rows


def _row(row: dict[str, str]) -> SeedRow:
    return SeedRow(
        row["system"],
        row["code"],
        row["state"],
        row["reason"],
        row["physical"] == "yes",
        row["action_required"] == "yes",
        row["description"],
        row["source"],
        row["confidence"],
    )
