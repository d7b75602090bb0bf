from datetime import timedelta
from uuid import uuid4

import pytest

from exceptions_queue import actions
from exceptions_queue.models import FollowUp
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, refused
from tests.factories import NOW, make_case, make_follow_up, make_user

PROMISED = NOW + timedelta(days=2)


def ask(case, by, **changes):
    values = {"kind": "trace", "channel": "portal", "promised_reply_at": PROMISED, "by": by, "now": NOW}
    return actions.open_follow_up(case_id=case.pk, **values | changes)


def state_of(case):
    case.refresh_from_db()
    return case.state


@pytest.mark.django_db
class TestOpen:
    def test_the_case_waits_for_the_carrier_until_the_promised_reply(self):
        case = make_case(claimed_by=(sam := make_user()))
        follow_up = ask(case, sam, note=" silent ", reference=" TR-1 ")
        assert_whole(case)
        assert (case.state, case.due_at, case.claimed_by) == ("waiting", PROMISED, None)
        assert case.legs.get(ended_at=None).waiting_on == "carrier"
        assert (follow_up.carrier, follow_up.note, follow_up.reference) == ("ups", "silent", "TR-1")
        assert (follow_up.opened_by, follow_up.opened_at, follow_up.assigned_to) == (sam, NOW, None)
        assert history(case) == ["waiting", "follow_up"]
        data = case.history.get(kind="follow_up").data
        assert (data["what"], data["follow_up"], data["reference"]) == ("opened", follow_up.pk, "TR-1")

    def test_it_may_be_assigned_at_once(self):
        case, farah = make_case(claimed_by=(sam := make_user())), make_user(Role.FULFILLMENT)
        follow_up = ask(case, sam, assigned_to=farah)
        assert (follow_up.assigned_to, follow_up.assigned_by, follow_up.assigned_at) == (farah, sam, NOW)

    def test_the_same_question_twice_is_refused(self):
        case = make_case(claimed_by=(sam := make_user()))
        make_follow_up(case, reference="TR-7")
        with refused(actions.FollowUpRuns, "trace with ups is already open .TR-7."):
            ask(case, sam)
        assert ask(case, sam, kind="claim").pk

    def test_a_reply_in_the_past_an_idle_assignee_and_a_case_not_held_are_refused(self):
        case, sam = make_case(), make_user()
        with refused(actions.NotClaimed):
            ask(case, sam)
        actions.claim_case(case_id=case.pk, by=sam, now=NOW)
        with refused(actions.TimeIsPast):
            ask(case, sam, promised_reply_at=NOW)
        with refused(actions.CannotWork):
            ask(case, sam, assigned_to=make_user(Role.MANAGER))


@pytest.mark.django_db
class TestAssign:
    def test_many_are_assigned_and_the_others_are_skipped_with_their_reason(self):
        farah, fay = make_user(Role.FULFILLMENT), make_user(Role.FULFILLMENT, first_name="Fay", last_name="L")
        free, others = make_follow_up(), make_follow_up(assigned_to=farah)
        already, closed = make_follow_up(assigned_to=fay), make_follow_up(closed_at=NOW)
        ids = [closed.pk, others.pk, 404, free.pk, already.pk, free.pk]
        done = actions.assign_follow_ups(follow_up_ids=ids, to=fay, by=farah, now=NOW)
        assert done == (
            2,
            [(closed.pk, "it is already closed"), (404, "it does not exist"), (already.pk, "Fay L already has it")],
        )
        free.refresh_from_db()
        assert (free.assigned_to, free.assigned_by, free.assigned_at) == (fay, farah, NOW)
        assert free.case.history.latest("id").data["to"] == {"id": fay.pk, "name": "Fay L"}

    def test_assigning_again_changes_nothing(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        assert actions.assign_follow_ups(follow_up_ids=[follow_up.pk], to=farah, by=farah, now=NOW).done == 1
        again = actions.assign_follow_ups(follow_up_ids=[follow_up.pk], to=farah, by=farah, now=NOW)
        assert (again.done, len(again.skipped)) == (0, 1)
        assert history(follow_up.case) == ["follow_up"]

    def test_only_leads_assign_and_only_to_people_who_work(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        with refused(actions.NoRole):
            actions.assign_follow_ups(follow_up_ids=[follow_up.pk], to=farah, by=make_user(), now=NOW)
        with refused(actions.CannotWork):
            actions.assign_follow_ups(follow_up_ids=[follow_up.pk], to=make_user(None), by=farah, now=NOW)

    def test_it_needs_the_same_queries_for_two_and_for_ten(self, django_assert_num_queries):
        farah, fay = make_user(Role.FULFILLMENT), make_user(Role.FULFILLMENT)
        ids = [make_follow_up().pk for _ in range(10)]
        with django_assert_num_queries(9):
            actions.assign_follow_ups(follow_up_ids=ids[:2], to=fay, by=farah, now=NOW)
        with django_assert_num_queries(7):
            actions.assign_follow_ups(follow_up_ids=ids, to=farah, by=farah, now=NOW)


@pytest.mark.django_db
class TestNudge:
    def test_the_next_reminder_is_kept_and_history_says_so(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        actions.nudge_follow_up(follow_up_id=follow_up.pk, next_nudge_at=PROMISED, note=" wrote ", by=farah, now=NOW)
        follow_up.refresh_from_db()
        assert follow_up.next_nudge_at == PROMISED
        data = follow_up.case.history.latest("id").data
        assert (data["what"], data["note"], data["next_nudge_at"]) == ("nudged", "wrote", PROMISED.isoformat())

    def test_the_past_a_stranger_a_closed_and_an_absent_one_are_refused(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        values = {"follow_up_id": follow_up.pk, "next_nudge_at": PROMISED, "note": "", "by": farah, "now": NOW}
        closed = make_follow_up(closed_at=NOW)
        for changes, error in (
            ({"next_nudge_at": NOW}, actions.TimeIsPast),
            ({"by": make_user()}, actions.NotYourFollowUp),
            ({"follow_up_id": closed.pk}, actions.FollowUpClosed),
            ({"follow_up_id": 404}, actions.FollowUpGone),
        ):
            with refused(error):
                actions.nudge_follow_up(**values | changes)

    def test_the_same_sent_again_writes_one_line(self):
        farah, follow_up, once = make_user(Role.FULFILLMENT), make_follow_up(), uuid4()
        values = {"follow_up_id": follow_up.pk, "next_nudge_at": PROMISED, "note": "wrote", "once": once, "by": farah}
        actions.nudge_follow_up(**values, now=NOW)
        with refused(actions.AlreadyDone, f"done once in case {follow_up.case_id}"):
            actions.nudge_follow_up(**values, now=NOW)
        assert history(follow_up.case) == ["follow_up"]

    def test_who_chases_it_and_who_opened_it_may(self):
        sam, sue = make_user(), make_user()
        follow_up = make_follow_up(opened_by=sam, assigned_to=sue)
        for by in (sam, sue):
            actions.nudge_follow_up(follow_up_id=follow_up.pk, next_nudge_at=PROMISED, note="", by=by, now=NOW)


@pytest.mark.django_db
class TestClose:
    def close(self, follow_up, by, outcome="found", now=NOW):
        return actions.close_follow_up(follow_up_id=follow_up.pk, outcome=outcome, note=" at depot ", by=by, now=now)

    def test_the_answer_brings_the_case_back_to_its_team(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up(next_nudge_at=PROMISED)
        self.close(follow_up, farah)
        follow_up.refresh_from_db()
        assert (follow_up.outcome, follow_up.outcome_note, follow_up.closed_by) == ("found", "at depot", farah)
        assert (follow_up.closed_at, follow_up.next_nudge_at) == (NOW, None)
        assert_whole(follow_up.case)
        assert state_of(follow_up.case) == "open"
        assert history(follow_up.case) == ["follow_up", "woken"]
        assert follow_up.case.history.latest("id").data == {"by": "answer"}

    def test_the_case_waits_on_while_another_question_is_open(self):
        farah, first = make_user(Role.FULFILLMENT), make_follow_up()
        second = make_follow_up(first.case, kind="claim")
        self.close(first, farah)
        assert state_of(first.case) == "waiting"
        self.close(second, farah)
        assert state_of(first.case) == "open"
        assert_whole(first.case)

    @pytest.mark.parametrize(
        "case", [{"state": "open"}, {"state": "closed"}, {"state": "waiting", "waiting_on": "customer"}]
    )
    def test_a_case_that_does_not_wait_for_the_carrier_stays_as_it_is(self, case):
        follow_up = make_follow_up(make_case(**case))
        self.close(follow_up, make_user(Role.FULFILLMENT))
        assert_whole(follow_up.case)
        assert state_of(follow_up.case) == case["state"]

    def test_the_same_sent_again_is_done_and_no_mistake(self):
        farah, follow_up, once = make_user(Role.FULFILLMENT), make_follow_up(), uuid4()
        values = {"follow_up_id": follow_up.pk, "outcome": "found", "note": "", "once": once, "by": farah, "now": NOW}
        actions.close_follow_up(**values)
        with refused(actions.AlreadyDone):
            actions.close_follow_up(**values)

    def test_closing_twice_is_refused_the_second_time(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        self.close(follow_up, farah)
        with refused(actions.FollowUpClosed, "was closed on 4 March"):
            self.close(follow_up, farah, outcome="lost")

    def test_somebody_elses_is_refused(self):
        follow_up = make_follow_up(assigned_to=make_user())
        with refused(actions.NotYourFollowUp):
            self.close(follow_up, make_user())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_answers_at_once_close_it_once(self):
        farah, follow_up = make_user(Role.FULFILLMENT), make_follow_up()
        acts = [
            lambda outcome=outcome: actions.close_follow_up(
                follow_up_id=follow_up.pk, outcome=outcome, note="", by=farah, now=NOW
            )
            for outcome in ("found", "lost")
        ]
        results = at_once(*acts)
        assert {type(each) for each in results} == {FollowUp, actions.FollowUpClosed}
        assert_whole(follow_up.case)
        assert history(follow_up.case) == ["follow_up", "woken"]

    def test_two_leads_assigning_crosswise_do_not_wait_for_each_other_for_ever(self):
        farah, fay = make_user(Role.FULFILLMENT), make_user(Role.FULFILLMENT)
        ids = [make_follow_up(make_case(state=CaseState.WAITING)).pk for _ in range(6)]
        results = at_once(
            lambda: actions.assign_follow_ups(follow_up_ids=ids, to=farah, by=farah, now=NOW),
            lambda: actions.assign_follow_ups(follow_up_ids=ids[::-1], to=fay, by=fay, now=NOW),
        )
        assert [each.done for each in results] == [6, 6]
        assert FollowUp.objects.values("assigned_to").distinct().count() == 1
