"""The whole system as one supervised tree of processes: what `up` runs."""

import argparse
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from types import FrameType

from config import children, demo, processes, schema
from config.children import Child
from config.folders import FolderUnusable, data_folder
from config.postgres import PostgresFailed
from config.services import Services, owner, say
from config.valkey import ValkeyFailed

SUMMARY = "Runs the whole of Waypost: web, workers, beat, database and broker, as one tree of processes."
TICK_SECONDS = 0.2
RESTART_PAUSE_SECONDS = 1.0


class CannotStart(Exception):
    """The system cannot be started; the message says what to do."""


class Supervisor:
    """Start everything, keep it running, stop it in order."""

    def __init__(self, *, port: int, empty: bool) -> None:
        self.port, self.empty = port, empty
        self.data = data_folder()
        self.services = Services(self.data)
        self.running: list[Child] = []
        self._interruptible = False

    def run(self) -> None:
        """Run until told to stop by Ctrl-C, SIGTERM or SIGHUP."""
        before = {
            number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            self._interruptible = True
            self._take()
            self._start_and_watch()
        except KeyboardInterrupt:
            pass
        finally:
            self._interruptible = False
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self._interruptible:
            self._interruptible = False
            raise KeyboardInterrupt

    def _take(self) -> None:
        """Own the data folder, which a killed supervisor's last processes may still be leaving."""
        if not self.services.take("up", port=self.port):
            self._wait_for_command()
        self._taken = True
        processes.sweep_leftovers(self.data)
        _check_port(self.port)

    def _wait_for_command(self) -> None:
        told = False
        while not self.services.take("up", port=self.port):
            who = owner(self.data)
            if who.get("what") == "up":
                raise CannotStart(
                    f"Waypost already runs on {self.data}: process {who['pid']}, http://127.0.0.1:{who.get('port')}. "
                    "Stop that one first, or name another data folder in WAYPOST_DATA."
                )
            if not told:
                say(f"waiting for the command {who.get('what')} (process {who.get('pid')}) to end")
            told = True
            time.sleep(TICK_SECONDS)

    def _start_and_watch(self) -> None:
        static = children.command("static", self.data, "collectstatic", "--noinput", "--verbosity", "0")
        if demo.static_files_changed(self.data):
            static.start()
            self.running.append(static)
        say(f"starting on {self.data}")
        self.services.start()
        if self.services.addresses.own_database:
            schema.bring_up_to_date()
        else:
            schema.migrate()
        steps = self._steps(static)
        while True:
            next(steps, None)
            self._listen()
            self._revive()

    def _steps(self, static: Child) -> Iterator[None]:
        """Go through the first minutes step by step; yield wherever there is something to wait for."""
        while static in self.running and not static.has_ended():
            yield
        self._settle(static)
        # The console first: people wait for it, and on a small machine the others would slow it down.
        self._keep(children.web(self.data, self.port))
        while not _answers(self.port):
            yield
        self._keep(children.beat(self.data))
        self._keep(children.worker(self.data))
        if not self.empty and demo.is_wanted(self.data):
            yield from self._play_demo()
        print(demo.greeting(self.data, self.port, empty=self.empty), flush=True)

    def _settle(self, static: Child) -> None:
        if static.process is None:
            return
        self.running.remove(static)
        static.stop()
        if static.process.returncode:
            raise CannotStart(f"The static files could not be collected; {self.data / 'log' / 'static.log'} says why.")
        demo.remember_static_files(self.data)

    def _play_demo(self) -> Iterator[None]:
        say("playing a month of shipments through the real pipeline; this takes a minute")
        player = children.command("demo", self.data, *demo.COMMAND)
        demo.begin(self.data)
        player.start()
        self.running.append(player)
        while not player.has_ended():
            yield
        self.running.remove(player)
        player.stop()
        if player.process and player.process.returncode:
            say(f"the demo data is not complete; {self.data / 'log' / 'demo.log'} says why")
        else:
            demo.complete(self.data)

    def _keep(self, child: Child) -> None:
        child.start()
        child.kept = True
        self.running.append(child)

    def _listen(self) -> None:
        """Pass on what the children print; return after a moment of silence."""
        with selectors.DefaultSelector() as selector:
            for child in self.running:
                if child.process and child.process.stdout and not child.has_ended():
                    selector.register(child.process.stdout, selectors.EVENT_READ, child)
            if not selector.get_map():
                time.sleep(TICK_SECONDS)
            for key, _ in selector.select(TICK_SECONDS) if selector.get_map() else ():
                key.data.hear()

    def _revive(self) -> None:
        for server in self.services.servers:
            if server.process and server.process.poll() is not None:
                say(f"{server.name} ended with status {server.process.returncode}; starting it again")
                time.sleep(RESTART_PAUSE_SECONDS)
                server.start()
        for child in self.running:
            if child.kept:
                child.revive()

    def _stop(self) -> None:
        """Stop what answers people first, and what everything else needs last."""
        if not self._taken:
            return
        for child in self.running:
            child.stop()
        self._until_told(self.services.wait_for_guests)
        self.services.stop()
        say("stopped")

    def _until_told(self, wait: Callable[[], None]) -> None:
        self._interruptible = True
        try:
            wait()
        except KeyboardInterrupt:
            say("not waiting any longer")
        finally:
            self._interruptible = False

    _taken = False


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}). Stop the program that has it, or choose another: "
                f"python3 manage.py up --port {port + 1}"
            ) from error


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def arguments() -> argparse.ArgumentParser:
    """Return the parser of what `up` takes."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=SUMMARY)
    parser.add_argument("--empty", action="store_true", help="no demo data and no demo users")
    parser.add_argument("--port", type=int, default=8000, help="where the console answers (default: 8000)")
    return parser


def main(words: list[str]) -> None:
    """Run `up`, and say in a sentence why when it cannot."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    given = arguments().parse_args(words)
    try:
        Supervisor(port=given.port, empty=given.empty).run()
    except (CannotStart, FolderUnusable, PostgresFailed, ValkeyFailed, ImproperlyConfigured) as trouble:
        sys.exit(f"waypost: {trouble}")
    except OperationalError as trouble:
        sys.exit(f"waypost: The database cannot be reached; see to it, or to DATABASE_URL. It said: {trouble}")
