"""The incident pages in light, dark and narrow: no barrier axe can find, and one act by the keyboard alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exceptions_queue import actions
from exceptions_queue.models import Incident, IncidentAct
from exceptions_queue.transitions import Role
from tests.browser.barriers import trouble_here, trouble_on
from tests.factories import make_account, make_case, make_event, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def incident() -> Incident:
    now = timezone.now()
    make_account(silent_after_minutes=30, last_message_at=now - timedelta(hours=3))
    for _ in range(10):
        make_event(make_case(opened_at=now - timedelta(hours=1)).shipment, occurred_at=now)
    actions.offer_incidents(now=now)
    return Incident.objects.get()


def test_no_incident_page_has_a_barrier(console, incident):
    me = make_user(Role.MANAGER, first_name="Maya", last_name="Chen")
    actions.order_act(incident_id=incident.pk, kind="refund", by=me, now=timezone.now())
    console.sign_in(me)
    pages = ["/incidents/", "/incidents/?place=nowhere", f"/incidents/{incident.pk}/"]
    assert trouble_on(console, pages) == {}


def test_an_act_is_ordered_and_undone_by_the_keyboard(console, incident):
    console.sign_in(make_user(Role.MANAGER, first_name="Maya", last_name="Chen"))
    page = console.open(f"/incidents/{incident.pk}/")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.name = ''; each.open = true; })")
    assert trouble_here(console) == []
    page.get_by_role("button", name="Send replacements").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    page.get_by_text("It is undone").wait_for()
    assert IncidentAct.objects.get().undone_at
    assert page.get_by_text("10 undone").is_visible()
