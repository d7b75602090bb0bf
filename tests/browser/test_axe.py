"""Every page, in light, dark and narrow: no barrier axe can find, nothing refused, nothing asked elsewhere."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from exceptions_queue.transitions import Role
from tests.browser.conftest import Console
from tests.browser.scenes import working_day
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
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
    "/policy/",
    "/policy/draft/",
    "/policy/versions/",
    "/policy/versions/1/",
    "/policy/checklist/",
    "/policy/observed/",
    "/policy/shadow/",
    "/policy/unjudged/",
    "/policy/rules/stalled/",
    "/nowhere/",
)


@pytest.fixture(params=LOOKS)
def browser_context_args(request, browser_context_args):
    return {**browser_context_args, **LOOKS[request.param]}


def barriers(console: Console) -> list[str]:
    """Return what axe finds on the open page, one line each."""
    found = Axe().run(console.page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def spills(console: Console) -> bool:
    """Tell whether the page has to be scrolled sideways."""
    return console.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FULFILLMENT, Role.MANAGER])
def test_no_page_has_a_barrier(console, role):
    me = make_user(role, first_name="Sam", last_name="Rivera")
    held = working_day(me)
    console.sign_in(me)
    found = {}
    for path in PAGES:
        console.open(path.format(held=held.pk, parcel=held.shipment_id))
        found[path] = barriers(console), spills(console)
    assert found == dict.fromkeys(PAGES, ([], False))


def test_opened_parts_have_no_barrier(console):
    me = make_user(Role.SUPPORT, first_name="Sam", last_name="Rivera")
    held = working_day(me)
    console.sign_in(me)
    page = console.open(f"/queue/{held.pk}/")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.name = ''; each.open = true; })")
    page.keyboard.press("e")
    assert barriers(console) == []
    page.keyboard.press("?")
    assert barriers(console) == []
    page = console.open("/queue/")
    page.keyboard.press("f")
    assert barriers(console) == []


def test_signing_in_has_no_barrier(console):
    page = console.open("/accounts/login/")
    assert barriers(console) == []
    page.get_by_label("User name or e-mail").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text()
    assert barriers(console) == []
