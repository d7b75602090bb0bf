"""What the commands of the inbox count, also while the workers of a running `up` take part."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from carriers.inbox import replay
from carriers.models import InboundMessage, MessageState, Problem
from tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "samples" / "dpd" / "afternoon.xml"


def test_replay_counts_a_message_that_a_worker_reads_by_what_became_of_it(monkeypatch):
    message = make_message(body=b"not json", state="failed", problem=Problem.UNREADABLE, processed_at=NOW)
    taken, replayed = threading.Event(), threading.Event()

    def worker():
        try:
            replayed.wait(timeout=20)
            with transaction.atomic():
                mine = InboundMessage.objects.select_for_update().filter(pk=message.pk)
                assert mine.get().state == MessageState.RECEIVED
                taken.set()
                threading.Event().wait(0.5)
                mine.update(state=MessageState.FAILED, problem=Problem.UNREADABLE, processed_at=NOW)
        finally:
            connection.close()

    def replay_and_let_the_worker_be_first(**values):
        count = replay(**values)
        replayed.set()
        taken.wait(timeout=20)
        return count

    monkeypatch.setattr("carriers.management.commands.replay.replay", replay_and_let_the_worker_be_first)
    out = StringIO()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(worker)
        call_command("replay", "--json", stdout=out, stderr=StringIO())
        working.result(timeout=20)
    assert json.loads(out.getvalue()) == {"replayed": 1, "mended": 0, "failed": 1}


def normalized(*arguments):
    out, err = StringIO(), StringIO()
    call_command("normalize", "dpd", str(SAMPLE), *arguments, stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_number_that_an_answer_does_not_name_is_null_and_said():
    lines, said = normalized()
    assert {line["tracking_number"] for line in lines} == {None}
    assert said == f"{SAMPLE}: it names no tracking number. Say which with --number.\n"


def test_the_number_that_was_asked_for_stands_where_the_answer_names_none():
    lines, said = normalized("--number", "05 3080 1234")
    assert {line["tracking_number"] for line in lines} == {"0530801234"}
    assert said == ""
