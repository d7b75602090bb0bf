from datetime import timedelta

import pytest
import time_machine

from exceptions_queue.models import CaseOutcome
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import CaseState, Role
from tests.factories import NOW, make_account, make_case, make_follow_up, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def text_for(client, *roles: Role | None) -> str:
    client.force_login(make_user(*roles))
    return client.get("/").content.decode()


def test_agent_sees_what_waits_and_what_is_due(client):
    make_case(due_at=NOW + timedelta(hours=1), summary="Due in an hour.")
    make_case(due_at=NOW - timedelta(hours=1), summary="Due an hour ago.")
    make_case(due_at=NOW + timedelta(days=2), summary="Due much later.")
    text = text_for(client, Role.SUPPORT)
    assert "2 cases wait" not in text
    assert "3 cases wait for your team, the oldest for 1 h. 1 is overdue." in text
    assert text.index("Due an hour ago.") < text.index("Due in an hour.")
    assert "Due much later." not in text
    assert "Take next case" in text


def test_what_i_hold_is_mine_alone(client):
    me = make_user(Role.SUPPORT)
    client.force_login(me)
    make_case(claimed_by=me, summary="In my hands.")
    make_case(claimed_by=make_user(), summary="In other hands.")
    text = client.get("/").content.decode()
    assert "In my hands." in text
    assert "In other hands." not in text


def test_empty_day_is_said_in_sentences(client):
    text = text_for(client, Role.SUPPORT)
    for sentence in ("Nothing waits for your team.", "You hold no case.", "Nothing falls due in the next four hours."):
        assert sentence in text


def test_lead_sees_the_answers_carriers_owe(client):
    make_follow_up(promised_reply_at=NOW + timedelta(hours=2), reference="TR-1")
    make_follow_up(promised_reply_at=NOW + timedelta(days=5), reference="TR-LATER")
    text = text_for(client, Role.FULFILLMENT)
    assert "reference TR-1" in text
    assert "TR-LATER" not in text


def test_support_is_not_shown_follow_ups_it_does_not_chase(client):
    make_follow_up(promised_reply_at=NOW + timedelta(hours=2), reference="TR-1")
    assert "TR-1" not in text_for(client, Role.SUPPORT)


def test_manager_sees_every_team_and_the_last_day(client):
    make_case(owner_team=Team.FINANCE)
    make_case(state=CaseState.CLOSED, closed_at=NOW, outcome=CaseOutcome.SELF_HEALED)
    text = text_for(client, Role.MANAGER)
    assert "What waits for each team" in text
    assert "2 cases opened, 1 closed, 1 of them by itself." in text
    assert "Take next case" not in text


def test_a_person_without_a_role_is_told_whom_to_ask(client):
    assert "Ask an administrator" in text_for(client, None)


@pytest.mark.parametrize(("minutes", "words"), [(None, "No feeds"), (5, "Feeds heard"), (500, "1 of 1 feeds silent")])
def test_the_dot_says_whether_the_feeds_are_heard(client, minutes, words):
    if minutes:
        make_account(silent_after_minutes=60, last_message_at=NOW - timedelta(minutes=minutes))
    assert words in text_for(client, Role.SUPPORT)


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.SUPPORT, ["Follow-ups", "My team"], ["Scorecard"]),
        (Role.FINANCE, ["Scorecard"], ["Follow-ups"]),
        (Role.MANAGER, ["Scorecard", "Follow-ups"], ["My team"]),
    ],
)
def test_the_rail_shows_what_a_role_uses(client, role, shown, hidden):
    rail = text_for(client, role).split("<nav", 1)[1].split("</nav>", 1)[0]
    assert all(word in rail for word in shown)
    assert not any(word in rail for word in hidden)
