from datetime import timedelta

import pytest

from exceptions_queue import actions
from exceptions_queue.models import Case
from exceptions_queue.policy.situation import Severity, Team
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, refused
from tests.factories import NOW, make_case, make_user

LATER = NOW + timedelta(minutes=4)
TOO_LATE = NOW + timedelta(minutes=11)
WITH_COMMITS = pytest.mark.django_db(transaction=True)


@pytest.mark.django_db
class TestClaim:
    def test_a_free_case_is_taken_for_ten_minutes(self):
        case, sam = make_case(), make_user()
        taken = actions.claim_case(case_id=case.pk, by=sam, now=NOW)
        case.refresh_from_db()
        assert (case.claimed_by, case.claimed_at, case.claim_expires_at) == (sam, NOW, NOW + actions.LEASE)
        assert taken.claimed_by == sam
        assert case.untouched is False
        assert case.legs.get().first_touched_at == NOW
        assert history(case) == ["claimed"]
        assert case.history.latest("id").by == sam
        assert_whole(case)

    def test_taking_ones_own_case_again_only_renews_the_lease(self):
        case, sam = make_case(), make_user()
        actions.claim_case(case_id=case.pk, by=sam, now=NOW)
        actions.claim_case(case_id=case.pk, by=sam, now=LATER)
        case.refresh_from_db()
        assert (case.claimed_at, case.claim_expires_at) == (NOW, LATER + actions.LEASE)
        assert history(case) == ["claimed"]

    def test_a_case_whose_lease_is_over_may_be_taken_and_both_are_in_the_history(self):
        sam, sue = make_user(first_name="Sam", last_name="R"), make_user()
        case = make_case(claimed_by=sam)
        actions.claim_case(case_id=case.pk, by=sue, now=TOO_LATE)
        case.refresh_from_db()
        assert case.claimed_by == sue
        assert history(case) == ["lease_ended", "claimed"]
        assert case.history.get(kind="lease_ended").data == {"holder": {"id": sam.pk, "name": "Sam R"}}

    def test_a_waiting_case_may_be_taken_by_its_number(self):
        case = make_case(state=CaseState.WAITING)
        actions.claim_case(case_id=case.pk, by=make_user(), now=NOW)
        assert_whole(case)

    def test_somebody_elses_case_is_refused_by_name(self):
        case = make_case(claimed_by=make_user(first_name="Sam", last_name="Rivera"))
        with refused(actions.ClaimedByOther, "Sam Rivera works on .* until 15:10 UTC"):
            actions.claim_case(case_id=case.pk, by=make_user(), now=LATER)

    def test_another_teams_case_is_refused(self):
        case = make_case(owner_team=Team.FINANCE)
        with refused(actions.NotYourTeam, "Finance has the next action"):
            actions.claim_case(case_id=case.pk, by=make_user(), now=NOW)

    def test_a_closed_case_is_refused(self):
        case = make_case(state=CaseState.CLOSED)
        with refused(actions.CaseClosed, "was closed on 4 March at 15:00"):
            actions.claim_case(case_id=case.pk, by=make_user(), now=NOW)

    def test_a_case_that_is_not_there_is_refused(self):
        with refused(actions.CaseGone, "no case 404"):
            actions.claim_case(case_id=404, by=make_user(), now=NOW)

    def test_a_person_without_a_role_is_refused(self):
        case = make_case()
        with refused(actions.NoRole):
            actions.claim_case(case_id=case.pk, by=make_user(None), now=NOW)

    def test_a_manager_may_take_any_teams_case(self):
        case = make_case(owner_team=Team.OPERATIONS)
        assert actions.claim_case(case_id=case.pk, by=make_user(Role.MANAGER), now=NOW).claimed_by


@pytest.mark.django_db
class TestTakeOver:
    def test_the_case_changes_hands_and_history_names_both(self):
        sam, sue = make_user(), make_user()
        case = make_case(claimed_by=sam)
        actions.take_over_case(case_id=case.pk, by=sue, now=LATER)
        case.refresh_from_db()
        assert (case.claimed_by, case.claimed_at, case.claim_expires_at) == (sue, LATER, LATER + actions.LEASE)
        line = case.history.get(kind="taken_over")
        assert (line.by, line.data["holder"]["id"]) == (sue, sam.pk)

    def test_a_free_case_is_simply_taken(self):
        case = make_case()
        actions.take_over_case(case_id=case.pk, by=make_user(), now=NOW)
        assert history(case) == ["claimed"]

    def test_doing_it_twice_writes_one_line(self):
        case, sue = make_case(claimed_by=make_user()), make_user()
        actions.take_over_case(case_id=case.pk, by=sue, now=NOW)
        actions.take_over_case(case_id=case.pk, by=sue, now=LATER)
        assert history(case) == ["taken_over"]

    def test_another_teams_case_is_refused(self):
        case = make_case(claimed_by=make_user())
        with refused(actions.NotYourTeam):
            actions.take_over_case(case_id=case.pk, by=make_user(Role.FINANCE), now=NOW)


@pytest.mark.django_db
class TestRenew:
    def test_the_lease_runs_its_full_time_again_and_history_is_silent(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.renew_claim(case_id=case.pk, by=sam, now=LATER)
        case.refresh_from_db()
        assert (case.claimed_at, case.claim_expires_at) == (NOW, LATER + actions.LEASE)
        assert history(case) == []

    def test_a_lease_just_over_counts_while_nobody_else_took_the_case(self):
        case = make_case(claimed_by=(sam := make_user()))
        assert actions.renew_claim(case_id=case.pk, by=sam, now=TOO_LATE).claim_expires_at == TOO_LATE + actions.LEASE

    def test_a_claim_that_was_swept_up_is_refused(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.expire_leases(now=TOO_LATE)
        with refused(actions.ClaimEnded, "Take the case again"):
            actions.renew_claim(case_id=case.pk, by=sam, now=TOO_LATE)

    def test_a_case_somebody_else_took_is_refused(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.take_over_case(case_id=case.pk, by=make_user(), now=LATER)
        with refused(actions.ClaimedByOther):
            actions.renew_claim(case_id=case.pk, by=sam, now=LATER)


@pytest.mark.django_db
class TestRelease:
    def test_the_case_goes_back_to_its_team(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.release_case(case_id=case.pk, by=sam, now=LATER)
        case.refresh_from_db()
        assert (case.claimed_by, case.claimed_at, case.claim_expires_at) == (None, None, None)
        assert history(case) == ["released"]
        assert_whole(case)

    def test_releasing_twice_writes_one_line(self):
        case = make_case(claimed_by=(sam := make_user()))
        actions.release_case(case_id=case.pk, by=sam, now=LATER)
        actions.release_case(case_id=case.pk, by=sam, now=LATER)
        assert history(case) == ["released"]

    def test_somebody_elses_case_is_refused(self):
        case = make_case(claimed_by=make_user())
        with refused(actions.ClaimedByOther):
            actions.release_case(case_id=case.pk, by=make_user(), now=NOW)


@pytest.mark.django_db
class TestTakeNext:
    def test_the_worst_case_comes_first_then_the_one_due_first_then_the_oldest(self):
        due = NOW + timedelta(hours=1)
        fourth = make_case(due_at=due)
        second = make_case(severity=Severity.HIGH, due_at=due)
        third = make_case(severity=Severity.HIGH, due_at=due)
        first = make_case(severity=Severity.HIGH, due_at=due - timedelta(minutes=1))
        sam = make_user()
        taken = [actions.take_next(by=sam, now=NOW) for _ in range(5)]
        assert taken == [first, second, third, fourth, None]

    def test_taking_it_is_the_same_as_claiming_it(self):
        case, sam = make_case(), make_user()
        taken = actions.take_next(by=sam, now=NOW)
        case.refresh_from_db()
        assert (taken.claimed_by, taken.claimed_at, taken.claim_expires_at) == (sam, NOW, NOW + actions.LEASE)
        assert (case.untouched, case.legs.get().first_touched_at) == (False, NOW)
        assert history(case) == ["claimed"]

    @pytest.mark.parametrize(
        "out_of_reach",
        [
            {"state": CaseState.WAITING},
            {"state": CaseState.CLOSED},
            {"owner_team": Team.FINANCE},
        ],
    )
    def test_waiting_closed_and_other_teams_cases_are_left_alone(self, out_of_reach):
        make_case(**out_of_reach)
        assert actions.take_next(by=make_user(), now=NOW) is None

    def test_a_recovered_case_is_work_too(self):
        case = make_case(state=CaseState.RECOVERED)
        assert actions.take_next(by=make_user(), now=NOW) == case

    def test_a_held_case_is_passed_over_and_a_lease_that_is_over_is_not(self):
        sam, sue = make_user(), make_user()
        case = make_case(claimed_by=sam)
        assert actions.take_next(by=sue, now=LATER) is None
        assert actions.take_next(by=sue, now=TOO_LATE) == case
        assert history(case) == ["lease_ended", "claimed"]
        assert case.history.get(kind="lease_ended").data["holder"]["id"] == sam.pk

    def test_teams_narrow_the_choice_to_ones_own(self):
        finance = make_case(owner_team=Team.FINANCE)
        make_case(owner_team=Team.SUPPORT)
        both = make_user(Role.SUPPORT, Role.FINANCE)
        assert actions.take_next(by=make_user(), now=NOW, teams=[Team.FINANCE]) is None
        assert actions.take_next(by=both, now=NOW, teams=[Team.FINANCE]) == finance

    def test_a_manager_takes_next_only_from_teams_named(self):
        case, maya = make_case(), make_user(Role.MANAGER)
        assert actions.take_next(by=maya, now=NOW) is None
        assert actions.take_next(by=maya, now=NOW, teams=[Team.SUPPORT]) == case

    def test_a_person_without_a_role_gets_nothing(self):
        make_case()
        assert actions.take_next(by=make_user(None), now=NOW) is None

    def test_the_statement_walks_the_queues_index(self):
        from django.db import connection

        from exceptions_queue.actions.claims import _TAKE_NEXT

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            told = {"teams": ["support"], "roles": ["support"], "now": NOW, "until": NOW, "by": make_user().pk}
            cursor.execute("EXPLAIN " + _TAKE_NEXT, told)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "case_queue" in plan or "case_team_queue" in plan


@pytest.mark.django_db
class TestExpire:
    def test_leases_that_are_over_end_with_a_line_of_history(self):
        sam = make_user(first_name="Sam", last_name="R")
        over, running = make_case(claimed_by=sam), make_case(claimed_by=sam, claim_expires_at=TOO_LATE + actions.LEASE)
        assert actions.expire_leases(now=TOO_LATE) == 1
        over.refresh_from_db()
        running.refresh_from_db()
        assert (over.claimed_by, over.claim_expires_at, running.claimed_by) == (None, None, sam)
        line = over.history.get(kind="lease_ended")
        assert (line.by, line.data) == (None, {"holder": {"id": sam.pk, "name": "Sam R"}})
        assert_whole(over)

    def test_a_second_sweep_finds_nothing(self):
        case = make_case(claimed_by=make_user())
        assert [actions.expire_leases(now=TOO_LATE) for _ in range(2)] == [1, 0]
        assert history(case) == ["lease_ended"]

    def test_a_sweep_takes_no_more_than_its_limit(self):
        for _ in range(3):
            make_case(claimed_by=make_user())
        assert [actions.expire_leases(now=TOO_LATE, limit=2) for _ in range(3)] == [2, 1, 0]

    def test_a_sweep_needs_the_same_queries_for_one_and_for_many(self, django_assert_num_queries):
        for _ in range(5):
            make_case(claimed_by=make_user())
        with django_assert_num_queries(7):
            actions.expire_leases(now=TOO_LATE)


@WITH_COMMITS
class TestAtOnce:
    def test_two_people_claim_the_same_case_and_exactly_one_has_it(self):
        case, people = make_case(), [make_user() for _ in range(4)]
        results = at_once(*(lambda by=by: actions.claim_case(case_id=case.pk, by=by, now=NOW) for by in people))
        winners = [each for each in results if isinstance(each, Case)]
        losers = [each for each in results if isinstance(each, actions.ClaimedByOther)]
        case.refresh_from_db()
        assert (len(winners), len(losers)) == (1, 3)
        assert winners[0].claimed_by == case.claimed_by
        assert history(case) == ["claimed"]

    def test_many_people_take_next_and_nobody_gets_anothers_case(self):
        cases, people = [make_case() for _ in range(6)], [make_user() for _ in range(8)]
        results = at_once(*(lambda by=by: actions.take_next(by=by, now=NOW) for by in people))
        taken = [each for each in results if each is not None]
        assert sorted(case.pk for case in taken) == sorted(case.pk for case in cases)
        assert len({case.claimed_by_id for case in taken}) == 6

    def test_a_claim_and_a_sweep_leave_the_case_with_who_claimed_it(self):
        sue = make_user()
        case = make_case(claimed_by=make_user())
        results = at_once(
            lambda: actions.claim_case(case_id=case.pk, by=sue, now=TOO_LATE),
            lambda: actions.expire_leases(now=TOO_LATE),
        )
        case.refresh_from_db()
        assert isinstance(results[0], Case)
        assert case.claimed_by == sue
        assert history(case) == ["lease_ended", "claimed"]

    def test_a_renewal_and_a_sweep_never_leave_half_a_claim(self):
        sam = make_user()
        case = make_case(claimed_by=sam)
        renewed, swept = at_once(
            lambda: actions.renew_claim(case_id=case.pk, by=sam, now=TOO_LATE),
            lambda: actions.expire_leases(now=TOO_LATE),
        )
        case.refresh_from_db()
        assert (case.claimed_by == sam) == isinstance(renewed, Case) == (swept == 0)

    def test_an_action_inside_another_transaction_is_refused_loudly(self):
        from django.db import transaction

        case, sam = make_case(), make_user()
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            actions.claim_case(case_id=case.pk, by=sam, now=NOW)
