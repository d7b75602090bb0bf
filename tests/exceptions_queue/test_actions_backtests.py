"""Asking stored history: two backtests that can be compared, none replayed twice, and a way to stop them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from exceptions_queue import actions
from exceptions_queue.backtest import jobs
from exceptions_queue.backtest_pages import progress
from exceptions_queue.models import Backtest, BacktestFinding, BacktestParcel, BacktestState, PolicyVersion, Trial
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import Role
from tests.exceptions_queue.backtest.test_jobs import make_history, nothing_remembered  # noqa: F401
from tests.exceptions_queue.people import at_once
from tests.factories import NOW, make_policy, make_user

pytestmark = pytest.mark.django_db(transaction=True)

BEGINS, ENDS = NOW - timedelta(days=30), NOW - timedelta(days=1)


def document(name: str) -> dict[str, Any]:
    """Return the default document under another name: enough for another digest."""
    return DEFAULT_POLICY | {"name": name}


def make_draft(name: str = "Tried", **overrides: Any) -> PolicyVersion:
    return make_policy(**({"state": "draft", "document": document(name), "base": make_policy()} | overrides))


def ask(draft: PolicyVersion, **overrides: Any) -> Trial:
    values = {"number": draft.number, "begins_at": BEGINS, "ends_at": ENDS, "minutes_a_case": None, "now": NOW}
    by = overrides.pop("by", None) or make_user(Role.OPERATIONS)
    return actions.ask_trial(**(values | overrides), by=by)


def finish(now: Any = NOW) -> None:
    """Do what the workers do until nothing waits."""
    while row := jobs.take_backtest(now=now):
        while row.finished_at is None:
            row = jobs.work_on(row, now=now)


@contextmanager
def refused(error: type[actions.Refused], says: str) -> Iterator[None]:
    """Expect a refusal with this in its sentence, and that nothing was asked for or stopped."""
    before = list(Backtest.objects.order_by("pk").values()), list(Trial.objects.order_by("pk").values())
    with pytest.raises(error, match=says):
        yield
    assert before == (list(Backtest.objects.order_by("pk").values()), list(Trial.objects.order_by("pk").values()))


def test_a_draft_and_the_version_in_force_are_both_asked_over_the_same_period():
    draft = make_draft()
    trial = ask(draft)
    rows = (trial.tried, trial.beside)
    assert [row.policy.number for row in rows] == [2, 1]
    assert {(row.begins_at, row.ends_at, row.until, row.state) for row in rows} == {(BEGINS, ENDS, NOW, "waiting")}
    assert (trial.policy, trial.against) == (draft, make_policy())
    assert trial.tried.document == draft.document


def test_the_version_in_force_is_tried_alone():
    trial = ask(make_policy())
    assert (trial.beside, trial.against, Backtest.objects.count()) == (None, None, 1)


def test_the_same_question_is_answered_by_the_same_trial():
    make_history(2)
    draft = make_draft()
    first = ask(draft)
    assert ask(draft, now=NOW + timedelta(minutes=1)) == first
    finish()
    assert ask(draft, now=NOW + timedelta(hours=2)) == first
    assert (Trial.objects.count(), Backtest.objects.count()) == (1, 2)


def test_a_changed_draft_stands_beside_what_was_replayed_of_the_version_in_force():
    draft = make_draft()
    first = ask(draft)
    finish()
    PolicyVersion.objects.filter(pk=draft.pk).update(document=document("Changed"))
    second = ask(draft, now=NOW + timedelta(hours=3))
    assert (second.beside, Backtest.objects.count()) == (first.beside, 3)
    assert second.tried != first.tried
    assert second.tried.until == second.beside.until == NOW


@pytest.mark.parametrize(
    "other",
    [
        {"begins_at": BEGINS - timedelta(days=1)},
        {"minutes_a_case": 20},
        {"now": NOW + timedelta(days=2)},
    ],
    ids=["period", "minutes", "much-happened-since"],
)
def test_another_question_is_replayed_anew(other: dict[str, Any]):
    draft = make_draft()
    first = ask(draft)
    finish()
    second = ask(draft, **other)
    assert {second.tried_id, second.beside_id}.isdisjoint({first.tried_id, first.beside_id})
    assert second.tried.until == second.beside.until


def test_a_side_that_failed_is_replayed_again_and_the_other_is_not():
    draft = make_draft()
    first = ask(draft)
    finish()
    Backtest.objects.filter(pk=first.tried_id).update(state=BacktestState.FAILED, problem="It broke.")
    second = ask(draft)
    assert (second.beside, second.tried.state) == (first.beside, BacktestState.WAITING)
    assert second != first


def test_a_backtest_from_before_parcels_were_kept_is_not_used():
    draft = make_draft()
    first = ask(draft)
    Backtest.objects.update(went_on_at=None)
    assert ask(draft).tried != first.tried


def test_two_people_who_ask_at_once_get_one_trial():
    draft, people = make_draft(), [make_user(Role.OPERATIONS) for _ in range(2)]
    found = at_once(*(lambda person=person: ask(draft, by=person) for person in people))
    assert found[0] == found[1]
    assert (Trial.objects.count(), Backtest.objects.count()) == (1, 2)


def test_who_may_not_edit_the_policy_may_not_ask():
    draft = make_draft()
    with refused(actions.NoRole, "operations owner"):
        ask(draft, by=make_user(Role.SUPPORT))


def test_a_draft_that_changes_nothing_is_refused():
    draft = make_draft(document=DEFAULT_POLICY)
    with refused(actions.NothingToCompare, "Version 2 says what version 1, in force, says"):
        ask(draft)


@pytest.mark.parametrize("period", [(ENDS, BEGINS), (NOW + timedelta(days=1), NOW + timedelta(days=2))])
def test_a_period_without_a_day_that_is_over_is_refused(period):
    draft = make_draft()
    with refused(actions.PeriodEmpty, "no day that is over"):
        ask(draft, begins_at=period[0], ends_at=period[1])


def test_a_version_nobody_can_read_is_refused():
    draft = make_draft(document={"format": 1})
    with refused(actions.CannotBeRead, "Version 2 cannot be used"):
        ask(draft)


def test_a_version_that_is_not_there_is_refused():
    make_policy()
    with refused(actions.VersionGone, "no version 9"):
        actions.ask_trial(
            number=9, begins_at=BEGINS, ends_at=ENDS, minutes_a_case=None, by=make_user(Role.OPERATIONS), now=NOW
        )


def test_a_cancelled_trial_writes_no_more_and_keeps_nothing(monkeypatch):
    monkeypatch.setattr(jobs, "SLICE", 1)
    make_history(3)
    owner, trial = make_user(Role.OPERATIONS), ask(make_draft())
    row = jobs.work_on(jobs.take_backtest(now=NOW), now=NOW)
    assert BacktestFinding.objects.exists()
    actions.cancel_trial(trial_id=trial.pk, by=owner, now=NOW)
    with pytest.raises(jobs.LeaseLost):
        jobs.work_on(row, now=NOW)
    assert {each.state for each in Backtest.objects.all()} == {BacktestState.CANCELLED}
    assert (BacktestFinding.objects.count(), BacktestParcel.objects.count()) == (0, 0)
    assert jobs.take_backtest(now=NOW + timedelta(days=1)) is None
    trial.refresh_from_db()
    assert (trial.cancelled_at, trial.cancelled_by) == (NOW, owner)
    assert Trial.objects.with_state().get().state == BacktestState.CANCELLED


def test_a_backtest_that_another_trial_waits_for_is_not_cancelled():
    draft = make_draft()
    first = ask(draft)
    PolicyVersion.objects.filter(pk=draft.pk).update(document=document("Changed"))
    second = ask(draft)
    actions.cancel_trial(trial_id=first.pk, by=make_user(Role.OPERATIONS), now=NOW)
    states = {row.pk: row.state for row in Backtest.objects.all()}
    assert states == {first.tried_id: "cancelled", first.beside_id: "waiting", second.tried_id: "waiting"}


def test_what_was_cancelled_can_be_asked_again():
    draft = make_draft()
    first = ask(draft)
    actions.cancel_trial(trial_id=first.pk, by=make_user(Role.OPERATIONS), now=NOW)
    second = ask(draft)
    assert second != first
    finish()
    assert Trial.objects.with_state().get(pk=second.pk).state == BacktestState.DONE


def test_what_is_over_is_not_cancelled():
    trial = ask(make_draft())
    finish()
    with refused(actions.TrialOver, "is over already"):
        actions.cancel_trial(trial_id=trial.pk, by=make_user(Role.OPERATIONS), now=NOW)


def test_a_stranger_cancels_nothing():
    trial = ask(make_draft())
    with refused(actions.NoRole, "operations owner"):
        actions.cancel_trial(trial_id=trial.pk, by=make_user(Role.MANAGER), now=NOW)


def test_a_trial_that_is_not_there_is_not_cancelled():
    with refused(actions.TrialGone, "no such backtest"):
        actions.cancel_trial(trial_id=9, by=make_user(Role.OPERATIONS), now=NOW)


@pytest.mark.parametrize(
    ("tried", "beside", "state"),
    [
        ("waiting", "waiting", "waiting"),
        ("waiting", "running", "running"),
        ("waiting", "done", "running"),
        ("done", "waiting", "running"),
        ("running", "done", "running"),
        ("done", "done", "done"),
        ("failed", "running", "failed"),
        ("done", "failed", "failed"),
        ("cancelled", "failed", "cancelled"),
        ("waiting", None, "waiting"),
        ("done", None, "done"),
    ],
)
def test_the_state_of_a_trial_is_that_of_both_sides(tried: str, beside: str | None, state: str):
    trial = ask(make_draft() if beside else make_policy())
    for pk, wanted in ((trial.tried_id, tried), (trial.beside_id, beside)):
        over = NOW if wanted in {"done", "failed", "cancelled"} else None
        Backtest.objects.filter(pk=pk).update(state=wanted or "", finished_at=over)
    assert Trial.objects.with_state().get().state == state


def test_a_worker_that_says_nothing_is_named_with_the_time_another_goes_on():
    trial = ask(make_draft())
    row = jobs.take_backtest(now=NOW)
    trial.refresh_from_db()
    assert "replays" in progress(trial, NOW + timedelta(seconds=50)).words
    silent = progress(trial, NOW + timedelta(seconds=70))
    assert silent.away
    assert silent.words == f"Its worker says nothing. If it stopped, another goes on at {row.leased_until:%H:%M} UTC."


def test_a_silent_worker_of_one_that_comes_first_is_not_called_its_own():
    draft = make_draft()
    ask(draft)
    later = ask(draft, minutes_a_case=20)
    row = jobs.take_backtest(now=NOW)
    told = progress(later, NOW + timedelta(seconds=70))
    assert told.words == (
        "The worker of a backtest that comes first says nothing. "
        f"If it stopped, another goes on at {row.leased_until:%H:%M} UTC."
    )
