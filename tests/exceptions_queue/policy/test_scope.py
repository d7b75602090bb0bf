"""Where cases are opened, and what one costs."""

from __future__ import annotations

import pytest

from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.scope import Scope
from exceptions_queue.policy.situation import Team

FIRST_WEEK = Scope(frozenset({"ups"}), frozenset({"main"}), frozenset({Team.FULFILLMENT}))


@pytest.mark.parametrize(
    ("scope", "where", "inside"),
    [
        (Scope(), ("ups", "", Team.SUPPORT), True),
        (FIRST_WEEK, ("ups", "main", Team.FULFILLMENT), True),
        (FIRST_WEEK, ("fedex", "main", Team.FULFILLMENT), False),
        (FIRST_WEEK, ("ups", "outlet", Team.FULFILLMENT), False),
        (FIRST_WEEK, ("ups", "", Team.FULFILLMENT), False),
        (FIRST_WEEK, ("ups", "main", Team.SUPPORT), False),
        (Scope(carriers=frozenset({"ups"})), ("ups", "", Team.FINANCE), True),
    ],
)
def test_a_case_is_opened_only_inside(scope: Scope, where: tuple[str, str, Team], inside: bool):
    assert scope.holds(*where) is inside


def test_an_empty_scope_limits_nothing():
    assert not Scope().limited
    assert FIRST_WEEK.limited
    assert not default_policy().scope.limited


def test_every_team_has_its_minutes():
    assert set(default_policy().workload) == set(Team)
