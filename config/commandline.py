"""The way into Django's commands: services first, schema second, then the command."""

import os
import sys

from config.folders import FolderUnusable
from config.postgres import PostgresFailed
from config.services import ServicesUnavailable, addresses, attached
from config.valkey import ValkeyFailed

# These use no database, so they wait for none.
WITHOUT_SERVICES = frozenset(
    ["check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages", "makemigrations"]
) | frozenset(["spectacular", "startapp", "startproject", "help", "version", "--help", "-h", "--version"])
# These look after the schema themselves.
WITHOUT_SCHEMA = frozenset(["migrate", "showmigrations", "sqlmigrate"])


def run(argv: list[str]) -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    name = argv[1] if len(argv) > 1 else "help"
    # These two start services of their own, which the settings then find; so no settings are read before.
    if name == "test":
        from config import testing

        testing.run(argv[2:])
    elif name == "up":
        from config import supervisor

        supervisor.main(argv[2:])
    elif not _needs_services(name, argv):
        _execute(argv)
    else:
        _run_with_services(name, argv)


def _run_with_services(name: str, argv: list[str]) -> None:
    try:
        with attached(name):
            _with_schema(name, argv)
    except (ServicesUnavailable, FolderUnusable, PostgresFailed, ValkeyFailed) as trouble:
        sys.exit(f"waypost: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)


def _needs_services(name: str, argv: list[str]) -> bool:
    if {"--help", "-h"} & set(argv[2:]):
        return False
    return name not in WITHOUT_SERVICES or "--database" in argv


def _with_schema(name: str, argv: list[str]) -> None:
    from config import schema

    if addresses().own_database and name not in WITHOUT_SCHEMA:
        schema.bring_up_to_date()
    try:
        _execute(argv)
    finally:
        if addresses().own_database and name == "migrate":
            schema.forget()


def _execute(argv: list[str]) -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as trouble:
        sys.exit(f"waypost: {trouble}")
