"""Each detector: when it fires, to the minute, when it lets go, and what it says when it nearly did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.detectors import DETECTORS
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.moment import NOTHING, Hit, Reading, moment_at
from exceptions_queue.policy.rules import FIGURES
from exceptions_queue.policy.situation import FindingKind, Level, OpenFinding, Situation
from shipments.facts import Direction, Reason, State
from tests.exceptions_queue.policy.situations import at, make_label, make_situation

POLICY = default_policy()
MINUTE = timedelta(minutes=1)


def read(kind: FindingKind, situation: Situation, now: datetime) -> Reading:
    """Return what one detector says, and nothing where it is not asked about such a parcel."""
    detector = DETECTORS[kind]
    if moment_at(situation, POLICY, now).state not in detector.states or situation.direction not in detector.directions:
        return NOTHING
    return detector.find(moment_at(situation, POLICY, now), POLICY.detectors[kind])


def hit(kind: FindingKind, situation: Situation, now: datetime) -> Hit:
    found = read(kind, situation, now).hit
    assert found is not None
    return found


def test_every_finding_has_a_detector_with_figures_and_a_default():
    assert set(FindingKind) == set(DETECTORS) == set(FIGURES) == set(POLICY.detectors)


# Each line: the situation, and the first instant at which it is found.
FIRES = [
    pytest.param("no_first_scan", make_label(), at(4), id="label two operating days old is watched"),
    pytest.param("no_first_scan", make_label(known_since=at(7, 10)), at(11, 0), id="label of a Saturday"),
    pytest.param("no_first_scan", make_label(known_since=at(2, 17)), at(4, 17), id="label in time for the collection"),
    pytest.param("no_first_scan", make_label(known_since=at(2, 17, 1)), at(5, 0), id="label after the cut-off"),
    pytest.param("no_first_scan", make_label(known_since=at(16)), at(19), id="label in the peak"),
    pytest.param("no_first_scan", make_label(state=State.IN_TRANSIT), at(4), id="electronic scans do not count"),
    pytest.param("no_first_scan", make_label(state=State.UNKNOWN), at(4), id="nothing heard at all"),
    pytest.param("stalled", make_situation(service="Next Day Air"), at(5, 20), id="express waits for its promise"),
    pytest.param("stalled", make_situation(service="Next Day Air", promised_at=None), at(5, 9), id="express"),
    pytest.param("stalled", make_situation(service="2nd Day Air", promised_at=None), at(6, 9), id="expedited"),
    pytest.param("stalled", make_situation(promised_at=None), at(9, 9), id="ground, over a weekend"),
    pytest.param("stalled", make_situation(service="", promised_at=None), at(11, 9), id="service not known"),
    pytest.param("stalled", make_situation(service="UPS SurePost", promised_at=None), at(11, 9), id="economy"),
    pytest.param("stalled", make_situation(service="Worldwide Express", promised_at=None), at(13, 9), id="abroad"),
    pytest.param("stalled", make_situation(reason=Reason.CUSTOMS_HOLD, promised_at=None), at(18, 9), id="customs"),
    pytest.param(
        "stalled", make_situation(last_physical_at=at(10, 9), promised_at=None), at(13, 9), id="before the peak"
    ),
    pytest.param(
        "stalled",
        make_situation(last_physical_at=at(24, 9), promised_at=None),
        at(30, 9) + timedelta(days=2),
        id="a holiday, and five days instead of three in the peak",
    ),
    pytest.param("promise_at_risk", make_situation(), at(10, 20), id="one day before the promise"),
    pytest.param(
        "promise_at_risk", make_situation(promised_at=at(11, 0)), at(11, 0), id="a promised date ends at night"
    ),
    pytest.param(
        "promise_at_risk", make_situation(promised_at=None, estimated_at=at(11, 20)), at(10, 20), id="estimate"
    ),
    pytest.param("promise_missed", make_situation(), at(11, 20), id="promise ended"),
    pytest.param("promise_missed", make_situation(promised_at=at(11, 0)), at(12, 0), id="promised date ended"),
    pytest.param("promise_missed", make_label(), at(11, 20), id="never scanned and promise ended"),
    pytest.param("promise_missed", make_situation(state=State.OUT_FOR_DELIVERY), at(11, 20), id="still on the van"),
    pytest.param("lost", make_situation(promised_at=None), at(14, 9), id="ten days without a scan"),
    pytest.param("lost", make_situation(promised_at=at(20, 20)), at(20, 20), id="silent, and its promise ended"),
    pytest.param("lost", make_situation(service="Worldwide Express", promised_at=None), at(24, 9), id="abroad twenty"),
    pytest.param(
        "invalid_tracking_number",
        make_label(state=State.UNKNOWN, reason=Reason.INVALID_TRACKING_NUMBER),
        at(3),
        id="number still unknown a day later",
    ),
]


@pytest.mark.parametrize(("kind", "situation", "first"), FIRES)
def test_silence_is_found_at_its_minute_and_announced_before(kind: str, situation: Situation, first: datetime):
    before, then = read(FindingKind(kind), situation, first - MINUTE), read(FindingKind(kind), situation, first)
    assert before.hit is None
    assert then.hit is not None
    assert then.hit.since == first
    if before is not NOTHING:
        assert before.changes_at == first


NEWS = [
    ("attempted", {"state": State.ATTEMPTED, "attempts": 1, "last_attempt_at": at(4, 10)}, at(4, 10)),
    ("attempted", {"state": State.IN_TRANSIT, "attempts": 1, "last_attempt_at": at(4, 8)}, at(4, 8)),
    ("address_issue", {"state": State.DELAYED, "reason": Reason.ADDRESS_ISSUE}, at(3, 9)),
    ("address_issue", {"state": State.ATTEMPTED, "reason": Reason.ADDRESS_ISSUE}, at(3, 9)),
    (
        "address_issue",
        {"state": State.DELAYED, "reason": Reason.ADDRESS_ISSUE, "reason_since": at(4, 8)},
        at(4, 8),
    ),
    ("damaged", {"state": State.DAMAGED, "damaged_at": at(4, 8)}, at(4, 8)),
    ("damaged", {"state": State.IN_TRANSIT, "damaged_at": at(3, 8)}, at(3, 8)),
    ("damaged", {"state": State.DELIVERED, "damaged_at": at(3, 8)}, at(3, 8)),
    ("damaged", {"state": State.DELAYED, "reason": Reason.DAMAGED}, at(3, 9)),
    ("lost", {"state": State.LOST}, at(3, 9)),
    ("lost", {"state": State.DELAYED, "reason": Reason.LOST}, at(3, 9)),
    ("lost", {"state": State.DELAYED, "reason": Reason.LOST, "reason_since": at(4, 8)}, at(4, 8)),
    ("return_to_sender", {"state": State.RETURNING, "returning_at": at(4, 7)}, at(4, 7)),
    ("return_to_sender", {"state": State.RETURNED, "returning_at": at(4, 7)}, at(4, 7)),
    ("unknown_status", {"state": State.UNKNOWN, "unmapped_code": "X:99"}, at(3, 9)),
    (
        "return_to_sender",
        {"state": State.UNKNOWN, "last_known_state": State.RETURNING, "returning_at": at(4, 7), "unmapped_code": "X"},
        at(4, 7),
    ),
    (
        "attempted",
        {"state": State.UNKNOWN, "last_known_state": State.ATTEMPTED, "attempts": 1, "last_attempt_at": at(4, 8)},
        at(4, 8),
    ),
    (
        "unknown_status",
        {"state": State.UNKNOWN, "last_known_state": State.RETURNING, "unmapped_code": "X:99"},
        at(3, 9),
    ),
]


@pytest.mark.parametrize(("kind", "facts", "since"), NEWS)
def test_bad_news_is_found_at_once(kind: str, facts: dict[str, Any], since: datetime):
    assert hit(FindingKind(kind), make_situation(**facts), at(4, 10)).since == since


CLEARS = [
    ("no_first_scan", make_label(first_physical_at=at(9), last_physical_at=at(9), state=State.IN_TRANSIT)),
    ("no_first_scan", make_label(reason=Reason.INVALID_TRACKING_NUMBER)),
    ("no_first_scan", make_label(state=State.UNKNOWN, unmapped_code="X:99")),
    ("no_first_scan", make_label(state=State.CANCELLED)),
    ("no_first_scan", make_label(direction=Direction.RETURN)),
    ("stalled", make_situation(last_physical_at=at(13, 9))),
    ("stalled", make_situation(state=State.DELIVERED)),
    ("stalled", make_situation(state=State.AVAILABLE_FOR_PICKUP)),
    ("stalled", make_situation(state=State.RETURNING)),
    ("stalled", make_label()),
    ("promise_at_risk", make_situation(promised_at=None)),
    ("promise_at_risk", make_situation(state=State.OUT_FOR_DELIVERY, promised_at=at(14, 6))),
    ("promise_at_risk", make_situation(state=State.IN_TRANSIT, promised_at=at(14, 6), last_attempt_at=at(13))),
    ("promise_missed", make_situation(state=State.DELIVERED)),
    ("promise_missed", make_situation(state=State.AVAILABLE_FOR_PICKUP)),
    ("promise_missed", make_situation(state=State.ATTEMPTED, last_attempt_at=at(11, 18))),
    ("promise_missed", make_situation(state=State.CANCELLED)),
    ("attempted", make_situation()),
    ("attempted", make_situation(state=State.DELIVERED, attempts=2, last_attempt_at=at(4))),
    ("attempted", make_situation(state=State.AVAILABLE_FOR_PICKUP, attempts=2, last_attempt_at=at(4))),
    ("attempted", make_situation(state=State.RETURNING, attempts=2, last_attempt_at=at(4))),
    ("address_issue", make_situation(state=State.RETURNING, reason=Reason.ADDRESS_ISSUE)),
    ("address_issue", make_situation(state=State.DELIVERED, reason=Reason.ADDRESS_ISSUE)),
    ("damaged", make_situation()),
    ("lost", make_situation(state=State.DELIVERED)),
    ("lost", make_situation(state=State.AVAILABLE_FOR_PICKUP, promised_at=None)),
    ("return_to_sender", make_situation(state=State.DELIVERED)),
    ("return_to_sender", make_situation(state=State.RETURNED, direction=Direction.RETURN)),
    ("invalid_tracking_number", make_label(state=State.UNKNOWN)),
    ("invalid_tracking_number", make_situation(state=State.UNKNOWN, reason=Reason.INVALID_TRACKING_NUMBER)),
    ("unknown_status", make_situation(state=State.UNKNOWN)),
    ("stalled", make_situation(state=State.UNKNOWN, last_known_state=State.AVAILABLE_FOR_PICKUP, promised_at=None)),
]


@pytest.mark.parametrize(("kind", "situation"), CLEARS)
def test_what_is_no_longer_true_is_not_found(kind: str, situation: Situation):
    assert read(FindingKind(kind), situation, at(13, 12)).hit is None


@pytest.mark.parametrize(
    ("kind", "situation", "worse_at"),
    [
        ("no_first_scan", make_label(), at(6)),
        ("promise_at_risk", make_situation(last_physical_at=at(10, 9), promised_at=at(11, 15)), at(11, 9)),
        (
            "attempted",
            make_situation(state=State.ATTEMPTED, attempts=1, last_attempt_at=at(4), promised_at=None),
            at(9),
        ),
        ("unknown_status", make_situation(state=State.UNKNOWN, unmapped_code="X:99"), at(4, 9)),
    ],
)
def test_a_second_stage_begins_at_its_minute(kind: str, situation: Situation, worse_at: datetime):
    before, then = (read(FindingKind(kind), situation, when) for when in (worse_at - MINUTE, worse_at))
    assert before.hit is not None
    assert then.hit is not None
    assert (before.hit.raised, before.changes_at, then.hit.raised) == (False, worse_at, True)
    assert before.hit.since == then.hit.since


@pytest.mark.parametrize(
    ("kind", "situation", "level"),
    [
        ("no_first_scan", make_label(), Level.WATCH),
        ("no_first_scan", make_label(known_since=at(1)), Level.WATCH),
        ("unknown_status", make_situation(state=State.UNKNOWN, state_since=at(4), unmapped_code="X:99"), Level.WATCH),
    ],
)
def test_a_first_stage_is_only_watched(kind: str, situation: Situation, level: Level):
    assert hit(FindingKind(kind), situation, at(4, 13)).level is level


def test_a_clock_that_is_allowed_more_in_the_peak_says_so():
    assert "day 3, " not in hit(FindingKind.NO_FIRST_SCAN, make_label(), at(5)).sentence
    found = hit(FindingKind.NO_FIRST_SCAN, make_label(known_since=at(16)), at(20))
    assert found.sentence.endswith("day 4 of 7 in the peak weeks.")


def test_a_second_try_is_worse_at_once():
    situation = make_situation(state=State.ATTEMPTED, attempts=2, last_attempt_at=at(4))
    assert hit(FindingKind.ATTEMPTED, situation, at(4)).raised


@pytest.mark.parametrize("tries", [1, 2])
def test_a_parcel_kept_for_too_long_is_said_to_go_back_any_time(tries: int):
    situation = make_situation(state=State.ATTEMPTED, attempts=tries, last_attempt_at=at(4))
    assert read(FindingKind.ATTEMPTED, situation, at(10, 13)).changes_at == at(11)
    assert "was usually kept until Wed 11 Nov: it may go back" in hit(FindingKind.ATTEMPTED, situation, at(11)).sentence


def test_the_post_keeps_a_parcel_longer():
    situation = make_situation(carrier="usps", state=State.ATTEMPTED, attempts=1, last_attempt_at=at(4))
    assert "usually kept until Thu 19 Nov" in hit(FindingKind.ATTEMPTED, situation, at(4)).sentence


def test_the_last_day_a_parcel_is_kept_is_one_of_the_place_where_it_waits():
    tried_at = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)  # Wednesday evening in Toronto
    situation = make_situation(carrier="canadapost", state=State.ATTEMPTED, attempts=1, last_attempt_at=tried_at)
    found = hit(FindingKind.ATTEMPTED, situation, tried_at)
    assert "Last try Thu 5 Nov 01:30 UTC; usually kept until Wed 11 Nov." in found.sentence
    assert found.facts["goes_back_at"] == "2026-11-12T01:30:00+00:00"
    over = hit(FindingKind.ATTEMPTED, situation, datetime(2026, 11, 12, 1, 30, tzinfo=UTC))
    assert "was usually kept until Wed 11 Nov" in over.sentence


def test_an_estimate_after_the_promise_is_found_at_once():
    found = hit(FindingKind.PROMISE_AT_RISK, make_situation(estimated_at=at(13, 20)), at(4, 12))
    assert (found.raised, found.sentence) == (True, "UPS now expects Fri 13 Nov; we promised Wed 11 Nov.")


@pytest.mark.parametrize("carrier", ["ups", "royalmail", "canadapost"])
def test_dates_are_compared_and_told_as_dates_in_every_zone(carrier: str):
    july = datetime(2026, 7, 10, tzinfo=at(1).tzinfo)
    parcel = make_situation(
        carrier=carrier, promised_at=july, estimated_at=july + timedelta(days=1), known_since=july - timedelta(days=5)
    )
    found = hit(FindingKind.PROMISE_AT_RISK, parcel, july - timedelta(days=4))
    assert found.sentence.endswith("now expects Sat 11 Jul; we promised Fri 10 Jul.")
    in_time = replace(parcel, estimated_at=july, last_physical_at=july - timedelta(days=4, hours=1))
    assert read(FindingKind.PROMISE_AT_RISK, in_time, july - timedelta(days=4)).hit is None
    assert read(FindingKind.PROMISE_MISSED, in_time, july + timedelta(hours=12)).hit is None


def test_an_estimate_later_on_the_promised_day_is_no_trouble():
    assert read(FindingKind.PROMISE_AT_RISK, make_situation(estimated_at=at(11, 23)), at(4, 12)).hit is None


def test_a_delayed_parcel_close_to_its_promise_is_worse_at_once():
    situation = make_situation(
        state=State.DELAYED, reason=Reason.WEATHER, last_physical_at=at(11, 9), promised_at=at(11, 20)
    )
    found = hit(FindingKind.PROMISE_AT_RISK, situation, at(11, 10))
    assert found.raised
    assert found.sentence == (
        "Due Wed 11 Nov and not out for delivery, last scanned Wed 11 Nov 09:00 UTC. UPS says the weather held it up."
    )


@pytest.mark.parametrize(
    ("kind", "situation", "now", "near"),
    [
        (
            "stalled",
            make_situation(promised_at=at(20, 20)),
            at(10),
            "Silent since Wed 4 Nov 09:00 UTC, but not due before Fri 20 Nov.",
        ),
        (
            "stalled",
            make_situation(promised_at=at(20, 0)),
            at(10),
            "Silent since Wed 4 Nov 09:00 UTC, but not due before Fri 20 Nov.",
        ),
        ("stalled", make_situation(feed_silent=True), at(10), "UPS's feed is silent, so this clock stands still."),
        ("no_first_scan", make_label(feed_silent=True), at(10), "UPS's feed is silent, so this clock stands still."),
        (
            "lost",
            make_situation(promised_at=None, feed_silent=True),
            at(20),
            "UPS's feed is silent, so this clock stands still.",
        ),
        (
            "invalid_tracking_number",
            make_label(state=State.UNKNOWN, reason=Reason.INVALID_TRACKING_NUMBER),
            at(2, 13),
            "UPS does not know the number yet; it may take until Tue 3 Nov 12:00 UTC.",
        ),
        (
            "attempted",
            make_situation(state=State.OUT_FOR_DELIVERY, attempts=2, last_attempt_at=at(3)),
            at(4),
            "Tried twice before, and out for delivery again.",
        ),
    ],
)
def test_a_near_miss_says_what_is_missing(kind: str, situation: Situation, now: datetime, near: str):
    reading = read(FindingKind(kind), situation, now)
    assert (reading.hit, reading.near) == (None, near)


@pytest.mark.parametrize("kind", [FindingKind.NO_FIRST_SCAN, FindingKind.STALLED, FindingKind.LOST])
def test_a_silent_feed_leaves_open_what_is_open_and_looks_again_within_the_hour(kind: FindingKind):
    base = make_label(promised_at=None) if kind is FindingKind.NO_FIRST_SCAN else make_situation(promised_at=None)
    silent = replace(base, feed_silent=True)
    assert read(kind, silent, at(27)).changes_at == at(27, 13)
    assert read(kind, replace(silent, open_findings=(OpenFinding(kind, at(20)),)), at(27)).hit is not None


def test_a_silent_feed_does_not_make_a_close_promise_worse():
    situation = make_situation(promised_at=at(6, 20), feed_silent=True)
    assert not hit(FindingKind.PROMISE_AT_RISK, situation, at(6, 12)).raised


@pytest.mark.parametrize(
    ("kind", "situation", "now", "sentence"),
    [
        (
            "no_first_scan",
            make_label(),
            at(6),
            "UPS has not scanned it since its label of Mon 2 Nov 12:00 UTC: day 4 of 4.",
        ),
        (
            "no_first_scan",
            make_label(state=State.UNKNOWN),
            at(9),
            "UPS has not scanned it since we heard of it Mon 2 Nov 12:00 UTC: day 5, 4 allowed.",
        ),
        (
            "stalled",
            make_situation(promised_at=None),
            at(30) + timedelta(days=60),
            "Last scanned Wed 4 Nov 09:00 UTC, and nothing since: day 30 and more, 3 allowed.",
        ),
        (
            "stalled",
            make_situation(),
            at(9, 9),
            "Last scanned Wed 4 Nov 09:00 UTC, and nothing since: day 3 of 3; due Wed 11 Nov.",
        ),
        (
            "stalled",
            make_situation(reason=Reason.CUSTOMS_HOLD, promised_at=None),
            at(20),
            "Last scanned Wed 4 Nov 09:00 UTC, while customs hold it: day 12, 10 allowed.",
        ),
        ("promise_missed", make_situation(), at(12), "Promised for Wed 11 Nov and still not delivered."),
        (
            "promise_missed",
            make_situation(promised_at=None, estimated_at=at(11, 0), feed_silent=True),
            at(12),
            "UPS expected it Wed 11 Nov and still not delivered. UPS's feed is silent, so it may have arrived.",
        ),
        (
            "address_issue",
            make_situation(state=State.DELAYED, reason=Reason.ADDRESS_ISSUE, last_description="Suite number missing"),
            at(4),
            "UPS reports a problem with the address since Tue 3 Nov 09:00 UTC: “Suite number missing”.",
        ),
        (
            "damaged",
            make_situation(state=State.DELIVERED, damaged_at=at(3)),
            at(4),
            "UPS reported it damaged Tue 3 Nov 12:00 UTC and delivered it all the same.",
        ),
        ("lost", make_situation(state=State.LOST), at(4), "UPS reported it lost Tue 3 Nov 09:00 UTC."),
        (
            "lost",
            make_situation(promised_at=None),
            at(20),
            "Not scanned since Wed 4 Nov 09:00 UTC, more than 10 days: presumed lost.",
        ),
        (
            "return_to_sender",
            make_situation(state=State.RETURNING, reason=Reason.REFUSED, returning_at=at(4)),
            at(4),
            "UPS is sending it back to us since Wed 4 Nov 12:00 UTC; it was refused.",
        ),
        (
            "return_to_sender",
            make_situation(state=State.RETURNED, state_since=at(9), returning_at=at(4)),
            at(10),
            "UPS brought it back to us Mon 9 Nov 12:00 UTC.",
        ),
        (
            "invalid_tracking_number",
            make_label(state=State.UNKNOWN, reason=Reason.INVALID_TRACKING_NUMBER),
            at(4),
            "UPS does not know this number, 24 hours after Mon 2 Nov 12:00 UTC.",
        ),
        (
            "unknown_status",
            make_situation(state=State.UNKNOWN, unmapped_code="X:99", last_description="Sorting plan B"),
            at(4),
            "UPS says “Sorting plan B” since Tue 3 Nov 09:00 UTC, and nobody has said yet what that means.",
        ),
    ],
)
def test_sentences_are_in_the_words_of_an_agent(kind: str, situation: Situation, now: datetime, sentence: str):
    assert hit(FindingKind(kind), situation, now).sentence == sentence


def test_a_carrier_may_have_figures_of_its_own():
    own = DEFAULT_POLICY["detectors"]["stalled"] | {"carriers": {"ups": {"days": {"ground": 6}}}}
    policy = parse_policy(DEFAULT_POLICY | {"detectors": {"stalled": own}})
    silent = make_situation(promised_at=None)
    rule = policy.detectors[FindingKind.STALLED]
    found = [
        DETECTORS[FindingKind.STALLED].find(moment_at(each, policy, at(10)), rule).hit
        for each in (silent, replace(silent, carrier="fedex"))
    ]
    assert found[0] is None
    assert found[1] is not None
