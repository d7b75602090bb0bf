"""One poller at a time: it asks many carriers side by side, and the other workers are left for the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

_POLLING: Final = 0x57_41_59_02
"""Advisory lock number; any constant no other part of the database uses."""


@contextmanager
def alone() -> Iterator[bool]:
    """Say whether no other process polls now, and keep it so until the block ends; a killed process frees the lock.

    Leases keep polls apart also without this. It only saves workers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_POLLING])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_POLLING])
