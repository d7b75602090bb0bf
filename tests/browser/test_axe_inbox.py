"""The inbox in light, dark and narrow: no barrier, nothing to scroll sideways, long bodies and empty lists included."""

import json
from datetime import timedelta

import pytest

from carriers.inbox import quarantine, replay
from carriers.models import MessageState, Problem
from shipments.matching import correct_carrier
from tests import factories as make
from tests.browser.barriers import trouble_here, trouble_on

pytestmark = pytest.mark.django_db(transaction=True)
EMPTY = ("/inbox/", "/inbox/messages/", "/inbox/quarantined/", "/inbox/unmatched/", "/inbox/replays/")
PAGES = (
    *EMPTY,
    "/inbox/?q=nothing+like+this",
    "/inbox/?problem=unreadable&sort=oldest",
    "/inbox/{failed}/",
    "/inbox/{long}/",
    "/inbox/{held}/",
    "/inbox/replay/?all=1",
    "/inbox/replays/{run}/",
    "/inbox/unmatched/{parcel}/",
    "/inbox/unmatched/{parcel}/?order=ada",
    "/inbox/unmatched/{corrected}/",
    "/inbox/unmatched/done/",
    "/shipments/{corrected}/",
)


@pytest.fixture
def me(console):
    user = make.make_user("operations", first_name="Olga", last_name="Petrov")
    console.sign_in(user)
    return user


@pytest.fixture
def addresses(me):
    """Return the pages of an inbox with something of everything in it."""
    unreadable = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "processed_at": make.NOW, "attempts": 1}
    failed, again = (make.make_message(problem_detail="The body is not valid JSON.", **unreadable) for _ in range(2))
    long = make.make_message(body=json.dumps([{"text": "long" * 400}] * 200).encode(), **unreadable)
    account = make.make_account(source="easypost")
    quarantine(account=account, body=b"1", why="No signature.", problem=Problem.NOT_AUTHENTIC, now=make.NOW)
    run = replay(message_ids=[again.pk], by=me, reason="A try.", now=make.NOW)
    order = make.make_order(customer=make.make_customer(name="Ada Marsh"))
    parcel = make.make_shipment(order=None, tracking_number="1Z1", first_seen_at=make.NOW - timedelta(days=3))
    make.make_event(parcel, message_id=failed.pk)
    make.make_shipment(order=order, carrier="fedex", tracking_number="1Z1")
    corrected = make.make_shipment(order=None)
    correct_carrier(shipment_ids=[corrected.pk], carrier="usps", by=me, reason="The label says so.", now=make.NOW)
    named = {
        "failed": failed.pk,
        "long": long.pk,
        "held": account.messages.get().pk,
        "run": run.run_id,
        "parcel": parcel.pk,
        "corrected": corrected.pk,
    }
    return [page.format(**named) for page in PAGES]


def test_no_page_has_a_barrier(console, addresses):
    assert trouble_on(console, addresses) == {}


def test_no_empty_page_has_a_barrier(console, me):
    assert trouble_on(console, [*EMPTY]) == {}


def test_opened_parts_have_no_barrier(console, addresses):
    for path in ("/inbox/", "/inbox/quarantined/", "/inbox/unmatched/"):
        page = console.open(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        page.evaluate("document.querySelectorAll('[data-row] input').forEach((each) => each.click())")
        assert trouble_here(console) == []
