"""What is usually right: the first line that speaks of the case and that the person may decide."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exceptions_queue.policy.decision_table import Circumstances, DecisionLine, suggested_decision
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.transitions import CaseState, CaseView, DecisionKind, Role, allowed_decisions

MINE = CaseView(state=CaseState.OPEN, owner_team=Team.SUPPORT, claimed_by_me=True)
MANAGER = {Role.MANAGER}
LOST = Circumstances(FindingKind.LOST)
TABLE = default_policy().decisions


def suggested(kind: FindingKind, roles: set[Role], *, compensated: bool = False, tier: str = ""):
    view = replace(MINE, kinds=frozenset({kind}), compensated=compensated)
    return suggested_decision(TABLE, Circumstances(kind, compensated, tier=tier), view, roles)


@pytest.mark.parametrize("kind", sorted({line.finding for line in TABLE if line.finding}))
def test_what_is_suggested_can_be_decided_by_a_manager(kind: FindingKind):
    suggestion = suggested(kind, MANAGER)
    assert suggestion is not None
    assert suggestion.kind in {each.kind for each in allowed_decisions(replace(MINE, kinds=frozenset({kind})), MANAGER)}
    assert suggestion.sentence == TABLE[suggestion.line - 1].because


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_has_a_usual_decision(kind: FindingKind):
    assert kind in {line.finding for line in TABLE}


def test_nothing_is_suggested_that_this_person_may_not_decide():
    assert suggested(FindingKind.LOST, {Role.OPERATIONS}) is None


def test_after_a_compensation_the_money_is_asked_back():
    suggestion = suggested(FindingKind.LOST, {Role.FULFILLMENT}, compensated=True)
    assert suggestion is not None
    assert suggestion.kind is DecisionKind.FILE_CLAIM


def test_a_second_compensation_is_never_suggested():
    assert suggested(FindingKind.LOST, {Role.SUPPORT}, compensated=True) is None


def test_the_customers_tier_can_decide():
    plain, vip = (suggested(FindingKind.DELIVERED_NOT_RECEIVED, MANAGER, tier=tier) for tier in ("gold", "vip"))
    assert plain is not None
    assert plain.kind is DecisionKind.OPEN_TRACE
    assert vip is not None
    assert vip.kind is DecisionKind.REPLACEMENT


LINE = DecisionLine(None, DecisionKind.REFUND, "Because.")


@pytest.mark.parametrize(
    ("line", "case", "holds"),
    [
        (LINE, LOST, True),
        (replace(LINE, finding=FindingKind.LOST), LOST, True),
        (replace(LINE, finding=FindingKind.DAMAGED), LOST, False),
        (replace(LINE, compensated=False), LOST, True),
        (replace(LINE, compensated=True), LOST, False),
        (replace(LINE, value_from=100), LOST, False),
        (replace(LINE, value_from=100), replace(LOST, value=Decimal("100")), True),
        (replace(LINE, value_from=100), replace(LOST, value=Decimal("99.99")), False),
        (replace(LINE, value_below=100), replace(LOST, value=Decimal("99.99")), True),
        (replace(LINE, value_below=100), replace(LOST, value=Decimal("100")), False),
        (replace(LINE, value_below=100), LOST, False),
        (replace(LINE, days_late=2), LOST, False),
        (replace(LINE, days_late=2), replace(LOST, days_late=1), False),
        (replace(LINE, days_late=2), replace(LOST, days_late=2), True),
        (replace(LINE, tiers=frozenset({"vip"})), LOST, False),
        (replace(LINE, tiers=frozenset({"vip"})), replace(LOST, tier="vip"), True),
    ],
)
def test_a_line_speaks_only_where_all_its_conditions_hold(line: DecisionLine, case: Circumstances, holds: bool):
    assert line.holds(case) is holds
