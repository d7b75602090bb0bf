"""`backtest` from the command line: figures on standard output, findings in a file, mistakes in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from exceptions_queue.models import Backtest, Trial
from exceptions_queue.policy.default import DEFAULT_POLICY
from shipments.models import Order
from tests.exceptions_queue.backtest.test_jobs import make_history, nothing_remembered  # noqa: F401
from tests.factories import NOW, make_policy

pytestmark = pytest.mark.django_db(transaction=True)


def run(capsys, *arguments: str) -> str:
    call_command("backtest", *arguments)
    return capsys.readouterr().out


def test_the_figures_are_one_object_and_the_findings_a_line_each(capsys, tmp_path):
    make_policy()
    make_history(3)
    file = tmp_path / "cases.jsonl"
    figures = json.loads(run(capsys, "--json", "--cases", str(file), "--minutes", "20"))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert (figures["policy"], figures["shipments"], figures["cases"], figures["hours_of_work"]) == (1, 3, 3, 1.0)
    assert len(lines) == sum(figures["findings"].values())
    assert set(lines[0]) == {"order_id", "tracking_number", "finding", "opened_at", "score", "cleared_at"}
    assert [line["opened_at"] for line in lines] == sorted(line["opened_at"] for line in lines)


def test_a_period_takes_its_last_day_whole(capsys):
    make_policy()
    make_history(1)
    placed = (NOW - timedelta(days=29)).date()
    counts = [
        json.loads(run(capsys, "--json", "--from", str(begins), "--to", str(ends)))["shipments"]
        for begins, ends in ((placed, placed), (placed + timedelta(days=1), NOW.date()), (NOW.date(), NOW.date()))
    ]
    assert counts == [1, 0, 0]


def test_a_period_leaves_out_what_was_placed_at_the_midnight_after_it(capsys):
    make_policy()
    make_history(1)
    placed = datetime(2026, 1, 20, tzinfo=UTC)
    Order.objects.update(placed_at=placed)
    before, then = (
        json.loads(run(capsys, "--json", "--from", day, "--to", day))["shipments"]
        for day in ("2026-01-19", "2026-01-20")
    )
    assert (before, then) == (0, 1)


def test_a_draft_is_tried_beside_the_published_policy(capsys):
    make_policy()
    make_history(2)
    attempted = DEFAULT_POLICY["detectors"]["attempted"] | {"on": False}
    document = DEFAULT_POLICY | {"detectors": DEFAULT_POLICY["detectors"] | {"attempted": attempted}}
    draft = make_policy(state="draft", document=document)
    published, tried = (json.loads(run(capsys, "--json", "--policy", name)) for name in ("1", "draft"))
    assert (published["policy"], tried["policy"]) == (1, draft.number)
    assert "attempted" in published["findings"]
    assert "attempted" not in tried["findings"]


def test_a_draft_in_shadow_is_tried_as_the_draft(capsys):
    make_policy()
    make_history(1)
    shadow = make_policy(state="shadow", document=DEFAULT_POLICY | {"name": "Tried"}, published_at=None, shadow_at=NOW)
    assert json.loads(run(capsys, "--json", "--policy", "draft"))["policy"] == shadow.number


def test_what_was_tried_from_the_command_line_is_in_the_list_of_trials(capsys):
    make_policy()
    make_history(1)
    run(capsys, "--json")
    trial = Trial.objects.with_state().get()
    assert (trial.state, trial.policy.number, trial.beside, trial.requested_by) == ("done", 1, None, None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--policy", "9"], "There is no policy version '9'."),
        (["--policy", "newest"], "Give a number, draft or published."),
        (["--from", "2026-03-05", "--to", "2026-03-01"], "ends before it begins"),
        (["--from", "yesterday"], "'yesterday' is not a date"),
        (["--policy", "draft"], "There is no draft of the policy. Begin one at /policy/"),
        (["--minutes", "-3"], "'-3' is no number of minutes; give a whole number from 1 to 1440"),
        (["--cases", "/nowhere/cases.jsonl"], "/nowhere/cases.jsonl cannot be written: No such file or directory"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_begun(arguments: list[str], says: str):
    make_policy()
    make_history(1)
    with pytest.raises(CommandError, match=says):
        call_command("backtest", *arguments)
    assert Backtest.objects.count() == 0


def test_an_empty_database_says_what_to_do_first():
    make_policy()
    with pytest.raises(CommandError, match="Load orders and ingest their events first"):
        call_command("backtest")
