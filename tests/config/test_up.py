"""`up`: one tree of processes that starts, refuses, recovers and leaves nothing behind."""

import os
import signal
import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

import redis

from config.folders import noted
from tests.config.conftest import Running, Waypost, wait_for


def answer(waypost: Waypost, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", waypost.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0


def test_fresh_data_folder_is_served_and_ctrl_c_leaves_no_process(fresh: Waypost):
    up = fresh.up().wait_until_up()
    assert answer(fresh, "/readyz") == 200
    assert f"http://127.0.0.1:{fresh.port}" in up.printed()
    assert "createsuperuser" in up.printed()
    joined = fresh.run("showmigrations", "--plan")
    assert joined.process.returncode == 0, joined.said()
    assert "[ ]" not in joined.printed()
    again = fresh.up()
    assert again.wait() == 1
    assert f"process {up.process.pid}" in again.said()
    assert up.stop(signal.SIGINT) == 0, up.said()
    assert fresh.pids() == []
    assert fresh.board() == {}


def test_busy_port_is_named_before_anything_starts(fresh: Waypost):
    with socket.socket() as other:
        other.bind(("127.0.0.1", fresh.port))
        other.listen()
        up = fresh.up()
        assert up.wait() == 1
    assert f"Port {fresh.port}" in up.said()
    assert "Traceback" not in up.said()
    assert not (fresh.data / "log" / "postgres.log").exists()


def messages_flow(waypost: Waypost) -> bool:
    """Wait until a worker acknowledges a message, which beat must have sent before."""
    with redis.Redis.from_url(waypost.addresses()["redis"]) as broker, broker.monitor() as monitor:
        return any("ZREM unacked_index" in said["command"] for said in monitor.listen())


# How far the start has come when the supervisor is killed: each line is one kill.
STAGES: dict[str, Callable[[Waypost, Running], object]] = {
    "owner": lambda waypost, up: noted(waypost.data / "owner.lock").get("pid") == up.process.pid,
    "collectstatic": lambda waypost, up: waypost.pids("collectstatic"),
    "half-done initdb": lambda waypost, up: (waypost.data / "postgres" / "data" / "PG_VERSION").exists(),
    "initdb": lambda waypost, up: (waypost.data / "postgres" / "data" / "waypost-made").exists(),
    "services": lambda waypost, up: waypost.board().get("pid") == up.process.pid and waypost.addresses(),
    "schema": lambda waypost, up: (waypost.data / "schema.stamp").exists(),
    "database": lambda waypost, up: waypost.pids("/bin/postgres"),
    "web": lambda waypost, up: waypost.pids("granian"),
    "workers": lambda waypost, up: waypost.pids("celery"),
    "everything": lambda waypost, up: "Waypost is at" in up.said(),
}


def test_ten_kills_of_the_supervisor_are_each_recovered_from(fresh: Waypost):
    for stage, reached in STAGES.items():
        up = fresh.up()
        wait_for(lambda: reached(fresh, up), stage, up.said)  # noqa: B023
        assert up.process.poll() is None, f"{stage}: {up.said()}"
        up.stop(signal.SIGKILL)
    up = fresh.up().wait_until_up()
    assert answer(fresh, "/readyz") == 200
    up.stop(signal.SIGKILL)
    wait_for(lambda: not fresh.pids(), "every child of the killed supervisor to end")


def test_every_child_that_is_killed_is_started_again(waypost: Waypost):
    up = waypost.up().wait_until_up()
    for words in ("granian", "celery beat", "celery worker", "valkey-server", "/bin/postgres"):
        wait_for(lambda: waypost.pids(words), words, up.said)  # noqa: B023
        before = set(waypost.pids(words))
        os.kill(min(before), signal.SIGKILL)
        wait_for(lambda: set(waypost.pids(words)) - before, f"{words} again", up.said)  # noqa: B023
    wait_for(lambda: answer(waypost, "/readyz") == 200, "all to work again", up.said)
    assert messages_flow(waypost), "beat and workers found the new broker"
    assert up.stop(signal.SIGTERM) == 0
    assert waypost.pids() == []
