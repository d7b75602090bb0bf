"""A worker killed with -9 in the middle of a batch: nothing lost, nothing doubled."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from carriers.accounts import ensure_account
from carriers.codebook.drafts import Meant, draft_codes, fingerprint
from carriers.codebook.publishing import publish
from carriers.codebook.rereading import reread_history
from carriers.inbox import NewMessage, drain, receive_many
from carriers.models import CodeDraft, InboundMessage, MessageState, Rereading
from exceptions_queue.models import Case, CaseEvent, Leg
from exceptions_queue.triage import triage_due
from shipments.models import EventReading, Shipment, TrackingEvent
from tests.factories import make_user

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
PARCELS = 60

WORKER = """
import os, pathlib, sys, time
import django
django.setup()
from datetime import datetime
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
flag, step, now = pathlib.Path(sys.argv[2]), sys.argv[3], datetime.fromisoformat(sys.argv[4])

def hang_after(module, name):
    inner = getattr(module, name)
    def hanging(*args, **kwargs):
        outcome = inner(*args, **kwargs)
        flag.write_text("in the middle")
        time.sleep(600)
        return outcome
    setattr(module, name, hanging)

from carriers.codebook.rereading import reread_history
from carriers.inbox import drain
from exceptions_queue.triage import judge, triage_due
from shipments import ledger, rereading
if step == "reread":
    hang_after(rereading, "reread")
    reread_history(now=now, limit=10)
elif step == "drain":
    hang_after(ledger, "append")
    drain(now=now)
else:
    hang_after(judge, "write")
    triage_due(now=now)
"""


@pytest.fixture
def waiting(transactional_db):
    account = ensure_account(source="events", name="shop", secrets=["s"])
    bodies = [
        {
            "carrier": "ups",
            "tracking_number": f"K{n}",
            "state": state,
            "occurred_at": (NOW - timedelta(hours=hours)).isoformat(),
            "raw_code": state,
            "raw_description": state,
            "physical": True,
            "source": "events",
        }
        for n in range(PARCELS)
        for state, hours in (("out_for_delivery", 5), ("attempted", 1))
    ]
    receive_many(
        messages=[NewMessage(account.pk, "events", NOW, json.dumps(body).encode()) for body in bodies], now=NOW
    )


def kill_in_the_middle_of(step: str, tmp_path: Path) -> None:
    """Start a worker, wait until it has written but not committed, and kill it with -9."""
    flag = tmp_path / step
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(flag), step, NOW.isoformat()],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    while not flag.exists():
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def test_a_worker_killed_while_reading_loses_and_doubles_nothing(waiting, tmp_path):
    kill_in_the_middle_of("drain", tmp_path)
    while InboundMessage.objects.filter(state=MessageState.RECEIVED).exists():
        drain(now=NOW)
    assert InboundMessage.objects.filter(state=MessageState.DONE, attempts=1).count() == 2 * PARCELS
    assert TrackingEvent.objects.count() == 2 * PARCELS
    assert Shipment.objects.filter(state="attempted", attempts=1).count() == PARCELS


def test_a_worker_killed_while_judging_loses_and_doubles_nothing(waiting, tmp_path):
    while drain(now=NOW).taken:
        pass
    kill_in_the_middle_of("triage", tmp_path)
    while Shipment.objects.filter(review_due_at__lte=NOW).exists():
        triage_due(now=NOW)
    assert Case.objects.filter(state="open").count() == PARCELS
    assert Leg.objects.count() == PARCELS
    assert CaseEvent.objects.filter(kind="opened").count() == PARCELS


def test_a_worker_killed_while_reading_history_anew_loses_and_doubles_nothing(transactional_db, tmp_path):
    account, at = ensure_account(source="ups", name="shop"), NOW - timedelta(hours=3)
    status = {"type": "X", "code": "QQ", "description": "Handed over"}
    activity = {"status": status, "gmtDate": f"{at:%Y%m%d}", "gmtTime": f"{at:%H:%M:%S}"}
    bodies = [
        {"trackResponse": {"shipment": [{"package": [{"trackingNumber": f"1Z{n}", "activity": [activity]}]}]}}
        for n in range(PARCELS)
    ]
    receive_many(messages=[NewMessage(account.pk, "ups", NOW, json.dumps(body).encode()) for body in bodies], now=NOW)
    drain(now=NOW)
    ada = make_user("operations")
    draft_codes(codes=[("ups", "X:QQ")], meant=Meant("delivered"), by=ada, now=NOW)
    publish(by=ada, note="Ticket 4711.", seen=fingerprint(CodeDraft.objects.all()), now=NOW)
    reread_history(now=NOW, limit=10)
    kill_in_the_middle_of("reread", tmp_path)
    while reread_history(now=NOW, limit=10).publication:
        pass
    assert Shipment.objects.filter(state="delivered").count() == EventReading.objects.count() == PARCELS
    work = Rereading.objects.get()
    assert (work.parcels_read, work.events_changed, work.parcels_moved) == (PARCELS,) * 3
