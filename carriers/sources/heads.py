"""Join what a tracker says of itself (its head) with its scans, so that its status is told once (pure).

Aggregators repeat the newest status beside the history, and older formats give their scans no status at all.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from carriers.sources.instants import INFERRED
from carriers.sources.reading import Scan

SAME_SCAN: Final = timedelta(minutes=1)
"""A head and a scan of one code this close are one scan: Shippo writes the two some milliseconds apart."""


def newest(scans: list[Scan]) -> int:
    """Return the place of the newest scan; of several at that instant the one the sender's order puts last in time.

    Without any instant it is the first, since aggregators tell the newest first.
    """
    dated = [place for place, scan in enumerate(scans) if scan.occurred_at]
    if not dated:
        return 0
    last = max(at for scan in scans if (at := scan.occurred_at))
    ties = [place for place in dated if scans[place].occurred_at == last]
    return ties[0] if scans[dated[0]].occurred_at == last else ties[-1]


def join_head(scans: list[Scan], head: Scan, silent: Collection[int] = ()) -> list[Scan]:
    """Return the scans with the head told once; the head alone where there is no scan.

    `silent` are the places of scans without a status of their own. The newest scan, when silent and not older than the
    head, takes the head's codes behind its own: it means what the head says and stays the same event when the head
    moves on. Else the head is a scan of its own unless a scan tells it; undated, it is no earlier than the newest scan.
    """
    if not scans:
        return [head]
    last = newest(scans)
    if last in silent and not _is_older(scans[last], head):
        scans[last] = scans[last]._replace(codes=(*scans[last].codes, *head.codes))
    elif not any(_tells(scan, head) for scan in scans):
        at = scans[last].occurred_at
        scans.append(head._replace(occurred_at=at, time_confidence=INFERRED) if at and not head.occurred_at else head)
    return scans


def _is_older(scan: Scan, head: Scan) -> bool:
    if head.occurred_at is None or scan.occurred_at is None:
        return False
    return head.occurred_at - scan.occurred_at > SAME_SCAN


def _tells(scan: Scan, head: Scan) -> bool:
    if head.codes[0] not in scan.codes:
        return False
    if head.occurred_at is None or scan.occurred_at is None:
        return True
    return abs(scan.occurred_at - head.occurred_at) <= SAME_SCAN
