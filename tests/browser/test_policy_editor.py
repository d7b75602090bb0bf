"""The editor keeps a person's place: where they look, what they have in hand, and what they typed elsewhere."""

import pytest
from playwright.sync_api import Page, expect

from exceptions_queue.transitions import Role
from tests import factories as make
from tests.browser.conftest import Console

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def editor(console: Console) -> Page:
    make.make_policy(number=2, state="draft", base=make.make_policy())
    console.sign_in(make.make_user(Role.OPERATIONS))
    return console.open("/policy/draft/")


def test_a_change_leaves_the_page_where_it_was_and_says_what_it_did(editor):
    switch = editor.get_by_role("button", name="Switch off Delivery attempted")
    switch.scroll_into_view_if_needed()
    before = switch.bounding_box()["y"]
    switch.click()
    again = editor.get_by_role("button", name="Switch on Delivery attempted")
    expect(again).to_be_focused()
    assert abs(again.bounding_box()["y"] - before) < 5
    expect(editor.locator("#messages").get_by_text("Delivery attempted is switched off.")).to_be_in_viewport()


def test_an_exception_is_moved_to_the_top_by_one_key(editor):
    up = editor.get_by_role("button", name="Try Stalled, express earlier")
    up.focus()
    for place in (1, 0):
        editor.keyboard.press("Enter")
        expect(editor.locator(".clauses > .is-exception").nth(place)).to_have_attribute("id", "stalled::express")
        expect(up).to_be_focused()


def test_what_is_taken_out_leaves_the_next_sentence_in_hand(editor):
    editor.get_by_role("button", name="Take out Stalled, express").focus()
    editor.keyboard.press("Enter")
    expect(editor.locator("[id='stalled::express']")).to_have_count(0)
    expect(editor.locator("[id='stalled::economy']").get_by_label("carrier")).to_be_focused()


def test_a_bad_figure_is_in_hand_to_be_written_again(editor):
    hours = editor.locator("#lost").get_by_label("working hours allowed")
    hours.fill("soon")
    editor.get_by_role("button", name="Save Lost", exact=True).click()
    expect(editor.get_by_text("'soon' is not a number: write a number such as 3.")).to_be_in_viewport()
    expect(hours).to_be_focused()


def test_what_was_typed_into_another_sentence_stays(editor):
    editor.locator("#damaged").get_by_label("working hours allowed").fill("5")
    editor.locator("#damaged").get_by_label("team").select_option("finance")
    editor.get_by_label("Why").fill("Half a day is enough.")
    editor.locator("#lost").get_by_label("working hours allowed").fill("6")
    editor.get_by_role("button", name="Save Lost", exact=True).click()
    expect(editor.get_by_role("heading", name="Changes 1 thing")).to_be_visible()
    expect(editor.locator("#lost").get_by_label("working hours allowed")).to_have_value("6")
    expect(editor.locator("#damaged").get_by_label("working hours allowed")).to_have_value("5")
    expect(editor.locator("#damaged").get_by_label("team")).to_have_value("finance")
    expect(editor.get_by_label("Why")).to_have_value("Half a day is enough.")
