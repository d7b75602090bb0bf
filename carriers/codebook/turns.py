"""Readers and publishers take turns: no message is read by a code table while the next one is being published."""

from __future__ import annotations

from typing import Final

from shipments.playback import PLAYING
from shipments.setwise import run

_PUBLISHING: Final = 0x57_41_59_02
"""Advisory lock number; any constant no other part of the database uses."""


def may_read() -> bool:
    """Say whether live workers may go on, and hold publishers back until this transaction ends. One query.

    What was read by the old table is then committed before a publication looks for the events it changes.
    """
    ((live, _),) = run(
        "SELECT pg_try_advisory_xact_lock_shared(%b), pg_advisory_xact_lock_shared(%b)::text", [PLAYING, _PUBLISHING]
    )
    return bool(live)


def hold_readers_back() -> None:
    """Wait for the batches being read, and hold new ones back until this transaction ends."""
    run("SELECT pg_advisory_xact_lock(%b)::text", [_PUBLISHING])
