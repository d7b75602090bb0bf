"""Opening a closed case again: with a reason, by whoever has a role, never beside another open case of the parcel."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exceptions_queue import actions
from exceptions_queue.models import Approval, Case, Decision
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import FindingKind, NextAction, Team
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, refused
from tests.factories import NOW, make_case, make_user

LATER = NOW + timedelta(hours=1)


def closed(by=None, **overrides) -> Case:
    """Return a case of fulfillment that a person closed because its work was done."""
    by = by or make_user(Role.FULFILLMENT)
    values = {"owner_team": Team.FULFILLMENT, "next_action": NextAction.SEND_AGAIN, "headline": FindingKind.LOST}
    case = make_case(claimed_by=by, **values | overrides)
    actions.close_case(case_id=case.pk, reason="Sent.", worth_it=True, by=by, now=NOW)
    case.refresh_from_db()
    return case


def reopen(case: Case, by=None, **more) -> Case:
    told = {"case_id": case.pk, "reason": " It never left. ", "by": by or make_user(), "now": LATER}
    return actions.reopen_case(**told | more)


@pytest.mark.django_db
class TestReopening:
    def test_it_is_back_with_the_team_and_the_action_it_had(self):
        case, sam = closed(), make_user()
        reopen(case, sam)
        case.refresh_from_db()
        assert_whole(case)
        assert (case.state, case.owner_team, case.next_action) == ("open", "fulfillment", NextAction.SEND_AGAIN)
        assert (case.outcome, case.closed_at, case.closed_by, case.claimed_by) == ("", None, None, None)
        assert (case.worth_it, case.due_at) == (True, due_for(case, Team.FULFILLMENT, LATER))
        assert history(case) == ["closed", "reopened"]
        line = case.history.get(kind="reopened")
        assert (line.by, line.data) == (sam, {"note": "It never left."})

    def test_what_was_decided_stands(self):
        finn = make_user(Role.FINANCE)
        case = make_case(claimed_by=finn, owner_team=Team.FINANCE)
        actions.decide(case_id=case.pk, kind="refund", amount=Decimal(80), currency="USD", by=finn, now=NOW)
        reopen(case, finn)
        actions.claim_case(case_id=case.pk, by=finn, now=LATER)
        with refused(actions.AlreadyCompensated, "already got “Refund”"):
            actions.decide(case_id=case.pk, kind="replacement", by=finn, now=LATER)
        assert Decision.objects.count() == 1

    def test_one_that_had_recovered_asks_for_what_was_wrong(self):
        case = make_case(state=CaseState.RECOVERED, next_action=NextAction.CONFIRM_RECOVERED)
        case.findings.update(next_action=NextAction.TELL_CUSTOMER)
        actions.confirm_recovered(case_id=case.pk, by=make_user(), now=NOW)
        assert reopen(case).next_action == NextAction.TELL_CUSTOMER

    def test_a_proposal_that_lapsed_stays_over(self):
        sam, finn = make_user(), make_user(Role.FINANCE)
        case = make_case(claimed_by=sam)
        actions.decide(case_id=case.pk, kind="refund", amount=Decimal(80), currency="USD", by=sam, now=NOW)
        actions.claim_case(case_id=case.pk, by=finn, now=NOW)
        actions.close_case(case_id=case.pk, reason="Paid.", by=finn, now=NOW)
        again = reopen(case)
        assert (again.owner_team, again.next_action) == ("support", NextAction.ASK_CARRIER)
        assert Approval.objects.get().state == "lapsed"

    def test_it_needs_a_reason(self):
        case, sam = closed(), make_user()
        with refused(actions.NoteMissing, "why the case is open again"):
            reopen(case, sam, reason="  ")

    def test_it_needs_a_role(self):
        case, nobody = closed(), make_user(None)
        with refused(actions.NoRole):
            reopen(case, nobody)

    def test_an_open_case_is_refused(self):
        case, sam = make_case(), make_user()
        with refused(actions.NotNow, "not possible while the case is open"):
            reopen(case, sam)

    def test_never_beside_another_open_case_of_the_parcel(self):
        case = closed()
        other = make_case(shipment=case.shipment)
        with refused(actions.AnotherIsOpen, f"Case {other.pk} is open for this parcel"):
            reopen(case)

    def test_a_case_that_is_not_there_is_refused(self):
        with refused(actions.CaseGone):
            actions.reopen_case(case_id=404, reason="x", by=make_user(), now=NOW)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_people_open_it_once(self):
        case, people = closed(), [make_user() for _ in range(3)]
        results = at_once(*(lambda by=by: reopen(case, by) for by in people))
        assert sorted(type(each).__name__ for each in results) == ["Case", "NotNow", "NotNow"]
        assert_whole(case)
        assert history(case) == ["closed", "reopened"]
