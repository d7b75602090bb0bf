"""Start, tie and stop child processes so that none outlives its parent."""

import contextlib
import ctypes
import functools
import gc
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# Every process of one tree carries the tree's data folder in its environment, so that leftovers can be told.
TREE = "WAYPOST_TREE"


@functools.cache
def service_account() -> pwd.struct_passwd | None:
    """Return the account that runs the database when we are root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("Run Waypost as an ordinary user: this system has neither a postgres nor a nobody account.")


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel to signal this process when its parent dies; elsewhere than on Linux do nothing."""
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # It died before the kernel was asked.
        os.kill(os.getpid(), death_signal)


def calm_collector() -> None:
    """Let the garbage collector leave alone what is there to stay, and look less often at what a batch makes and drops.

    Reading and judging make no cycles worth a search every 700 objects; it costs about a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int,
    account: pwd.struct_passwd | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, tied to this process; call it from the main thread only.

    The kernel counts the death of the *thread* that started a child as the death of its parent.
    """
    parent = os.getpid()
    who: dict = {}
    if account:
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        start_new_session=True,
        # Runs after setuid, which would clear the signal again.
        preexec_fn=lambda: die_with_parent(parent, death_signal),
        **who,
    )


def stop(
    process: subprocess.Popen[bytes],
    steps: Sequence[tuple[int, float]],
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Send each signal in turn until the process has ended, then clear what is left of its group."""

    def has_ended() -> bool:
        meanwhile()
        return process.poll() is not None

    for number, seconds in steps:
        if not has_ended():
            process.send_signal(number)
            wait_until(has_ended, seconds)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole session of a child, itself included, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(happened: Callable[[], bool], seconds: float, step: float = 0.02) -> bool:
    """Return whether it happened within the seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "?"


def arguments(pid: int) -> str:
    """Return the command line of a process, or nothing when there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout


def sweep_leftovers(data: Path) -> None:
    """Kill what a killed supervisor left of this data folder's tree; call it holding the folder's lock."""
    mark = f"{TREE}={data}".encode()
    left = [pid for pid in _others() if mark in _environment(pid).split(b"\0")]
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_until(lambda: not any(map(is_alive, left)), 10)


def _others() -> list[int]:
    entries = os.listdir("/proc") if Path("/proc/self/environ").exists() else []
    return [int(name) for name in entries if name.isdigit() and int(name) != os.getpid()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
