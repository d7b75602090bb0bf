"""The story in the picture: a carrier's signed message over HTTP becomes one owned case by itself, within seconds."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import psycopg

from tests.config.conftest import Waypost, wait_for
from tests.config.conftest import _proc as _proc
from tests.config.conftest import fresh as fresh
from tests.config.conftest import waypost as waypost

NUMBER = "1Z999AA10123456784"


def attempted_delivery() -> bytes:
    now = datetime.now(tz=UTC)
    details = [
        ("in_transit", "departed_facility", "Departed facility", now - timedelta(days=1)),
        ("out_for_delivery", "out_for_delivery", "Out for delivery", now - timedelta(hours=6)),
        ("failure", "delivery_attempted", "The receiver was not there", now - timedelta(minutes=20)),
    ]
    tracker = {
        "object": "Tracker",
        "tracking_code": NUMBER,
        "carrier": "UPS",
        "status": "failure",
        "status_detail": "delivery_attempted",
        "tracking_details": [
            {"object": "TrackingDetail", "message": text, "status": status, "status_detail": detail,
             "datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "source": "UPS", "carrier_code": ""}
            for status, detail, text, at in details
        ],
    }  # fmt: skip
    event = {"object": "Event", "id": "evt_flow", "description": "tracker.updated", "result": tracker}
    return json.dumps(event).encode()


def post(waypost: Waypost, address: str, body: bytes, secret: str, *, chunked: bool = False) -> int:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hmac-Signature": f"hmac-sha256-hex={digest}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", waypost.port, timeout=20)
    sent = iter([body[:100], body[100:]]) if chunked else body
    connection.request("POST", address, sent, headers, encode_chunked=chunked)
    return connection.getresponse().status


CASES = """
    SELECT state, headline, summary, owner_team, next_action, due_at > opened_at,
           (SELECT count(*) FROM shipments_trackingevent)
      FROM exceptions_queue_case
"""


def cases(waypost: Waypost) -> list[tuple]:
    with psycopg.connect(waypost.board()["addresses"]["database"]) as connection:
        return connection.execute(CASES).fetchall()


def test_an_attempted_delivery_told_over_http_becomes_one_owned_case(waypost: Waypost):
    waypost.up().wait_until_up()
    added = waypost.run("account", "add", "easypost", "shop", "--json")
    account = json.loads(added.printed())
    body = attempted_delivery()
    assert post(waypost, account["address"], body, "another secret") == 401
    assert post(waypost, account["address"], body, account["secret"], chunked=True) == 202
    assert post(waypost, account["address"], body, account["secret"]) == 200
    wait_for(lambda: cases(waypost), "the case")
    ((state, headline, summary, team, action, due_later, events),) = cases(waypost)
    assert (state, headline, team, events) == ("open", "attempted", "support", 3)
    assert summary.startswith("UPS")
    assert action
    assert due_later
