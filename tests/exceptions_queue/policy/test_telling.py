"""What a customer is told at one moment, and whether it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.messages import Contact, Hold, MessageKind
from exceptions_queue.policy.situation import FindingKind, Found, NextAction, Severity, Team
from exceptions_queue.policy.telling import News, news_of, prepared, under_review
from shipments.facts import Direction, State
from tests.exceptions_queue.policy.situations import NOW, at, make_situation

POLICY = default_policy()


def found(kind: FindingKind) -> Found:
    facts = {"since": at(3).isoformat()}
    return Found(kind, Severity.HIGH, Team.SUPPORT, NextAction.TELL_CUSTOMER, "So it is.", NOW, facts)


MISSED, ATTEMPTED = found(FindingKind.PROMISE_MISSED), found(FindingKind.ATTEMPTED)
LOST, STALLED = found(FindingKind.LOST), found(FindingKind.STALLED)


@pytest.mark.parametrize(
    ("state", "before", "kind"),
    [
        (State.PICKED_UP, State.LABEL_CREATED, MessageKind.NORMAL),
        (State.DELIVERED, State.IN_TRANSIT, MessageKind.NORMAL),
        (State.PICKED_UP, State.PICKED_UP, None),
        (State.IN_TRANSIT, State.PICKED_UP, None),
        (State.ATTEMPTED, State.OUT_FOR_DELIVERY, None),
        (State.UNKNOWN, State.OUT_FOR_DELIVERY, None),
    ],
    ids=["facing", "the end", "no change", "for the record", "an exception", "not understood"],
)
def test_a_new_state_is_told_by_its_class(state: State, before: State, kind: MessageKind | None):
    told = news_of(POLICY, make_situation(state=state), before, (), NOW)
    assert told == (None if kind is None else News(state, kind, at(3, 9)))


def test_a_state_with_no_known_beginning_is_news_now():
    told = news_of(POLICY, make_situation(state=State.DELIVERED, state_since=None), State.IN_TRANSIT, (), NOW)
    assert told is not None
    assert told.since == NOW


def test_the_states_of_a_return_are_not_told():
    back = make_situation(state=State.PICKED_UP, direction=Direction.RETURN)
    assert news_of(POLICY, back, State.LABEL_CREATED, (), NOW) is None


@pytest.mark.parametrize(
    ("added", "about"),
    [
        ((ATTEMPTED,), FindingKind.ATTEMPTED),
        ((ATTEMPTED, MISSED), FindingKind.PROMISE_MISSED),
        ((ATTEMPTED, MISSED, LOST), FindingKind.LOST),
        ((found(FindingKind.HELD_FOR_PICKUP), ATTEMPTED), FindingKind.HELD_FOR_PICKUP),
        ((STALLED, MISSED), FindingKind.PROMISE_MISSED),
        ((STALLED,), State.OUT_FOR_DELIVERY),
    ],
    ids=["alone", "apology first", "reviewed first", "most urgent of equals", "what tells", "else the state"],
)
def test_one_message_tells_the_problem_that_takes_most_care_else_the_state(added, about):
    told = news_of(POLICY, make_situation(state=State.OUT_FOR_DELIVERY), State.IN_TRANSIT, added, NOW)
    assert told is not None
    assert told.about is about


@pytest.mark.parametrize(
    ("kind", "contact", "held", "is_sent", "is_draft"),
    [
        (MessageKind.NORMAL, Contact(), None, True, False),
        (MessageKind.REVIEWED, Contact(), None, False, True),
        (MessageKind.NORMAL, Contact(conversation_is_open=True), Hold.CONVERSATION_OPEN, False, False),
        (MessageKind.REVIEWED, Contact(case_under_review=True), Hold.UNDER_REVIEW, False, False),
    ],
)
def test_a_message_goes_waits_for_a_person_or_is_held(kind, contact, held, is_sent: bool, is_draft: bool):
    message = prepared(POLICY, News(FindingKind.LOST, kind, at(4)), contact, NOW)
    assert (message.held, message.is_sent, message.is_draft) == (held, is_sent, is_draft)


def test_news_older_than_the_policy_allows_is_held():
    old = News(State.DELIVERED, MessageKind.NORMAL, NOW - timedelta(days=8))
    assert prepared(POLICY, old, Contact(), NOW).held is Hold.OLD_NEWS


def test_a_case_is_under_review_while_a_finding_has_a_draft():
    assert under_review(POLICY, [FindingKind.ATTEMPTED, FindingKind.LOST])
    assert not under_review(POLICY, [FindingKind.ATTEMPTED])
