"""Scratch databases beside the real one, made and dropped by a benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql


@contextmanager
def scratch(*names: str) -> Iterator[None]:
    """Make empty databases with today's schema, and drop them at the end; the real one is left alone."""
    real = str(connection.settings_dict["NAME"])
    try:
        with server(real) as admin:
            for name in names:
                _drop(admin, name)
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(names[0])))
        use(names[0])
        call_command("migrate", verbosity=0)
        connection.close()
        with server(real) as admin:
            for name in names[1:]:
                copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                admin.execute(copy.format(sql.Identifier(name), sql.Identifier(names[0])))
        yield
    finally:
        use(real)
        connection.close()
        with server(real) as admin:
            for name in names:
                _drop(admin, name)


def copy(name: str, target: str) -> None:
    """Make a scratch database anew as a copy of another, as that stands now; nobody may be connected to either."""
    real = str(connection.settings_dict["NAME"])
    connection.close()
    with server("postgres") as admin:
        _drop(admin, target)
        template = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(template.format(sql.Identifier(target), sql.Identifier(name)))
    use(real)


def use(name: str) -> None:
    """Point Django's connection at a database of this server."""
    connection.close()
    connection.settings_dict["NAME"] = name


def server(name: str) -> psycopg.Connection:
    """Return a connection of its own to a database of this server, which commits each statement."""
    place = connection.settings_dict
    return psycopg.connect(
        dbname=name,
        user=place["USER"] or None,
        password=place["PASSWORD"] or None,
        host=place["HOST"] or None,
        port=place["PORT"] or None,
        autocommit=True,
    )


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
