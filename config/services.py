"""The database and the broker: the ones named in the environment, else our own, shared by every command."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from config import processes
from config.folders import Lock, data_folder, noted, remove_socket_folder, socket_folder
from config.postgres import Postgres
from config.valkey import Valkey

# Handed down to child processes, which use the services without owning or holding them.
ATTACHED = "WAYPOST_ATTACHED"
JOIN_WITHIN_SECONDS = 120


class ServicesUnavailable(Exception):
    """The services of a data folder are neither free to start nor there to join; the message says why."""


@dataclass(frozen=True)
class Addresses:
    """Where the database and the broker are; empty when that is not known."""

    database: str = ""
    redis: str = ""
    own_database: bool = False


def addresses() -> Addresses:
    """Return where the services are, for this process: handed down, named by the user, or found running."""
    if ATTACHED in os.environ:
        return Addresses(**json.loads(os.environ[ATTACHED]))
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if database and redis:
        return Addresses(database, redis)
    running = noted(_board(data_folder())).get("addresses", {})
    found = Addresses(**running)
    return Addresses(database or found.database, redis or found.redis, not database and bool(found.database))


def _board(data: Path) -> Path:
    return data / "services.json"


class Services:
    """The services of one data folder, held by the process that started them."""

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data, self.durable = data, durable
        self.servers: list[Postgres | Valkey] = []
        self.addresses = Addresses()
        self._owner, self._guests = Lock(data / "owner.lock"), Lock(data / "guests.lock")
        self._sockets: Path | None = None

    def take(self, what: str, **facts: object) -> bool:
        """Become the owner of the data folder, or return False when another process is."""
        if not self._owner.take():
            return False
        self._owner.note({"pid": os.getpid(), "what": what, **facts})
        remove_socket_folder(noted(_board(self.data)).get("sockets", ""))
        _board(self.data).unlink(missing_ok=True)
        return True

    def start(self) -> None:
        """Start what the environment does not name, and tell other commands where it is."""
        database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
        if not (database and redis):
            self._sockets = socket_folder(processes.service_account())
            self._tell()  # If we are killed from here on, the next owner knows what to remove.
        if not database:
            database = self._start(Postgres(self.data, self._sockets, durable=self.durable))
        if not redis:
            redis = self._start(Valkey(self.data, self._sockets))
        self.addresses = Addresses(database, redis, own_database="DATABASE_URL" not in os.environ)
        self._tell(addresses=asdict(self.addresses))
        os.environ[ATTACHED] = json.dumps(asdict(self.addresses))

    def _start(self, server: Postgres | Valkey) -> str:
        self.servers.append(server)
        server.start()
        return server.url

    def _tell(self, **facts: object) -> None:
        half = _board(self.data).with_suffix(".half")
        half.write_text(json.dumps({"pid": os.getpid(), "sockets": str(self._sockets or ""), **facts}))
        half.replace(_board(self.data))

    def wait_for_guests(self) -> None:
        """Return when no other command uses the services; from then on none can join."""
        if not self._guests.take():
            say("waiting for other commands that use these services to end (Ctrl-C: do not wait)")
            self._guests.take(wait=True)

    def stop(self) -> None:
        """Stop the services, broker first, and give the data folder back."""
        os.environ.pop(ATTACHED, None)
        _board(self.data).unlink(missing_ok=True)
        for server in reversed(self.servers):
            server.stop()
        if self._sockets:
            remove_socket_folder(str(self._sockets))
        self._guests.release()
        self._owner.release()


def owner(data: Path) -> dict:
    """Return who holds a data folder: its process id and what it runs."""
    return noted(data / "owner.lock")


@contextlib.contextmanager
def attached(what: str) -> Iterator[None]:
    """Have the services for the duration of a command: join the running ones, or start them and stop them after."""
    if ATTACHED in os.environ or (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        yield
        return
    data = data_folder()
    services, guest = Services(data), Lock(data / "guests.lock")
    deadline = time.monotonic() + JOIN_WITHIN_SECONDS
    while not (services.take(what) or _joined(data, guest)):
        if time.monotonic() > deadline:
            raise ServicesUnavailable(_unavailable(data))
        time.sleep(0.05)
    with _owned(services) if not os.environ.get(ATTACHED) else contextlib.closing(_Leaving(guest)):
        yield


class _Leaving:
    """Give up what a guest holds."""

    def __init__(self, guest: Lock) -> None:
        self._guest = guest

    def close(self) -> None:
        os.environ.pop(ATTACHED, None)
        self._guest.release()


def _joined(data: Path, guest: Lock) -> bool:
    """Hold the running services, if they are up: their owner waits for whoever holds them."""
    if not guest.take(shared=True):  # The owner is stopping them.
        return False
    found = noted(_board(data))
    if found.get("pid") == owner(data).get("pid") and found.get("addresses"):
        os.environ[ATTACHED] = json.dumps(found["addresses"])
        return True
    guest.release()
    return False


@contextlib.contextmanager
def _owned(services: Services) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        services.start()
        yield
    finally:
        try:
            services.wait_for_guests()
        except KeyboardInterrupt:
            say("not waiting any longer")
        finally:
            services.stop()
            signal.signal(signal.SIGTERM, before)


def _leave(number: int, frame: FrameType | None) -> None:
    # Through the usual way out, so that the services are stopped in order.
    sys.exit(128 + number)


def _unavailable(data: Path) -> str:
    who = owner(data)
    return (
        f"The services in {data} are held by process {who.get('pid', '?')} ({who.get('what', '?')}), which has "
        f"neither offered nor released them for {JOIN_WITHIN_SECONDS} seconds. Stop it and try again."
    )


def say(sentence: str) -> None:
    """Tell the person at the terminal; standard output stays a command's own."""
    print(f"waypost: {sentence}", file=sys.stderr, flush=True)
