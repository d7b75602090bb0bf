"""What is sent twice is done once, however it is sent again: one after the other, or both at the same instant."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from exceptions_queue import actions
from exceptions_queue.models import Case, CaseEvent, Decision, FollowUp
from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, refused
from tests.factories import NOW, make_case, make_user

LATER = NOW + timedelta(minutes=4)
TOMORROW = NOW + timedelta(days=1)

ACTS = {
    "note": (actions.add_note, {"text": "Prefers the neighbour."}),
    "wait": (actions.wait_on, {"waiting_on": "carrier", "until": TOMORROW, "note": ""}),
    "hand over": (actions.hand_over, {"to_team": "finance", "note": "Please pay."}),
    "ask the carrier": (actions.open_follow_up, {"kind": "trace", "channel": "email", "promised_reply_at": TOMORROW}),
    "keep waiting": (actions.decide, {"kind": "keep_waiting", "until": TOMORROW}),
    "open a trace": (actions.decide, {"kind": "open_trace"}),
    "not worth a case": (actions.decide, {"kind": "not_worth_a_case"}),
    "close": (actions.close_case, {"reason": "Done."}),
}


def counts() -> tuple[int, int, int]:
    return CaseEvent.objects.count(), Decision.objects.count(), FollowUp.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTS)
def test_the_same_sent_again_changes_nothing_and_says_that_it_is_done(name):
    act, told = ACTS[name]
    sam, once = make_user(), uuid4()
    case = make_case(claimed_by=sam)
    act(case_id=case.pk, **told, once=once, by=sam, now=NOW)
    with refused(actions.AlreadyDone, f"done once in case {case.pk}"):
        act(case_id=case.pk, **told, once=once, by=sam, now=LATER)
    assert_whole(case)


@pytest.mark.django_db
def test_a_wait_sent_again_after_the_case_was_taken_again_is_done_once():
    sam, once = make_user(), uuid4()
    case = make_case(claimed_by=sam)
    actions.decide(case_id=case.pk, kind="keep_waiting", once=once, by=sam, now=NOW)
    actions.claim_case(case_id=case.pk, by=sam, now=LATER)
    with refused(actions.AlreadyDone):
        actions.decide(case_id=case.pk, kind="keep_waiting", once=once, by=sam, now=LATER)


@pytest.mark.django_db
def test_the_same_words_sent_from_another_form_are_another_note():
    sam, case = make_user(), make_case()
    for _ in range(2):
        actions.add_note(case_id=case.pk, text="Called, nobody there.", once=uuid4(), by=sam, now=NOW)
    assert history(case) == ["note", "note"]


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again():
    sam, once = make_user(), uuid4()
    case = make_case()
    with refused(actions.DecisionRefused):
        actions.decide(case_id=case.pk, kind="keep_waiting", once=once, by=sam, now=NOW)
    actions.claim_case(case_id=case.pk, by=sam, now=NOW)
    assert actions.decide(case_id=case.pk, kind="keep_waiting", once=once, by=sam, now=NOW).pk


@pytest.mark.django_db
def test_the_database_refuses_the_second_line_too():
    case, once = make_case(), uuid4()
    CaseEvent.objects.create(case=case, at=NOW, kind="note", once=once)
    with pytest.raises(IntegrityError, match="sent_once"), transaction.atomic():
        CaseEvent.objects.create(case=case, at=NOW, kind="note", once=once)


@pytest.mark.django_db
class TestTakeNext:
    def test_the_same_asked_twice_takes_one_case(self):
        sam, once = make_user(), uuid4()
        worst = make_case(severity=Severity.CRITICAL)
        make_case()
        assert [actions.take_next(by=sam, now=NOW, once=once) for _ in range(2)] == [worst, worst]
        assert Case.objects.filter(claimed_by=sam).count() == 1
        assert history(worst) == ["claimed"]

    def test_once_that_case_is_let_go_the_next_is_taken(self):
        sam, once = make_user(), uuid4()
        first, second = make_case(severity=Severity.CRITICAL), make_case()
        actions.take_next(by=sam, now=NOW, once=once)
        actions.wait_on(case_id=first.pk, waiting_on="carrier", until=TOMORROW, note="", by=sam, now=NOW)
        assert actions.take_next(by=sam, now=LATER, once=once) == second

    def test_a_case_given_back_and_taken_again_is_no_trouble(self):
        sam, once, case = make_user(), uuid4(), make_case()
        for _ in range(2):
            assert actions.take_next(by=sam, now=NOW, once=once) == case
            actions.release_case(case_id=case.pk, by=sam, now=NOW)
        assert history(case) == ["claimed", "released", "claimed", "released"]

    def test_another_persons_form_is_another_thing(self):
        once = uuid4()
        make_case()
        make_case()
        taken = [actions.take_next(by=make_user(), now=NOW, once=once) for _ in range(2)]
        assert taken[0] != taken[1]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("name", ["note", "keep waiting", "open a trace", "ask the carrier"])
    def test_the_same_sent_three_times_at_once_is_done_once(self, name):
        act, told = ACTS[name]
        sam, once = make_user(), uuid4()
        case = make_case(claimed_by=sam)
        run = lambda: act(case_id=case.pk, **told, once=once, by=sam, now=NOW)  # noqa: E731
        results = at_once(run, run, run)
        assert [type(each) for each in results].count(actions.AlreadyDone) == 2
        assert len([kind for kind in history(case) if kind in {"note", "decided", "waiting"}]) == (
            2 if act is actions.decide else 1
        )
        assert_whole(case)

    def test_taking_the_next_case_twice_at_once_takes_one(self):
        sam, once = make_user(Role.SUPPORT), uuid4()
        for _ in range(4):
            make_case()
        taken = at_once(*(lambda: actions.take_next(by=sam, now=NOW, once=once) for _ in range(4)))
        assert len(set(taken)) == 1
        assert Case.objects.filter(claimed_by=sam, state=CaseState.OPEN).count() == 1
