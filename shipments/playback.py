"""Let a simulated clock run without live workers judging its shipments by the real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

PLAYING: Final = 0x57_41_59_01
"""Advisory lock number; any constant no other part of the database uses."""


@contextmanager
def playing() -> Iterator[None]:
    """Hold live workers back until the block ends; the database frees the lock if this process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PLAYING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PLAYING])


def may_work() -> bool:
    """Say whether live workers may go on; call inside the batch's transaction, which then holds players back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [PLAYING])
        return bool(cursor.fetchone()[0])
