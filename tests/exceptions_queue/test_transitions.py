"""Who may do what with a case: the offer and the refusal come from the same table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.transitions import (
    ALLOWED,
    MOVES,
    Actor,
    CaseState,
    CaseView,
    DecisionKind,
    DecisionRefused,
    Move,
    MoveRefused,
    Outcome,
    Role,
    allowed_decisions,
    allowed_moves,
    check_decision,
    check_move,
)

MINE = CaseView(CaseState.OPEN, Team.SUPPORT, claimed_by_me=True, kinds=frozenset({FindingKind.ATTEMPTED}))
FREE = replace(MINE, claimed_by_me=False)
THEIRS = replace(FREE, claimed_by_other=True)
SUPPORT, FULFILLMENT, FINANCE, MANAGER = (
    {role} for role in (Role.SUPPORT, Role.FULFILLMENT, Role.FINANCE, Role.MANAGER)
)

views = st.builds(
    CaseView,
    st.sampled_from(CaseState),
    st.sampled_from(Team),
    st.booleans(),
    st.just(False),
    st.booleans(),
    st.frozensets(st.sampled_from(FindingKind), max_size=3),
)
role_sets = st.frozensets(st.sampled_from(Role))


def complete(kind: DecisionKind, view: CaseView, roles: Collection[Role]) -> dict[str, Any]:
    """Return what a decision needs to be told where it is offered."""
    offered = next((each for each in allowed_decisions(view, roles) if each.kind == kind), None)
    needs_amount = offered is not None and offered.needs_amount
    return {"amount": Decimal(5), "currency": "USD", "reason": "asked"} if needs_amount else {"reason": "asked"}


@settings(deadline=None)
@given(views, role_sets, st.sampled_from(DecisionKind))
def test_a_decision_is_offered_exactly_when_it_is_accepted(view: CaseView, roles: frozenset[Role], kind: DecisionKind):
    offered = {each.kind for each in allowed_decisions(view, roles)}
    told = complete(kind, view, roles)
    if kind in offered:
        assert check_decision(view, roles, kind, **told).kind == kind
    else:
        with pytest.raises(DecisionRefused, match=r"\.$"):
            check_decision(view, roles, kind, **told)


@settings(deadline=None)
@given(views, role_sets, st.sampled_from(Move))
def test_a_move_is_offered_exactly_when_it_is_accepted(view: CaseView, roles: frozenset[Role], move: Move):
    if move in allowed_moves(view, roles):
        assert check_move(view, roles, move) is MOVES[move]
    else:
        with pytest.raises(MoveRefused, match=r"\.$"):
            check_move(view, roles, move)


def test_every_decision_has_a_line_and_somebody_who_may_take_it():
    assert {rule.kind for rule in ALLOWED} == set(DecisionKind)
    assert all(rule.roles and rule.states for rule in ALLOWED)
    assert set(MOVES) == set(Move)


def test_a_decision_that_hands_over_says_to_whom():
    assert all(rule.team is not None for rule in ALLOWED if rule.outcome is Outcome.HANDS_OVER)
    assert all(rule.compensates for rule in ALLOWED if rule.proposal)


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        (
            SUPPORT,
            "keep_waiting message_customer correct_address open_trace replacement reship refund not_worth_a_case",
        ),
        (FULFILLMENT, "keep_waiting correct_address open_trace replacement reship not_worth_a_case"),
        (FINANCE, "keep_waiting replacement refund write_off not_worth_a_case"),
        ({Role.OPERATIONS}, "keep_waiting not_worth_a_case"),
        (
            MANAGER,
            "keep_waiting message_customer correct_address open_trace replacement reship refund write_off "
            "not_worth_a_case",
        ),
        (set(), ""),
    ],
)
def test_each_role_is_offered_its_decisions(roles: set[Role], kinds: str):
    assert [str(each.kind) for each in allowed_decisions(MINE, roles)] == kinds.split()


def test_more_roles_never_take_a_decision_away():
    subsets = chain.from_iterable(combinations(Role, size) for size in range(len(Role)))
    for roles in subsets:
        fewer = {each.kind for each in allowed_decisions(MINE, roles)}
        for more in Role:
            assert fewer <= {each.kind for each in allowed_decisions(MINE, {*roles, more})}


@pytest.mark.parametrize(
    ("kind", "roles", "outcome", "team"),
    [
        ("keep_waiting", SUPPORT, Outcome.WAITS, Team.SUPPORT),
        ("message_customer", SUPPORT, Outcome.WAITS, Team.SUPPORT),
        ("correct_address", SUPPORT, Outcome.HANDS_OVER, Team.FULFILLMENT),
        ("correct_address", FULFILLMENT, Outcome.WAITS, Team.FULFILLMENT),
        ("open_trace", SUPPORT, Outcome.WAITS, Team.FULFILLMENT),
        ("replacement", SUPPORT, Outcome.HANDS_OVER, Team.FULFILLMENT),
        ("replacement", FULFILLMENT, Outcome.CLOSES, Team.SUPPORT),
        ("not_worth_a_case", SUPPORT, Outcome.CLOSES, Team.SUPPORT),
    ],
)
def test_a_decision_moves_the_case(kind: str, roles: set[Role], outcome: Outcome, team: Team):
    allowed = check_decision(MINE, roles, DecisionKind(kind))
    assert (allowed.outcome, allowed.team) == (outcome, team)


def test_support_proposes_a_refund_and_finance_pays_it():
    proposed, paid = (
        check_decision(MINE, roles, DecisionKind.REFUND, amount=Decimal("19.90"), currency="EUR")
        for roles in (SUPPORT, FINANCE)
    )
    assert (proposed.proposal, proposed.outcome, proposed.team) == (True, Outcome.HANDS_OVER, Team.FINANCE)
    assert (paid.proposal, paid.outcome) == (False, Outcome.CLOSES)
    assert (proposed.label, proposed.sentence) == ("Propose: refund", "Hands the case over to finance.")
    assert (paid.label, paid.sentence) == ("Refund", "Closes the case.")


PAID = replace(MINE, kinds=frozenset({FindingKind.DAMAGED, FindingKind.LATER_DELIVERED}))
MONEY_FIRST = "It was delivered after its customer was paid, and finance looks at that first; hand the case over."

REFUSED = [
    (PAID, SUPPORT, "not_worth_a_case", {}, MONEY_FIRST),
    (PAID, FULFILLMENT, "replacement", {}, MONEY_FIRST),
    (FREE, SUPPORT, "keep_waiting", {}, "Take the case first, so that nobody else decides it at the same time."),
    (THEIRS, SUPPORT, "keep_waiting", {}, "Somebody else works on this case; take it over first."),
    (
        replace(MINE, state=CaseState.CLOSED),
        SUPPORT,
        "keep_waiting",
        {},
        "This case is closed; reopen it first.",
    ),
    (
        replace(MINE, state=CaseState.RECOVERED),
        SUPPORT,
        "open_trace",
        {},
        "“Open a carrier trace” is not for a case that is recovered; confirm that it recovered instead.",
    ),
    (MINE, SUPPORT, "write_off", {}, "“Write off” is decided by finance; hand the case over."),
    (MINE, SUPPORT, "restock", {}, "“Restock” is decided by fulfillment lead; hand the case over."),
    (MINE, FULFILLMENT, "restock", {}, "“Restock” does not fit what is wrong here."),
    (MINE, FINANCE, "refund", {}, "“Refund” needs an amount above zero."),
    (MINE, FINANCE, "refund", {"amount": Decimal(0), "currency": "USD"}, "“Refund” needs an amount above zero."),
    (MINE, FINANCE, "refund", {"amount": Decimal("NaN"), "currency": "USD"}, "“Refund” needs an amount above zero."),
    (MINE, FINANCE, "refund", {"amount": Decimal(5)}, "“Refund” needs the currency of its amount."),
    (MINE, SUPPORT, "reship", {"amount": Decimal(5)}, "“Reship” takes no amount; leave it empty."),
    (
        replace(MINE, compensated=True),
        SUPPORT,
        "replacement",
        {},
        "This order was already compensated; say why it should be once more.",
    ),
]


@pytest.mark.parametrize(("view", "roles", "kind", "told", "reason"), REFUSED)
def test_a_refusal_says_what_to_do(view: CaseView, roles: set[Role], kind: str, told: dict[str, Any], reason: str):
    with pytest.raises(DecisionRefused) as refused:
        check_decision(view, roles, DecisionKind(kind), **told)
    assert str(refused.value) == reason


def test_a_second_compensation_needs_a_reason():
    paid = replace(MINE, compensated=True)
    offered = {each.kind: each.needs_reason for each in allowed_decisions(paid, SUPPORT)}
    assert (offered[DecisionKind.REFUND], offered[DecisionKind.KEEP_WAITING]) == (True, False)
    assert check_decision(paid, SUPPORT, DecisionKind.REPLACEMENT, reason="The first one was broken too").needs_reason


@pytest.mark.parametrize(
    ("view", "roles", "moves"),
    [
        (FREE, SUPPORT, {Move.CLAIM}),
        (FREE, FULFILLMENT, set()),
        (FREE, MANAGER, {Move.CLAIM}),
        (FREE, set(), set()),
        (THEIRS, SUPPORT, {Move.TAKE_OVER}),
        (MINE, SUPPORT, {Move.RELEASE, Move.HAND_OVER, Move.WAIT, Move.CLOSE}),
        (
            replace(MINE, state=CaseState.WAITING),
            SUPPORT,
            {Move.RELEASE, Move.HAND_OVER, Move.WAIT, Move.RESUME, Move.CLOSE},
        ),
        (replace(FREE, state=CaseState.RECOVERED), SUPPORT, {Move.CLAIM, Move.CONFIRM_RECOVERED}),
        (replace(FREE, state=CaseState.CLOSED), SUPPORT, {Move.REOPEN}),
        (replace(FREE, state=CaseState.CLOSED), FULFILLMENT, {Move.REOPEN}),
    ],
)
def test_each_person_is_offered_their_moves(view: CaseView, roles: set[Role], moves: set[Move]):
    assert set(allowed_moves(view, roles)) == moves


@pytest.mark.parametrize(
    ("view", "roles", "move", "reason"),
    [
        (MINE, SUPPORT, Move.CLAIM, "You already work on this case."),
        (THEIRS, SUPPORT, Move.CLAIM, "Somebody else works on this case; take it over if you must."),
        (FREE, SUPPORT, Move.TAKE_OVER, "Nobody else works on this case; claim it."),
        (FREE, FULFILLMENT, Move.CLAIM, "Support has the next action; only support can do this."),
        (FREE, SUPPORT, Move.WAIT, "Take the case first, so that nobody else decides it at the same time."),
        (FREE, SUPPORT, Move.REOPEN, "“Reopen” is not possible while the case is open."),
        (FREE, SUPPORT, Move.RECOVER, "“Recovered by itself” happens by itself."),
        (FREE, set(), Move.CLAIM, "You have no role here; ask a manager for one."),
        (PAID, SUPPORT, Move.CLOSE, MONEY_FIRST),
    ],
)
def test_a_refused_move_says_what_to_do(view: CaseView, roles: set[Role], move: Move, reason: str):
    with pytest.raises(MoveRefused) as refused:
        check_move(view, roles, move)
    assert str(refused.value) == reason


@pytest.mark.parametrize("roles", [FINANCE, MANAGER, SUPPORT | FINANCE])
def test_finance_may_close_what_was_paid_and_delivered(roles: set[Role]):
    assert check_move(PAID, roles, Move.CLOSE).target is CaseState.CLOSED
    assert DecisionKind.NOT_WORTH_A_CASE in {each.kind for each in allowed_decisions(PAID, roles)}


def test_support_goes_on_with_what_does_not_close_a_paid_and_delivered_case():
    assert {DecisionKind.KEEP_WAITING, DecisionKind.MESSAGE_CUSTOMER} <= {
        each.kind for each in allowed_decisions(PAID, SUPPORT)
    }
    assert check_move(PAID, SUPPORT, Move.HAND_OVER)


def test_every_state_can_be_left_and_reached():
    moved = [rule for rule in MOVES.values() if rule.target is not None]
    assert {source for rule in moved for source in rule.sources} == set(CaseState)
    assert {rule.target for rule in moved} == set(CaseState)
    assert {rule.actor for rule in MOVES.values()} == set(Actor)
