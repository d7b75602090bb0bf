"""What carriers' codes mean: an immutable table, and events built from scans with it (pure).

An unknown code stays unknown. It is never guessed from its neighbours, its type or its words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from carriers.sources.reading import Scan
from shipments.facts import UNMAPPED, EventFact, Meaning, Reason, State, TimeConfidence, identity_of

Row = tuple[str, str, str, str, bool, bool]
"""system, code, state, reason, physical, action_required"""

FARTHEST_AHEAD: Final = timedelta(days=2)
"""A scan dated further ahead of its receipt than zones can explain cannot have happened; its time is not used."""

TEXT: Final = "text:"
"""What the key of a scan without codes begins with; its words follow."""
_LONGEST_TEXT: Final = 200

_REASONS: Final = frozenset({"", *(str(reason.value) for reason in Reason)})


class Spelling(NamedTuple):
    """How a source names one thing: the keys it is looked up by, most specific first; `id` is the same everywhere."""

    id: int
    system: str
    keys: tuple[str, ...]

    @property
    def code(self) -> str:
        """Return the key that stands for all of them."""
        return self.keys[0]


class Answer(NamedTuple):
    """The row that answers for some keys, and what it says."""

    code: str
    meaning: Meaning


class CodeTable:
    """The meaning of each code of each system.

    A code is found as it is written; where only its capitals differ from a row's, that row still speaks.
    """

    __slots__ = ("_exact", "_folded")

    def __init__(self, rows: Iterable[Row]) -> None:
        """Build the table. Raises: ValueError for a state or reason outside the vocabulary, or a code told twice."""
        exact: dict[tuple[str, str], Answer] = {}
        for system, code, state, reason, physical, action_required in rows:
            if reason not in _REASONS:
                raise ValueError(f"{system} {code}: {reason!r} is not a reason")
            if (system, code) in exact:
                raise ValueError(f"{system} {code}: the code stands in the table twice")
            exact[system, code] = Answer(code, Meaning(State(state), reason, physical, action_required))
        self._exact: Mapping[tuple[str, str], Answer] = MappingProxyType(exact)
        folded = {(system, code.upper()): answer for (system, code), answer in sorted(exact.items())}
        self._folded: Mapping[tuple[str, str], Answer] = MappingProxyType(folded)

    def __len__(self) -> int:
        return len(self._exact)

    def answer(self, system: str, codes: Iterable[str]) -> Answer | None:
        """Return the row of the first of the codes that the system's table knows, None where it knows none."""
        for code in codes:
            found = self._exact.get((system, code)) or self._folded.get((system, code.upper()))
            if found is not None:
                return found
        return None

    def meaning(self, system: str, codes: Iterable[str]) -> Meaning | None:
        """Return the meaning of the first of the codes that the system's table knows, None where it knows none."""
        found = self.answer(system, codes)
        return found.meaning if found else None


def spelling_of(scan: Scan, system: str) -> Spelling | None:
    """Return how a scan is looked up; None where it says nothing, or says it in our own vocabulary.

    A scan without codes is looked up by its words.
    """
    if scan.stated is not None:
        return None
    keys = scan.codes or ((text_key(scan.description),) if scan.description.strip() else ())
    return spelled(system, keys) if keys else None


def text_key(description: str) -> str:
    """Return the key of a scan that has words and no code: in small letters, blanks folded, at most 200 of them."""
    return TEXT + " ".join(description.split()).lower()[:_LONGEST_TEXT].rstrip(" .!")


@lru_cache(maxsize=1 << 16)
def spelled(system: str, keys: tuple[str, ...]) -> Spelling:
    """Return the spelling of these keys; its id is 63 bits of their hash, so that every worker gives the same."""
    digest = hashlib.blake2b("\x1f".join((system, *keys)).encode(), digest_size=8).digest()
    return Spelling(int.from_bytes(digest, "big") >> 1, system, keys)


def to_event(
    scan: Scan, table: CodeTable, *, source: str, received_at: datetime, message_id: int | None = None, system: str = ""
) -> EventFact:
    """Return the event a scan tells; with a code no table knows its state is unknown, and it counts as unmapped.

    `system` is the source's code system, by default its name; no other carrier's table is asked. Where the carrier
    states no instant, or an impossible one, `occurred_at` is when we received the scan.
    """
    spelling = spelling_of(scan, system or source)
    meaning = scan.stated or (table.meaning(spelling.system, spelling.keys) if spelling else None)
    state, reason, physical, _ = meaning or UNMAPPED
    received = min(scan.received_at, received_at) if scan.received_at else received_at
    at, confidence = scan.occurred_at, scan.time_confidence
    if at is None or at - received_at > FARTHEST_AHEAD:
        at, confidence = received, TimeConfidence.UNKNOWN
    raw_code = "" if scan.by_text or not scan.codes else scan.codes[0]
    stated_at = None if confidence is TimeConfidence.UNKNOWN else at
    return EventFact(
        scan.carrier,
        scan.tracking_number,
        state,
        reason,
        at,
        received,
        confidence,
        scan.promised_at,
        raw_code,
        scan.description,
        scan.location,
        physical,
        scan.source or source,
        identity_of(scan.carrier, scan.tracking_number, stated_at, raw_code or scan.description),
        meaning is not None,
        scan.order_id,
        scan.customer_id,
        scan.service,
        message_id,
        spelling.id if spelling else None,
    )
