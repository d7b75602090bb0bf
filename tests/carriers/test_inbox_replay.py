"""Replays, previews and dismissals: what each writes, and that a refusal writes nothing."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from carriers.inbox import dismiss, dismissal, drain, preview, quarantine, replay, undo_dismissal
from carriers.inbox.replay import Replayed
from carriers.inbox_pages.runs import Progress, progress_of, replays_of_message
from carriers.models import CodeMapping, Dismissal, InboundMessage, MessageState, Problem, Replay, ReplayRun
from shipments.models import Shipment, TrackingEvent
from tests.carriers.test_inbox import event
from tests.factories import NOW, make_account, make_message, make_user

LATER = NOW + timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


def failed(body: bytes = b"not json", **overrides: object) -> InboundMessage:
    values = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "problem_detail": "No.", "attempts": 1}
    return make_message(body=body, processed_at=NOW, **values | overrides)


def everything() -> list[list[dict[str, object]]]:
    models = (InboundMessage, Replay, ReplayRun, Dismissal, Shipment, TrackingEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_run_of_replays_is_recorded_with_who_how_and_why():
    one, two, by = failed(), failed(problem=Problem.NO_NUMBER), make_user("operations")
    done = replay(
        message_ids=[two.pk, one.pk, one.pk], by=by, how=ReplayRun.How.PAGE, reason="The reader learnt it.", now=LATER
    )
    run = ReplayRun.objects.get()
    assert done == Replayed(run.pk, 2)
    assert (run.by, run.how, run.reason, run.chosen, run.at) == (by, "page", "The reader learnt it.", 2, LATER)
    assert list(run.replays.order_by("pk").values_list("message", "problem_before", "detail_before")) == [
        (one.pk, "unreadable", "No."),
        (two.pk, "no_number", "No."),
    ]
    assert set(InboundMessage.objects.values_list("state", "problem", "processed_at")) == {("received", "", None)}


def test_what_did_not_fail_is_left_alone_and_no_run_is_kept():
    make_message(state=MessageState.DONE, processed_at=NOW)
    quarantine(account=make_account(), body=b"{}", why="No.", problem=Problem.NOT_AUTHENTIC, now=NOW)
    make_message()
    before = everything()
    ids = list(InboundMessage.objects.values_list("pk", flat=True))
    assert replay(message_ids=ids, by=None, now=LATER) == Replayed(None, 0)
    assert everything() == before


def test_an_unauthentic_message_is_not_read_even_when_read_ones_are_asked_for():
    quarantine(account=make_account(), body=event(), why="No.", problem=Problem.NOT_AUTHENTIC, now=NOW)
    (pk,) = InboundMessage.objects.values_list("pk", flat=True)
    assert replay(message_ids=[pk], by=None, also_read=True, now=LATER).taken == 0
    assert drain(now=LATER).taken == 0


def test_a_message_read_before_and_again_tells_nothing_twice_and_keeps_its_count():
    message = make_message(body=event())
    drain(now=NOW)
    replay(message_ids=[message.pk], by=None, also_read=True, now=LATER)
    assert drain(now=LATER).events == 0
    message.refresh_from_db()
    assert (message.state, message.events, message.duplicates, message.attempts) == ("done", 1, 0, 2)
    assert TrackingEvent.objects.count() == 1


def test_progress_counts_each_outcome_and_a_later_replay_does_not_change_an_earlier_one():
    good, bad, feed = failed(event()), failed(), failed(b"<html>", problem=Problem.UNREADABLE)
    run_id = replay(message_ids=[good.pk, bad.pk, feed.pk], by=None, now=NOW).run_id
    run = ReplayRun.objects.get(pk=run_id)
    assert progress_of(run) == Progress(3, waiting=3)
    drain(now=NOW)
    assert progress_of(run) == Progress(3, read=1, same=1, other=1)
    second = replay(message_ids=[bad.pk, good.pk], by=None, also_read=True, now=LATER).run_id
    assert progress_of(run) == Progress(3, read=1, same=1, other=1)
    assert progress_of(ReplayRun.objects.get(pk=second)) == Progress(2, waiting=2)
    assert [each.outcome for each in replays_of_message(bad)] == ["waiting", "same"]


def test_a_run_takes_as_many_statements_for_one_message_as_for_hundreds():
    def statements(count: int) -> int:
        ids = [failed().pk for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert replay(message_ids=ids, by=None, now=LATER).taken == count
        return len(queries)

    assert statements(1) == statements(60)


@pytest.mark.parametrize("table", ["carriers_replay", "carriers_replayrun"])
def test_the_database_refuses_to_change_the_record_of_replays(table):
    replay(message_ids=[failed().pk], by=None, now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_a_preview_says_what_a_message_would_say_now_and_writes_nothing():
    mended, same = failed(event()), failed()
    before = everything()
    one, two = preview(messages=[mended, same])
    assert (one.is_mended, len(one.now.facts), one.is_same) == (True, 1, False)
    assert (two.is_mended, two.is_same, two.now.problem) == (False, True, "unreadable")
    assert everything() == before


def test_a_preview_uses_the_code_table_of_today():
    body = (
        b'{"tracking_code": "E1", "carrier": "UPS", "status": "sideways",'
        b' "tracking_details": [{"status": "sideways", "datetime": "2026-03-03T10:00:00Z"}]}'
    )
    message = make_message(account=make_account(source="easypost"), body=body)
    assert preview(messages=[message])[0].now.unmapped == 1
    CodeMapping.objects.create(system="easypost", code="sideways", state="delayed")
    assert [str(fact.state) for fact in preview(messages=[message])[0].now.facts] == ["delayed"]


def test_a_source_that_only_workers_read_is_not_read_in_a_preview(monkeypatch):
    from carriers.sources import events

    monkeypatch.setattr(events, "WORKERS_ONLY", True, raising=False)
    seen = preview(messages=[failed(event())])[0]
    assert (seen.now, seen.is_mended, seen.is_same) == (None, False, False)


def held(account, *, hours: int = 0) -> None:
    quarantine(
        account=account,
        body=b"%d" % hours,
        why="No signature.",
        problem=Problem.NOT_AUTHENTIC,
        now=NOW + timedelta(hours=hours),
    )


def test_a_dismissal_holds_until_the_next_message_and_touches_none():
    account, by = make_account(), make_user("operations")
    held(account)
    kept = list(InboundMessage.objects.values())
    done = dismiss(account_id=account.pk, reason=" A test call. ", by=by, now=NOW)
    assert (done.reason, done.by, done.at) == ("A test call.", by, NOW)
    assert list(InboundMessage.objects.values()) == kept
    with pytest.raises(dismissal.NothingQuarantined):
        dismiss(account_id=account.pk, reason="Again.", by=by, now=LATER)
    held(account, hours=1)
    assert dismiss(account_id=account.pk, reason="Again.", by=by, now=LATER).at == LATER


@pytest.mark.parametrize(
    ("reason", "error"), [("  ", dismissal.ReasonMissing), ("A test call.", dismissal.NothingQuarantined)]
)
def test_a_dismissal_without_reason_or_ground_is_refused_and_nothing_is_written(reason, error):
    account = make_account()
    before = everything()
    with pytest.raises(error):
        dismiss(account_id=account.pk, reason=reason, by=make_user(), now=NOW)
    assert everything() == before


def test_a_dismissal_is_undone_once():
    account, by = make_account(), make_user("operations")
    held(account)
    done = dismiss(account_id=account.pk, reason="A test call.", by=by, now=NOW)
    assert undo_dismissal(dismissal_id=done.pk, by=by, now=LATER).undone_by == by
    with pytest.raises(dismissal.NotDismissed):
        undo_dismissal(dismissal_id=done.pk, by=by, now=LATER)
    assert dismiss(account_id=account.pk, reason="A test call.", by=by, now=LATER)
