"""Every page, in light, dark and narrow: no barrier axe can find, nothing refused, nothing asked elsewhere."""

import pytest

from exceptions_queue.transitions import Role
from tests.browser.barriers import trouble_here, trouble_on
from tests.browser.scenes import working_day
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "/",
    "/queue/",
    "/queue/mine/",
    "/queue/closed/",
    "/queue/?carrier=ups&severity=30",
    "/queue/?text=nothing+like+this",
    "/queue/?after=broken",
    "/queue/{held}/",
    "/shipments/",
    "/shipments/?q=Ada+Marsh",
    "/shipments/{parcel}/",
    "/follow-ups/",
    "/scorecard/",
    "/nowhere/",
)
THE_POLICY = (
    "/policy/",
    "/policy/draft/",
    "/policy/versions/",
    "/policy/versions/1/",
    "/policy/checklist/",
    "/policy/observed/",
    "/policy/shadow/",
    "/policy/unjudged/",
    "/policy/rules/stalled/",
)
"""Long pages that look the same to everybody who may not change the policy."""


@pytest.mark.parametrize(
    ("role", "pages"), [(Role.SUPPORT, PAGES), (Role.FULFILLMENT, PAGES), (Role.MANAGER, (*PAGES, *THE_POLICY))]
)
def test_no_page_has_a_barrier(console, role, pages):
    me = make_user(role, first_name="Sam", last_name="Rivera")
    held = working_day(me)
    console.sign_in(me)
    assert trouble_on(console, [path.format(held=held.pk, parcel=held.shipment_id) for path in pages]) == {}


def test_opened_parts_have_no_barrier(console):
    me = make_user(Role.SUPPORT, first_name="Sam", last_name="Rivera")
    held = working_day(me)
    console.sign_in(me)
    page = console.open(f"/queue/{held.pk}/")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.name = ''; each.open = true; })")
    page.keyboard.press("e")
    assert trouble_here(console) == []
    page.keyboard.press("?")
    assert trouble_here(console) == []
    page = console.open("/queue/")
    page.keyboard.press("f")
    assert trouble_here(console) == []


def test_signing_in_has_no_barrier(console):
    page = console.open("/accounts/login/")
    assert trouble_here(console) == []
    page.get_by_label("User name or e-mail").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text()
    assert trouble_here(console) == []
