"""Returns: on their way and silent, and back with us while the money is not out."""

from datetime import UTC, datetime, timedelta

import pytest

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.situation import FindingKind, Level, NextAction, OpenFinding, Severity, Situation, Team
from shipments.facts import Direction, State
from tests.exceptions_queue.policy.situations import at, make_situation

POLICY = default_policy()
MINUTE = timedelta(minutes=1)


def coming(**overrides: object) -> Situation:
    """Return a return parcel scanned on Wednesday morning, of a customer's order."""
    return make_situation(**{"direction": Direction.RETURN, "promised_at": None, "order_id": "O-1"} | overrides)


def back(**overrides: object) -> Situation:
    """Return a return parcel that came in on Wednesday at ten."""
    facts = {"state": State.DELIVERED, "state_since": at(4, 10), "delivered_at": at(4, 10)}
    return coming(**facts | overrides)


def kinds(situation: Situation, now) -> dict[FindingKind, object]:
    return {found.kind: found for found in assess(situation, POLICY, now).findings}


@pytest.mark.parametrize(
    ("situation", "first"),
    [
        (coming(), at(11, 9)),
        (coming(service="Worldwide Express"), at(13, 9)),
        (coming(last_physical_at=at(17, 9)), at(30, 9) + timedelta(days=1)),
        (coming(state=State.RETURNING, direction=Direction.OUTBOUND, returning_at=at(4, 9)), at(11, 9)),
    ],
    ids=["five operating days", "abroad seven", "nine in the peak", "an undelivered parcel on its way back"],
)
def test_a_silent_return_is_found_at_its_minute(situation, first):
    assert FindingKind.RETURN_STALLED not in kinds(situation, first - MINUTE)
    found = kinds(situation, first)[FindingKind.RETURN_STALLED]
    assert (found.team, found.next_action) == (Team.FULFILLMENT, NextAction.CHASE_RETURN)
    assert "and nothing since: day" in found.sentence


def test_a_silent_return_says_which_day_it_is():
    found = kinds(coming(), at(12, 9))[FindingKind.RETURN_STALLED]
    assert found.sentence == (
        "On its way back to us, last scanned Wed 4 Nov 09:00 UTC and nothing since: day 6, 5 allowed."
    )


@pytest.mark.parametrize(
    "situation",
    [coming(last_physical_at=at(12, 9)), back(order_settled_at=at(5)), coming(direction=Direction.OUTBOUND)],
    ids=["scanned again", "arrived", "on its way to a customer"],
)
def test_a_return_that_moves_is_not_stalled(situation):
    assert FindingKind.RETURN_STALLED not in kinds(situation, at(13, 9))


def test_a_return_label_nobody_hands_in_is_watched_until_it_ends():
    label = coming(state=State.LABEL_CREATED, first_physical_at=None, last_physical_at=None, known_since=at(2))
    assert assess(label, POLICY, at(2)).next_review_at == at(30)
    verdict = assess(label, POLICY, at(30))
    assert (verdict.level, verdict.findings[0].sentence) == (
        Level.WATCH,
        "Its return label is from Mon 2 Nov 12:00 UTC, and after 28 days nobody has handed it in.",
    )


def test_a_silent_feed_holds_a_returns_clock_unless_it_is_open():
    silent = coming(feed_silent=True)
    assert kinds(silent, at(16)) == {}
    opened = coming(feed_silent=True, open_findings=(OpenFinding(FindingKind.RETURN_STALLED, at(12)),))
    assert FindingKind.RETURN_STALLED in kinds(opened, at(16))


@pytest.mark.parametrize(
    "situation",
    [back(), back(state=State.RETURNED, delivered_at=None), back(direction=Direction.OUTBOUND, state=State.RETURNED)],
)
def test_a_refund_is_overdue_five_operating_days_after_the_goods_are_back(situation):
    before = assess(situation, POLICY, at(11, 10) - MINUTE)
    assert FindingKind.REFUND_OVERDUE not in {found.kind for found in before.findings}
    found = kinds(situation, at(11, 10))[FindingKind.REFUND_OVERDUE]
    assert (found.team, found.next_action, found.severity) == (Team.FINANCE, NextAction.PAY_REFUND, Severity.MEDIUM)
    assert found.sentence == "Back with us since Wed 4 Nov 10:00 UTC and not refunded: day 5 of 5."
    assert kinds(situation, at(16, 10))[FindingKind.REFUND_OVERDUE].severity is Severity.HIGH


def test_a_refund_still_in_its_time_nearly_matches():
    verdict = assess(back(), POLICY, at(5))
    assert (verdict.findings, verdict.next_review_at) == ((), at(11, 10))
    assert verdict.explanation.near_misses[0].sentence == (
        "Back with us since Wed 4 Nov 10:00 UTC; the refund has until Wed 11 Nov."
    )


def test_a_refund_has_until_a_day_of_the_place_where_the_goods_are_back():
    evening = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)  # Wednesday in Toronto
    verdict = assess(back(carrier="canadapost", delivered_at=evening, state_since=evening), POLICY, at(6))
    assert verdict.explanation.near_misses[0].sentence.endswith("the refund has until Wed 11 Nov.")


@pytest.mark.parametrize(
    "situation",
    [back(order_settled_at=at(6)), back(order_settled_at=at(3)), back(order_id="")],
    ids=["refunded since", "refunded when the label was made", "nobody to refund"],
)
def test_a_return_that_is_settled_is_not_overdue(situation):
    assert kinds(situation, at(20)) == {}


def test_what_the_order_got_before_the_return_was_made_settles_nothing():
    assert FindingKind.REFUND_OVERDUE in kinds(back(order_settled_at=at(1)), at(20))


def test_a_return_silent_for_weeks_is_stalled_and_lost_only_when_its_carrier_says_so():
    assert list(kinds(coming(), at(27))) == [FindingKind.RETURN_STALLED]
    assert FindingKind.LOST in kinds(coming(state=State.LOST, state_since=at(20)), at(27))
