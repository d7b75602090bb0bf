"""The supervised programs: how each is started, stopped, restarted, and heard."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from config import processes
from config.folders import ROOT

LONGEST_DELAY_SECONDS = 30.0
SETTLED_AFTER_SECONDS = 30.0
LARGEST_LOG = 20 * 2**20
PREFIX_WIDTH = 6

POLITELY = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
# A worker finishes what it has begun, within reason: what is cut short is done again.
WARMLY = ((signal.SIGTERM, 15.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0))


class Child:
    """One program, its output prefixed on the terminal and kept in the log folder."""

    def __init__(
        self, name: str, command: Sequence[str], *, data: Path, steps: Sequence[tuple[int, float]] = POLITELY
    ) -> None:
        self.name, self.command, self.data, self.steps = name, command, data, steps
        self.process: subprocess.Popen[bytes] | None = None
        self._log = data / "log" / f"{name}.log"
        # Whether it is started again when it ends.
        self.kept = False
        self._rest = b""
        self._started = 0.0
        self._failures = 0

    def start(self) -> None:
        """Start the program."""
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".log.1"))
        env = os.environ | {processes.TREE: str(self.data), "WAYPOST_DATA": str(self.data), "PYTHONUNBUFFERED": "1"}
        self._started = time.monotonic()
        self.process = processes.spawn(
            [sys.executable, *self.command], death_signal=signal.SIGKILL, env=env, cwd=ROOT, output=subprocess.PIPE
        )
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)

    def stop(self) -> None:
        """Stop the program and print its last words."""
        if self.process:
            # Heard meanwhile: a program cannot end while its words have nowhere to go.
            processes.stop(self.process, self.steps, self.hear)
            self.hear()

    def has_ended(self) -> bool:
        """Tell whether the program is not running."""
        return self.process is None or self.process.poll() is not None

    def revive(self) -> None:
        """Start the program again when it has died, later each time it dies young."""
        if not self.has_ended():
            return
        lived = time.monotonic() - self._started
        if lived > SETTLED_AFTER_SECONDS:
            self._failures = 0
        if lived < self.delay:
            return
        assert self.process
        say(self.name, f"ended with status {self.process.returncode}; starting it again")
        processes.kill_group(self.process)
        self.hear()
        self._failures += 1
        self.start()

    @property
    def delay(self) -> float:
        """Return the least time between two starts, in seconds."""
        return min(LONGEST_DELAY_SECONDS, 0.5 * 2**self._failures)

    def hear(self) -> None:
        """Pass on what the program has printed."""
        if self.process is None or self.process.stdout is None:
            return
        while said := _read(self.process.stdout.fileno()):
            *lines, self._rest = (self._rest + said).split(b"\n")
            with self._log.open("ab") as log:
                log.writelines(line + b"\n" for line in lines)
            for line in lines:
                say(self.name, line.decode(errors="replace"))


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65536)
    except BlockingIOError:
        return b""


def say(name: str, line: str) -> None:
    """Print one line of a program under its name."""
    with contextlib.suppress(OSError):  # Nobody may be listening any more: the log has the line.
        print(f"{name:<{PREFIX_WIDTH}} | {line}", file=sys.stderr, flush=True)


def web(data: Path, port: int) -> Child:
    """Return the web server's program."""
    flags = f"--interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 4 --no-ws --no-access-log"
    respawn = "--respawn-failed-workers --workers-kill-timeout 5 --log-level warning"
    return Child("web", ["-m", "granian", *flags.split(), *respawn.split(), "config.wsgi:application"], data=data)


def worker(data: Path) -> Child:
    """Return the Celery worker's program."""
    flags = (
        "worker --pool prefork --concurrency 2 --loglevel INFO --without-gossip --without-mingle --without-heartbeat"
    )
    # Our messages are JSON and carry no arguments, so what Celery fears of running as root cannot happen.
    quiet = ("-W", "ignore:You're running the worker")
    return Child(
        "worker", [*quiet, "-m", "celery", "-A", "config.celery", "--quiet", *flags.split()], data=data, steps=WARMLY
    )


def beat(data: Path) -> Child:
    """Return the Celery beat's program; it keeps its schedule in memory and writes no file."""
    flags = "beat --scheduler celery.beat:Scheduler --pidfile= --loglevel WARNING"
    return Child("beat", ["-m", "celery", "-A", "config.celery", "--quiet", *flags.split()], data=data)


def command(name: str, data: Path, *words: str) -> Child:
    """Return a management command's program."""
    return Child(name, [str(ROOT / "manage.py"), *words], data=data)
