"""Mapping one unknown code repairs what it did to parcels and cases: preview, publish, undo, all in a browser."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from carriers.accounts import ensure_account
from carriers.codebook.rereading import reread_history
from carriers.inbox import NewMessage, drain, receive_many
from carriers.models import CodePublication
from exceptions_queue.models import Case
from exceptions_queue.transitions import CaseState, Role
from exceptions_queue.triage import triage_due
from shipments.models import Shipment
from tests.browser.barriers import trouble_on
from tests.factories import make_policy, make_user

pytestmark = pytest.mark.django_db(transaction=True)
NUMBERS = ("1Z999AA10000000001", "1Z999AA10000000002", "1Z999AA10000000003")
PAGES = (
    "/inbox/unmapped/",
    "/inbox/codes/?sort=code",
    "/inbox/codes/code/?system=ups&code=X:QQ",
    "/inbox/codes/code/?system=ups&code=I:DP",
    "/inbox/codes/code/",
    "/inbox/codes/draft/",
    "/inbox/codes/published/",
    "/inbox/codes/published/1/",
)


def ups(number: str, now) -> bytes:
    """Return what UPS says of a parcel that left a depot, and four days ago told something nobody knows."""

    def activity(kind: str, code: str, words: str, days: float) -> dict:
        at = now - timedelta(days=days)
        status = {"type": kind, "code": code, "description": words}
        return {"status": status, "gmtDate": f"{at:%Y%m%d}", "gmtTime": f"{at:%H:%M:%S}", "location": {}}

    told = [activity("I", "DP", "Departed", 6), activity("X", "QQ", "Delivered to the counter of the receiver", 4)]
    package = {"trackingNumber": number, "activity": told}
    return json.dumps({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}).encode()


@pytest.fixture
def unknown_code(_by_the_real_clock):
    """Let three parcels tell a code nobody knows, and their cases be opened."""
    make_policy()
    now = timezone.now()
    account = ensure_account(source="ups", name="shop")
    receive_many(messages=[NewMessage(account.pk, "ups", now, ups(number, now)) for number in NUMBERS], now=now)
    work()


def work() -> None:
    """Do what the workers would do now."""
    while drain(now=timezone.now()).taken:
        pass
    while reread_history(now=timezone.now()).publication:
        pass
    while triage_due(now=timezone.now()).judged:
        pass


def standing() -> tuple[set[str], int]:
    """Return how the parcels stand, and how many cases are open."""
    return set(Shipment.objects.values_list("state", flat=True)), Case.objects.filter(state=CaseState.OPEN).count()


def test_mapping_one_code_repairs_parcels_and_cases_and_undo_brings_them_back(console, unknown_code):
    assert standing() == ({"unknown"}, 3)
    console.sign_in(make_user(Role.OPERATIONS, first_name="Ada", last_name="Marsh"))
    page = console.open("/inbox/unmapped/")
    row = page.get_by_role("row", name="X:QQ")
    expect(row).to_contain_text("3")
    expect(row).to_contain_text("because of “delivered”")

    page.get_by_role("link", name="X:QQ").click()
    page.get_by_label("Means").select_option(label="Delivered")
    page.get_by_role("button", name="Put it in my draft").click()
    expect(page.get_by_role("heading", name="1 code would mean something else")).to_be_visible()
    expect(page.get_by_text("3 scans would mean something else.")).to_be_visible()
    expect(page.get_by_role("row", name=NUMBERS[0])).to_contain_text("Delivered")
    page.reload()
    expect(page.get_by_role("link", name="Status nobody knows")).to_have_count(3)
    assert standing() == ({"unknown"}, 3)

    page.get_by_label("Why").fill("UPS confirmed it in ticket 4711.")
    page.get_by_role("button", name="Publish 1 meaning").click()
    expect(page.get_by_role("heading", name="Publication 1")).to_be_visible()
    expect(page.get_by_text("A worker begins in a moment.")).to_be_visible()
    work()
    expect(page.get_by_text("3 of 3 scans of 3 parcels read anew")).to_be_visible()
    assert standing() == ({"delivered"}, 0)
    page.goto(f"{console.address}/shipments/{Shipment.objects.first().pk}/")
    expect(page.get_by_text("Read as “unknown” before publication 1")).to_be_visible()

    page.go_back()
    page.get_by_role("button", name="Undo this publication").click()
    expect(page.get_by_text("Publication 1 is taken back")).to_be_visible()
    work()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert standing() == ({"unknown"}, 3)
    assert CodePublication.objects.get(pk=2).undoes_id == 1


def test_suggestions_are_drafted_for_the_chosen_codes_by_keyboard(console, unknown_code):
    console.sign_in(make_user(Role.OPERATIONS))
    page = console.open("/inbox/unmapped/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 code chosen")).to_be_visible()
    page.get_by_role("button", name="Draft what their words suggest").press("Enter")
    expect(page.get_by_text("1 code drafted.")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="My draft")).to_be_visible()
    expect(page.get_by_text("3 scans would mean something else.")).to_be_visible()


@pytest.mark.parametrize("browser_context_args", [{"java_script_enabled": False}], indirect=True)
def test_a_code_is_explained_and_published_without_javascript(console, unknown_code):
    console.sign_in(make_user(Role.OPERATIONS))
    page = console.page
    page.goto(f"{console.address}/inbox/codes/code/?system=ups&code=X:QQ")
    page.get_by_label("Means").select_option(label="Delivered")
    page.get_by_role("button", name="Put it in my draft").click()
    page.get_by_label("Why").fill("Ticket 4711.")
    page.get_by_role("button", name="Publish 1 meaning").click()
    expect(page.get_by_text("Reload the page to see how far it is.")).to_be_visible()
    work()
    page.reload()
    expect(page.get_by_text("3 of 3 scans")).to_be_visible()


def test_no_page_has_a_barrier_or_scrolls_sideways(console, unknown_code):
    ada = make_user(Role.OPERATIONS, first_name="Ada", last_name="Marsh")
    console.sign_in(ada)
    page = console.open("/inbox/codes/code/?system=ups&code=X:QQ")
    page.get_by_label("Means").select_option(label="Delivered")
    page.get_by_role("button", name="Put it in my draft").click()
    wrong = trouble_on(console, [*PAGES[:-1]])
    console.open("/inbox/codes/draft/")
    page.get_by_label("Why").fill("Ticket 4711.")
    page.get_by_role("button", name="Publish 1 meaning").click()
    work()
    wrong |= trouble_on(console, [*PAGES[-2:]])
    assert wrong == {}


@pytest.fixture
def browser_context_args(request, browser_context_args):
    return {**browser_context_args, **getattr(request, "param", {})}
