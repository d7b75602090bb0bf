"""A poller killed with -9 between the carrier's answer and its record: nothing lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from carriers import polling
from carriers.inbox import drain
from carriers.models import InboundMessage, PollTarget
from carriers.polling.claim import LEASE
from shipments.models import Shipment, TrackingEvent
from tests.carriers.simulated_answers import journey
from tests.carriers.simulator import Simulator
from tests.flows.test_polling import START, label, open_polled

PARCELS = 2
"""As many as the account may ask about at once."""

WORKER = """
import pathlib, sys, time
import django
django.setup()
from datetime import datetime
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
flag, step, now = pathlib.Path(sys.argv[2]), sys.argv[3], datetime.fromisoformat(sys.argv[4])

from carriers.polling import rounds
def hang(*args, **kwargs):
    flag.write_text("in the middle")
    time.sleep(600)
setattr(rounds, step, hang)
rounds.poll(clock=lambda: now)
"""


def kill_before(step: str, tmp_path: Path) -> None:
    """Start a poller, wait until it has its answers and comes to the step, and kill it with -9."""
    flag = tmp_path / step
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(flag), step, START.isoformat()],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    while not flag.exists():
        assert worker.poll() is None, "the poller ended by itself"
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


@pytest.mark.parametrize("step", ["store", "record"])
def test_a_poller_killed_in_the_middle_loses_and_doubles_nothing(transactional_db, tmp_path, step):
    with Simulator(START) as simulator:
        account = open_polled("ups", simulator)
        for n in range(PARCELS):
            label("ups", f"1ZKILL{n}")
            simulator.parcels[f"1ZKILL{n}"] = journey(START - timedelta(hours=8), "label", "moving")
        polling.plan(now=START)
        kill_before(step, tmp_path)
        assert polling.poll(clock=lambda: START + timedelta(minutes=1)).calls == 0
        assert PollTarget.objects.filter(leased_until__isnull=False).count() == PARCELS
        for minutes in range(5):
            polling.poll(clock=lambda at=START + LEASE + timedelta(minutes=minutes): at)
        while drain(now=START + timedelta(hours=1)).taken:
            pass
    assert InboundMessage.objects.filter(account=account, state="done").count() == PARCELS
    assert TrackingEvent.objects.count() == 2 * PARCELS
    assert Shipment.objects.filter(state="in_transit").count() == PARCELS
    assert not PollTarget.objects.exclude(leased_until=None, attempts=0).exists()
