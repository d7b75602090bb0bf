"""How the code pages say what a code means and where that comes from (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from carriers.codebook.suggestions import Suggestion
from carriers.codes import TEXT
from shipments.facts import Reason, State
from shipments.marks import SHIPMENT, Mark, carrier_name
from shipments.story import because

CONFIDENCE: Final = {
    "hand": "Checked by hand",
    "read": "Carrier’s documents",
    "peer": "Somebody else’s table",
    "people": "Decided here",
}
PHYSICAL: Final = (("yes", "A scan of the parcel"), ("no", "Only data about it"))


class Said(NamedTuple):
    """A meaning in words: the state as it is shown everywhere, why, and what kind of scan."""

    mark: Mark
    reason: str = ""
    data_only: bool = False
    acts: bool = False


def said(row: Mapping[str, Any] | None) -> Said | None:
    """Return a row of the table in words, None where there is none."""
    if row is None:
        return None
    reason = because(row["state"], row["reason"]) or _other(row["reason"])
    return Said(SHIPMENT[State(row["state"])], reason, not row["physical"], row["action_required"])


def suggested(suggestion: Suggestion | None) -> Said | None:
    """Return a suggestion in words."""
    if suggestion is None:
        return None
    return Said(SHIPMENT[suggestion.state], because(suggestion.state, suggestion.reason), not suggestion.physical)


def system_name(system: str) -> str:
    """Return a code system as people call it."""
    return carrier_name(system)


def code_words(code: str) -> str:
    """Return a code as it is shown: a key made of words as those words in quotes."""
    return f"“{code.removeprefix(TEXT)}”" if code.startswith(TEXT) else code


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with what it counts: "1 scan", "2,410 scans"."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _other(reason: str) -> str:
    return Reason.OTHER.label if reason == Reason.OTHER else ""
