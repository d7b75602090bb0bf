"""The inbox by keyboard: what failed is previewed, replayed and watched; a parcel is attached and taken off again."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from carriers.inbox import drain
from carriers.models import MessageState, Problem, Replay
from shipments.models import Shipment
from tests.carriers.test_inbox import event
from tests.factories import make_message, make_order, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(console):
    console.sign_in(make_user("operations", first_name="Olga", last_name="Petrov"))
    return console


def failed(body: bytes):
    values = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "processed_at": timezone.now()}
    return make_message(body=body, problem_detail="The reader did not know it.", **values)


def test_failed_messages_are_chosen_previewed_replayed_and_watched(owner):
    failed(event("P1"))
    failed(b"still not json")
    page = owner.open("/inbox/")
    page.get_by_label("Choose every message on this page").check()
    expect(page.get_by_text("2 messages chosen")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Replay 2 failed messages?")
    expect(page.get_by_text("1 of 2 could be read now.")).to_be_visible()
    assert not Replay.objects.exists()
    page.get_by_label("Why").fill("The reader learnt it.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 of 2 read again.")).to_be_visible()
    drain(now=timezone.now())
    expect(page.get_by_text("All 2 were read again: 1 can be read now, 1 failed as before.")).to_be_visible()
    assert Shipment.objects.get().tracking_number == "P1"


def test_a_parcel_is_attached_to_its_order_and_taken_off_again(owner):
    parcel = make_shipment(order=None, tracking_number="1Z1")
    make_order(order_id="O-7")
    page = owner.open("/inbox/unmatched/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Attach to an order")).to_be_visible()
    page.keyboard.press("o")
    expect(page.get_by_label("Order, customer or e-mail", exact=True)).to_be_focused()
    page.keyboard.type("O-7")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Attach to O-7").click()
    expect(page.get_by_text("1Z1 attached to order O-7.")).to_be_visible()
    parcel.refresh_from_db()
    assert parcel.order.order_id == "O-7"
    page.get_by_role("button", name="Undo for 1Z1").click()
    expect(page.get_by_text("1Z1 is as it was before.")).to_be_visible()
    parcel.refresh_from_db()
    assert parcel.order is None


def test_the_carrier_is_corrected_without_javascript(browser, owner):
    make_shipment(carrier="fedex", tracking_number="1Z1", order=make_order(order_id="O-7"))
    parcel = make_shipment(order=None, tracking_number="1Z1")
    context = browser.new_context(java_script_enabled=False, storage_state=owner.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{owner.address}/inbox/unmatched/{parcel.pk}/")
    page.get_by_role("button", name="Correct the carrier").click()
    expect(page.get_by_text("1Z1 corrected to FedEx.")).to_be_visible()
    context.close()
    parcel.refresh_from_db()
    assert parcel.superseded_by.order.order_id == "O-7"
