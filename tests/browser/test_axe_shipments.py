"""The shipment pages and the scorecard in light, dark and narrow: no barrier, nothing to scroll sideways."""

import pytest

from carriers.models import MessageState, Problem
from exceptions_queue.transitions import Role
from tests.browser.barriers import trouble_here, trouble_on
from tests.browser.scenes import working_day
from tests.factories import NOW, make_event, make_message, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PERIOD = f"first={NOW:%Y-%m-%d}&last={NOW:%Y-%m-%d}"
PAGES = (
    "/shipments/",
    "/shipments/?q=1Z9&carrier=ups&state=damaged&sort=promise",
    "/shipments/?q=nothing-like-this",
    "/shipments/{parcel}/",
    "/shipments/{bare}/",
    "/scorecard/",
    f"/scorecard/?{PERIOD}",
    f"/scorecard/routed-first/?{PERIOD}",
    f"/scorecard/time-to-case/?{PERIOD}",
    f"/scorecard/updates/?{PERIOD}",
    f"/scorecard/updates/?rows=unmapped&{PERIOD}",
)


@pytest.fixture
def addresses(console):
    """Return the pages of a working day, with a manager signed in."""
    me = make_user(Role.MANAGER, first_name="Sam", last_name="Rivera")
    held = working_day(me)
    bare = make_shipment(order=None, last_event_at=None)
    make_event(bare, mapped=False, received_at=NOW)
    make_message(state=MessageState.FAILED, problem=Problem.UNREADABLE, processed_at=NOW)
    console.sign_in(me)
    return [page.format(parcel=held.shipment_id, bare=bare.pk) for page in PAGES]


def test_no_page_has_a_barrier(console, addresses):
    assert trouble_on(console, addresses) == {}


def test_opened_parts_have_no_barrier(console, addresses):
    for path in addresses[0], addresses[3], addresses[6]:
        page = console.open(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        page.keyboard.press("e")
        assert trouble_here(console) == []
