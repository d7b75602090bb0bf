"""One sentence's way: edited, tried on the past, watched in shadow, published, found on a case, and rolled back."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from exceptions_queue import actions
from exceptions_queue.backtest import jobs
from exceptions_queue.models import Case
from exceptions_queue.transitions import Role
from exceptions_queue.triage import sweep_policy, triage_due
from shipments.facts import State
from tests import factories as make
from tests.browser.barriers import barriers, spills
from tests.browser.conftest import Console
from tests.exceptions_queue.backtest.test_jobs import nothing_remembered  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(console: Console):
    make.make_policy()
    person = make.make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")
    console.sign_in(person)
    return person


def attempted(tries: int = 1):
    """Save a parcel that nobody took in, due to be judged."""
    return make.make_shipment(
        state="attempted",
        attempts=tries,
        last_attempt_at=make.NOW - timedelta(hours=2),
        promised_at=make.NOW + timedelta(days=4),
        review_due_at=make.NOW,
    )


def tried_last_week(parcels: int):
    """Save parcels that nobody took in at the first try, delivered since."""
    return [tried(make.NOW - timedelta(days=7)) for _ in range(parcels)]


def tried(placed: datetime):
    promise = placed + timedelta(days=6)
    order = make.make_order(placed_at=placed, promised_at=promise)
    parcel = make.make_shipment(order=order, promised_at=promise, first_seen_at=placed, state=State.DELIVERED)
    for day, state in enumerate((State.IN_TRANSIT, State.ATTEMPTED, State.DELIVERED), start=1):
        at = placed + timedelta(days=day)
        make.make_event(parcel, state=state, occurred_at=at, received_at=at)
    return parcel


def replay() -> None:
    """Do what the workers do with backtests that wait."""
    while row := jobs.take_backtest(now=timezone.now()):
        while row.finished_at is None:
            row = jobs.work_on(row, now=timezone.now())


def judge() -> None:
    """Do what the workers do: show a new policy every parcel, and judge what is due."""
    while sweep_policy(now=timezone.now()):
        pass
    while triage_due(now=timezone.now()).judged:
        pass


def test_a_sentence_is_edited_tried_watched_published_and_rolled_back(console, owner):
    parcels = tried_last_week(2)
    page = console.open("/policy/")
    page.get_by_role("button", name="Begin a draft").click()
    expect(page.get_by_text("Changes nothing yet")).to_be_visible()

    tries = page.locator("#attempted").get_by_label("tries that make it worse")
    tries.fill("many")
    page.get_by_role("button", name="Save Delivery attempted", exact=True).click()
    expect(page.get_by_text("'many' is not a number: write a number such as 3.")).to_be_visible()
    page.locator("#attempted").get_by_label("tries that make it worse").fill("3")
    page.locator("#attempted").get_by_label("team").select_option("fulfillment")
    page.get_by_role("button", name="Save Delivery attempted", exact=True).click()
    expect(page.get_by_role("heading", name="Changes 2 things")).to_be_visible()
    side = page.get_by_label("What this draft changes")
    expect(side.get_by_text("Delivery attempted: 3 tries that make it worse, was 2.")).to_be_visible()
    assert barriers(console) == []

    page.get_by_role("button", name="Try on stored history").click()
    expect(page.get_by_role("heading", name="Draft 2 beside version 1")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Parcels judged")).to_be_visible()
    replay()
    expect(page.get_by_role("heading", name="Figures")).to_be_visible(timeout=15_000)
    teams = page.get_by_role("region", name="Cases by team", exact=True)
    expect(teams.get_by_role("row", name="Support")).to_contain_text("−2")
    expect(page.get_by_role("row", name="Hours of work")).to_contain_text("0.2 h")
    expect(page.get_by_role("row", name="Hours of work")).to_contain_text("0.3 h")
    teams.get_by_role("link", name="Fulfillment, Draft 2").click()
    for parcel in parcels:
        expect(page.get_by_role("link", name=parcel.tracking_number)).to_be_visible()
    expect(page.get_by_text("2 parcels")).to_be_visible()

    console.open("/policy/draft/")
    page.get_by_role("button", name="Run in shadow").click()
    expect(page.get_by_role("heading", name="Version 2, in shadow")).to_be_visible()
    attempted()
    judge()
    first = Case.objects.get()
    assert (first.policy.number, first.owner_team) == (1, "support")
    page.get_by_role("link", name="Compare with live").click()
    expect(page.get_by_role("heading", name="Live beside version 2")).to_be_visible()
    page.get_by_role("link", name="1 in both, Support").click()
    expect(page.get_by_role("link", name=first.summary)).to_be_visible()

    console.open("/policy/draft/")
    page.get_by_label("Why").fill("Two tries are usual for our carriers.")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("heading", name="Policy 2")).to_be_visible()
    parcel = attempted()
    judge()
    case = Case.objects.get(shipment=parcel)
    assert (case.policy.number, case.owner_team) == (2, "fulfillment")
    console.open(f"/queue/{case.pk}/")
    page.get_by_text("points under policy 2").click()
    page.get_by_role("link", name="Delivery attempted", exact=False).first.click()
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    assert page.url.endswith("/policy/versions/2/#attempted")

    console.open("/policy/versions/1/")
    page.get_by_label("Why").fill("Support wants to see the first try.")
    page.get_by_role("button", name="Publish it again").click()
    expect(page.get_by_role("heading", name="Policy 3")).to_be_visible()
    expect(page.get_by_text("Rolled back to 1: Support wants to see the first try.")).to_be_visible()
    parcel = attempted()
    judge()
    case = Case.objects.get(shipment=parcel)
    assert (case.policy.number, case.owner_team) == (3, "support")


@pytest.mark.parametrize("browser_context_args", [{"java_script_enabled": False}], indirect=True)
def test_a_sentence_is_edited_without_javascript(console, owner):
    page = console.page
    page.goto(f"{console.address}/policy/draft/")
    page.get_by_role("button", name="Begin a draft").click()
    page.locator("#stalled").get_by_label("operating days without a physical scan", exact=True).fill("4")
    page.get_by_role("button", name="Save Stalled", exact=True).click()
    expect(page.get_by_role("heading", name="Changes 1 thing")).to_be_visible()
    page.locator("summary", has_text="Add an exception").nth(1).click()
    page.locator("[id='stalled:new']").get_by_label("carrier").select_option("dpd")
    page.locator("[id='stalled:new']").get_by_label("operating days without a physical scan", exact=True).fill("6")
    page.get_by_role("button", name="Add Stalled: an exception").click()
    expect(page.get_by_role("heading", name="Changes 2 things")).to_be_visible()


@pytest.mark.parametrize("part", ["rules", "score", "answers", "money", "clocks", "reach"])
@pytest.mark.parametrize(
    "browser_context_args",
    [
        {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
        {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    ],
    indirect=True,
    ids=["dark", "narrow"],
)
def test_no_part_of_the_editor_has_a_barrier(console, owner, part):
    make.make_policy(number=2, state="draft", base=make.make_policy())
    console.open(f"/policy/draft/?part={part}")
    console.page.evaluate("document.querySelectorAll('#sheet details').forEach((each) => { each.open = true; })")
    assert (barriers(console), spills(console)) == ([], False)


@pytest.mark.parametrize("browser_context_args", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_live_beside_a_draft_in_shadow_fits_a_phone(console, owner):
    draft = make.make_policy(number=2, state="draft", base=make.make_policy())
    actions.start_shadow(number=draft.number, by=owner, now=make.NOW)
    make.make_case()
    console.open("/policy/shadow/?side=live")
    assert (barriers(console), spills(console)) == ([], False)


@pytest.fixture
def browser_context_args(request, browser_context_args):
    return {**browser_context_args, **getattr(request, "param", {})}
