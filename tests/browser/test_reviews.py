"""A review's way: drawn, answered by keys, its verdict read, a draft begun from it; and the week, in every look."""

import pytest
from playwright.sync_api import expect

from exceptions_queue import actions
from exceptions_queue.models import ReviewCase, ReviewUse
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import CaseState, Role
from tests import factories as make
from tests.browser.barriers import LOOKS, barriers, spills
from tests.browser.conftest import Console
from tests.browser.scenes import a_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser_context_args(request, browser_context_args):
    return {**browser_context_args, **getattr(request, "param", {})}


@pytest.fixture
def owner(console: Console):
    make.make_policy()
    person = make.make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")
    console.sign_in(person)
    return person


def three_cases() -> None:
    for kind in (FindingKind.STALLED, FindingKind.STALLED, FindingKind.DAMAGED):
        a_case(headline=kind)


def test_a_review_is_drawn_answered_by_keys_and_becomes_a_draft(console, owner):
    three_cases()
    page = console.open("/reviews/")
    page.get_by_role("button", name="Draw twenty cases").click()
    page.get_by_role("link", name="Begin", exact=True).click()
    expect(page.get_by_text("Case 1 of 3")).to_be_visible()
    assert (barriers(console), spills(console)) == ([], False)

    for key in "yyn":
        page.keyboard.press(key)
    page.wait_for_url("**/cases/2/")
    page.keyboard.press("n")
    page.keyboard.press("a")
    page.keyboard.type("Nobody was told.")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.keyboard.press("c")
    expect(page).to_have_url(f"{console.address}/reviews/{ReviewCase.objects.first().review_id}/cases/2/")
    page.keyboard.press("s")
    page.wait_for_url("**/cases/3/")
    for key in "yyy":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All cases are answered")).to_be_visible()
    said = ReviewCase.objects.order_by("place").values_list("messaged", "paused", "evidence", "note")
    assert list(said) == [
        ("yes", "yes", "no", ""),
        ("no", "yes", "cannot_tell", "Nobody was told."),
        ("yes", "yes", "yes", ""),
    ]

    page.get_by_role("button", name="Give the verdict").click()
    expect(page.get_by_role("heading", name="The verdict")).to_be_visible()
    assert (barriers(console), spills(console)) == ([], False)
    page.get_by_role("button", name="Begin a draft from it").click()
    expect(page.get_by_role("heading", name="Draft 2")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value(f"From the review of {_days()}: {ReviewUse.objects.get().said}")
    page.get_by_role("link", name="From the review of").click()
    expect(page.get_by_role("link", name="Version 2")).to_be_visible()


def _days() -> str:
    return str(ReviewUse.objects.get().review).removeprefix("Review of ")


def test_arrow_keys_pass_through_answers_without_sending_them(console, owner):
    three_cases()
    review = actions.draw_review(days=14, seed=1, by=owner, now=make.NOW)
    page = console.open(f"/reviews/{review.pk}/cases/1/")
    page.keyboard.press("y")
    page.keyboard.press("y")
    page.locator("#evidence-yes").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#evidence-cannot_tell")).to_be_checked()
    page.wait_for_timeout(700)
    assert page.url.endswith("/cases/1/")
    assert review.cases.filter(answered_at__isnull=False).count() == 0


@pytest.mark.parametrize("browser_context_args", [{"java_script_enabled": False}], indirect=True)
def test_a_case_is_answered_without_javascript(console, owner):
    three_cases()
    review = actions.draw_review(days=14, seed=1, by=owner, now=make.NOW)
    page = console.page
    page.goto(f"{console.address}/reviews/{review.pk}/cases/1/")
    for name in ("messaged-yes", "paused-no", "evidence-cannot_tell"):
        page.locator(f"label[for={name}]").click()
    page.get_by_role("button", name="Save, next case").click()
    expect(page.get_by_text("Case 2 of 3")).to_be_visible()
    row = review.cases.get(place=1)
    assert (row.messaged, row.paused, row.evidence) == ("yes", "no", "cannot_tell")


def test_a_recovered_case_says_with_one_key_whether_it_was_worth_it(console):
    sam = make.make_user(Role.SUPPORT)
    console.sign_in(sam)
    case = make.make_case(state=CaseState.RECOVERED, untouched=False)
    page = console.open(f"/queue/{case.pk}/")
    page.keyboard.press("n")
    page.keyboard.press("0")
    expect(page.get_by_text(f"Case {case.pk} closed as recovered.")).to_be_visible()
    case.refresh_from_db()
    assert (case.state, case.worth_it) == (CaseState.CLOSED, False)


@pytest.mark.parametrize(
    "browser_context_args", [LOOKS["dark"], LOOKS["narrow"]], indirect=True, ids=["dark", "narrow"]
)
def test_no_page_of_the_reviews_has_a_barrier(console, owner):
    three_cases()
    make.make_case(state=CaseState.CLOSED, worth_it=True, opened_at=make.NOW - make.timedelta(days=3))
    review = actions.draw_review(days=14, seed=1, by=owner, now=make.NOW)
    pages = ("/reviews/", f"/reviews/{review.pk}/", f"/reviews/{review.pk}/cases/1/", "/reviews/week/")
    found = {}
    for path in (*pages, "/reviews/week/opened/"):
        console.open(path)
        found[path] = (barriers(console), spills(console))
    assert found == dict.fromkeys(found, ([], False))
