"""The review's acts: what they write, what they refuse and then write nothing, and what nobody can change."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from exceptions_queue import actions
from exceptions_queue.models import PolicyEvent, PolicyVersion, Review, ReviewCase, ReviewState, ReviewUse
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import at_once
from tests.factories import NOW, make_case, make_policy, make_user

pytestmark = pytest.mark.django_db(transaction=True)
YES = {"messaged": "yes", "paused": "yes", "evidence": "yes"}


@pytest.fixture
def maya():
    return make_user(Role.MANAGER, first_name="Maya", last_name="Chen")


@pytest.fixture
def olga():
    return make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")


@contextmanager
def refused(error, says=""):
    """Expect a refusal with this in its sentence, and that nothing was written."""
    watched = (Review, ReviewCase, ReviewUse, PolicyVersion, PolicyEvent)
    before = [list(model.objects.order_by("pk").values()) for model in watched]
    with pytest.raises(error, match=says or None):
        yield
    assert [list(model.objects.order_by("pk").values()) for model in watched] == before


def drawn(by, cases=3, **values):
    """Save some cases and draw them."""
    for _ in range(cases):
        make_case()
    return actions.draw_review(**{"days": 14, "seed": 7, "by": by, "now": NOW} | values)


def answer(review, place=1, by=None, **values):
    given = {"was": "", "answers": YES, "note": "", "now": NOW} | values
    return actions.answer_case(review_id=review.pk, place=place, by=by, **given)


def verdict(review, by):
    answer(review, by=by, answers=YES | {"evidence": "no"})
    return actions.close_review(review_id=review.pk, by=by, now=NOW)


class TestDraw:
    def test_every_case_of_the_period_is_drawn_where_there_are_few(self, maya):
        make_case(opened_at=NOW - timedelta(days=15))
        make_case(headline=FindingKind.LOST)
        review = drawn(maya)
        assert (review.population, review.size, review.seed) == (4, 20, 7)
        assert sorted(review.cases.values_list("place", "finding")) == list(
            zip(range(1, 5), [row.finding for row in review.cases.order_by("place")], strict=True)
        )
        assert [(each["finding"], each["cases"], each["drawn"]) for each in review.strata] == [
            ("stalled", 3, 3),
            ("lost", 1, 1),
        ]

    def test_twenty_are_drawn_of_more(self, maya):
        assert drawn(maya, cases=25).cases.count() == 20

    def test_a_second_draw_is_refused_while_one_runs(self, maya, olga):
        drawn(maya)
        with refused(actions.ReviewRuns, "Maya Chen drew cases on 4 March. Answer those first."):
            drawn(olga, cases=0)

    def test_of_two_who_draw_at_once_one_is_told_of_the_other(self, maya, olga):
        make_case()
        results = at_once(*(lambda who=who: drawn(who, cases=0) for who in (maya, olga)))
        assert sorted(type(each).__name__ for each in results) == ["Review", "ReviewRuns"]

    def test_an_empty_period_is_refused(self, maya):
        with refused(actions.NothingToDraw, "Choose more days"):
            drawn(maya, cases=0)

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FULFILLMENT, Role.FINANCE, None])
    def test_others_may_not_draw(self, role):
        make_case()
        person = make_user(role)
        with refused(actions.NoRole):
            drawn(person, cases=0)


class TestAnswer:
    def test_the_answers_are_kept_with_who_and_when(self, maya, olga):
        review = drawn(maya)
        answer(review, 2, by=olga, answers=YES | {"paused": "cannot_tell"}, note=" Seen twice. ")
        row = review.cases.get(place=2)
        said = (row.messaged, row.paused, row.evidence, row.note, row.answered_by, row.answered_at)
        assert said == ("yes", "cannot_tell", "yes", "Seen twice.", olga, NOW)

    @pytest.mark.parametrize("answers", [{}, {"messaged": "yes"}, YES | {"paused": "maybe"}])
    def test_a_missing_answer_is_refused(self, maya, answers):
        review = drawn(maya)
        with refused(actions.AnswerMissing, "cannot tell"):
            answer(review, by=maya, answers=answers)

    def test_the_same_answer_twice_changes_nothing(self, maya):
        review = drawn(maya)
        answer(review, by=maya)
        answer(review, by=maya, now=NOW + timedelta(minutes=1))
        assert review.cases.get(place=1).answered_at == NOW

    def test_an_answer_is_changed_by_who_saw_it(self, maya, olga):
        review = drawn(maya)
        answer(review, by=maya)
        answer(review, by=olga, was=NOW.isoformat(), answers=YES | {"evidence": "no"})
        row = review.cases.get(place=1)
        assert (row.evidence, row.answered_by) == ("no", olga)

    def test_an_answer_given_meanwhile_is_not_overwritten(self, maya, olga):
        review = drawn(maya)
        answer(review, by=maya)
        with refused(actions.AnsweredMeanwhile, "Maya Chen answered this case meanwhile"):
            answer(review, by=olga, answers=YES | {"evidence": "no"})

    def test_a_place_that_is_not_there_is_refused(self, maya):
        review = drawn(maya)
        with refused(actions.ReviewGone):
            answer(review, 9, by=maya)
        with refused(actions.ReviewGone):
            actions.answer_case(review_id=0, place=1, was="", answers=YES, note="", by=maya, now=NOW)

    def test_others_may_not_answer(self, maya):
        review, sam = drawn(maya), make_user(Role.SUPPORT)
        with refused(actions.NoRole):
            answer(review, by=sam)


class TestClose:
    def test_the_verdict_is_given_by_somebody(self, maya):
        review = verdict(drawn(maya), maya)
        assert (review.state, review.closed_by, review.closed_at) == (ReviewState.DONE, maya, NOW)

    def test_a_closed_review_takes_no_answer_and_no_second_verdict(self, maya):
        review = verdict(drawn(maya), maya)
        with refused(actions.ReviewClosed):
            answer(review, 2, by=maya)
        with refused(actions.ReviewClosed):
            actions.close_review(review_id=review.pk, by=maya, now=NOW)
        with refused(actions.ReviewClosed):
            actions.drop_review(review_id=review.pk, by=maya, now=NOW)

    def test_without_any_answer_there_is_no_verdict(self, maya):
        review = drawn(maya)
        with refused(actions.AnswerMissing):
            actions.close_review(review_id=review.pk, by=maya, now=NOW)

    def test_a_review_put_away_makes_room_for_another(self, maya):
        actions.drop_review(review_id=drawn(maya).pk, by=maya, now=NOW)
        assert [each.state for each in Review.objects.order_by("pk")] == [ReviewState.DROPPED]
        assert drawn(maya, cases=0).state == ReviewState.OPEN

    def test_others_may_not_close(self, maya):
        review, sam = drawn(maya), make_user(Role.SUPPORT)
        for act in (actions.close_review, actions.drop_review):
            with refused(actions.NoRole):
                act(review_id=review.pk, by=sam, now=NOW)

    def test_the_database_keeps_what_was_closed(self, maya):
        review = verdict(drawn(maya), maya)
        acts = [
            lambda: Review.objects.filter(pk=review.pk).update(population=1),
            lambda: Review.objects.filter(pk=review.pk).update(state="open", closed_at=None, closed_by=None),
            lambda: ReviewCase.objects.filter(review=review).update(note="later"),
            lambda: ReviewCase.objects.filter(review=review).delete(),
            lambda: ReviewCase.objects.create(review=review, place=9, case=make_case(), finding="lost"),
        ]
        for act in acts:
            with pytest.raises(DatabaseError, match="Draw a new"), transaction.atomic():
                act()


class TestUse:
    def test_a_draft_begins_with_the_verdict_as_its_reason(self, maya, olga):
        make_policy()
        review = verdict(drawn(maya), maya)
        version, is_new = actions.use_review(review_id=review.pk, by=olga, now=NOW)
        assert (version.number, version.state, is_new) == (2, "draft", True)
        use = ReviewUse.objects.get()
        assert (use.review, use.version, use.by) == (review, version, olga)
        assert use.said == "The one “stalled” case lacked evidence to act."
        line = version.history.get(kind="reviewed")
        assert line.data == {"review": review.pk, "said": use.said}

    def test_the_running_draft_takes_it_once(self, maya, olga):
        draft = make_policy(number=2, state="draft", base=make_policy())
        review = verdict(drawn(maya), maya)
        for _ in range(2):
            assert actions.use_review(review_id=review.pk, by=olga, now=NOW) == (draft, False)
        assert (ReviewUse.objects.count(), PolicyEvent.objects.count()) == (1, 1)

    def test_an_open_review_has_nothing_to_attach(self, maya, olga):
        make_policy()
        review = drawn(maya)
        with refused(actions.ReviewOpen):
            actions.use_review(review_id=review.pk, by=olga, now=NOW)
        with refused(actions.ReviewGone):
            actions.use_review(review_id=0, by=olga, now=NOW)

    def test_only_the_owner_of_the_policy_attaches_it(self, maya):
        make_policy()
        review = verdict(drawn(maya), maya)
        with refused(actions.NoRole):
            actions.use_review(review_id=review.pk, by=maya, now=NOW)
