from datetime import UTC, datetime, timedelta

import pytest

from exceptions_queue.lists import Tally, TallyRow, Viewer, lists_for, tallies
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Role

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
OLD, OLDER = NOW - timedelta(hours=3), NOW - timedelta(days=2)
AGENT = Viewer(1, frozenset({Role.SUPPORT}), frozenset({Team.SUPPORT}), NOW)
MANAGER = Viewer(2, frozenset({Role.MANAGER}), frozenset(), NOW)
NOBODY = Viewer(3, frozenset(), frozenset(), NOW)


def row(team: str, state: str, total: int, oldest: datetime, **overrides: object) -> TallyRow:
    values = {"overdue": 0, "overdue_oldest": None, "mine": 0, "mine_oldest": None}
    return TallyRow(team, state, total, oldest, **(values | overrides))


ROWS = [
    row("support", "open", 4, OLD, overdue=2, overdue_oldest=OLD, mine=1, mine_oldest=OLD),
    row("finance", "open", 1, OLDER),
    row("support", "waiting", 3, OLDER),
    row("support", "recovered", 2, OLD),
]


@pytest.mark.parametrize(
    ("slug", "tally"),
    [
        ("mine", Tally(1, OLD, 0)),
        ("my-team", Tally(4, OLD, 2)),
        ("support", Tally(4, OLD, 2)),
        ("finance", Tally(1, OLDER, 0)),
        ("operations", Tally(0, None, 0)),
        ("overdue", Tally(2, OLD, 2)),
        ("waiting", Tally(3, OLDER, 0)),
        ("recovered", Tally(2, OLD, 0)),
        ("open", Tally(10, OLDER, 2)),
    ],
)
def test_each_list_is_counted_from_the_same_rows(slug, tally):
    assert tallies(ROWS, AGENT)[slug] == tally


@pytest.mark.parametrize(
    ("viewer", "slugs"),
    [
        (AGENT, ["mine", "my-team", "overdue", "waiting", "recovered", "closed"]),
        (MANAGER, ["to-approve", *(team.value for team in Team), "overdue", "waiting", "recovered", "closed"]),
        (NOBODY, ["overdue", "waiting", "recovered", "closed"]),
    ],
)
def test_people_see_the_lists_they_work_with(viewer, slugs):
    assert [each.slug for each in lists_for(viewer)] == slugs
