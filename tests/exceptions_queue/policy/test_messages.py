"""What a customer is told, and when it is held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.messages import Contact, MessageKind, Suppression
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy.terms import StateClass
from tests.exceptions_queue.policy.situations import at

NOW = at(10)
HOLD = Suppression(open_conversation=True, claimed_case=True, answered_hours=24, message_hours=12, news_days=7)
NEVER = Suppression(open_conversation=False, claimed_case=False, answered_hours=0, message_hours=0, news_days=0)
BUSY = Contact(True, NOW, NOW, True, NOW - timedelta(days=30))


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        (Contact(), ""),
        (Contact(conversation_is_open=True), "A conversation about it is open."),
        (Contact(answered_at=NOW - timedelta(hours=23)), "An agent answered in the last 24 hours."),
        (Contact(answered_at=NOW - timedelta(hours=24)), ""),
        (Contact(last_message_at=NOW - timedelta(hours=11)), "The customer had a message in the last 12 hours."),
        (Contact(last_message_at=NOW - timedelta(hours=12)), ""),
        (Contact(case_is_claimed=True), "Somebody is working on the case."),
        (Contact(news_at=NOW - timedelta(days=7)), ""),
        (Contact(news_at=NOW - timedelta(days=7, seconds=1)), "The news is more than 7 days old."),
    ],
)
def test_a_message_is_held_with_its_reason(contact: Contact, reason: str):
    assert HOLD.reason(contact, NOW) == reason


def test_what_is_switched_off_holds_nothing():
    assert NEVER.reason(BUSY, NOW) == ""
    assert replace(NEVER, claimed_case=True).reason(BUSY, NOW) == "Somebody is working on the case."


def test_what_is_about_money_is_read_by_a_person_first():
    messages = default_policy().messages
    assert messages.for_finding(FindingKind.LOST) is MessageKind.REVIEWED
    assert messages.for_finding(FindingKind.PROMISE_MISSED) is MessageKind.APOLOGY
    assert messages.states[StateClass.CUSTOMER_FACING] is MessageKind.NORMAL


def test_a_finding_not_named_tells_nothing():
    assert default_policy().messages.for_finding(FindingKind.REFUND_OVERDUE) is MessageKind.NONE
