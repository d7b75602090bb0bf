"""Follow-ups in a real browser: the keyboard alone does the work, and nothing on the pages is out of reach."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect

from exceptions_queue.models import FollowUp
from exceptions_queue.transitions import Role
from tests.factories import make_case, make_follow_up, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def farah():
    return make_user(Role.FULFILLMENT, first_name="Farah", last_name="Lindqvist")


@pytest.fixture
def signed_in(page: Page, live_server, farah):
    session = SessionStore()
    session["_auth_user_id"] = str(farah.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = farah.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
    )
    return page


@pytest.fixture
def asked(farah):
    now, made = timezone.now(), []
    for number, (carrier, kind) in enumerate([("ups", "trace"), ("fedex", "claim"), ("usps", "address_correction")]):
        case = make_case(state="waiting", shipment=make_shipment(carrier=carrier), due_at=now + timedelta(days=1))
        promised = now + timedelta(hours=10 * number - 3, minutes=1)
        made.append(make_follow_up(case, kind=kind, promised_reply_at=promised, opened_at=now - timedelta(days=1)))
    FollowUp.objects.filter(pk=made[2].pk).update(
        assigned_to=farah, assigned_at=now, assigned_by=farah, next_nudge_at=now + timedelta(days=1)
    )
    return made


def test_the_keyboard_alone_assigns_and_answers(signed_in, live_server, asked, farah):
    signed_in.goto(f"{live_server.url}/follow-ups/")
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("x")
    expect(signed_in.get_by_text("1 follow-up chosen")).to_be_visible()
    signed_in.keyboard.press("a")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_text("1 assigned to Farah Lindqvist.")).to_be_visible()
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Trace with UPS")
    signed_in.keyboard.press("1")
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.type("Declared lost in Reno")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_text("The answer is written down.")).to_be_visible()
    first = FollowUp.objects.get(pk=asked[0].pk)
    assert (first.outcome, first.outcome_note, first.assigned_to) == ("lost", "Declared lost in Reno", farah)


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_every_follow_up_page_is_within_everybodys_reach(signed_in, live_server, asked, look):
    signed_in.set_viewport_size({"width": 390 if look == "narrow" else 1280, "height": 800})
    signed_in.emulate_media(color_scheme="dark" if look == "dark" else "light")
    for name, address in {
        "list": "/follow-ups/",
        "empty": "/follow-ups/?state=closed",
        "one": f"/follow-ups/{asked[2].pk}/",
    }.items():
        signed_in.goto(live_server.url + address)
        if name == "one":
            signed_in.keyboard.press("2")
        if folder := os.environ.get("WAYPOST_SCREENSHOTS"):
            signed_in.screenshot(path=Path(folder) / f"follow-ups-{name}-{look}.png", full_page=True)
        found = Axe().run(signed_in)
        assert found.violations_count == 0, found.generate_report()
        assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")
