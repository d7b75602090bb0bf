"""Delivered and not received, and delivered after the customer was paid."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.clauses.normal import normal
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.giving import Given, last_given_at, not_looked_at
from exceptions_queue.policy.shipped import DEFAULT_POLICY
from exceptions_queue.policy.situation import FindingKind, Level, NextAction, Severity, Situation, Team
from exceptions_queue.transitions import DecisionKind
from shipments.facts import Direction, State
from tests.exceptions_queue.policy.situations import at, make_situation

POLICY = default_policy()
MINUTE = timedelta(minutes=1)
REFUND = Given(1, DecisionKind.REFUND, at(2), Decimal(80), "USD")
CLAIM = Given(1, DecisionKind.FILE_CLAIM, at(3), Decimal(60), "USD")


def delivered(**overrides: object) -> Situation:
    """Return a parcel delivered on Wednesday at ten, whose customer asks for it since noon."""
    facts = {
        "state": State.DELIVERED,
        "state_since": at(4, 10),
        "delivered_at": at(4, 10),
        "missed_since": at(4),
        "promised_at": None,
    }
    return make_situation(**facts | overrides)


@pytest.mark.parametrize(
    ("situation", "now", "severity", "said"),
    [
        (delivered(), at(4), Severity.MEDIUM, "day 0 of 3; most turn up by Mon 9 Nov."),
        (delivered(), at(6), Severity.MEDIUM, "day 2 of 3; most turn up by Mon 9 Nov."),
        (delivered(), at(9), Severity.HIGH, "the wait for it to turn up is over, so decide now."),
        (delivered(tier="VIP"), at(4), Severity.HIGH, "a vip customer does not wait, so decide now."),
        (delivered(tier="gold"), at(4), Severity.MEDIUM, "day 0 of 3; most turn up by Mon 9 Nov."),
        (delivered(event_date=at(8)), at(4), Severity.MEDIUM, "day 0 of 3; most turn up by Mon 9 Nov."),
        (delivered(event_date=at(8)), at(5), Severity.HIGH, "it is needed for Sun 8 Nov, so decide now."),
        (delivered(event_date=at(6)), at(4), Severity.HIGH, "it is needed for Fri 6 Nov, so decide now."),
    ],
)
def test_a_missing_parcel_waits_to_turn_up_unless_its_customer_need_not(situation, now, severity, said):
    (found,) = assess(situation, POLICY, now).findings
    assert (found.kind, found.severity) == (FindingKind.DELIVERED_NOT_RECEIVED, severity)
    assert found.sentence.startswith("Delivered Wed 4 Nov 10:00 UTC, but the customer asks for it since Wed 4 Nov 12:")
    assert found.sentence.endswith(said)
    assert (found.team, found.next_action) == (Team.SUPPORT, NextAction.INVESTIGATE_NOT_RECEIVED)


def test_it_turns_up_by_a_day_of_the_place_where_it_was_delivered():
    evening = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)  # Wednesday in Toronto
    situation = delivered(carrier="canadapost", missed_since=evening)
    assert assess(situation, POLICY, evening).findings[0].sentence.endswith("most turn up by Mon 9 Nov.")


def test_an_event_that_is_over_hurries_nobody():
    situation = delivered(event_date=at(3, 0))
    assert assess(situation, POLICY, at(4)).findings[0].sentence.endswith("day 0 of 3; most turn up by Mon 9 Nov.")
    on_the_day = delivered(event_date=at(4, 0))
    assert assess(on_the_day, POLICY, at(4)).findings[0].sentence.endswith("it is needed for Wed 4 Nov, so decide now.")


@pytest.mark.parametrize(("situation", "over"), [(delivered(), at(9)), (delivered(event_date=at(8)), at(5))])
def test_the_wait_ends_at_its_minute_and_is_announced(situation, over):
    before, then = (assess(situation, POLICY, now) for now in (over - MINUTE, over))
    assert before.next_review_at == over
    assert (before.findings[0].severity, then.findings[0].severity) == (Severity.MEDIUM, Severity.HIGH)


CLOSED = "Delivered Wed 4 Nov 10:00 UTC, but the customer asked for it on Wed 4 Nov, in a conversation that ended"


@pytest.mark.parametrize(
    ("situation", "now", "said"),
    [
        (delivered(missed_until=at(4, 13)), at(4, 13), "Wed 4 Nov: day 0 of 3; most turn up by Mon 9 Nov."),
        (delivered(missed_until=at(4, 13)), at(6), "Wed 4 Nov: day 2 of 3; most turn up by Mon 9 Nov."),
        (
            delivered(missed_until=at(4, 13)),
            at(9),
            "Wed 4 Nov: the wait for it to turn up is over, so ask whether it came.",
        ),
        (
            delivered(missed_until=at(12)),
            at(13),
            "Thu 12 Nov: the wait for it to turn up is over, so ask whether it came.",
        ),
        (
            delivered(missed_until=at(4, 13), tier="VIP"),
            at(5),
            "Wed 4 Nov: a vip customer does not wait, so ask whether it came.",
        ),
    ],
    ids=["it ends", "the wait goes on", "the wait is over", "it ends after the wait", "who need not wait"],
)
def test_the_end_of_the_conversation_does_not_end_the_wait(situation, now, said):
    (found,) = assess(situation, POLICY, now).findings
    assert (found.kind, found.severity) == (FindingKind.DELIVERED_NOT_RECEIVED, Severity.MEDIUM)
    assert found.sentence == f"{CLOSED} {said}"


@pytest.mark.parametrize(
    ("ended_at", "silent_at"),
    [(at(4, 13), at(11)), (at(12), at(16))],
    ids=["two operating days after the wait", "two operating days after it ended"],
)
def test_who_says_nothing_more_has_got_it(ended_at, silent_at):
    situation = delivered(missed_until=ended_at)
    before = assess(situation, POLICY, silent_at - MINUTE)
    assert before.findings
    assert before.next_review_at == silent_at
    assert assess(situation, POLICY, silent_at).findings == ()


def test_a_policy_from_before_asks_nobody_once_the_wait_is_over():
    data = normal(DEFAULT_POLICY)
    del data["detectors"]["delivered_not_received"]["ask_back_days"]
    situation, policy = delivered(missed_until=at(4, 13)), parse_policy(data)
    before = assess(situation, policy, at(9) - MINUTE)
    assert before.findings
    assert before.next_review_at == at(9)
    assert assess(situation, policy, at(9)).findings == ()


@pytest.mark.parametrize(
    "situation",
    [
        delivered(missed_since=None),
        delivered(state=State.IN_TRANSIT, delivered_at=None, last_physical_at=at(4, 11)),
        delivered(direction=Direction.RETURN, order_settled_at=at(4)),
    ],
    ids=["nobody asks", "it moves again", "a return"],
)
def test_a_parcel_nobody_misses_is_not_found(situation):
    assert assess(situation, POLICY, at(4, 13)).findings == ()


def test_a_parcel_delivered_after_a_refund_is_finances_to_look_at():
    situation = delivered(missed_since=None, settled=not_looked_at([REFUND, CLAIM]))
    verdict = assess(situation, POLICY, at(4, 13))
    (found,) = verdict.findings
    assert (verdict.level, found.kind, found.severity) == (Level.CASE, FindingKind.LATER_DELIVERED, Severity.HIGH)
    assert (found.team, found.next_action) == (Team.FINANCE, NextAction.REVERSE)
    assert found.sentence == (
        "Delivered Wed 4 Nov 10:00 UTC, after a refund of USD 80.00 on Mon 2 Nov and a claim of USD 60.00 on Tue 3 Nov."
    )
    assert found.facts["decisions"][0] == ["refund", "80", "USD", at(2).isoformat()]


def test_a_refund_decided_while_its_delivery_was_not_known_is_found_too():
    refund = REFUND._replace(at=at(5), on_its_way=True)
    (found,) = assess(delivered(missed_since=None, settled=not_looked_at([refund])), POLICY, at(6)).findings
    assert found.sentence == (
        "Delivered Wed 4 Nov 10:00 UTC, but we heard of it only after a refund of USD 80.00 on Thu 5 Nov."
    )


@pytest.mark.parametrize("given", [[], [Given(1, DecisionKind.REFUND, at(5), Decimal(80), "USD")]])
def test_a_refund_after_the_delivery_is_in_order(given):
    situation = delivered(missed_since=None, settled=not_looked_at(given))
    assert assess(situation, POLICY, at(6)).findings == ()


LOOKED = Given(1, DecisionKind.KEEP_COMPENSATION, at(5))
TAKEN_BACK = Given(1, DecisionKind.REVERSE_COMPENSATION, at(5))


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ([], []),
        ([REFUND, CLAIM], ["refund", "file_claim"]),
        ([REFUND, REFUND._replace(at=at(3))], ["refund"]),
        ([REFUND, LOOKED], []),
        ([REFUND, TAKEN_BACK], []),
        ([REFUND, LOOKED, Given(1, DecisionKind.REPLACEMENT, at(6))], ["replacement"]),
        ([Given(1, DecisionKind.KEEP_WAITING, at(1))], []),
    ],
)
def test_what_was_given_stays_until_somebody_looks_at_it(given, kinds):
    assert [each.kind for each in not_looked_at(given)] == kinds


def test_of_one_kind_given_twice_the_latest_counts():
    assert not_looked_at([REFUND, REFUND._replace(at=at(3))])[0].at == at(3)


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ([], None),
        ([CLAIM], None),
        ([REFUND, Given(2, DecisionKind.RESHIP, at(3))], at(3)),
        ([REFUND, Given(2, DecisionKind.RESHIP, at(3)), TAKEN_BACK._replace(shipment_id=2)], at(2)),
        ([REFUND, TAKEN_BACK], None),
        ([REFUND, LOOKED], at(2)),
    ],
)
def test_the_last_thing_a_customer_got_is_what_was_not_taken_back(given, last):
    assert last_given_at(given) == last
