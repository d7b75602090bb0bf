"""The reviews' pages: who comes in, a review from draw to draft, every figure with its rows, few queries."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.models import Message, PolicyVersion, Review, ReviewUse
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import Role
from tests.factories import NOW, make_case, make_policy, make_user

pytestmark = pytest.mark.django_db(transaction=True)
YES = {"messaged": "yes", "paused": "yes", "evidence": "yes"}


@pytest.fixture(autouse=True)
def _at_now():
    make_policy()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    person = make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")
    client.force_login(person)
    return person


def text(response):
    plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(plain.replace("&#x27;", "'").split())


def drawn(owner, cases=3, **overrides):
    for _ in range(cases):
        make_case(**overrides)
    return actions.draw_review(days=14, seed=7, by=owner, now=NOW)


def answered(review, owner, **overrides):
    """Answer every case of a review."""
    for row in review.cases.order_by("place"):
        actions.answer_case(
            review_id=review.pk, place=row.place, was="", answers=YES | overrides, note="", by=owner, now=NOW
        )
    return review


@pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.OPERATIONS, 200), (Role.SUPPORT, 403)])
def test_reviews_are_for_managers_and_the_owner_of_the_policy(client, role, status):
    review = drawn(make_user(Role.MANAGER))
    client.force_login(make_user(role))
    for address in ("/reviews/", f"/reviews/{review.pk}/", f"/reviews/{review.pk}/cases/1/"):
        assert client.get(address).status_code == status
    assert ('href="/reviews/"' in client.get("/").content.decode()) == (status == 200)


@pytest.mark.parametrize("address", ["draw/", "1/close/", "1/put-away/", "1/cases/1/", "1/draft/"])
def test_others_change_nothing(client, address):
    client.force_login(make_user(Role.SUPPORT))
    make_case()
    assert client.post(f"/reviews/{address}", YES | {"days": 14}).status_code == 403
    assert Review.objects.count() == 0


def test_a_manager_may_not_begin_a_draft(client):
    maya = make_user(Role.MANAGER)
    client.force_login(maya)
    review = answered(drawn(maya), maya)
    client.post(f"/reviews/{review.pk}/close/")
    assert client.post(f"/reviews/{review.pk}/draft/").status_code == 403
    assert "The operations owner begins the draft." in text(client.get(f"/reviews/{review.pk}/"))
    assert PolicyVersion.objects.count() == 1


def test_drawing_tells_what_the_strata_were(client, owner):
    for _ in range(3):
        make_case()
    make_case(headline=FindingKind.LOST)
    response = client.post("/reviews/draw/", {"days": "14"}, follow=True)
    said = text(response)
    assert "Olga Petrov drew 4 of 4 just now. There were no more: all of them are looked at." in said
    assert "Stalled : 3 of 3 Support, still open: 3 of 3 Lost : 1 of 1" in said
    assert f"Lot {Review.objects.get().seed} draws the same cases again." in said
    assert "Olga Petrov drew 4 of 4 cases" in text(client.get("/reviews/"))


@pytest.mark.parametrize("days", ["", "0", "93", "many"])
def test_days_that_cannot_be_are_refused_beside_their_field(client, owner, days):
    make_case()
    response = client.post("/reviews/draw/", {"days": days})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert Review.objects.count() == 0


def test_an_empty_period_says_what_to_do(client, owner):
    assert "Choose more days." in text(client.post("/reviews/draw/", {"days": "14"}, follow=True))


def test_a_case_is_answered_and_the_next_one_follows(client, owner):
    review = drawn(owner)
    assert client.get(f"/reviews/{review.pk}/next/").url == f"/reviews/{review.pk}/cases/1/"
    response = client.post(f"/reviews/{review.pk}/cases/1/", YES | {"note": "As it should be.", "was": ""})
    assert response.url == f"/reviews/{review.pk}/cases/2/"
    row = review.cases.get(place=1)
    assert (row.messaged, row.note, row.answered_by) == ("yes", "As it should be.", owner)
    assert "1 of 3 answered" in text(client.get(response.url))
    for place in (2, 3):
        response = client.post(f"/reviews/{review.pk}/cases/{place}/", YES | {"was": ""})
    assert response.url == f"/reviews/{review.pk}/"
    assert "Give the verdict" in text(client.get(response.url))


def test_others_begin_further_on(client, owner):
    review = drawn(owner, cases=20)
    other = make_user(Role.MANAGER)
    client.force_login(other)
    assert client.get(f"/reviews/{review.pk}/next/").url == f"/reviews/{review.pk}/cases/{1 + other.pk * 7 % 20}/"


def test_a_missing_answer_is_asked_for_again_and_nothing_is_written(client, owner):
    review = drawn(owner)
    response = client.post(f"/reviews/{review.pk}/cases/1/", {"messaged": "no", "note": "Wrong one."})
    assert response.status_code == 422
    page = response.content.decode()
    assert 'id="messaged-no" value="no" required aria-describedby="help-messaged" checked' in page
    assert "Wrong one." in page
    assert review.cases.filter(answered_at__isnull=False).count() == 0


def test_who_comes_second_sees_what_was_answered(client, owner):
    review = drawn(owner)
    actions.answer_case(review_id=review.pk, place=1, was="", answers=YES, note="", by=make_user(Role.MANAGER), now=NOW)
    response = client.post(f"/reviews/{review.pk}/cases/1/", YES | {"evidence": "no", "was": ""})
    assert response.status_code == 409
    assert "answered this case meanwhile" in text(response)
    assert review.cases.get(place=1).evidence == "yes"


def test_the_page_shows_what_was_sent_and_held(client, owner):
    case = make_case()
    review = drawn(owner, cases=0)
    page = f"/reviews/{review.pk}/cases/1/"
    assert "Nothing was sent for this case" in text(client.get(page))
    told = {"case": case, "finding": "stalled", "created_at": NOW - timedelta(minutes=5)}
    Message.objects.create(state="held", held_reason="A conversation about it is open.", **told)
    Message.objects.create(state="sent", sent_at=NOW, recipient="ada@example.com", subject="It is late", **told)
    said = text(client.get(page))
    assert "Sent : It is late To ada@example.com." in said
    assert "Held A conversation about it is open." in said


def test_the_verdict_names_what_failed_and_opens_the_cases(client, owner):
    review = answered(drawn(owner), owner, evidence="no")
    response = client.post(f"/reviews/{review.pk}/close/", follow=True)
    said, page = text(response), response.content.decode()
    assert "3 of 3 “stalled” cases lacked evidence to act." in said
    assert "0 % yes, 0 of 3 small sample" in said
    assert "/policy/?part=rules#stalled" in page
    rows = client.get(f"/reviews/{review.pk}/?question=evidence&answer=no").context["rows"]
    assert [row.place for row, _ in rows] == [1, 2, 3]
    assert client.get(f"/reviews/{review.pk}/?question=messaged&answer=no").context["rows"] == []
    assert len(client.get(f"/reviews/{review.pk}/?question=nonsense&answer=no").context["rows"]) == 3


def test_a_closed_review_shows_its_answers_and_takes_no_more(client, owner):
    review = answered(drawn(owner), owner)
    client.post(f"/reviews/{review.pk}/close/")
    page = client.get(f"/reviews/{review.pk}/cases/1/").content.decode()
    assert "data-questions" not in page
    response = client.post(f"/reviews/{review.pk}/cases/1/", YES | {"evidence": "no", "was": NOW.isoformat()})
    assert response.status_code == 409
    assert review.cases.filter(evidence="no").count() == 0


def test_a_draft_follows_and_says_from_which_review(client, owner):
    review = answered(drawn(owner), owner, paused="no")
    client.post(f"/reviews/{review.pk}/close/")
    assert "Begin a draft from it" in text(client.get(f"/reviews/{review.pk}/"))
    response = client.post(f"/reviews/{review.pk}/draft/", follow=True)
    assert response.redirect_chain[-1][0] == "/policy/draft/"
    said = text(response)
    assert "Draft 2 begins with this review as its reason." in said
    reason = "From the review of 18 February to 4 March 2026: 3 of 3 “stalled” cases did not pause when they should."
    assert reason in said
    client.post("/policy/draft/publish/", {"number": 2, "over": 1, "note": reason})
    for address in ("/policy/", "/policy/versions/2/"):
        assert "From the review of 18 Feb to 4 Mar 2026" in text(client.get(address))
    assert "Version 2" in text(client.get(f"/reviews/{review.pk}/"))
    assert ReviewUse.objects.count() == 1


def test_a_review_put_away_stays_readable(client, owner):
    review = drawn(owner)
    said = text(client.post(f"/reviews/{review.pk}/put-away/", follow=True))
    assert "The review is put away." in said
    assert "Put away" in text(client.get("/reviews/"))
    assert client.post(f"/reviews/{review.pk}/draft/", follow=True).context["review"].uses.count() == 0


def test_what_is_not_there_is_not_found(client, owner):
    review = drawn(owner)
    for address in ("/reviews/0/", f"/reviews/{review.pk}/cases/9/", f"/reviews/{review.pk}/cases/0/"):
        assert client.get(address).status_code == 404


def test_pages_ask_the_same_few_queries_whatever_they_show(client, owner):
    counts = {}
    few = drawn(owner, cases=2)
    for name, review in (("few", few), ("many", None)):
        if review is None:
            answered(few, owner, evidence="no")
            actions.close_review(review_id=few.pk, by=owner, now=NOW)
            review = answered(drawn(owner, cases=18), owner, messaged="no")
        for page in ("/reviews/", f"/reviews/{review.pk}/", f"/reviews/{review.pk}/cases/1/"):
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            counts.setdefault(page.replace(str(review.pk), "N", 1), {})[name] = len(queries)
    assert counts == {
        "/reviews/": {"few": 10, "many": 10},
        "/reviews/N/": {"few": 8, "many": 8},
        "/reviews/N/cases/1/": {"few": 14, "many": 14},
    }


def test_earlier_reviews_are_narrowed_by_state_person_and_answers(client, owner):
    other = make_user(Role.MANAGER, first_name="Maya", last_name="Chen")
    done = answered(drawn(owner), owner, paused="no")
    actions.close_review(review_id=done.pk, by=owner, now=NOW)
    dropped = drawn(other)
    actions.drop_review(review_id=dropped.pk, by=other, now=NOW)
    both = {f'href="/reviews/{review.pk}/"' for review in (done, dropped)}

    def shown(query: str) -> set[str]:
        page = client.get(f"/reviews/?{query}").content.decode()
        return {link for link in both if link in page}

    assert shown("") == shown("sort=oldest") == both
    assert shown("state=done") == {f'href="/reviews/{done.pk}/"'}
    assert shown(f"drawn_by={other.pk}") == {f'href="/reviews/{dropped.pk}/"'}
    assert shown("failed=no") == {f'href="/reviews/{dropped.pk}/"'}
    assert shown("failed=yes") == {f'href="/reviews/{done.pk}/"'}
    page = text(client.get(f"/reviews/?state=done&drawn_by={other.pk}"))
    assert "Drawn by: Maya Chen" in page
    assert "No review fits these filters" in page


def test_the_cases_of_a_review_are_narrowed_in_the_panel_and_in_words(client, owner):
    review = drawn(owner)
    first, second, _ = review.cases.order_by("place")
    said = {"review_id": review.pk, "was": "", "note": "", "by": owner, "now": NOW}
    actions.answer_case(place=first.place, answers=YES | {"paused": "no"}, **said)
    actions.answer_case(place=second.place, answers=YES, **said)

    def shown(query: str) -> list[int]:
        page = client.get(f"/reviews/{review.pk}/?{query}").content.decode()
        return [place for place in (1, 2, 3) if f'data-open href="/reviews/{review.pk}/cases/{place}/"' in page]

    assert shown("question=paused&answer=no") == [1]
    assert shown("answer=no") == [1]
    assert shown("question=paused") == [1, 2]
    assert shown("answered=no") == [3]
    assert shown(f"finding={first.finding}&answered=yes") == [1, 2]
    page = text(client.get(f"/reviews/{review.pk}/?question=paused&answer=no"))
    assert "Question: Did it pause when it should?" in page
    assert "Answer: No" in page
    assert "1 case" in page
