"""What can be done to many cases at once: by whom, how it is undone, and how far it is, in words."""

import pytest

from exceptions_queue.checklists import CHECKLISTS, evidence_for
from exceptions_queue.mass_acts import ACTS, ActKind, offered_acts, tally
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import DecisionKind, Role


@pytest.mark.parametrize(
    ("roles", "offered", "kept_back"),
    [
        ({Role.SUPPORT}, ActKind.MESSAGE_CUSTOMER, ActKind.FILE_CLAIM),
        ({Role.FULFILLMENT}, ActKind.FILE_CLAIM, ActKind.REFUND),
        ({Role.FINANCE}, ActKind.REFUND, ActKind.MESSAGE_CUSTOMER),
        ({Role.OPERATIONS}, ActKind.KEEP_WAITING, ActKind.REFUND),
    ],
)
def test_each_role_is_offered_what_it_decides(roles, offered, kept_back):
    kinds = [act.kind for act in offered_acts(roles)]
    assert offered in kinds
    assert kept_back not in kinds
    assert ActKind.NOTE in kinds


def test_nobody_without_a_role_is_offered_anything():
    assert offered_acts(set()) == ()


def test_a_manager_is_offered_everything():
    assert [act.kind for act in offered_acts({Role.MANAGER})] == list(ACTS)


def test_every_act_is_described_and_only_what_cannot_be_taken_back_waits():
    assert set(ACTS) == set(ActKind)
    at_once = {act.kind for act in ACTS.values() if not act.waits_for_undo}
    assert at_once == {ActKind.KEEP_WAITING, ActKind.NOTE}
    assert ACTS[ActKind.REFUND].decision is DecisionKind.REFUND
    assert ACTS[ActKind.HAND_OVER].decision is None
    assert ACTS[ActKind.REFUND].undoing == "It begins after 2 minutes; until then it can be undone."


@pytest.mark.parametrize(
    ("steps", "words", "reasons"),
    [
        ([], "no case was open", ()),
        ([("done", "", 42), ("skipped", "Held.", 2), ("skipped", "Closed.", 1)], "42 done, 3 skipped", ("Held.", 2)),
        ([("pending", "", 3), ("done", "", 1)], "1 done, 3 still to do", ()),
        (
            [("undoing", "", 1), ("undone", "", 2), ("kept", "Worked on.", 1)],
            "2 undone, 1 not undone, 1 still to do",
            ("Worked on.", 1),
        ),
    ],
)
def test_how_far_an_act_is_is_one_sentence(steps, words, reasons):
    so_far = tally(steps)
    assert so_far.words == words
    assert so_far.reasons[:1] == ((reasons,) if reasons else ())
    assert so_far.seen_to + so_far.pending == so_far.total


def test_evidence_is_listed_once_for_several_findings():
    items = evidence_for([FindingKind.DAMAGED, FindingKind.LOST])
    assert len(items) == len(set(items)) == len(CHECKLISTS[FindingKind.DAMAGED]) + len(CHECKLISTS[FindingKind.LOST]) - 1
    assert evidence_for([FindingKind.STALLED]) == ()
