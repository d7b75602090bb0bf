"""Who decides how much alone, who answers for more, and that what is offered is what is accepted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.policy.terms import Approvals
from exceptions_queue.second_person import (
    Answer,
    Cost,
    Proposal,
    allowed_answers,
    approvers,
    beyond,
    check_answer,
    cost_of,
    needed,
    offered,
    taken_by,
)
from exceptions_queue.transitions import (
    CaseState,
    CaseView,
    DecisionKind,
    DecisionRefused,
    Outcome,
    Role,
    allowed_decisions,
)

LIMITS = Approvals(
    MappingProxyType(
        {
            "USD": MappingProxyType(
                {
                    "support": Decimal(50),
                    "fulfillment": Decimal(50),
                    "finance": Decimal(500),
                    "operations": Decimal(9000),
                    "manager": None,
                }
            )
        }
    )
)
GOODS = replace(LIMITS, goods=True)
FREE = CaseView(CaseState.OPEN, Team.FINANCE, kinds=frozenset({FindingKind.RETURN_TO_SENDER}))
MINE = replace(FREE, claimed_by_me=True)
REFUND = Proposal(DecisionKind.REFUND, Cost(Decimal(700), "USD"))
SUPPORT, FULFILLMENT, FINANCE, MANAGER = (
    {role} for role in (Role.SUPPORT, Role.FULFILLMENT, Role.FINANCE, Role.MANAGER)
)


def usd(amount: int | str) -> Cost:
    return Cost(Decimal(amount), "USD")


def decision(kind: DecisionKind, roles: Collection[Role]):
    return next(each for each in allowed_decisions(MINE, roles) if each.kind is kind)


@pytest.mark.parametrize(
    ("kind", "approvals", "cost"),
    [
        ("refund", LIMITS, usd(80)),
        ("write_off", LIMITS, usd(80)),
        ("file_claim", LIMITS, None),
        ("replacement", LIMITS, None),
        ("replacement", GOODS, usd(120)),
        ("reship", GOODS, usd(120)),
        ("restock", GOODS, None),
    ],
)
def test_a_decision_costs_what_it_pays_or_what_it_sends_again(kind: str, approvals: Approvals, cost: Cost | None):
    assert cost_of(DecisionKind(kind), usd(80), usd(120), approvals) == cost


@pytest.mark.parametrize(
    ("kind", "amount", "able"),
    [
        ("refund", 500, {Role.FINANCE, Role.MANAGER}),
        ("refund", "500.01", {Role.MANAGER}),
        ("write_off", 10, {Role.FINANCE, Role.MANAGER}),
        ("replacement", 50, {Role.SUPPORT, Role.FULFILLMENT, Role.FINANCE, Role.MANAGER}),
        ("replacement", 51, {Role.FINANCE, Role.MANAGER}),
        ("reship", 51, {Role.MANAGER}),
    ],
)
def test_who_approves_decides_such_things_and_that_much(kind: str, amount: int | str, able: set[Role]):
    assert approvers(DecisionKind(kind), usd(amount), LIMITS) == able


@pytest.mark.parametrize(
    ("kind", "roles", "amount", "proposal", "outcome", "team"),
    [
        ("refund", FINANCE, "500.00", False, Outcome.CLOSES, Team.FINANCE),
        ("refund", FINANCE, "500.01", True, Outcome.HANDS_OVER, Team.FINANCE),
        ("refund", MANAGER, "500.01", False, Outcome.CLOSES, Team.FINANCE),
        ("refund", SUPPORT, "10.00", True, Outcome.HANDS_OVER, Team.FINANCE),
        ("replacement", SUPPORT, "50.00", False, Outcome.HANDS_OVER, Team.FULFILLMENT),
        ("replacement", SUPPORT, "50.01", True, Outcome.HANDS_OVER, Team.FINANCE),
        ("reship", FULFILLMENT, "50.01", True, Outcome.HANDS_OVER, Team.FULFILLMENT),
    ],
)
def test_what_costs_more_than_one_may_decide_alone_is_proposed(
    kind: str, roles: set[Role], amount: str, proposal: bool, outcome: Outcome, team: Team
):
    taken = taken_by(decision(DecisionKind(kind), roles), roles, usd(amount), GOODS)
    assert (taken.proposal, taken.outcome, taken.team) == (proposal, outcome, team)


def test_the_limit_of_a_role_that_does_not_decide_such_things_is_no_help():
    roles = {Role.FINANCE, Role.OPERATIONS}
    assert taken_by(decision(DecisionKind.REFUND, roles), roles, usd(600), LIMITS).proposal


def test_what_nobody_may_decide_is_refused_and_not_offered():
    nobody = Approvals(MappingProxyType({"USD": MappingProxyType({"finance": Decimal(5)})}), goods=True)
    with pytest.raises(DecisionRefused, match=r"lets nobody decide USD 6\.00"):
        taken_by(decision(DecisionKind.REFUND, FINANCE), FINANCE, usd(6), nobody)
    kinds = {each.kind for each in offered(allowed_decisions(MINE, FINANCE), FINANCE, usd(6), nobody)}
    assert DecisionKind.REPLACEMENT not in kinds
    assert DecisionKind.REFUND in kinds


def test_goods_too_dear_to_send_alone_are_offered_as_a_proposal():
    made = {each.kind: each for each in offered(allowed_decisions(MINE, SUPPORT), SUPPORT, usd(80), GOODS)}
    assert made[DecisionKind.REPLACEMENT].label == "Propose: send a replacement"
    assert made[DecisionKind.REPLACEMENT].sentence == "Hands the case over to finance."
    assert allowed_decisions(MINE, SUPPORT) == offered(allowed_decisions(MINE, SUPPORT), SUPPORT, usd(80), LIMITS)
    assert allowed_decisions(MINE, SUPPORT) == offered(allowed_decisions(MINE, SUPPORT), SUPPORT, None, GOODS)


@pytest.mark.parametrize(
    ("kind", "roles", "says"),
    [
        ("refund", FINANCE, "More than USD 500.00 goes to a second person."),
        ("write_off", FINANCE, "More than USD 500.00 goes to a second person."),
        ("refund", MANAGER, ""),
        ("refund", SUPPORT, ""),
        ("keep_waiting", FINANCE, ""),
    ],
)
def test_a_decision_says_from_where_on_it_needs_a_second_person(kind: str, roles: set[Role], says: str):
    assert beyond(decision(DecisionKind(kind), roles), roles, "USD", LIMITS) == says


REFUSED = [
    (FREE, FINANCE, replace(REFUND, mine=True), "approve", "You proposed it; a second person has to answer."),
    (FREE, MANAGER, replace(REFUND, mine=True), "refuse", "You proposed it; a second person has to answer."),
    (FREE, FINANCE, REFUND, "approve", "You may decide up to USD 500.00 alone; USD 700.00 needs a manager."),
    (FREE, SUPPORT, REFUND, "approve", "“Refund” is approved by finance or a manager."),
    (FREE, FULFILLMENT, REFUND, "refuse", "“Refund” is approved by finance or a manager."),
    (
        replace(FREE, claimed_by_other=True),
        MANAGER,
        REFUND,
        "approve",
        "Somebody else works on this case; take it over first.",
    ),
    (replace(FREE, state=CaseState.CLOSED), MANAGER, REFUND, "approve", "This case is closed; reopen it first."),
    (
        replace(FREE, state=CaseState.RECOVERED),
        MANAGER,
        REFUND,
        "approve",
        "“Refund” is not for a case that is recovered; confirm that it recovered instead.",
    ),
    (
        replace(FREE, compensated=True),
        MANAGER,
        REFUND,
        "approve",
        "This order was compensated meanwhile; say why it should be once more.",
    ),
]


@pytest.mark.parametrize(("view", "roles", "proposal", "answer", "reason"), REFUSED)
def test_an_answer_refused_says_why(view: CaseView, roles: set[Role], proposal: Proposal, answer: str, reason: str):
    with pytest.raises(DecisionRefused) as refused:
        check_answer(view, roles, proposal, LIMITS, Answer(answer))
    assert str(refused.value) == reason


def test_an_order_compensated_meanwhile_is_approved_with_a_reason_and_refused_without():
    view = replace(FREE, compensated=True)
    assert check_answer(view, MANAGER, REFUND, LIMITS, Answer.APPROVE, "Both were lost").needs_reason
    assert check_answer(view, MANAGER, REFUND, LIMITS, Answer.REFUSE)


def test_who_decides_smaller_ones_may_refuse_what_is_too_much_to_approve():
    assert set(allowed_answers(FREE, FINANCE, REFUND, LIMITS)) == {Answer.REFUSE}
    assert set(allowed_answers(MINE, FINANCE, replace(REFUND, cost=usd(500)), LIMITS)) == set(Answer)


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.WAITING, CaseState.RECOVERED])
def test_what_fits_the_case_no_more_is_refused_but_not_approved(state: CaseState):
    view = replace(FREE, state=state, kinds=frozenset({FindingKind.LOST}))
    assert set(allowed_answers(view, MANAGER, Proposal(DecisionKind.RESHIP, usd(80)), GOODS)) == {Answer.REFUSE}


def test_fulfillment_refuses_goods_whatever_finance_has_to_look_at():
    view = replace(FREE, kinds=frozenset({FindingKind.DAMAGED, FindingKind.LATER_DELIVERED}))
    asked = Proposal(DecisionKind.RESHIP, usd(80))
    assert set(allowed_answers(FREE, {Role.FULFILLMENT}, asked, GOODS)) == {Answer.REFUSE}
    assert set(allowed_answers(view, {Role.FULFILLMENT}, asked, GOODS)) == {Answer.REFUSE}


def test_goods_that_are_approved_are_sent_by_fulfillment():
    proposal = Proposal(DecisionKind.REPLACEMENT, usd(80))
    approved = check_answer(FREE, FINANCE, proposal, GOODS, Answer.APPROVE)
    assert (approved.proposal, approved.outcome, approved.team) == (False, Outcome.HANDS_OVER, Team.FULFILLMENT)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"manager"}, "a manager"),
        ({"finance", "manager"}, "finance or a manager"),
        (set(), "a higher limit in the policy"),
    ],
)
def test_who_is_needed_is_said_in_words(roles: set[str], words: str):
    assert needed(roles) == words


views = st.builds(
    CaseView,
    st.sampled_from(CaseState),
    st.sampled_from(Team),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(FindingKind), max_size=3),
)
proposals = st.builds(
    Proposal,
    st.sampled_from([DecisionKind.REFUND, DecisionKind.WRITE_OFF, DecisionKind.REPLACEMENT, DecisionKind.RESHIP]),
    st.builds(Cost, st.sampled_from([Decimal(1), Decimal(80), Decimal(700)]), st.sampled_from(["USD", "JPY"])),
    st.booleans(),
)


@settings(deadline=None)
@given(views, st.frozensets(st.sampled_from(Role)), proposals, st.sampled_from(Answer))
def test_an_answer_is_offered_exactly_when_it_is_accepted(
    view: CaseView, roles: frozenset[Role], proposal: Proposal, answer: Answer
):
    found = allowed_answers(view, roles, proposal, LIMITS)
    if answer in found:
        assert check_answer(view, roles, proposal, LIMITS, answer, "asked") == found[answer]
        assert not proposal.mine
        assert answer is Answer.REFUSE or approvers(proposal.kind, proposal.cost, LIMITS) & roles
    else:
        with pytest.raises(DecisionRefused, match=r"\.$"):
            check_answer(view, roles, proposal, LIMITS, answer, "asked")
