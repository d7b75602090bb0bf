"""The queue in a browser: its two columns that matter most can be read at the widths people have."""

import pytest

from exceptions_queue.policy.situation import NextAction, Team
from exceptions_queue.transitions import Role
from tests.browser.scenes import a_case
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (390, 1000, 1280, 1366, 1440, 1920)
CUT = """() => [...document.querySelectorAll(".two-lines")]
    .filter((each) => each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth)
    .map((each) => each.innerText)"""


def test_what_is_wrong_and_what_to_do_are_shown_whole_in_two_lines(console):
    a_case(
        summary="Not scanned since Fri 13 Nov 12:05 UTC, more than 10 days: presumed lost.",
        owner_team=Team.FULFILLMENT,
        next_action=NextAction.DECIDE_RETURN,
    )
    console.sign_in(make_user(Role.MANAGER))
    page = console.open("/queue/")
    cut = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        cut[width] = page.evaluate(CUT)
        row = page.locator("[data-row]").inner_text()
        assert "Fulfillment: decide what to do with the returning parcel" in row
        assert "USD 1,249.90" in row
    assert not any(cut.values()), cut
