"""Two sources that tell a different story: when it is found, to the minute, what it says, and when it lets go."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.situation import FindingKind, Level, Situation, Team
from shipments.disagreement import Told, tellings
from shipments.facts import State
from shipments.timeline import Scanned
from tests.exceptions_queue.policy.situations import at, make_situation

POLICY = default_policy()
MINUTE = timedelta(minutes=1)


def told(source: str, state: State, occurred_at: datetime, *, hours_late: float = 0, reason: str = "") -> Told:
    scan = Scanned(occurred_at, uuid4(), state, reason, not reason)
    return Told(source, occurred_at + timedelta(hours=hours_late), scan)


def make(*events: Told, **overrides: object) -> Situation:
    return make_situation(**{"state": State.DELIVERED, "promised_at": None, "tellings": tellings(events)} | overrides)


BEHIND = (told("easypost", State.DELIVERED, at(4, 10), hours_late=1), told("ups", State.IN_TRANSIT, at(3, 9)))
AFTER = (told("easypost", State.DELIVERED, at(4, 10)), told("ups", State.IN_TRANSIT, at(4, 11)))
UNKNOWN = (
    told("easypost", State.IN_TRANSIT, at(4, 10)),
    told("ups", State.UNKNOWN, at(4, 11), reason="invalid_tracking_number"),
)


@pytest.mark.parametrize(
    ("events", "first"),
    [(BEHIND, at(6, 11)), (AFTER, at(4, 23)), (UNKNOWN, at(6, 11))],
    ids=["one is behind", "both spoke after the other", "one does not know it"],
)
def test_it_is_found_at_its_minute_and_announced_before(events, first):
    situation = make(*events)
    before = assess(situation, POLICY, first - MINUTE)
    assert (before.level, before.next_review_at) == (Level.NONE, first)
    verdict = assess(situation, POLICY, first)
    (found,) = verdict.findings
    assert (found.kind, found.team, found.next_action) == (
        FindingKind.SOURCE_DISAGREEMENT,
        Team.OPERATIONS,
        "reconcile",
    )
    assert verdict.level is Level.CASE


def test_it_names_both_sources_their_states_and_times():
    (found,) = assess(make(*BEHIND), POLICY, at(7)).findings
    assert found.sentence == (
        "EasyPost says “delivered” since Wed 4 Nov 10:00 UTC; UPS still says “in transit”, last on Tue 3 Nov 09:00 UTC."
    )
    assert found.facts["sources"] == [
        ["easypost", "delivered", at(4, 10).isoformat()],
        ["ups", "in_transit", at(3, 9).isoformat()],
    ]


def test_before_its_time_it_nearly_matches_and_says_until_when():
    (miss,) = assess(make(*BEHIND), POLICY, at(5)).explanation.near_misses
    assert miss.kind is FindingKind.SOURCE_DISAGREEMENT
    assert miss.sentence.endswith("They may differ until Fri 6 Nov 11:00 UTC.")


def test_of_several_pairs_the_one_whose_time_ends_first_is_told():
    situation = make(*BEHIND, told("events", State.LOST, at(4, 12)))
    (found,) = assess(situation, POLICY, at(7)).findings
    assert found.sentence.startswith("The event feed says “lost”")
    assert "EasyPost says “delivered”" in found.sentence


@pytest.mark.parametrize(
    "events",
    [(), (*BEHIND, told("ups", State.DELIVERED, at(4, 10), hours_late=90)), BEHIND[:1]],
    ids=["nothing told", "they agree by now", "one source"],
)
def test_it_lets_go_when_the_sources_agree(events):
    verdict = assess(make(*events), POLICY, at(20))
    assert (verdict.findings, verdict.next_review_at) == ((), None)
