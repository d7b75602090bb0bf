"""Commands bring the services they need, share them, and leave none behind."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.folders import ROOT, can_reach
from tests.config.conftest import Waypost, wait_for

ASK = "from shipments.models import Shipment; print(Shipment.objects.count())"
STAY = (
    "import time; from shipments.models import Shipment as S; S.objects.count(); "
    "print('in', flush=True); time.sleep({})"
)


def test_a_stranger_is_none_of_its_processes(fresh: Waypost):
    words = ("nowhere", "", str(fresh.data.parent))
    with subprocess.Popen([sys.executable, "-c", "input()", *words], stdin=subprocess.PIPE) as stranger:
        assert fresh.pids() == []
        stranger.kill()


def test_command_alone_starts_the_services_migrates_and_stops_them(fresh: Waypost):
    first = fresh.run("shell", "-v", "0", "-c", ASK)
    assert first.process.returncode == 0, first.said()
    assert first.printed() == "0\n"
    assert "schema up to date" in first.said()
    second = fresh.run("shell", "-v", "0", "-c", ASK)
    assert second.said() == "0\n"
    assert fresh.pids() == []


def test_owner_waits_for_the_command_that_joined_it(waypost: Waypost):
    owner = waypost.start("shell", "-v", "0", "-c", STAY.format(1))
    wait_for(lambda: "in" in owner.printed(), "the owner", owner.said)
    guest = waypost.start("shell", "-v", "0", "-c", STAY.format(2) + "; print(S.objects.count())")
    assert owner.wait() == 0, owner.said()
    assert guest.wait() == 0, guest.said()
    assert guest.printed() == "in\n0\n"
    assert waypost.pids() == []


def test_terminated_command_stops_what_it_started(waypost: Waypost):
    owner = waypost.start("shell", "-v", "0", "-c", STAY.format(100))
    wait_for(lambda: "in" in owner.printed(), "the owner", owner.said)
    owner.stop(signal.SIGTERM)
    assert waypost.pids() == []
    assert waypost.board() == {}


def test_command_without_need_of_a_database_starts_none(fresh: Waypost):
    done = fresh.run("makemigrations", "--check", "--dry-run")
    assert done.process.returncode == 0, done.said()
    assert done.said() == "No changes detected\n"
    assert not (fresh.data / "postgres").exists()


def test_half_done_initdb_is_done_again(waypost: Waypost):
    assert waypost.run("shell", "-v", "0", "-c", ASK).process.returncode == 0
    (waypost.data / "postgres" / "data" / "waypost-made").unlink()
    (waypost.data / "postgres" / "data" / "PG_VERSION").unlink()
    again = waypost.run("shell", "-v", "0", "-c", ASK)
    assert again.printed() == "0\n", again.said()


def test_stale_pid_file_that_names_a_stranger_stops_nobody(waypost: Waypost):
    assert waypost.run("shell", "-v", "0", "-c", ASK).process.returncode == 0
    stale = waypost.data / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"1\n{stale.parent}\n")
    again = waypost.run("shell", "-v", "0", "-c", ASK)
    assert again.printed() == "0\n", again.said()


def test_an_ordinary_user_without_a_home_can_run_commands():
    if os.geteuid() != 0:
        pytest.skip("Only root can run a command as somebody else; every other test here runs as an ordinary user.")
    interpreter, account = _ordinary()
    waypost = Waypost(interpreter, account)
    site = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    waypost.env |= {"HOME": "/nonexistent", "PYTHONPATH": str(site)}
    try:
        done = waypost.run("shell", "-v", "0", "-c", ASK)
        assert done.printed() == "0\n", done.said()
        assert (waypost.data / "postgres").stat().st_uid == account
    finally:
        waypost.clean()


def _ordinary() -> tuple[str, int]:
    """Return an interpreter that `nobody` can run, and that user."""
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("This system has no account 'nobody' to run as.")
    if not can_reach(nobody, ROOT) or not can_reach(nobody, Path(sys.prefix)):
        pytest.skip("The account 'nobody' cannot reach this checkout.")
    for place in (Path(sys.executable).resolve(), Path("/usr/bin/python3"), Path("/usr/local/bin/python3")):
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        if place.exists() and version in place.resolve().name and can_reach(nobody, place.resolve().parent):
            return str(place), nobody.pw_uid
    pytest.skip("There is no interpreter of this version that the account 'nobody' can run.")
