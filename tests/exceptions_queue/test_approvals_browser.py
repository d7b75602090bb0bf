"""A second person in a real browser: the keyboard alone proposes, approves and refuses, within everybody's reach."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect

from exceptions_queue.models import Case, Decision
from exceptions_queue.policy.situation import FindingKind, NextAction
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import publish
from tests.factories import make_case, make_order, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    return {
        "sam": make_user(Role.SUPPORT, first_name="Sam", last_name="Rivera"),
        "finn": make_user(Role.FINANCE, first_name="Finn", last_name="Okafor"),
        "ines": make_user(Role.FINANCE, Role.MANAGER, first_name="Inês", last_name="Duarte"),
    }


@pytest.fixture
def case(people):
    """Return a lost parcel worth 900 dollars in Sam's hands."""
    now = timezone.now()
    publish(limits={"support": 50, "finance": 500, "manager": None})
    return make_case(
        headline=FindingKind.LOST,
        summary="Not scanned for 12 days: presumed lost.",
        next_action=NextAction.DECIDE_LOST,
        claimed_by=people["sam"],
        claimed_at=now,
        claim_expires_at=now + timedelta(minutes=10),
        opened_at=now - timedelta(hours=3),
        due_at=now + timedelta(hours=5),
        shipment=make_shipment(order=make_order(value=Decimal("900.00"))),
    )


def sign_in(page: Page, live_server, user) -> None:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
    )


def keys(page: Page, *pressed: str) -> None:
    for each in pressed:
        page.keyboard.press(each)


def propose(page: Page, live_server, case: Case) -> None:
    """Propose the refund of the order's value from the keyboard."""
    page.goto(f"{live_server.url}/queue/{case.pk}/")
    key = page.locator("summary", has_text="Propose: refund").get_attribute("data-key")
    assert key
    keys(page, key, "Tab", "Tab")
    page.keyboard.type("Lost with all it held.")
    keys(page, "Tab", "Tab", "Enter")
    expect(page.get_by_text(f"Case {case.pk}: refund proposed; it needs a manager.")).to_be_visible()


def test_the_keyboard_alone_goes_from_agent_to_finance_to_the_second_person(page, live_server, case, people):
    sign_in(page, live_server, people["sam"])
    propose(page, live_server, case)
    expect(page.get_by_text("You proposed it; a second person has to answer.")).to_be_visible()

    sign_in(page, live_server, people["finn"])
    page.goto(f"{live_server.url}/queue/{case.pk}/")
    expect(page.get_by_text("You may decide up to USD 500.00 alone; USD 900.00 needs a manager.")).to_be_visible()
    keys(page, "p")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    keys(page, "u")
    page.keyboard.type("Ask the carrier first.")
    keys(page, "Tab", "Enter")
    expect(page.get_by_text("refused what Sam Rivera proposed: refund, USD 900.00")).to_be_visible()

    sign_in(page, live_server, people["sam"])
    page.goto(f"{live_server.url}/queue/{case.pk}/")
    keys(page, "c")
    expect(page.get_by_text("You hold this case")).to_be_visible()
    propose(page, live_server, case)

    sign_in(page, live_server, people["ines"])
    page.goto(f"{live_server.url}/queue/to-approve/")
    keys(page, "j", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not scanned for 12 days: presumed lost.")
    keys(page, "p")
    page.keyboard.type("The carrier knows nothing.")
    keys(page, "Tab", "Tab", "Enter")
    expect(page.get_by_text("approved: refund, USD 900.00, as Sam Rivera proposed")).to_be_visible()
    assert Decision.objects.get(proposal=False).by == people["ines"]

    keys(page, "o")
    page.keyboard.type("It turned up.")
    keys(page, "Tab", "Enter")
    expect(page.get_by_text(f"Case {case.pk} is open again")).to_be_visible()
    assert Case.objects.get().state == "open"


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_a_proposal_is_within_everybodys_reach(page, live_server, case, people, look):
    page.set_viewport_size({"width": 390 if look == "narrow" else 1280, "height": 800})
    page.emulate_media(color_scheme="dark" if look == "dark" else "light")
    sign_in(page, live_server, people["sam"])
    propose(page, live_server, case)
    for name, key in {"sam": "", "finn": "u", "ines": "p"}.items():
        sign_in(page, live_server, people[name])
        page.goto(f"{live_server.url}/queue/{case.pk}/")
        if key:
            keys(page, key)
        if folder := os.environ.get("WAYPOST_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"proposal-{name}-{look}.png", full_page=True)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
