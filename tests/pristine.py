"""Puts the database back as migrations left it, by touching only what a test changed."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

SCHEMA: Final = "pristine"
"""Where the rows that migrations brought are kept while tests run."""

_FINGERPRINT: Final = "(SELECT concat(count(*), ' ', sum(hashtextextended(concat(ctid, xmin), 0))) FROM {table})"


class Pristine:
    """The rows of a freshly migrated database, and which tables no longer hold just these.

    A TRUNCATE of every table, as Django's flush does it, costs a file for each table and index, whatever was written;
    seeding again costs more. Both together took most of the time of a test that commits.
    """

    def __init__(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            self._tables = sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            self._seeded = {name: self._columns(cursor, name) for name in self._tables if self._has_rows(cursor, name)}
            for name in self._seeded:
                cursor.execute(f'DROP TABLE IF EXISTS {SCHEMA}."{name}"')
                cursor.execute(f'CREATE TABLE {SCHEMA}."{name}" AS TABLE public."{name}"')
            self._known = self._look(cursor)

    def restore(self) -> None:
        """Bring back what migrations left, once those who still write have ended."""
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE {} IN EXCLUSIVE MODE".format(", ".join(f'"{each}"' for each in self._tables)))
            changed = [name for name, seen in self._look(cursor).items() if seen != self._known[name]]
            if not changed:
                return
            # Neither foreign keys nor append-only triggers stand in the way of putting everything back.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in changed:
                cursor.execute(f'DELETE FROM "{name}"')
                if columns := self._seeded.get(name):
                    cursor.execute(
                        f'INSERT INTO "{name}" ({columns}) OVERRIDING SYSTEM VALUE '
                        f'SELECT {columns} FROM {SCHEMA}."{name}"'
                    )
            self._known |= self._look(cursor, *changed)

    def _look(self, cursor, *names: str) -> dict[str, str]:
        """Return what tells each table's content from another: that it is empty, or which versions of rows it holds."""
        asked = names or self._tables
        parts = [
            _FINGERPRINT.format(table=f'"{name}"')
            if name in self._seeded
            else f'(SELECT EXISTS (SELECT FROM "{name}")::text)'
            for name in asked
        ]
        cursor.execute(f"SELECT {', '.join(parts)}")
        return dict(zip(asked, cursor.fetchone(), strict=True))

    @staticmethod
    def _has_rows(cursor, name: str) -> bool:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}")')
        return cursor.fetchone()[0]

    @staticmethod
    def _columns(cursor, name: str) -> str:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [name],
        )
        return cursor.fetchone()[0]
