"""A Waypost of a test's own: its data folder, its port, its commands, its processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.folders import ROOT, Lock, noted

PATIENCE_SECONDS = 120
OUTSIDE = ("WAYPOST_ATTACHED", "WAYPOST_TREE", "WAYPOST_PROCESS", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


class Waypost:
    """One data folder and whatever runs on it."""

    def __init__(self, interpreter: str = sys.executable, account: int | None = None, data: Path | None = None) -> None:
        self.data = data or Path(tempfile.mkdtemp(prefix="wp-", dir="/tmp"))
        self.interpreter, self.account = interpreter, account
        self.port = free_port()
        self.sockets: set[str] = set()
        self.env = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        self.env |= {"WAYPOST_DATA": str(self.data), "PYTHONDONTWRITEBYTECODE": "1"}
        if account is not None:
            os.chown(self.data, account, account)
        self.started: list[Running] = []

    def start(self, *words: str) -> "Running":
        """Start a management command."""
        running = Running(self, words)
        self.started.append(running)
        return running

    def up(self, *words: str) -> "Running":
        """Start `up` without demo data."""
        return self.start("up", "--empty", "--port", str(self.port), *words)

    def run(self, *words: str) -> "Running":
        """Run a management command to its end."""
        running = self.start(*words)
        running.wait()
        return running

    def pids(self, words: str = "") -> list[int]:
        """Return the processes that were started on this data folder and have the words in their command line."""
        lines = {pid: _command_line(pid) for pid in _pids() if self._owns(pid)}
        return [pid for pid, line in lines.items() if all(word in line for word in words.split())]

    def _owns(self, pid: int) -> bool:
        if f"WAYPOST_DATA={self.data}".encode() in _read(pid, "environ").split(b"\0"):
            return True
        # Valkey writes its title over its environment.
        self.sockets |= {self.board().get("sockets", "")} - {""}
        return any(folder in _command_line(pid) for folder in self.sockets)

    def board(self) -> dict:
        """Return what the owner of the services tells others."""
        return noted(self.data / "services.json")

    def addresses(self) -> dict:
        """Return where the services are, once they are there."""
        return self.board().get("addresses", {})

    def clean(self) -> None:
        for running in self.started:
            running.process.kill()
            running.process.wait()
            running.out.close()
            running.err.close()
        wait_for(lambda: not self.pids(), "every process to end")
        shutil.rmtree(self.data, ignore_errors=True)
        for folder in self.sockets:
            shutil.rmtree(folder, ignore_errors=True)


class Running:
    """One command that was started; what it prints is kept in files."""

    def __init__(self, waypost: Waypost, words: tuple[str, ...]) -> None:
        # Closed with the object, after the last look at what was said.
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115
        command = [waypost.interpreter, str(ROOT / "manage.py"), *words]
        who = {"user": waypost.account, "group": waypost.account, "extra_groups": []} if waypost.account else {}
        self.process = subprocess.Popen(
            command, env=waypost.env, cwd="/", stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, **who
        )

    def said(self) -> str:
        """Return all it has printed so far."""
        return "".join(os.pread(file.fileno(), 10**7, 0).decode() for file in (self.out, self.err))

    def printed(self) -> str:
        """Return its standard output alone."""
        return os.pread(self.out.fileno(), 10**7, 0).decode()

    def wait(self) -> int:
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"It does not end. So far it said:\n{self.said()}") from None

    def wait_until_up(self) -> "Running":
        wait_for(lambda: "Waypost is at" in self.said() or self.process.poll() is not None, "it to be up", self.said)
        assert self.process.poll() is None, self.said()
        return self

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.wait()


def wait_for(happened: Callable[[], object], what: str, said: Callable[[], str] = str) -> None:
    """Wait with patience: the limit only ends a test that hangs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain for {what}; it said:\n{said()}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _command_line(pid: int) -> str:
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace")


@pytest.fixture
def _proc() -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("These tests find processes in /proc, which this system has not.")


@pytest.fixture
def fresh(_proc: None) -> Iterator[Waypost]:
    """Return a Waypost that was never started."""
    own = Waypost()
    yield own
    own.clean()


@pytest.fixture
def waypost(fresh: Waypost) -> Waypost:
    """Return a Waypost that was started and stopped before: its database is there, and its schema up to date."""
    # The database's files stay those of the account that runs it.
    subprocess.run(["cp", "-a", f"{prepared()}/.", fresh.data], check=True)
    return fresh


def prepared() -> Path:
    """Return the data folder of a first start, made by whichever worker of the test run needs it first."""
    run = Path(os.environ["WAYPOST_DATA"])
    folder, lock = run / "prepared", Lock(run / "prepared.lock")
    lock.take(wait=True)
    try:
        if not (run / "prepared.done").exists():
            folder.mkdir(mode=0o700)
            first = Waypost(data=folder).run("shell", "-v", "0", "-c", "from shipments.models import Shipment")
            assert first.process.returncode == 0, first.said()
            (run / "prepared.done").touch()
    finally:
        lock.release()
    return folder
