"""Keep the schema of Waypost's own database up to date, at no cost when it is."""

import hashlib
import sys
from pathlib import Path

from config.folders import ROOT, Lock, data_folder
from config.services import say

# Any number that nothing else locks; closing the connection gives it back.
LOCK = 7_249_718_001


def bring_up_to_date() -> None:
    """Apply unapplied migrations, unless the migration files are the ones applied last."""
    if _stamped():
        return
    lock = Lock(data_folder() / "schema.lock")
    lock.take(wait=True)
    try:
        if not _stamped():
            migrate()
            _stamp().write_text(_digest())
    finally:
        lock.release()


def migrate() -> None:
    """Apply what is unapplied, saying so on standard error."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:  # Several machines may start at once.
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    if _unapplied():
        say("bringing the database schema up to date")
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    connection.close()


def forget() -> None:
    """Make the next command look at the migrations again."""
    _stamp().unlink(missing_ok=True)


def _unapplied() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _stamp() -> Path:
    return data_folder() / "schema.stamp"


def _stamped() -> bool:
    return _stamp().exists() and _stamp().read_text() == _digest()


def _digest() -> str:
    """Return a digest of our migrations, and of the pinned libraries that bring others."""
    digest = hashlib.sha256()
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "config" / "requirements" / "base.txt"]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
