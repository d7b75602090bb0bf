"""What costs too much for one person waits for a second one, who approves or refuses it, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exceptions_queue import actions
from exceptions_queue.models import Approval, Case, Decision
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import FindingKind, NextAction, Team
from exceptions_queue.transitions import CaseState, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, publish, refused
from tests.factories import NOW, make_case, make_order, make_shipment, make_user

LATER = NOW + timedelta(hours=1)
MUCH = {"amount": Decimal("700.00"), "currency": "USD"}
WITH_COMMITS = pytest.mark.django_db(transaction=True)


def proposed(by=None, *, kind="refund", note="Lost with all it held.", order=None, **overrides) -> Approval:
    """Let finance (or `by`) decide more than they may alone, on a case of theirs worth 900 dollars."""
    by = by or make_user(Role.FINANCE, first_name="Finn", last_name="Okafor")
    order = order or make_order(value=Decimal(900))
    case = make_case(
        **{
            "claimed_by": by,
            "owner_team": Team.FINANCE,
            "next_action": NextAction.DECIDE_LOST,
            "headline": FindingKind.LOST,
            "shipment": make_shipment(order=order),
        }
        | overrides
    )
    actions.decide(case_id=case.pk, kind=kind, **MUCH, note=note, by=by, now=NOW)
    return case.approvals.get(state="waiting")


def approve(approval: Approval, by, **more) -> Decision:
    told = {"case_id": approval.case_id, "approval_id": approval.pk, "by": by, "now": LATER}
    return actions.approve_proposal(**told | more)


def refuse(approval: Approval, by, **more) -> Approval:
    told = {"case_id": approval.case_id, "approval_id": approval.pk, "reason": " Too much. ", "by": by, "now": LATER}
    return actions.refuse_proposal(**told | more)


def bring_into_force(limits: dict[str, int]) -> None:
    """Publish a draft with these limits in US dollars, as the operations owner does."""
    olga = make_user(Role.OPERATIONS)
    draft = actions.start_draft(by=olga, now=LATER)
    draft.document["approvals"]["limits"]["USD"] = limits
    draft.save()
    actions.publish(number=draft.number, over=1, note="Other limits.", by=olga, now=LATER)


@pytest.fixture
def maya():
    return make_user(Role.MANAGER, first_name="Maya", last_name="Chen")


@pytest.mark.django_db
class TestAsking:
    def test_what_waits_says_who_what_how_much_and_from_where_it_came(self):
        approval = proposed()
        asked = approval.proposal
        assert (approval.state, approval.asked_by, approval.asked_at) == ("waiting", asked.by, NOW)
        assert (approval.cost, approval.currency, approval.roles) == (Decimal(700), "USD", ["manager"])
        assert (approval.from_team, approval.next_action) == ("finance", NextAction.DECIDE_LOST)
        assert (asked.proposal, asked.amount, asked.note) == (True, Decimal(700), "Lost with all it held.")
        assert asked.evidence["order"]["value"] == "900.00"
        assert history(approval.case) == ["decided", "handed_over"]

    def test_the_case_is_free_and_its_next_action_is_to_answer(self):
        case = proposed().case
        assert_whole(case)
        assert (case.owner_team, case.next_action, case.claimed_by) == ("finance", NextAction.APPROVE, None)
        assert case.due_at == due_for(case, Team.FINANCE, NOW)

    def test_supports_refund_within_finances_limit_waits_for_finance(self):
        sam = make_user()
        case = make_case(claimed_by=sam)
        actions.decide(case_id=case.pk, kind="refund", amount=Decimal(80), currency="USD", by=sam, now=NOW)
        approval = case.approvals.get()
        assert (approval.roles, approval.from_team) == (["finance", "manager"], "support")

    def test_it_gives_nothing_yet(self):
        order = make_order(value=Decimal(900))
        proposed(order=order)
        other = make_case(claimed_by=(finn := make_user(Role.FINANCE)), shipment=make_shipment(order=order))
        assert actions.decide(case_id=other.pk, kind="replacement", by=finn, now=NOW).override_reason == ""

    def test_the_same_proposed_again_is_refused(self):
        approval = proposed()
        finn = approval.asked_by
        actions.claim_case(case_id=approval.case_id, by=finn, now=LATER)
        with refused(actions.AlreadyProposed, "already waits .* Finn Okafor proposed it"):
            actions.decide(case_id=approval.case_id, kind="refund", **MUCH, note="again", by=finn, now=LATER)

    def test_another_proposal_takes_its_place(self, maya):
        first = proposed()
        actions.claim_case(case_id=first.case_id, by=first.asked_by, now=LATER)
        more = {"amount": Decimal(800), "currency": "USD"}
        actions.decide(case_id=first.case_id, kind="refund", **more, note="With duty.", by=first.asked_by, now=LATER)
        assert list(Approval.objects.order_by("pk").values_list("state", flat=True)) == ["lapsed", "waiting"]
        assert history(first.case)[-3:] == ["lapsed", "decided", "handed_over"]
        with refused(actions.ProposalOver, "no longer needed by Finn Okafor"):
            approve(first, maya)

    def test_goods_count_as_much_as_their_order_only_where_the_policy_says_so(self):
        sam = make_user()
        cases = [make_case(claimed_by=sam) for _ in range(2)]
        made = actions.decide(case_id=cases[0].pk, kind="replacement", by=sam, now=NOW)
        publish(limits={"support": 50, "finance": 500, "manager": None}, goods=True)
        asked = actions.decide(case_id=cases[1].pk, kind="replacement", by=sam, now=NOW)
        assert (made.proposal, asked.proposal) == (False, True)
        assert (asked.approval.cost, asked.approval.roles) == (Decimal(80), ["finance", "manager"])


@pytest.mark.django_db
class TestApproving:
    def test_the_second_person_makes_the_decision_and_both_stand_in_the_history(self, maya):
        approval = proposed()
        decision = approve(approval, maya, note=" Seen the photos. ", worth_it=True)
        case = decision.case
        assert_whole(case)
        assert (case.state, case.closed_by, case.worth_it) == ("closed", maya, True)
        assert (decision.kind, decision.amount, decision.currency) == ("refund", Decimal(700), "USD")
        assert (decision.proposal, decision.by, decision.note) == (False, maya, "Seen the photos.")
        assert history(case) == ["decided", "handed_over", "decided", "closed"]
        line = case.history.filter(kind="decided").latest("id").data
        assert line["approves"] == approval.proposal_id
        assert line["proposed_by"]["name"] == "Finn Okafor"

    def test_the_evidence_is_of_the_moment_of_approval_and_knows_the_proposal(self, maya):
        approval = proposed()
        evidence = approve(approval, maya).evidence
        assert evidence["at"] == LATER.isoformat()
        assert [(each["id"], each["proposal"]) for each in evidence["decisions"]] == [(approval.proposal_id, True)]

    def test_the_answer_is_kept_with_the_proposal(self, maya):
        approval = proposed()
        decision = approve(approval, maya)
        approval.refresh_from_db()
        assert (approval.state, approval.decision, approval.answered_by) == ("approved", decision, maya)

    def test_finance_approves_what_support_proposed_without_claiming_the_case(self):
        sam, finn = make_user(), make_user(Role.FINANCE)
        case = make_case(claimed_by=sam)
        actions.decide(case_id=case.pk, kind="refund", amount=Decimal(80), currency="USD", by=sam, now=NOW)
        assert approve(case.approvals.get(), finn).by == finn

    def test_the_very_same_decided_by_hand_approves_it(self, maya):
        approval = proposed()
        actions.claim_case(case_id=approval.case_id, by=maya, now=LATER)
        decision = actions.decide(case_id=approval.case_id, kind="refund", **MUCH, by=maya, now=LATER)
        approval.refresh_from_db()
        assert (approval.state, approval.decision) == ("approved", decision)

    def test_goods_go_to_fulfillment_to_be_sent(self):
        publish(limits={"support": 50, "finance": 500, "manager": None}, goods=True)
        sam, finn = make_user(), make_user(Role.FINANCE)
        case = make_case(claimed_by=sam)
        actions.decide(case_id=case.pk, kind="replacement", by=sam, now=NOW)
        approve(case.approvals.get(), finn)
        case.refresh_from_db()
        assert_whole(case)
        assert (case.owner_team, case.next_action) == ("fulfillment", NextAction.SEND_AGAIN)

    def test_who_proposed_it_never_approves_it(self, maya):
        both = make_user(Role.FINANCE)
        approval = proposed(both)
        publish(limits={"finance": None, "manager": None})
        with refused(actions.DecisionRefused, "You proposed it"):
            approve(approval, both)

    def test_the_database_refuses_it_too(self):
        approval = proposed()
        with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(
                state="approved", decision=approval.proposal, answered_at=LATER, answered_by=approval.asked_by
            )

    def test_a_second_person_under_the_limit_is_refused(self):
        approval = proposed()
        with refused(actions.DecisionRefused, r"up to USD 500\.00 alone; USD 700\.00 needs a manager"):
            approve(approval, make_user(Role.FINANCE))

    def test_the_limits_in_force_count_and_not_those_when_it_was_asked(self, maya):
        approval = proposed()
        publish(limits={"finance": 700, "manager": 100})
        with refused(actions.DecisionRefused, r"up to USD 100\.00"):
            approve(approval, maya)
        assert approve(approval, make_user(Role.FINANCE)).pk

    def test_it_waits_in_the_lists_of_those_who_may_by_the_limits_that_come_into_force(self):
        approval = proposed()
        bring_into_force({"finance": 700, "manager": 100})
        approval.refresh_from_db()
        assert approval.roles == ["finance"]

    def test_what_was_answered_keeps_who_could_approve_it(self, maya):
        refuse(approval := proposed(), maya)
        bring_into_force({"finance": 700, "manager": 100})
        approval.refresh_from_db()
        assert approval.roles == ["manager"]

    def test_somebody_elses_hands_are_respected(self, maya):
        approval = proposed()
        actions.claim_case(case_id=approval.case_id, by=make_user(Role.FINANCE), now=LATER)
        with refused(actions.DecisionRefused, "Somebody else works on this case"):
            approve(approval, maya)

    def test_a_case_closed_meanwhile_is_refused_and_its_proposal_lapsed(self, maya):
        approval = proposed()
        finn = approval.asked_by
        actions.claim_case(case_id=approval.case_id, by=finn, now=LATER)
        actions.close_case(case_id=approval.case_id, reason="Paid by the carrier.", by=finn, now=LATER)
        approval.refresh_from_db()
        assert (approval.state, approval.answered_by) == ("lapsed", finn)
        assert history(approval.case)[-2:] == ["lapsed", "closed"]
        with refused(actions.CaseClosed, "closed by Finn Okafor"):
            approve(approval, maya)

    def test_a_decision_that_gives_something_else_ends_the_wait(self):
        approval = proposed()
        finn = approval.asked_by
        actions.claim_case(case_id=approval.case_id, by=finn, now=LATER)
        actions.decide(case_id=approval.case_id, kind="replacement", by=finn, now=LATER)
        approval.refresh_from_db()
        assert approval.state == "lapsed"

    def test_a_wait_leaves_it_waiting(self, maya):
        approval = proposed()
        actions.claim_case(case_id=approval.case_id, by=approval.asked_by, now=LATER)
        actions.decide(case_id=approval.case_id, kind="keep_waiting", by=approval.asked_by, now=LATER)
        assert approve(approval, maya).pk

    def test_an_order_compensated_meanwhile_needs_the_approvers_reason(self, maya):
        order = make_order(value=Decimal(900))
        approval = proposed(order=order)
        other = make_case(claimed_by=(lee := make_user(Role.FINANCE)), shipment=make_shipment(order=order))
        actions.decide(case_id=other.pk, kind="replacement", by=lee, now=NOW)
        with refused(actions.AlreadyCompensated, rf"already got “Send a replacement” .* \(case {other.pk}\)"):
            approve(approval, maya)
        assert approve(approval, maya, override_reason=" Both were lost. ").override_reason == "Both were lost."

    def test_what_the_proposer_gave_a_reason_for_needs_no_other(self, maya):
        order, finn = make_order(value=Decimal(900)), make_user(Role.FINANCE)
        first = make_case(claimed_by=finn, shipment=make_shipment(order=order))
        actions.decide(case_id=first.pk, kind="replacement", by=finn, now=NOW)
        case = make_case(claimed_by=finn, shipment=make_shipment(order=order), owner_team=Team.FINANCE)
        actions.decide(case_id=case.pk, kind="refund", **MUCH, override_reason="Lost again", by=finn, now=NOW)
        assert approve(case.approvals.get(), maya).override_reason == "Lost again"

    def test_another_cases_proposal_is_refused(self, maya):
        one, other = proposed(), proposed()
        with refused(actions.ProposalOver, "Nothing like this was proposed"):
            approve(one, maya, case_id=other.case_id)


@pytest.mark.django_db
class TestRefusing:
    def test_the_case_goes_back_with_its_next_action_and_the_reason(self, maya):
        sam = make_user()
        approval = proposed(sam, owner_team=Team.SUPPORT)
        answered = refuse(approval, maya)
        case = Case.objects.get(pk=approval.case_id)
        assert_whole(case)
        assert (case.state, case.owner_team, case.next_action) == ("open", "support", NextAction.DECIDE_LOST)
        assert case.legs.get(ended_at=None).note == "Too much."
        assert case.due_at == due_for(case, Team.SUPPORT, LATER)
        assert (answered.state, answered.reason, answered.answered_by) == ("refused", "Too much.", maya)
        assert history(case)[-1] == "refused"
        assert not Decision.objects.filter(case=case, proposal=False).exists()

    def test_it_may_be_proposed_again(self, maya):
        approval = proposed()
        refuse(approval, maya)
        finn = approval.asked_by
        actions.claim_case(case_id=approval.case_id, by=finn, now=LATER)
        assert actions.decide(case_id=approval.case_id, kind="refund", **MUCH, note="Now", by=finn, now=LATER).proposal

    def test_a_case_that_went_elsewhere_stays_there(self, maya):
        approval = proposed()
        Case.objects.filter(pk=approval.case_id).update(owner_team="support", next_action="tell_customer")
        refuse(approval, maya)
        case = Case.objects.get(pk=approval.case_id)
        assert (case.owner_team, case.next_action) == ("support", "tell_customer")

    def test_one_that_took_anothers_place_goes_back_with_what_the_case_owed_before_both(self, maya):
        first = proposed(make_user(), owner_team=Team.SUPPORT)
        finn = make_user(Role.FINANCE)
        actions.claim_case(case_id=first.case_id, by=finn, now=LATER)
        more = {"amount": Decimal(800), "currency": "USD"}
        actions.decide(case_id=first.case_id, kind="refund", **more, note="With duty.", by=finn, now=LATER)
        refuse(first.case.approvals.get(state="waiting"), maya)
        case = Case.objects.get(pk=first.case_id)
        assert_whole(case)
        assert (case.owner_team, case.next_action) == ("finance", NextAction.DECIDE_LOST)

    def test_what_fits_the_case_no_more_may_still_be_refused(self, maya):
        publish(limits={"support": 50, "finance": 500, "manager": None}, goods=True)
        sam = make_user()
        case = make_case(claimed_by=sam, headline=FindingKind.RETURN_TO_SENDER, next_action=NextAction.DECIDE_RETURN)
        actions.decide(case_id=case.pk, kind="reship", by=sam, now=NOW)
        case.findings.update(kind=FindingKind.LOST)
        approval = case.approvals.get()
        with refused(actions.DecisionRefused, "does not fit what is wrong here"):
            approve(approval, maya)
        refuse(approval, maya)
        case.refresh_from_db()
        assert_whole(case)
        assert (case.owner_team, case.next_action) == ("support", NextAction.DECIDE_RETURN)

    def test_a_recovered_cases_proposal_may_be_refused_and_the_case_still_waits_for_its_word(self, maya):
        approval = proposed()
        Case.objects.filter(pk=approval.case_id).update(state=CaseState.RECOVERED, next_action="confirm_recovered")
        assert refuse(approval, maya).state == "refused"
        case = Case.objects.get(pk=approval.case_id)
        assert (case.state, case.next_action) == ("recovered", "confirm_recovered")

    def test_it_needs_a_reason_and_somebody_who_decides_such_things(self, maya):
        approval = proposed()
        with refused(actions.NoteMissing):
            refuse(approval, maya, reason=" ")
        with refused(actions.DecisionRefused, "approved by finance or a manager"):
            refuse(approval, make_user(Role.FULFILLMENT))
        with refused(actions.DecisionRefused, "You proposed it"):
            refuse(approval, approval.asked_by)

    def test_a_recovered_case_keeps_its_proposal_until_it_is_confirmed(self, maya):
        approval = proposed()
        Case.objects.filter(pk=approval.case_id).update(state=CaseState.RECOVERED)
        with refused(actions.DecisionRefused, "confirm that it recovered"):
            approve(approval, maya)
        actions.confirm_recovered(case_id=approval.case_id, by=maya, now=LATER)
        approval.refresh_from_db()
        assert approval.state == "lapsed"


@pytest.mark.django_db
class TestTakeNext:
    def test_what_waits_for_somebody_else_is_passed_over(self, maya):
        approval = proposed()
        assert actions.take_next(by=approval.asked_by, now=LATER) is None
        assert actions.take_next(by=make_user(Role.FINANCE), now=LATER) is None
        assert actions.take_next(by=maya, now=LATER, teams=[Team.FINANCE]) == approval.case

    def test_what_one_may_approve_is_next(self):
        sam = make_user()
        approval = proposed(sam, owner_team=Team.SUPPORT)
        Approval.objects.update(roles=["finance", "manager"])
        assert actions.take_next(by=make_user(Role.FINANCE), now=LATER) == approval.case


@WITH_COMMITS
class TestAtOnce:
    def test_two_second_people_approve_once(self):
        approval, people = proposed(), [make_user(Role.MANAGER) for _ in range(3)]
        results = at_once(*(lambda by=by: approve(approval, by) for by in people))
        assert sorted(type(each).__name__ for each in results) == ["CaseClosed", "CaseClosed", "Decision"]
        assert Decision.objects.filter(proposal=False).count() == 1
        assert_whole(approval.case)

    def test_a_yes_and_a_no_leave_one_of_them(self):
        approval = proposed()
        yes, no = make_user(Role.MANAGER), make_user(Role.MANAGER)
        results = at_once(lambda: approve(approval, yes), lambda: refuse(approval, no))
        approval.refresh_from_db()
        paid = Decision.objects.filter(proposal=False).count()
        assert (approval.state, paid) in {("approved", 1), ("refused", 0)}
        assert sum(isinstance(each, actions.Refused) for each in results) == 1
        assert_whole(approval.case)

    def test_an_approval_and_a_closing_leave_one_of_them(self):
        approval, maya = proposed(), make_user(Role.MANAGER)
        actions.claim_case(case_id=approval.case_id, by=maya, now=LATER)
        results = at_once(
            lambda: approve(approval, maya),
            lambda: actions.close_case(case_id=approval.case_id, reason="Done.", by=maya, now=LATER),
        )
        approval.refresh_from_db()
        assert sum(isinstance(each, actions.CaseClosed) for each in results) == 1
        assert (approval.state, Decision.objects.filter(proposal=False).count()) in {("approved", 1), ("lapsed", 0)}

    def test_an_approval_and_another_compensation_of_the_order_are_not_both_given(self):
        order = make_order(value=Decimal(900))
        approval = proposed(order=order)
        lee, maya = make_user(Role.FINANCE), make_user(Role.MANAGER)
        parcel, until = make_shipment(order=order), LATER + timedelta(hours=1)
        other = make_case(claimed_by=lee, claim_expires_at=until, shipment=parcel)
        results = at_once(
            lambda: approve(approval, maya),
            lambda: actions.decide(case_id=other.pk, kind="replacement", by=lee, now=LATER),
        )
        assert {type(each) for each in results} == {Decision, actions.AlreadyCompensated}
        assert Decision.objects.filter(proposal=False).count() == 1

    def test_two_people_proposing_at_once_leave_one_that_waits(self):
        finn = make_user(Role.FINANCE)
        case = make_case(claimed_by=finn, owner_team=Team.FINANCE)
        act = lambda: actions.decide(case_id=case.pk, kind="refund", **MUCH, note="x", by=finn, now=NOW)  # noqa: E731
        results = at_once(act, act)
        assert sorted(type(each).__name__ for each in results) == ["Decision", "DecisionRefused"]
        assert Approval.objects.filter(state="waiting").count() == 1
