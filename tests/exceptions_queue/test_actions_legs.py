from datetime import UTC, datetime, timedelta

import pytest

from exceptions_queue import actions
from exceptions_queue.models import Leg
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import FindingKind, NextAction, Team
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, refused
from tests.factories import NOW, make_case, make_policy, make_shipment, make_user

SOON = NOW + timedelta(hours=2)
MUCH_LATER = NOW + timedelta(days=1)


def wait(case, by, **changes):
    values = {"waiting_on": "customer", "until": SOON, "note": "asked for photos", "by": by, "now": NOW}
    return actions.wait_on(case_id=case.pk, **values | changes)


@pytest.mark.django_db
class TestHandOver:
    def test_the_next_team_gets_a_leg_of_its_own_and_the_case_is_free(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.hand_over(case_id=case.pk, to_team="fulfillment", note=" check the dock ", by=sam, now=NOW)
        assert_whole(case)
        first, second = case.legs.order_by("id")
        assert (first.team, first.ended_at, first.first_touched_at) == ("support", NOW, NOW)
        assert (second.team, second.started_at, second.note) == ("fulfillment", NOW, "check the dock")
        assert (second.first_touched_at, second.waiting_on) == (None, "")
        assert (case.state, case.claimed_by, case.untouched) == ("open", None, False)
        assert history(case) == ["handed_over"]
        assert case.history.get(kind="handed_over").data == {
            "from_team": "support",
            "to_team": "fulfillment",
            "note": "check the dock",
        }

    def test_its_clock_runs_the_allowed_hours_in_the_teams_own_working_hours(self):
        case = make_case(claimed_by=(sam := make_user()), headline=FindingKind.STALLED)
        actions.hand_over(case_id=case.pk, to_team="fulfillment", note="x", by=sam, now=NOW)
        case.refresh_from_db()
        # 8 hours from Wednesday 15:00: two until 17:00, four to noon, and two from 12:30 on Thursday.
        assert case.due_at == datetime(2026, 3, 5, 14, 30, tzinfo=UTC)

    def test_a_finding_the_policy_has_no_rule_for_gets_a_working_day(self):
        case = make_case(headline=FindingKind.SOURCE_DISAGREEMENT)
        assert due_for(case, Team.SUPPORT, NOW) == NOW + timedelta(hours=17) + timedelta(hours=3)

    def test_a_waiting_case_wakes_up_in_the_next_team(self):
        case = make_case(state=CaseState.WAITING, claimed_by=(sam := make_user()))
        actions.hand_over(case_id=case.pk, to_team=Team.FINANCE, note="x", by=sam, now=NOW)
        assert_whole(case)
        assert case.state == "open"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"to_team": "support"}, actions.SameTeam),
            ({"note": "  "}, actions.NoteMissing),
            ({"now": NOW + timedelta(minutes=11)}, actions.NotClaimed),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, changes, error):
        case = make_case(claimed_by=(sam := make_user()))
        values = {"case_id": case.pk, "to_team": "finance", "note": "x", "by": sam, "now": NOW}
        with refused(error):
            actions.hand_over(**values | changes)

    def test_only_who_holds_the_case_may(self):
        case = make_case(claimed_by=make_user(first_name="Sam", last_name="R"))
        with refused(actions.ClaimedByOther, "Sam R"):
            actions.hand_over(case_id=case.pk, to_team="finance", note="x", by=make_user(), now=NOW)

    def test_closed_recovered_and_absent_cases_are_refused(self):
        sam, closed = make_user(), make_case(state="closed")
        with refused(actions.CaseClosed):
            actions.hand_over(case_id=closed.pk, to_team="finance", note="x", by=sam, now=NOW)
        recovered = make_case(state=CaseState.RECOVERED, claimed_by=sam)
        with refused(actions.NotNow):
            actions.hand_over(case_id=recovered.pk, to_team="finance", note="x", by=sam, now=NOW)
        with refused(actions.CaseGone):
            actions.hand_over(case_id=404, to_team="finance", note="x", by=sam, now=NOW)

    def test_doing_it_twice_is_refused_the_second_time(self):
        case = make_case(claimed_by=(sam := make_user()))
        values = {"case_id": case.pk, "to_team": "finance", "note": "x", "by": sam, "now": NOW}
        actions.hand_over(**values)
        with refused(actions.NotClaimed):
            actions.hand_over(**values)


@pytest.mark.django_db
class TestWait:
    def test_the_case_rests_until_then_in_nobodys_hands(self):
        case = make_case(claimed_by=(sam := make_user()))
        wait(case, sam)
        assert_whole(case)
        assert (case.state, case.due_at, case.claimed_by, case.owner_team) == ("waiting", SOON, None, "support")
        assert case.legs.get(ended_at=None).waiting_on == "customer"
        assert case.history.get(kind="waiting").data == {
            "waiting_on": "customer",
            "until": SOON.isoformat(),
            "note": "asked for photos",
        }

    def test_it_may_end_with_the_next_scan_and_remembers_the_last_one(self):
        parcel = make_shipment(last_physical_at=NOW - timedelta(hours=3))
        case = make_case(shipment=parcel, claimed_by=(sam := make_user()))
        wait(case, sam, or_scan=True)
        assert_whole(case)
        assert case.legs.get(ended_at=None).wakes_after == NOW - timedelta(hours=3)
        assert case.history.get(kind="waiting").data["or_scan"] is True

    def test_of_a_parcel_never_scanned_every_scan_is_the_next(self):
        case = make_case(shipment=make_shipment(last_physical_at=None), claimed_by=(sam := make_user()))
        wait(case, sam, or_scan=True)
        assert case.legs.get(ended_at=None).wakes_after.year == 1970

    def test_a_wait_that_ends_now_or_in_the_past_is_refused(self):
        case = make_case(claimed_by=(sam := make_user()))
        with refused(actions.TimeIsPast):
            wait(case, sam, until=NOW)

    def test_a_recovered_case_does_not_wait(self):
        case = make_case(state=CaseState.RECOVERED, claimed_by=(sam := make_user()))
        with refused(actions.NotNow):
            wait(case, sam)

    def test_it_takes_the_claim(self):
        free, others = make_case(), make_case(claimed_by=make_user())
        with refused(actions.NotClaimed):
            wait(free, make_user())
        with refused(actions.ClaimedByOther):
            wait(others, make_user())

    def test_waiting_twice_is_refused_the_second_time(self):
        case = make_case(claimed_by=(sam := make_user()))
        wait(case, sam)
        with refused(actions.NotClaimed):
            wait(case, sam)

    def test_a_clock_that_runs_behind_still_ends_the_leg_after_it_began(self):
        case = make_case(claimed_by=(sam := make_user()), opened_at=NOW + timedelta(seconds=2))
        wait(case, sam)
        assert_whole(case)


@pytest.mark.django_db
class TestWake:
    def test_a_person_of_the_team_ends_the_wait_and_the_clock_starts_again(self):
        case = make_case(state=CaseState.WAITING)
        actions.wake_case(case_id=case.pk, by=make_user(), now=NOW)
        assert_whole(case)
        assert (case.state, case.due_at) == ("open", due_for(case, Team.SUPPORT, NOW))
        assert case.history.get(kind="woken").data == {"by": "person"}

    def test_who_holds_the_case_keeps_it(self):
        case = make_case(state=CaseState.WAITING, claimed_by=(sam := make_user()))
        actions.wake_case(case_id=case.pk, by=sam, now=NOW)
        case.refresh_from_db()
        assert case.claimed_by == sam

    def test_waking_twice_is_refused_the_second_time(self):
        case, sam = make_case(state=CaseState.WAITING), make_user()
        actions.wake_case(case_id=case.pk, by=sam, now=NOW)
        with refused(actions.NotNow):
            actions.wake_case(case_id=case.pk, by=sam, now=NOW)

    def test_another_teams_case_is_refused(self):
        case = make_case(state=CaseState.WAITING)
        with refused(actions.NotYourTeam):
            actions.wake_case(case_id=case.pk, by=make_user(Role.FINANCE), now=NOW)


@pytest.mark.django_db
class TestWakeDue:
    def test_cases_whose_wait_is_over_come_back_and_others_rest_on(self):
        over = make_case(state=CaseState.WAITING, due_at=NOW, untouched=False)
        resting = make_case(state=CaseState.WAITING, due_at=NOW + timedelta(seconds=1))
        late = make_case(due_at=NOW - timedelta(days=1))
        assert actions.wake_due(now=NOW) == 1
        for case in (over, resting, late):
            assert_whole(case)
        assert [over.state, resting.state, late.state] == ["open", "waiting", "open"]
        assert over.due_at == due_for(over, Team.SUPPORT, NOW)
        line = over.history.get(kind="woken")
        assert (line.by, line.data) == (None, {"by": "time"})

    def test_who_holds_it_keeps_it_and_its_next_action_stays(self):
        sam = make_user()
        case = make_case(state="waiting", due_at=NOW, claimed_by=sam, next_action=NextAction.TELL_CUSTOMER)
        actions.wake_due(now=NOW)
        assert_whole(case)
        assert (case.claimed_by, case.next_action) == (sam, "tell_customer")

    def test_a_second_sweep_finds_nothing_and_a_sweep_keeps_to_its_limit(self):
        for _ in range(3):
            make_case(state=CaseState.WAITING, due_at=NOW)
        assert [actions.wake_due(now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]

    def test_taken_next_only_after_it_was_woken(self):
        case, sam = make_case(state=CaseState.WAITING, due_at=SOON), make_user()
        assert actions.take_next(by=sam, now=MUCH_LATER) is None
        actions.wake_due(now=MUCH_LATER)
        assert actions.take_next(by=sam, now=MUCH_LATER) == case

    def test_it_needs_the_same_queries_for_one_and_for_many(self, django_assert_num_queries):
        make_policy()
        due_for(make_case(), Team.SUPPORT, NOW)  # the policy is read once in a process
        for _ in range(5):
            make_case(state=CaseState.WAITING, due_at=NOW)
        with django_assert_num_queries(8):
            assert actions.wake_due(now=NOW) == 5


@pytest.mark.django_db
class TestNotes:
    def test_anybody_with_a_role_may_whoever_holds_the_case(self):
        case, maya = make_case(claimed_by=make_user()), make_user(Role.MANAGER)
        line = actions.add_note(case_id=case.pk, text=" saw it ", by=maya, now=NOW)
        assert (line.kind, line.by, line.data, line.at) == ("note", maya, {"text": "saw it"}, NOW)
        case.refresh_from_db()
        assert (case.untouched, case.claimed_by is None) == (False, False)
        assert_whole(case)

    def test_an_empty_note_a_stranger_and_a_closed_case_are_refused(self):
        case, closed = make_case(), make_case(state="closed")
        with refused(actions.NoteMissing):
            actions.add_note(case_id=case.pk, text=" ", by=make_user(), now=NOW)
        with refused(actions.NoRole):
            actions.add_note(case_id=case.pk, text="x", by=make_user(None), now=NOW)
        with refused(actions.CaseClosed):
            actions.add_note(case_id=closed.pk, text="x", by=make_user(), now=NOW)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_person_and_the_clock_wake_a_case_once(self):
        case, sam = make_case(state=CaseState.WAITING, due_at=NOW), make_user()
        at_once(
            lambda: actions.wake_case(case_id=case.pk, by=sam, now=NOW),
            lambda: actions.wake_due(now=NOW),
            lambda: actions.wake_due(now=NOW),
        )
        assert_whole(case)
        assert history(case) == ["woken"]

    def test_handing_over_and_waiting_at_once_do_one_of_them(self):
        case = make_case(claimed_by=(sam := make_user()))
        results = at_once(
            lambda: actions.hand_over(case_id=case.pk, to_team="finance", note="x", by=sam, now=NOW),
            lambda: wait(case, sam),
        )
        assert sorted(type(each).__name__ for each in results) == ["Case", "NotClaimed"]
        assert_whole(case)
        assert Leg.objects.filter(case=case).count() == 2
