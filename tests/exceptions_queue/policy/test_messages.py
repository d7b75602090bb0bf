"""What a customer is told, and when it is held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.messages import Contact, Hold, MessageKind, Suppression
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import StateClass
from tests.exceptions_queue.policy.situations import at

NOW = at(10)
HOLD = Suppression(open_conversation=True, claimed_case=True, answered_hours=24, message_hours=12, news_days=7)
NEVER = Suppression(open_conversation=False, claimed_case=False, answered_hours=0, message_hours=0, news_days=0)
BUSY = Contact(True, NOW, NOW, True, NOW - timedelta(days=30))


@pytest.mark.parametrize(
    ("contact", "held"),
    [
        (Contact(), None),
        (Contact(conversation_is_open=True), Hold.CONVERSATION_OPEN),
        (Contact(answered_at=NOW - timedelta(hours=23)), Hold.AGENT_ANSWERED),
        (Contact(answered_at=NOW - timedelta(hours=24)), None),
        (Contact(last_message_at=NOW - timedelta(hours=11)), Hold.HEARD_FROM_US),
        (Contact(last_message_at=NOW - timedelta(hours=12)), None),
        (Contact(case_under_review=True), Hold.UNDER_REVIEW),
        (Contact(news_at=NOW - timedelta(days=7)), None),
        (Contact(news_at=NOW - timedelta(days=7, seconds=1)), Hold.OLD_NEWS),
    ],
)
def test_a_message_is_held_with_its_reason(contact: Contact, held: Hold | None):
    assert HOLD.holds(contact, NOW) is held


def test_what_is_switched_off_holds_nothing():
    assert NEVER.holds(BUSY, NOW) is None
    assert replace(NEVER, claimed_case=True).holds(BUSY, NOW) is Hold.UNDER_REVIEW


def test_every_reason_is_a_sentence_with_its_own_figure():
    assert [HOLD.words(each) for each in Hold] == [
        "A conversation about it is open.",
        "An agent answered in the last 24 hours.",
        "The customer had a message in the last 12 hours.",
        "Somebody is working on the case, or has a message about it to read.",
        "The news is more than 7 days old.",
    ]


def test_what_is_about_money_is_read_by_a_person_first():
    messages = default_policy().messages
    assert messages.for_finding(FindingKind.LOST) is MessageKind.REVIEWED
    assert messages.for_finding(FindingKind.PROMISE_MISSED) is MessageKind.APOLOGY
    assert messages.states[StateClass.CUSTOMER_FACING] is MessageKind.NORMAL


def test_a_finding_not_named_tells_nothing():
    messages = replace(default_policy().messages, findings={})
    assert {messages.for_finding(kind) for kind in FindingKind} == {MessageKind.NONE}


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_says_what_its_customer_hears(kind: FindingKind):
    assert kind in default_policy().messages.findings
