"""The first start: static files, the demo month, and what is said to the person who started it."""

import hashlib
import json
from pathlib import Path

from config.folders import ROOT, noted

COMMAND = ("simulate", "--shipments", "2000", "--days", "30", "--seed", "1")
MAKE_USER = "python3 manage.py createsuperuser"


def is_wanted(data: Path) -> bool:
    """Tell whether the demo month is to be played: the database is empty, or an earlier try was cut short."""
    if noted(_state(data)).get("complete"):  # Without Django, which takes a second to load.
        return False
    import django

    django.setup()
    from django.core.management import get_commands
    from django.db import connection

    from shipments.models import Order, Shipment

    try:
        empty = not (Shipment.objects.exists() or Order.objects.exists())
    finally:
        connection.close()
    return "simulate" in get_commands() and (empty or noted(_state(data)).get("complete") is False)


def begin(data: Path) -> None:
    """Remember that the demo month has been begun."""
    _remember(data, {"complete": False})


def complete(data: Path) -> None:
    """Make one user a role, and remember who can sign in."""
    from django.db import connection

    from exceptions_queue import access

    try:
        people = access.ensure_demo_users() if hasattr(access, "ensure_demo_users") else []
    finally:
        connection.close()
    _remember(data, {"complete": True, "sign_ins": people})


def _remember(data: Path, facts: dict) -> None:
    _state(data).touch(mode=0o600)  # For the owner's eyes alone: there are passwords in it, if only of the demo.
    _state(data).write_text(json.dumps(facts))


def greeting(data: Path, port: int, *, empty: bool) -> str:
    """Say where Waypost is and who can sign in."""
    lines = ["", f"Waypost is at http://127.0.0.1:{port}  (Ctrl-C stops it)"]
    people = noted(_state(data)).get("sign_ins", [])
    if people and not empty:
        lines += ["Demo sign-ins, made on the first start:"]
        lines += [f"  {role:<20} {name:<14} {password}" for role, name, password in people]
    elif not _has_users():
        lines += [f"Nobody can sign in yet. Make the first user with: {MAKE_USER}"]
    return "\n".join([*lines, ""])


def _has_users() -> bool:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import connection

    try:
        return get_user_model().objects.exists()
    finally:
        connection.close()


def _state(data: Path) -> Path:
    return data / "demo.json"


def static_files_changed(data: Path) -> bool:
    """Tell whether static files differ from those collected last."""
    return not (data / "static" / "staticfiles.json").exists() or noted(_static(data)).get("digest") != _digest()


def remember_static_files(data: Path) -> None:
    """Remember which static files have been collected."""
    _static(data).write_text(json.dumps({"digest": _digest()}))


def _static(data: Path) -> Path:
    return data / "static.json"


def _digest() -> str:
    digest = hashlib.sha256((ROOT / "config" / "requirements" / "base.txt").read_bytes())
    for path in sorted(ROOT.glob("*/static/**/*")):
        facts = path.stat()
        digest.update(f"{path.relative_to(ROOT)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
