"""A case's page in a browser when its claim is lost: it says so where the person works, and keeps what was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from exceptions_queue import actions
from exceptions_queue.models import Case
from exceptions_queue.transitions import Role
from tests.browser.scenes import a_case
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SEEN = """(each) => {
  const box = each.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return box.height > 0 && box.bottom <= innerHeight && each.contains(top);
}"""


def taken_over(case: Case) -> str:
    ana = make_user(Role.SUPPORT, first_name="Ana", last_name="Diaz")
    actions.take_over_case(case_id=case.pk, by=ana, now=timezone.now())
    return "Ana Diaz works on"


def run_out(case: Case) -> str:
    actions.expire_leases(now=timezone.now() + timedelta(hours=1))
    return "is over. Take the case again to go on."


@pytest.mark.parametrize("lost", [taken_over, run_out])
@pytest.mark.parametrize("width", [1366, 390])
def test_a_lost_claim_is_told_in_sight_of_what_is_being_typed(console, lost, width):
    sam = make_user(Role.SUPPORT)
    case = a_case(claimed_by=sam, claim_expires_at=timezone.now() + timedelta(minutes=10))
    console.sign_in(sam)
    console.page.set_viewport_size({"width": width, "height": 700})
    page = console.open(f"/queue/{case.pk}/")
    page.keyboard.press("a")
    page.keyboard.type("She says the neighbour has")
    page.locator("[name=text]").evaluate("each => each.scrollIntoView({block: 'center'})")
    said = lost(case)
    page.evaluate("htmx.trigger('#lease', 'waypost:back')")
    told = page.locator("#lost .message")
    told.wait_for()
    assert said in told.inner_text()
    assert told.evaluate(SEEN)
    assert page.input_value("[name=text]") == "She says the neighbour has"
