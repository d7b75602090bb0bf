"""What carriers' codes mean: an immutable table, and events built from scans with it (pure).

An unknown code stays unknown. It is never guessed from its neighbours, its type or its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from carriers.sources.reading import Scan
from shipments.facts import UNMAPPED, EventFact, Meaning, Reason, State, TimeConfidence, identity_of

Row = tuple[str, str, str, str, bool, bool]
"""system, code, state, reason, physical, action_required"""

FARTHEST_AHEAD: Final = timedelta(days=2)
"""A scan dated further ahead of its receipt than zones can explain cannot have happened; its time is not used."""

_REASONS: Final = frozenset({"", *(str(reason.value) for reason in Reason)})


class CodeTable:
    """The meaning of each code of each system.

    A code is found as it is written; where only its capitals differ from a row's, that row still speaks.
    """

    __slots__ = ("_exact", "_folded")

    def __init__(self, rows: Iterable[Row]) -> None:
        """Build the table. Raises: ValueError for a state or reason outside the vocabulary, or a code told twice."""
        exact: dict[tuple[str, str], Meaning] = {}
        for system, code, state, reason, physical, action_required in rows:
            if reason not in _REASONS:
                raise ValueError(f"{system} {code}: {reason!r} is not a reason")
            if (system, code) in exact:
                raise ValueError(f"{system} {code}: the code stands in the table twice")
            exact[system, code] = Meaning(State(state), reason, physical, action_required)
        self._exact: Mapping[tuple[str, str], Meaning] = MappingProxyType(exact)
        folded = {(system, code.upper()): meaning for (system, code), meaning in sorted(exact.items())}
        self._folded: Mapping[tuple[str, str], Meaning] = MappingProxyType(folded)

    def __len__(self) -> int:
        return len(self._exact)

    def meaning(self, system: str, codes: Iterable[str]) -> Meaning | None:
        """Return the meaning of the first of the codes that the system's table knows, None where it knows none."""
        for code in codes:
            found = self._exact.get((system, code)) or self._folded.get((system, code.upper()))
            if found is not None:
                return found
        return None


def to_event(
    scan: Scan, table: CodeTable, *, source: str, received_at: datetime, message_id: int | None = None, system: str = ""
) -> EventFact:
    """Return the event a scan tells; with a code no table knows its state is unknown, and it counts as unmapped.

    `system` is the source's code system, by default its name; no other carrier's table is asked. Where the carrier
    states no instant, or an impossible one, `occurred_at` is when we received the scan.
    """
    meaning = scan.stated or table.meaning(system or source, scan.codes)
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
    )
