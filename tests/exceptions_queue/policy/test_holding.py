"""Parcels that are held: to be collected, with the last day in sight, and by customs."""

from datetime import UTC, datetime, timedelta

import pytest

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.situation import FindingKind, Level, NextAction, Severity, Situation, Team
from shipments.facts import Direction, Reason, State
from tests.exceptions_queue.policy.situations import at, make_situation

POLICY = default_policy()
MINUTE = timedelta(minutes=1)


def ready(**overrides: object) -> Situation:
    """Return a parcel ready to be collected since Wednesday noon."""
    facts = {"state": State.AVAILABLE_FOR_PICKUP, "state_since": at(4), "promised_at": None}
    return make_situation(**facts | overrides)


def held(**overrides: object) -> Situation:
    """Return a parcel customs hold since Wednesday noon, without a promise."""
    facts = {
        "state": State.DELAYED,
        "reason": Reason.CUSTOMS_HOLD,
        "state_since": at(4),
        "last_physical_at": at(4),
        "promised_at": None,
        "service": "Worldwide Express",
    }
    return make_situation(**facts | overrides)


@pytest.mark.parametrize(
    ("situation", "now", "severity", "sentence"),
    [
        (
            ready(),
            at(6),
            Severity.MEDIUM,
            "Waits to be collected since Wed 4 Nov 12:00 UTC: day 2 of 7, kept until Wed 11 Nov.",
        ),
        (
            ready(),
            at(9),
            Severity.HIGH,
            "Waits to be collected since Wed 4 Nov 12:00 UTC: day 5 of 7, kept until Wed 11 Nov.",
        ),
        (
            ready(),
            at(11),
            Severity.HIGH,
            "Waits to be collected since Wed 4 Nov 12:00 UTC; its last day was Wed 11 Nov: it may go back any time.",
        ),
        (
            ready(carrier="usps"),
            at(10),
            Severity.MEDIUM,
            "Waits to be collected since Wed 4 Nov 12:00 UTC: day 6 of 15, kept until Thu 19 Nov.",
        ),
        (
            ready(state=State.DELAYED, reason=Reason.HELD_AT_LOCATION),
            at(7),
            Severity.MEDIUM,
            "Waits to be collected since Wed 4 Nov 12:00 UTC: day 3 of 7, kept until Wed 11 Nov.",
        ),
    ],
)
def test_a_parcel_to_be_collected_shows_its_last_day(situation, now, severity, sentence):
    (found,) = assess(situation, POLICY, now).findings
    assert (found.kind, found.severity, found.sentence) == (FindingKind.HELD_FOR_PICKUP, severity, sentence)
    assert (found.team, found.next_action) == (Team.SUPPORT, NextAction.REMIND_PICKUP)


@pytest.mark.parametrize(
    ("since", "ends_at", "last_day"),
    [
        (datetime(2026, 11, 5, 1, 30, tzinfo=UTC), datetime(2026, 11, 20, 1, 30, tzinfo=UTC), "Thu 19 Nov"),
        (datetime(2026, 10, 27, 4, 10, tzinfo=UTC), datetime(2026, 11, 11, 5, 10, tzinfo=UTC), "Wed 11 Nov"),
    ],
    ids=["an evening in Toronto", "over the end of summer time"],
)
def test_the_last_day_is_one_of_the_place_where_the_parcel_waits(since, ends_at, last_day):
    situation = ready(carrier="canadapost", state_since=since)
    early = assess(situation, POLICY, since)
    before, then = (assess(situation, POLICY, now) for now in (ends_at - MINUTE, ends_at))
    assert f"kept until {last_day};" in early.explanation.near_misses[0].sentence
    assert before.findings[0].sentence.endswith(f": day 14 of 15, kept until {last_day}.")
    assert before.next_review_at == ends_at
    assert f"its last day was {last_day}: it may go back any time." in then.findings[0].sentence
    assert datetime.strptime(then.findings[0].facts["last_day"], "%Y-%m-%d").strftime("%a %-d %b") == last_day


def test_a_parcel_just_made_ready_only_nearly_matches_and_is_looked_at_when_a_reminder_is_due():
    verdict = assess(ready(), POLICY, at(5))
    assert (verdict.level, verdict.next_review_at) == (Level.NONE, at(6))
    assert "kept until Wed 11 Nov" in verdict.explanation.near_misses[0].sentence


@pytest.mark.parametrize("rises", [at(7), at(9), at(11)])
def test_each_day_of_waiting_is_told_when_it_begins(rises: datetime):
    before, then = (assess(ready(), POLICY, now) for now in (rises - MINUTE, rises))
    assert before.next_review_at == rises
    assert before.findings != then.findings


def test_after_its_last_day_nothing_more_is_told_of_a_collection():
    assert "going" not in assess(ready(), POLICY, at(11)).findings[0].sentence
    assert assess(ready(), POLICY, at(30)).findings[0].sentence == assess(ready(), POLICY, at(11)).findings[0].sentence


@pytest.mark.parametrize(
    "situation",
    [
        ready(state=State.DELIVERED, delivered_at=at(6)),
        ready(state=State.RETURNING, reason=Reason.HELD_AT_LOCATION, direction=Direction.RETURN),
        ready(state=State.IN_TRANSIT, last_physical_at=at(9), reason=""),
    ],
)
def test_a_parcel_that_left_its_place_is_not_to_be_collected(situation):
    kinds = {found.kind for found in assess(situation, POLICY, at(9)).findings}
    assert FindingKind.HELD_FOR_PICKUP not in kinds


@pytest.mark.parametrize(
    ("now", "level", "severity"),
    [
        (at(4, 13), Level.WATCH, Severity.MEDIUM),
        (at(6, 11, 59), Level.WATCH, Severity.MEDIUM),
        (at(6), Level.CASE, Severity.MEDIUM),
        (at(18), Level.CASE, Severity.HIGH),
    ],
)
def test_customs_are_watched_at_once_and_a_case_when_they_take_too_long(now, level, severity):
    verdict = assess(held(), POLICY, now)
    found = next(each for each in verdict.findings if each.kind is FindingKind.CUSTOMS_HOLD)
    assert (verdict.level, found.severity) == (level, severity)
    assert (found.team, found.next_action) == (Team.FULFILLMENT, NextAction.CLEAR_CUSTOMS)


def test_customs_say_which_day_it_is_and_what_the_carrier_says():
    (found,) = assess(held(last_description="Invoice missing"), POLICY, at(9)).findings
    assert found.sentence == ("Customs hold it since Wed 4 Nov 12:00 UTC: day 3 of 10. UPS says “Invoice missing”.")


def test_customs_hold_it_since_they_do_and_not_since_another_delay_before():
    (found,) = assess(held(state_since=at(2), reason_since=at(4)), POLICY, at(9)).findings
    assert found.sentence == "Customs hold it since Wed 4 Nov 12:00 UTC: day 3 of 10."


def test_a_parcel_waits_to_be_collected_since_it_is_held_there_and_not_since_a_delay_before():
    situation = ready(state=State.DELAYED, reason=Reason.HELD_AT_LOCATION, state_since=at(2), reason_since=at(4))
    (found,) = assess(situation, POLICY, at(7)).findings
    assert found.sentence.endswith("since Wed 4 Nov 12:00 UTC: day 3 of 7, kept until Wed 11 Nov.")
    collected = ready(reason=Reason.HELD_AT_LOCATION, reason_since=at(5))
    assert "since Wed 4 Nov 12:00" in assess(collected, POLICY, at(7)).findings[0].sentence


def test_a_scan_nobody_understands_does_not_move_the_last_day():
    situation = ready(
        state=State.UNKNOWN,
        unmapped_code="X",
        last_known_state=State.AVAILABLE_FOR_PICKUP,
        last_known_since=at(4),
        state_since=at(6),
    )
    found = next(each for each in assess(situation, POLICY, at(9)).findings if each.kind is FindingKind.HELD_FOR_PICKUP)
    assert found.sentence.endswith("since Wed 4 Nov 12:00 UTC: day 5 of 7, kept until Wed 11 Nov.")


def test_customs_let_go_when_the_parcel_moves():
    moving = held(state=State.IN_TRANSIT, reason="", last_physical_at=at(9))
    assert assess(moving, POLICY, at(9)).findings == ()
