"""The pytest plugin that gives a test run services of its own, thrown away after it."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import processes
from config.folders import Lock
from config.services import ATTACHED, Services, say

PREFIX = "waypost-test-"
MOST_WORKERS = 8


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the services before pytest-django reads the settings; xdist's workers inherit their addresses."""
    # For Playwright's API, which runs an event loop that Django takes for an asynchronous caller.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    os.environ.setdefault("SECRET_KEY", "for tests only, which keep nothing worth a secret")
    if ATTACHED not in os.environ:
        throwaway = Throwaway()
        early_config.add_cleanup(throwaway.stop)
        throwaway.start()
    return (yield)


class Throwaway:
    """A data folder and the services in it, which nobody needs after the run."""

    def __init__(self) -> None:
        _sweep_killed_runs()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_short_temporary_folder()))
        self.folder.chmod(0o711)
        (self.folder / "log").mkdir()
        os.environ["WAYPOST_DATA"] = str(self.folder)
        self.services = Services(self.folder, durable=False)
        self._owner = os.getpid()

    def start(self) -> None:
        """Start the services; a termination signal becomes the usual way out, which stops them."""
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        self.services.take("test")
        self.services.start()

    def stop(self) -> None:
        """Stop the services and remove everything they wrote."""
        if os.getpid() == self._owner:
            self.services.stop()
            _remove(self.folder)


def _short_temporary_folder() -> str:
    account = processes.service_account()
    # pytest and people set TMPDIR to private folders; the database's account must get through.
    return "/tmp" if account or len(tempfile.gettempdir()) > 60 else tempfile.gettempdir()


def _sweep_killed_runs() -> None:
    """Remove the folders of runs that were killed: their lock is free."""
    for folder in Path(_short_temporary_folder()).glob(f"{PREFIX}*"):
        lock = Lock(folder / "owner.lock")
        if os.access(folder, os.W_OK) and (folder / "owner.lock").exists() and lock.take():
            lock.release()
            _remove(folder)


def _remove(folder: Path) -> None:
    pointer = folder / "postgres-location"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def command_for(arguments: list[str]) -> list[str]:
    """Return the command that runs the suite, in parallel unless the arguments say how."""
    told = any(word.startswith(("-n", "--numprocesses", "--dist", "-p no:xdist", "--pdb", "-s")) for word in arguments)
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, MOST_WORKERS)
    parallel = [] if told else ["-n", str(max(workers, 2)), "--dist", "worksteal"]
    return [sys.executable, "-m", "pytest", *parallel, *arguments]


def run(arguments: list[str]) -> None:
    """Become pytest."""
    command = command_for(arguments)
    say(f"running {' '.join(command[2:])}")
    os.chdir(Path(__file__).resolve().parent.parent)
    os.execv(command[0], command)
