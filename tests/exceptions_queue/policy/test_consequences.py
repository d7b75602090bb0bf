"""What a verdict changes: one case, its findings, its one leg, its history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from exceptions_queue.policy.consequences import (
    Asked,
    KnownCase,
    KnownFinding,
    Settled,
    asked,
    consequences,
    lags,
    next_review,
    unsettled,
)
from exceptions_queue.policy.situation import (
    Explanation,
    FindingKind,
    Found,
    Level,
    NextAction,
    Severity,
    Team,
    Verdict,
)
from exceptions_queue.transitions import CaseState

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DUE = NOW + timedelta(hours=4)
ASKED = Asked(Team.SUPPORT, NextAction.CONFIRM_REDELIVERY, DUE)


def found(kind: str = "attempted", severity: Severity = Severity.MEDIUM, team: Team = Team.SUPPORT) -> Found:
    return Found(FindingKind(kind), severity, team, NextAction.CONFIRM_REDELIVERY, f"It is {kind}.", DUE)


def verdict(*findings: Found, level: Level = Level.CASE) -> Verdict:
    return Verdict(findings, 40, level if findings else Level.NONE, Explanation(), None)


def known(*kinds: str, **changes: object) -> KnownCase:
    findings = tuple(
        KnownFinding(n, FindingKind(kind), Severity.MEDIUM, f"It is {kind}.", DUE, ASKED)
        for n, kind in enumerate(kinds, start=1)
    )
    first = findings[0]
    case = KnownCase(
        9, CaseState.OPEN, first.kind, first.sentence, Severity.MEDIUM, 40, Team.SUPPORT,
        NextAction.CONFIRM_REDELIVERY, DUE, untouched=True, claimed=False, findings=findings,
    )  # fmt: skip
    return replace(case, **changes)


def change(told: Verdict, case: KnownCase | None = None, settled: Settled | None = None, moved_at=None):
    return consequences(told, case, settled, moved_at=moved_at, now=NOW)


def kinds(changed) -> list[str]:
    return [line.kind for line in changed.history]


def test_a_finding_worth_a_case_opens_one_with_a_leg():
    opened = change(verdict(found(), found("promise_missed")))
    assert (opened.case_id, opened.headline, opened.leg_starts, opened.leg_ends) == (None, "attempted", True, False)
    assert len(opened.added) == 2
    assert kinds(opened) == ["opened", "found"]


@pytest.mark.parametrize("told", [verdict(), verdict(found(), level=Level.WATCH)])
def test_nothing_or_a_watch_opens_nothing(told):
    assert change(told) is None


def test_the_same_verdict_again_changes_nothing():
    assert change(verdict(found()), known("attempted")) is None


def test_new_trouble_joins_the_case_and_leads_it_when_it_is_worse():
    changed = change(verdict(found("damaged", Severity.HIGH, Team.FULFILLMENT), found()), known("attempted"))
    assert (changed.case_id, changed.headline, changed.team) == (9, "damaged", Team.FULFILLMENT)
    assert (changed.leg_ends, changed.leg_starts) == (True, True)
    assert kinds(changed) == ["found"]


WORSE = verdict(found("damaged", Severity.HIGH, Team.FULFILLMENT), found())


def test_a_claimed_case_keeps_its_headline_owner_and_action_while_somebody_works_on_it():
    held = known("attempted", claimed=True)
    changed = change(WORSE, held)
    assert (changed.headline, changed.team, changed.leg_starts) == ("attempted", Team.SUPPORT, False)
    assert changed.severity == Severity.HIGH
    assert lags(WORSE, held, changed)


def test_a_case_let_go_moves_to_the_team_of_its_worst_finding():
    let_go = known("attempted", "damaged", severity=Severity.HIGH)
    moved = change(WORSE, let_go)
    assert (moved.headline, moved.team, moved.leg_starts) == ("damaged", Team.FULFILLMENT, True)
    assert not lags(WORSE, let_go, moved)


OTHER = replace(
    found("damaged", Severity.HIGH, Team.FULFILLMENT), next_action=NextAction.COLLECT_DAMAGE_EVIDENCE, due_at=NOW
)
"""What stays when the headline of a held case clears; another team has something else to do about it."""


def carried_on(case: KnownCase, changed) -> KnownCase:
    """Return the case as it is stored after a change."""
    kept = {each.id: each for each in case.findings if each.id not in changed.cleared}
    told = [*changed.refreshed, *((90 + list(FindingKind).index(each.kind), each) for each in changed.added)]
    kept |= {
        pk: KnownFinding(pk, each.kind, each.severity, each.sentence, each.due_at, asked(each)) for pk, each in told
    }
    return replace(
        case,
        state=changed.state,
        headline=changed.headline,
        summary=changed.summary,
        severity=changed.severity,
        score=changed.score,
        team=changed.team,
        next_action=changed.next_action,
        due_at=changed.due_at,
        findings=tuple(kept.values()),
    )


@pytest.mark.parametrize(
    "case",
    [
        known("attempted", claimed=True),
        known("attempted", "damaged", claimed=True),
        known("attempted", "damaged", state=CaseState.WAITING, untouched=False),
    ],
    ids=["claimed, and it is new", "claimed, and it is known", "waiting"],
)
@pytest.mark.parametrize("team", [Team.FULFILLMENT, Team.SUPPORT], ids=["another team's", "its own team's"])
def test_a_held_case_whose_headline_cleared_is_asked_for_what_is_left_once_it_is_let_go(case, team):
    left = verdict(replace(OTHER, team=team, severity=Severity.MEDIUM))
    changed = change(left, case)
    assert (changed.headline, changed.team, changed.next_action) == ("damaged", Team.SUPPORT, case.next_action)
    assert lags(left, case, changed)
    still = carried_on(case, changed)
    assert change(left, still) is None
    assert lags(left, still, None)
    let_go = replace(still, claimed=False, state=CaseState.OPEN)
    moved = change(left, let_go)
    assert (moved.team, moved.next_action, moved.due_at) == (team, NextAction.COLLECT_DAMAGE_EVIDENCE, NOW)
    assert (moved.leg_starts, moved.leg_moves) == (team is Team.FULFILLMENT, team is Team.SUPPORT)
    assert not lags(left, let_go, moved)
    assert change(left, carried_on(let_go, moved)) is None


@pytest.mark.parametrize(
    "case",
    [
        known("attempted", state=CaseState.RECOVERED, findings=(), next_action=NextAction.CONFIRM_RECOVERED),
        known("attempted", state=CaseState.WAITING),
    ],
    ids=["recovered", "waiting"],
)
def test_news_for_another_team_brings_a_case_back_to_who_holds_it_and_goes_on_to_that_team_when_let_go(case):
    news, case = verdict(OTHER), replace(case, claimed=True, untouched=False)
    back = change(news, case)
    assert (back.state, back.headline, back.team) == (CaseState.OPEN, "damaged", Team.SUPPORT)
    assert back.next_action is NextAction.COLLECT_DAMAGE_EVIDENCE
    assert lags(news, case, back)
    still = carried_on(case, back)
    assert change(news, still) is None
    assert lags(news, still, None)
    moved = change(news, replace(still, claimed=False))
    assert (moved.team, moved.next_action, moved.leg_starts) == (Team.FULFILLMENT, back.next_action, True)


def test_getting_worse_is_written_down():
    changed = change(verdict(found(severity=Severity.HIGH)), known("attempted"))
    assert kinds(changed) == ["changed"]
    assert changed.refreshed[0][0] == 1


def test_a_finding_that_is_true_no_more_clears_itself():
    changed = change(verdict(found()), known("attempted", "stalled"))
    assert changed.cleared == (2,)
    assert kinds(changed) == ["cleared"]


def test_a_healed_case_nobody_touched_closes():
    closed = change(verdict(), known("attempted"))
    assert (closed.state, closed.leg_ends, closed.leg_starts) == (CaseState.CLOSED, True, False)
    assert kinds(closed) == ["cleared", "closed"]


def test_a_healed_case_somebody_touched_waits_for_one_key():
    healed = change(verdict(), known("attempted", untouched=False))
    assert (healed.state, healed.next_action) == (CaseState.RECOVERED, NextAction.CONFIRM_RECOVERED)
    assert (healed.leg_ends, healed.leg_starts) == (True, True)
    assert change(verdict(), known("attempted", untouched=False, state=CaseState.RECOVERED)) is None


def test_a_recovered_case_opens_again_when_the_trouble_is_back():
    back = change(verdict(found()), known("attempted", state=CaseState.RECOVERED, findings=()))
    assert (back.state, back.leg_starts) == (CaseState.OPEN, True)
    assert kinds(back)[0] == "reopened"


def test_a_waiting_case_sleeps_through_what_is_known_and_wakes_for_news():
    waiting = known("attempted", state=CaseState.WAITING, untouched=False)
    assert change(verdict(found()), waiting) is None
    woken = change(verdict(found(), found("lost")), waiting)
    assert woken.state is CaseState.OPEN
    assert kinds(woken)[0] == "woken"


SCANNED = NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    "moved_at, woken", [(None, False), (SCANNED, False), (SCANNED + timedelta(seconds=1), True), (NOW, True)]
)
def test_a_case_that_waits_for_a_scan_wakes_for_a_later_one(moved_at, woken):
    waiting = known("attempted", state=CaseState.WAITING, untouched=False, wakes_after=SCANNED)
    back = change(verdict(found()), waiting, moved_at=moved_at)
    assert (back is not None) == woken
    if back:
        assert (back.state, back.leg_ends, back.leg_starts) == (CaseState.OPEN, True, True)
        assert [(line.kind, line.data) for line in back.history] == [("woken", {"by": "scan"})]


def test_a_scan_says_nothing_to_a_case_that_waits_for_none_or_is_open():
    waiting = known("attempted", state=CaseState.WAITING, untouched=False)
    assert change(verdict(found()), waiting, moved_at=NOW) is None
    assert change(verdict(found()), known("attempted", wakes_after=SCANNED), moved_at=NOW) is None


CLOSED = Settled(NOW - timedelta(days=1), MappingProxyType({FindingKind.ATTEMPTED: 20, FindingKind.PROMISE_MISSED: 20}))


@pytest.mark.parametrize(
    "told, moved_at, opens",
    [
        (found(), None, False),
        (found(), NOW - timedelta(days=2), False),
        (found(), NOW, True),
        (found(severity=Severity.HIGH), None, True),
        (found("promise_missed"), NOW, False),
        (found("promise_missed", Severity.HIGH), None, True),
        (found("lost"), None, True),
    ],
)
def test_what_people_closed_stays_closed_unless_it_is_news(told, moved_at, opens):
    assert (change(verdict(told), settled=CLOSED, moved_at=moved_at) is not None) == opens


MISSED = found("promise_missed")
"""What people closed the parcel's earlier case on, and is still so."""


def test_what_people_closed_neither_joins_nor_wakes_the_case_that_something_else_opened():
    told = verdict(MISSED, found("lost"))
    assert change(told, known("lost"), CLOSED) is None
    assert change(told, known("lost", state=CaseState.WAITING, untouched=False), CLOSED) is None
    joined = change(told, known("lost"))
    assert joined is not None
    assert [each.kind for each in joined.added] == ["promise_missed"]


def test_what_people_closed_joins_an_open_case_when_it_is_news():
    worse = replace(MISSED, severity=Severity.HIGH)
    assert [each.kind for each in change(verdict(worse, found("lost")), known("lost"), CLOSED).added] == [worse.kind]
    again = change(verdict(found(), found("lost")), known("lost"), CLOSED, moved_at=NOW)
    assert [each.kind for each in again.added] == ["attempted"]


def test_a_case_keeps_what_it_has_though_people_closed_another_on_the_same():
    assert change(verdict(MISSED), known("promise_missed"), CLOSED) is None


def test_a_case_is_healed_when_all_that_is_left_was_closed_by_people():
    healed = change(verdict(MISSED), known("lost", untouched=False), CLOSED)
    assert healed.state is CaseState.RECOVERED
    assert unsettled(verdict(MISSED), known("lost"), CLOSED, moved_at=None).findings == ()


def test_a_held_case_is_not_looked_at_again_for_what_people_closed():
    case = known("lost", claimed=True)
    told = unsettled(verdict(MISSED, found("lost")), case, CLOSED, moved_at=None)
    assert next_review(told, case, None, NOW) is None


LATER = DUE + timedelta(hours=4)
HANDED = replace(found(), team=Team.FULFILLMENT, next_action=NextAction.ASK_CARRIER, due_at=LATER, allowed_until=LATER)
"""What is known, asked of another team by another policy."""


def test_a_policy_that_asks_another_team_moves_the_case_there_in_a_new_leg():
    moved = change(verdict(HANDED), known("attempted"))
    assert (moved.team, moved.next_action, moved.due_at) == (Team.FULFILLMENT, NextAction.ASK_CARRIER, LATER)
    assert (moved.leg_ends, moved.leg_starts, moved.leg_moves) == (True, True, False)
    assert moved.refreshed == ((1, HANDED),)
    assert [line.data for line in moved.history] == [
        {"from_team": "support", "to_team": "fulfillment", "next_action": "ask_carrier", "due_at": LATER.isoformat()}
    ]


def test_a_policy_that_only_allows_another_time_keeps_the_leg_and_moves_its_end():
    moved = change(verdict(replace(found(), due_at=LATER, allowed_until=LATER)), known("attempted"))
    assert (moved.due_at, moved.team) == (LATER, Team.SUPPORT)
    assert (moved.leg_ends, moved.leg_starts, moved.leg_moves) == (False, False, True)
    assert kinds(moved) == ["moved"]


def test_urgency_that_comes_and_goes_moves_no_case():
    pressed = replace(found(), due_at=NOW, allowed_until=DUE)
    assert change(verdict(pressed), known("attempted")) is None
    assert change(verdict(replace(found(), allowed_until=DUE)), known("attempted", due_at=NOW)) is None


@pytest.mark.parametrize("held", [{"claimed": True}, {"state": CaseState.WAITING, "untouched": False}])
def test_a_held_case_follows_the_policy_once_it_is_let_go(held):
    case = known("attempted", **held)
    assert change(verdict(HANDED), case) is None
    assert lags(verdict(HANDED), case, None)
    reworded = change(verdict(replace(HANDED, sentence="It is so again.")), case)
    assert (reworded.team, reworded.due_at, reworded.leg_moves) == (Team.SUPPORT, DUE, False)
    kept = reworded.refreshed[0][1]
    assert (kept.sentence, kept.team, kept.due_at) == ("It is so again.", Team.SUPPORT, DUE)
    assert not lags(verdict(found()), case, None)


def test_a_case_people_gave_to_another_team_stays_there_and_lags_no_more():
    given = known("attempted", team=Team.FINANCE)
    kept = change(verdict(HANDED), given)
    assert (kept.team, kept.next_action, kept.due_at) == (Team.FINANCE, NextAction.CONFIRM_REDELIVERY, DUE)
    assert (kept.refreshed, kept.history, kept.leg_moves) == (((1, HANDED),), (), False)
    assert not lags(verdict(HANDED), given, kept)


def test_a_case_with_a_time_of_its_own_keeps_it_when_the_policy_allows_more():
    woken = known("attempted", due_at=DUE + timedelta(hours=1))
    kept = change(verdict(replace(found(), due_at=LATER, allowed_until=LATER)), woken)
    assert (kept.due_at, kept.history) == (woken.due_at, ())
