from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from exceptions_queue import story
from exceptions_queue.models import CaseEvent

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", CaseEvent.Kind.values)
def test_every_kind_of_history_has_a_sentence_even_without_data(kind):
    entry = story.case_entry(SimpleNamespace(at=NOW, kind=kind, data={}), "Sam Rivera")
    assert entry.text
    assert entry.icon


@pytest.mark.parametrize(
    ("kind", "data", "text", "quote"),
    [
        ("handed_over", {"to_team": "fulfillment", "note": "Ask UPS."}, "handed the case to Fulfillment", "Ask UPS."),
        ("taken_over", {"holder": {"id": 1, "name": "Ana"}}, "took the case over from Ana", ""),
        ("waiting", {"waiting_on": "carrier", "until": "2026-03-06T09:00:00+00:00"},
         "lets it wait for the carrier until Fri 6 Mar, 09:00 UTC", ""),
        ("decided", {"kind": "refund", "amount": "80.00", "currency": "USD", "proposal": True},
         "proposed: refund, USD 80.00", ""),
        ("decided", {"kind": "refund", "amount": "80.00", "currency": "USD", "proposed_by": {"id": 1, "name": "Ana"}},
         "approved: refund, USD 80.00, as Ana proposed", ""),
        ("refused", {"kind": "write_off", "amount": "9.00", "currency": "USD", "reason": "Too soon.",
                     "proposed_by": {"id": 1, "name": "Ana"}},
         "refused what Ana proposed: write off, USD 9.00", "Too soon."),
        ("lapsed", {"kind": "reship", "proposed_by": {"id": 1, "name": "Ana"}},
         "settled it without what Ana proposed: reship", ""),
        ("handed_over", {"from_team": "finance", "to_team": "finance", "note": "With duty."},
         "left the case with Finance for a second person", ""),
        ("waiting", {"waiting_on": "date", "until": "2026-03-06T09:00:00+00:00", "or_scan": True},
         "snoozed it until the next scan, at the latest Fri 6 Mar, 09:00 UTC", ""),
        ("woken", {"by": "scan"}, "The wait is over: the parcel was scanned", ""),
        ("reopened", {"note": "It never left."}, "opened the case again", "It never left."),
        ("follow_up", {"what": "opened", "carrier": "ups", "kind": "address_correction"},
         "asked UPS: address correction", ""),
        ("follow_up", {"what": "closed", "carrier": "gls", "outcome": "no_answer"}, "got no answer from GLS", ""),
        ("follow_up", {"what": "closed", "carrier": "gls", "outcome": "address_corrected"},
         "got an answer from GLS: address corrected", ""),
        ("moved", {"to_team": "support", "next_action": "ask_carrier", "due_at": "2026-03-06T09:00:00+00:00"},
         "now asks Support: ask the carrier where it is, by Fri 6 Mar, 09:00 UTC", ""),
        ("closed", {"outcome": "self_healed"}, "closed the case: it healed by itself", ""),
    ],
)  # fmt: skip
def test_history_is_told_as_a_sentence(kind, data, text, quote):
    entry = story.case_entry(SimpleNamespace(at=NOW, kind=kind, data=data), "Sam Rivera")
    assert (entry.who, entry.text, entry.quote) == ("Sam Rivera", text, quote)


def test_what_the_policy_did_is_told_in_its_name():
    event = SimpleNamespace(at=NOW, kind="opened", data={"sentence": "No scan for 4 days."})
    assert story.case_entry(event, "").who == "The policy"


def test_waiting_leg_says_for_whom_and_until_when():
    wait = story.waiting([{"on": "carrier", "until": "2026-03-06T09:00:00+00:00", "note": "Trace 12"}])
    assert wait is not None
    assert wait.label == "Waits for the carrier until Fri 6 Mar"


def test_a_wait_for_a_scan_says_so():
    leg = {"on": "date", "until": "2026-03-06T09:00:00+00:00", "scan": "2026-03-01T10:00:00+00:00", "note": ""}
    assert story.waiting([leg]).label == "Snoozed until the next scan, at the latest Fri 6 Mar"


@pytest.mark.parametrize("legs", [[], [{"on": "", "until": "2026-03-06T09:00:00+00:00", "note": ""}]])
def test_a_leg_that_waits_for_nobody_is_no_wait(legs):
    assert story.waiting(legs) is None


@pytest.mark.parametrize(
    ("action", "proposals", "says"),
    [
        ("ask_carrier", [], "Ask the carrier where it is"),
        ("approve", [], "Approve or refuse what is proposed"),
        (
            "approve",
            [{"kind": "write_off", "cost": 1640.5, "currency": "USD", "roles": ["finance"]}],
            "Approve or refuse: write off, USD 1,640.50",
        ),
        (
            "approve",
            [{"kind": "refund", "cost": 80, "currency": "USD", "roles": ["finance", "manager"]}],
            "Approve or refuse: refund, USD 80.00",
        ),
        (
            "approve",
            [{"kind": "refund", "cost": 700, "currency": "USD", "roles": ["manager"]}],
            "Needs a manager: refund, USD 700.00",
        ),
        (
            "approve",
            [{"kind": "refund", "cost": 700, "currency": "USD", "roles": []}],
            "Needs a higher limit in the policy: refund, USD 700.00",
        ),
        (
            "send_again",
            [{"kind": "refund", "cost": 9, "currency": "USD", "roles": ["manager"]}],
            "Refund, USD 9.00, is proposed; send the goods again",
        ),
    ],
)
def test_next_action_names_what_is_proposed(action, proposals, says):
    assert story.owed(action, proposals) == says
