"""Delay risk in cases: what is watched, what is a case, what silence needs, and the words for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exceptions_queue.policy.assess import assess
from exceptions_queue.policy.default import DEFAULT_POLICY, default_policy
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.situation import FindingKind, Found, Level, OpenFinding, Verdict
from shipments.facts import State
from tests.exceptions_queue.policy.situations import at, make_label, make_risk, make_situation

POLICY = default_policy()
DAY = timedelta(days=1)


def odds(late: int, of: int = 100, *, days: float = 9.0):
    """Return odds of so many in 100 parcels that took `days` from a scan, when all others took one."""
    return make_risk(totals=[days] * late + [1.0] * (of - late))


def kinds(verdict: Verdict) -> list[FindingKind]:
    return [each.kind for each in verdict.findings]


def found(verdict: Verdict, kind: FindingKind = FindingKind.PROMISE_AT_RISK) -> Found:
    return next(each for each in verdict.findings if each.kind is kind)


@pytest.mark.parametrize(
    ("late", "level"),
    [(40, Level.NONE), (60, Level.WATCH), (80, Level.CASE), (99, Level.CASE)],
)
def test_the_odds_decide_between_nothing_a_watch_and_a_case(late: int, level: Level):
    parcel = make_situation(promised_at=at(11, 9))
    assert assess(parcel, POLICY, at(4, 9), odds(late)).level is level


def test_odds_as_good_as_certain_leave_half_the_time():
    parcel = make_situation(promised_at=at(11, 9))
    likely, certain = (found(assess(parcel, POLICY, at(4, 9), odds(late))) for late in (80, 99))
    assert (likely.due_at, certain.due_at) == (at(4, 13, 30), at(4, 11))
    assert likely.severity == certain.severity


def test_the_case_says_the_cell_its_size_and_the_share_in_words():
    risk = make_risk(totals=[1.0] * 100 + [9.0] * 90 + [4.0] * 24)
    verdict = assess(make_situation(promised_at=at(9, 9)), POLICY, at(5, 12), risk)
    assert found(verdict).sentence == (
        "Due Mon 9 Nov, last scanned Wed 4 Nov 09:00 UTC. Of 114 parcels 1 day silent in transit on UPS ground, "
        "8 of 10 needed longer than the 4 days it then had left."
    )
    facts = verdict.explanation.facts["risk"]
    assert facts["table"] == 7
    assert facts["cell"] == ["ups", "ups ground", "in_transit"]
    assert (facts["parcels"], facts["percent"], facts["silent_days"], facts["days_left"]) == (114, 79, 1.0, 4.0)


def test_a_label_is_judged_by_labels_nobody_scanned():
    risk = make_risk(State.LABEL_CREATED, totals=[9.0] * 90 + [1.0] * 10)
    label = make_label(promised_at=at(8))
    first, later = (found(assess(label, POLICY, now, risk)).sentence for now in (at(2, 13), at(3, 13)))
    assert "never scanned. Of 100 parcels just announced on UPS ground, 9 of 10" in first
    assert "never scanned. Of 90 parcels 1 day without a first scan on UPS ground, nearly all" in later


def test_a_parcel_nobody_ever_scans_is_a_case_at_lesser_odds_once_it_is_due_soon():
    risk = make_risk(State.LABEL_CREATED, totals=[9.0] * 65 + [1.0] * 35)
    label = make_label(promised_at=at(10, 18))
    early, soon = at(2, 13), at(4, 18)
    assert assess(label, POLICY, early, risk).level is not Level.CASE
    assert assess(label, POLICY, early, risk).next_review_at <= soon
    assert FindingKind.PROMISE_AT_RISK in kinds(assess(label, POLICY, soon, risk))


def test_lesser_odds_are_no_case_for_a_parcel_that_was_scanned():
    risk = make_risk(totals=[9.0] * 65 + [1.0] * 35)
    scanned = make_situation(promised_at=at(10, 18), last_physical_at=at(4, 17))
    assert assess(scanned, POLICY, at(4, 18), risk).level is not Level.CASE


def test_a_likely_late_parcel_is_looked_at_again_when_the_odds_get_worse():
    risk = make_risk(totals=[1.0] * 100 + [9.0] * 100)
    parcel = make_situation(promised_at=at(11, 9))
    before = assess(parcel, POLICY, at(4, 12), risk)
    assert (before.level, before.next_review_at) == (Level.NONE, at(5, 9))
    assert assess(parcel, POLICY, at(5, 9), risk).level is Level.CASE


def test_waiting_never_makes_it_look_safer():
    """Of those silent for three days most arrived: they were late scans, and no reason to close what is open."""
    risk = make_risk(totals=[9.0] * 80 + [5.0] * 20)
    parcel = make_situation(promised_at=at(11, 9))
    verdict = assess(parcel, POLICY, at(4, 9), risk)
    opened = replace(parcel, open_findings=(OpenFinding(FindingKind.PROMISE_AT_RISK, at(4, 9)),))
    assert assess(opened, POLICY, at(9, 20), risk).findings[0].severity == verdict.findings[0].severity


@pytest.mark.parametrize(("late", "open_still"), [(60, True), (40, False)])
def test_a_scan_lets_an_open_risk_go_only_below_the_watch_level(late: int, open_still: bool):
    parcel = make_situation(promised_at=at(11, 9), open_findings=(OpenFinding(FindingKind.PROMISE_AT_RISK, at(3, 9)),))
    verdict = assess(parcel, POLICY, at(4, 9), odds(late))
    assert (verdict.level is Level.CASE) is open_still


def test_nothing_is_opened_by_odds_while_the_feed_is_silent():
    parcel = make_situation(promised_at=at(11, 9), feed_silent=True)
    assert assess(parcel, POLICY, at(4, 9), odds(95)).level is Level.NONE


def test_without_a_promise_there_are_no_odds():
    parcel = make_situation(promised_at=None)
    assert "risk" not in assess(parcel, POLICY, at(20), odds(95)).explanation.facts


def test_a_carriers_own_estimate_serves_as_the_promise():
    parcel = make_situation(promised_at=None, estimated_at=at(11, 9))
    assert assess(parcel, POLICY, at(4, 9), odds(95)).level is Level.CASE


def test_silence_near_the_promise_is_no_case_where_such_parcels_arrive():
    risk = make_risk(totals=[5.0] * 60 + [7.0] * 40)
    parcel = make_situation(promised_at=at(13, 9))
    verdict = assess(parcel, POLICY, at(10, 10), risk)
    assert FindingKind.STALLED not in kinds(verdict)
    near = next(each for each in verdict.explanation.near_misses if each.kind is FindingKind.STALLED)
    assert near.sentence == "Silent since Wed 4 Nov 09:00 UTC, but most parcels like it still arrived in time."
    assert FindingKind.STALLED in kinds(assess(parcel, POLICY, at(10, 10)))


def test_silence_counts_only_once_it_is_longer_than_usual():
    risk = make_risk(totals=[6.0] * 60 + [12.0] * 40)
    parcel = make_situation(promised_at=at(14, 9))
    assert FindingKind.STALLED not in kinds(assess(parcel, POLICY, at(9, 10), risk))
    assert FindingKind.STALLED in kinds(assess(parcel, POLICY, at(10, 9), risk))


def test_a_stalled_case_says_its_odds():
    risk = make_risk(totals=[2.0] * 50 + [6.0] * 20 + [12.0] * 30)
    verdict = assess(make_situation(promised_at=at(14, 9)), POLICY, at(9, 10), risk)
    assert found(verdict, FindingKind.STALLED).sentence.endswith(
        "Of 50 parcels 2 days silent in transit on UPS ground, 6 of 10 needed longer than the 8 days it then had left."
    )


def test_a_case_says_where_only_parcels_due_about_as_soon_count():
    risk = make_risk(totals=[2.0] * 50 + [6.0] * 20 + [12.0] * 30, due_in=9.5)
    verdict = assess(make_situation(promised_at=at(14, 9)), POLICY, at(9, 10), risk)
    assert found(verdict, FindingKind.STALLED).sentence.endswith(
        "Of 50 parcels 2 days silent in transit on UPS ground and due about as soon, 6 of 10 needed longer than the 8 "
        "days it then had left."
    )
    assert verdict.explanation.facts["risk"]["due_alike"] is True


def test_silence_longer_than_anybody_knows_counts_by_itself():
    risk = make_risk(totals=[3.0] * 100)
    assert FindingKind.STALLED in kinds(assess(make_situation(promised_at=at(11, 9)), POLICY, at(9, 10), risk))


def test_on_a_lane_nobody_knows_silence_alone_decides():
    parcel = make_situation(promised_at=at(11, 9))
    few = make_risk(totals=[1.0] * 10)
    assert kinds(assess(parcel, POLICY, at(9, 10), few)) == kinds(assess(parcel, POLICY, at(9, 10)))


def test_an_open_stall_stays_while_nothing_moves_whatever_a_newer_table_says():
    newer = make_risk(totals=[7.0] * 100)
    parcel = make_situation(promised_at=at(13, 9), open_findings=(OpenFinding(FindingKind.STALLED, at(9, 9)),))
    assert FindingKind.STALLED in kinds(assess(parcel, POLICY, at(11, 10), newer))


def test_a_policy_written_before_there_were_odds_judges_as_it_did():
    detectors = {kind: dict(rule) for kind, rule in DEFAULT_POLICY["detectors"].items()}
    for name in ("watch_percent", "case_percent", "urgent_percent", "unscanned_percent", "unscanned_days"):
        del detectors["promise_at_risk"][name]
    del detectors["stalled"]["late_percent"]
    old = parse_policy(DEFAULT_POLICY | {"detectors": detectors})
    for parcel in (make_situation(promised_at=at(11, 9)), make_situation(promised_at=at(13, 9))):
        for now in (at(4, 9), at(9, 10), at(12, 10)):
            assert assess(parcel, old, now, odds(95)) == assess(parcel, old, now)
