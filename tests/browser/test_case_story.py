"""One story by keyboard: sign in, take the next case, hand it to fulfillment, decide there, land on the next."""

import pytest
from playwright.sync_api import Page, expect

from exceptions_queue.models import Decision
from exceptions_queue.policy.situation import Severity, Team
from exceptions_queue.transitions import CaseState, Role
from tests.browser.scenes import a_case
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cases(_by_the_real_clock):
    first = a_case(severity=Severity.CRITICAL, summary="The carrier reports damage.")
    second = a_case(severity=Severity.LOW, owner_team=Team.FULFILLMENT, summary="Nobody knows the number.")
    return first, second


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My day")


def test_a_case_goes_from_support_to_fulfillment_to_its_decision(console, cases):
    first, second = cases
    make_user(Role.SUPPORT, username="sam", first_name="Sam", last_name="Rivera")
    make_user(Role.FULFILLMENT, username="farah", first_name="Farah", last_name="Lindqvist")
    page = console.page

    sign_in(page, console.address, "sam")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier reports damage.")
    expect(page.get_by_text("You hold this case")).to_be_visible()
    page.keyboard.press("h")
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.get_by_label("What they need to know").fill("Please ask UPS for photos.")
    page.get_by_role("button", name="Hand over, take next").click()
    expect(page.get_by_text(f"Case {first.pk} handed to Fulfillment.")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, console.address, "farah")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier reports damage.")
    expect(page.get_by_text("Please ask UPS for photos.")).to_be_visible()
    page.keyboard.press(key_of(page, "Send a replacement"))
    page.keyboard.type("Sent from stock.")
    page.get_by_role("button", name="Send a replacement, take next").click()
    expect(page.get_by_text(f"Case {first.pk}: send a replacement.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody knows the number.")

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == CaseState.CLOSED
    assert Decision.objects.get().note == "Sent from stock."
    assert second.claimed_by.username == "farah"


def key_of(page: Page, decision: str) -> str:
    """Return the key a decision stands beside."""
    return page.locator("summary", has_text=decision).get_attribute("data-key")


def test_the_list_is_worked_by_keyboard_and_does_not_move_by_itself(console, cases):
    console.sign_in(make_user(Role.FULFILLMENT))
    page = console.open("/queue/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 case chosen")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody knows the number.")
    page.keyboard.press("c")
    expect(page.get_by_text("You hold this case")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_filtering_swaps_the_list_and_back_brings_it_back(console, cases):
    console.sign_in(make_user(Role.SUPPORT))
    page = console.open("/queue/")
    page.keyboard.press("f")
    page.get_by_label("At least").select_option("40")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("At least: Critical")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert "severity=40" in page.url
    page.go_back()
    expect(page.locator("[data-row]")).to_have_count(2)


def test_the_theme_is_remembered(console):
    console.sign_in(make_user(Role.SUPPORT))
    page = console.open("/")
    page.locator("summary", has_text="Your menu").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("browser_context_args", [{"java_script_enabled": False}], indirect=True)
def test_a_case_is_read_and_decided_without_javascript(console, cases):
    console.sign_in(make_user(Role.SUPPORT))
    page = console.page
    page.goto(f"{console.address}/queue/{cases[0].pk}/")
    page.get_by_role("button", name="Take this case").click()
    page.locator("summary", has_text="Not worth a case").click()
    page.get_by_role("button", name="Not worth a case, take next").click()
    expect(page.get_by_text("Nothing more waits for you")).to_be_visible()
    cases[0].refresh_from_db()
    assert cases[0].state == CaseState.CLOSED


@pytest.fixture
def browser_context_args(request, browser_context_args):
    return {**browser_context_args, **getattr(request, "param", {})}
