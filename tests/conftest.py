"""What every test has: a clean cache, a flush that append-only tables let through, and a browser where there is one."""

from typing import Any

import pytest
from django.core.cache import cache


@pytest.fixture(scope="session", autouse=True)
def _flush_append_only_tables() -> None:
    """Let transactional tests empty the tables whose triggers refuse it to everybody else."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self: Any, sql_list: list[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    BaseDatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    """Forget what earlier tests counted, such as attempts to sign in."""
    cache.clear()
