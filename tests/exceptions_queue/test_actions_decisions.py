from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from exceptions_queue import actions
from exceptions_queue.models import Approval, CaseOutcome, Decision, FollowUp
from exceptions_queue.policies import due_for
from exceptions_queue.policy.situation import FindingKind, NextAction, Team
from exceptions_queue.transitions import CaseState, DecisionKind, Role
from tests.exceptions_queue.people import assert_whole, at_once, history, publish, refused
from tests.factories import NOW, make_case, make_order, make_shipment, make_user

LATER = NOW + timedelta(minutes=4)
MONEY = {"amount": Decimal("80.00"), "currency": "USD"}


def held(by, **overrides):
    return make_case(claimed_by=by, **overrides)


@pytest.mark.django_db
class TestWhatBecomesOfTheCase:
    def test_a_refund_by_finance_closes_the_case(self):
        finn = make_user(Role.FINANCE)
        case = held(finn, owner_team=Team.FINANCE)
        decision = actions.decide(
            case_id=case.pk, kind="refund", **MONEY, note=" lost ", worth_it=True, by=finn, now=NOW
        )
        assert_whole(case)
        assert (case.state, case.outcome, case.closed_by, case.closed_at) == ("closed", CaseOutcome.DECIDED, finn, NOW)
        assert (case.claimed_by, case.worth_it) == (None, True)
        assert (decision.amount, decision.currency, decision.note) == (Decimal("80.00"), "USD", "lost")
        assert history(case) == ["decided", "closed"]
        assert case.history.get(kind="decided").data == {
            "decision": decision.pk,
            "kind": "refund",
            "proposal": False,
            "amount": "80.00",
            "currency": "USD",
            "note": "lost",
            "override_reason": "",
        }

    def test_a_refund_by_support_is_a_proposal_that_finance_gets(self):
        sam = make_user()
        case = held(sam)
        decision = actions.decide(case_id=case.pk, kind="refund", **MONEY, note="please pay", by=sam, now=NOW)
        assert_whole(case)
        assert (case.state, case.owner_team, case.next_action) == ("open", "finance", NextAction.APPROVE)
        assert (decision.proposal, case.claimed_by) == (True, None)
        assert case.due_at == due_for(case, Team.FINANCE, NOW)
        assert history(case) == ["decided", "handed_over"]

    def test_a_replacement_by_support_is_sent_by_fulfillment(self):
        sam = make_user()
        case = held(sam)
        actions.decide(case_id=case.pk, kind="replacement", by=sam, now=NOW)
        assert_whole(case)
        assert (case.owner_team, case.next_action) == ("fulfillment", NextAction.SEND_AGAIN)

    def test_a_message_waits_for_the_customer_for_the_time_the_policy_allows(self):
        sam = make_user()
        case = held(sam)
        actions.decide(case_id=case.pk, kind="message_customer", by=sam, now=NOW)
        assert_whole(case)
        assert (case.state, case.legs.get(ended_at=None).waiting_on) == ("waiting", "customer")
        assert case.due_at == due_for(case, Team.SUPPORT, NOW)
        assert history(case) == ["decided", "waiting"]

    def test_a_wait_ends_when_the_person_says(self):
        sam = make_user()
        case = held(sam)
        actions.decide(case_id=case.pk, kind="keep_waiting", until=NOW + timedelta(days=2), by=sam, now=NOW)
        assert_whole(case)
        assert case.due_at == NOW + timedelta(days=2)

    def test_a_trace_waits_with_fulfillment_and_stands_among_the_follow_ups(self):
        sam = make_user()
        case = held(sam)
        actions.decide(case_id=case.pk, kind="open_trace", note="silent", by=sam, now=NOW)
        assert_whole(case)
        follow_up = case.follow_ups.get()
        assert (case.owner_team, case.legs.get(ended_at=None).waiting_on) == ("fulfillment", "carrier")
        assert (follow_up.kind, follow_up.assigned_to, follow_up.promised_reply_at) == ("trace", None, case.due_at)
        assert history(case) == ["decided", "waiting", "follow_up"]

    def test_not_worth_a_case_says_so_whatever_else_is_said(self):
        sam = make_user()
        case = held(sam, state=CaseState.RECOVERED)
        actions.decide(case_id=case.pk, kind="not_worth_a_case", worth_it=True, by=sam, now=NOW)
        case.refresh_from_db()
        assert (case.state, case.worth_it) == ("closed", False)


@pytest.mark.django_db
class TestRefusals:
    def test_a_case_nobody_holds_must_be_claimed_first(self):
        case = make_case()
        with refused(actions.DecisionRefused, "Take the case first"):
            actions.decide(case_id=case.pk, kind="keep_waiting", by=make_user(), now=NOW)

    def test_a_lease_that_is_over_holds_nothing(self):
        case = held(sam := make_user())
        with refused(actions.DecisionRefused, "Take the case first"):
            actions.decide(case_id=case.pk, kind="keep_waiting", by=sam, now=NOW + timedelta(minutes=11))

    def test_somebody_elses_case_is_refused(self):
        case = held(make_user())
        with refused(actions.DecisionRefused, "Somebody else"):
            actions.decide(case_id=case.pk, kind="keep_waiting", by=make_user(), now=NOW)

    def test_a_role_that_may_not_decide_it_is_refused(self):
        case = held(farah := make_user(Role.FULFILLMENT), owner_team=Team.FULFILLMENT)
        with refused(actions.DecisionRefused, "decided by finance"):
            actions.decide(case_id=case.pk, kind="write_off", **MONEY, by=farah, now=NOW)

    def test_a_decision_that_does_not_fit_the_trouble_is_refused(self):
        case = held(farah := make_user(Role.FULFILLMENT), owner_team=Team.FULFILLMENT)
        with refused(actions.DecisionRefused, "does not fit"):
            actions.decide(case_id=case.pk, kind="restock", by=farah, now=NOW)

    def test_a_word_that_is_no_decision_is_refused(self):
        case = held(sam := make_user())
        with refused(actions.DecisionRefused, "no decision “dance”"):
            actions.decide(case_id=case.pk, kind="dance", by=sam, now=NOW)

    def test_a_closed_case_is_refused(self):
        case = make_case(state=CaseState.CLOSED)
        with refused(actions.CaseClosed):
            actions.decide(case_id=case.pk, kind="keep_waiting", by=make_user(), now=NOW)

    def test_a_wait_that_ends_in_the_past_is_refused(self):
        case = held(sam := make_user())
        with refused(actions.TimeIsPast):
            actions.decide(case_id=case.pk, kind="keep_waiting", until=NOW, by=sam, now=NOW)

    @pytest.mark.parametrize(
        ("amount", "currency", "says"),
        [
            (None, "USD", "needs an amount"),
            (Decimal(0), "USD", "above zero"),
            (Decimal(-5), "USD", "above zero"),
            (Decimal("NaN"), "USD", "above zero"),
            (Decimal("10.001"), "USD", "two decimals"),
            (Decimal("12345678901"), "USD", "ten digits"),
            (Decimal(10), "", "three letters"),
            (Decimal(10), "$", "three letters"),
        ],
    )
    def test_an_amount_the_ledger_cannot_keep_is_refused(self, amount, currency, says):
        case = held(finn := make_user(Role.FINANCE), owner_team=Team.FINANCE)
        with refused(actions.DecisionRefused, says):
            actions.decide(case_id=case.pk, kind="refund", amount=amount, currency=currency, by=finn, now=NOW)

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE])
    @pytest.mark.parametrize(
        ("amount", "currency", "says"),
        [
            (Decimal("80.01"), "USD", "worth USD 80.00; change the amount, or say in the note why it is more"),
            (Decimal("10.00"), "EUR", "worth USD 80.00; change the currency, or say in the note why it is EUR"),
        ],
    )
    def test_an_amount_unlike_the_order_is_refused_until_the_note_says_why(self, role, amount, currency, says):
        case = held(sam := make_user(role), owner_team=Team.FINANCE if role == Role.FINANCE else Team.SUPPORT)
        given = {"case_id": case.pk, "kind": "refund", "amount": amount, "currency": currency, "by": sam, "now": NOW}
        with refused(actions.AmountUnexplained, says):
            actions.decide(**given, note="  ")
        assert actions.decide(**given, note="With duty.").amount == amount

    def test_an_order_of_unknown_value_takes_any_amount(self):
        case = held(finn := make_user(Role.FINANCE), owner_team=Team.FINANCE)
        case.shipment.order.value = None
        case.shipment.order.save()
        given = {"amount": Decimal(200), "currency": "USD"}
        assert actions.decide(case_id=case.pk, kind="refund", **given, by=finn, now=NOW).amount == 200

    def test_an_amount_where_none_belongs_is_refused(self):
        case = held(sam := make_user())
        with refused(actions.DecisionRefused, "takes no amount"):
            actions.decide(case_id=case.pk, kind="keep_waiting", **MONEY, by=sam, now=NOW)

    def test_a_currency_alone_is_left_out(self):
        case = held(sam := make_user())
        decision = actions.decide(case_id=case.pk, kind="keep_waiting", currency="USD", by=sam, now=NOW)
        assert (decision.amount, decision.currency) == (None, "")

    def test_the_same_decision_again_is_refused_because_the_case_was_let_go(self):
        case = held(sam := make_user())
        actions.decide(case_id=case.pk, kind="keep_waiting", by=sam, now=NOW)
        with refused(actions.DecisionRefused, "Take the case first"):
            actions.decide(case_id=case.pk, kind="keep_waiting", by=sam, now=NOW)


@pytest.mark.django_db
class TestLimits:
    def over(self, role, amount):
        case = held(by := make_user(role), owner_team=Team.FINANCE)
        return {
            "case_id": case.pk,
            "kind": "refund",
            "amount": Decimal(amount),
            "currency": "USD",
            "note": "With shipping and duty.",
            "by": by,
            "now": NOW,
        }

    def test_the_limit_itself_may_be_decided(self):
        assert actions.decide(**self.over(Role.FINANCE, "500.00")).pk

    def test_more_than_the_limit_is_a_proposal_for_a_second_person(self):
        decision = actions.decide(**self.over(Role.FINANCE, "500.01"))
        case = decision.case
        assert_whole(case)
        assert (decision.proposal, case.state, case.claimed_by) == (True, "open", None)
        assert (case.owner_team, case.next_action) == ("finance", NextAction.APPROVE)
        assert Approval.objects.get().roles == ["manager"]

    @pytest.mark.parametrize("currency", ["KWD", "JPY"])
    def test_a_limit_says_nothing_about_a_currency_it_does_not_name(self, currency):
        assert actions.decide(**self.over(Role.FINANCE, "1.00") | {"currency": currency}).proposal
        assert not actions.decide(**self.over(Role.MANAGER, "1.00") | {"currency": currency}).proposal

    def test_what_the_policy_lets_nobody_decide_is_refused(self):
        over = self.over(Role.FINANCE, "900.00")
        publish(limits={"finance": 100, "manager": 800})
        with refused(actions.OverLimit, r"lets nobody decide USD 900\.00"):
            actions.decide(**over)

    def test_a_role_without_limit_may_decide_more(self):
        assert actions.decide(**self.over(Role.MANAGER, "500.01")).pk

    def test_a_proposal_gives_nothing_and_has_no_limit(self):
        assert actions.decide(**self.over(Role.SUPPORT, "500.01")).proposal

    def test_the_policy_in_force_counts_and_not_the_one_that_judged_the_case(self):
        over = self.over(Role.FINANCE, "400.00")
        publish(limits={"finance": 100, "manager": None})
        assert actions.decide(**over).proposal


@pytest.mark.django_db
class TestCompensatedOnce:
    def two_parcels(self, by, **overrides):
        order = make_order()
        return [held(by, owner_team=Team.FINANCE, shipment=make_shipment(order=order), **overrides) for _ in range(2)]

    def test_a_second_compensation_of_one_order_is_refused_and_names_the_first(self):
        finn = make_user(Role.FINANCE, first_name="Finn", last_name="O")
        first, second = self.two_parcels(finn)
        actions.decide(case_id=first.pk, kind="refund", **MONEY, by=finn, now=NOW)
        with refused(actions.AlreadyCompensated, rf"“Refund” from Finn O on 4 March \(case {first.pk}\)"):
            actions.decide(case_id=second.pk, kind="replacement", by=finn, now=LATER)

    def test_a_reason_overrides_and_is_kept(self):
        finn = make_user(Role.FINANCE)
        first, second = self.two_parcels(finn)
        actions.decide(case_id=first.pk, kind="refund", **MONEY, by=finn, now=NOW)
        decision = actions.decide(
            case_id=second.pk, kind="replacement", override_reason=" both lost ", by=finn, now=LATER
        )
        assert decision.override_reason == "both lost"

    def test_a_reason_nobody_asked_for_is_not_kept(self):
        finn = make_user(Role.FINANCE)
        first, _ = self.two_parcels(finn)
        decision = actions.decide(case_id=first.pk, kind="refund", **MONEY, override_reason="x", by=finn, now=NOW)
        assert decision.override_reason == ""

    def test_a_proposal_does_not_stop_what_it_proposes(self):
        sam, finn = make_user(), make_user(Role.FINANCE)
        case = held(sam)
        actions.decide(case_id=case.pk, kind="refund", **MONEY, by=sam, now=NOW)
        actions.claim_case(case_id=case.pk, by=finn, now=LATER)
        assert not actions.decide(case_id=case.pk, kind="refund", **MONEY, by=finn, now=LATER).proposal

    def test_another_order_and_a_wait_are_not_stopped(self):
        finn = make_user(Role.FINANCE)
        first, second = self.two_parcels(finn)
        actions.decide(case_id=first.pk, kind="refund", **MONEY, by=finn, now=NOW)
        assert actions.decide(case_id=second.pk, kind="keep_waiting", by=finn, now=LATER).pk
        assert actions.decide(case_id=held(finn).pk, kind="refund", **MONEY, by=finn, now=LATER).pk

    def test_parcels_without_an_order_stand_alone(self):
        finn = make_user(Role.FINANCE)
        for _ in range(2):
            case = held(finn, shipment=make_shipment(order=None))
            actions.decide(case_id=case.pk, kind="refund", **MONEY, by=finn, now=NOW)
        assert Decision.objects.count() == 2


@pytest.mark.django_db
class TestWhatIsKept:
    def test_the_database_refuses_to_change_or_lose_a_decision(self):
        case = held(sam := make_user())
        decision = actions.decide(case_id=case.pk, kind="keep_waiting", by=sam, now=NOW)
        for change in (lambda: Decision.objects.update(note="else"), lambda: decision.delete()):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change()

    def test_the_evidence_is_from_before_the_decision(self):
        case = held(sam := make_user())
        decision = actions.decide(case_id=case.pk, kind="open_trace", by=sam, now=NOW)
        assert decision.evidence["case"]["owner_team"] == "Support"
        assert decision.evidence["decisions"] == []

    def test_a_trace_that_runs_is_not_opened_twice(self):
        sam = make_user()
        case = held(sam)
        actions.decide(case_id=case.pk, kind="open_trace", by=sam, now=NOW)
        farah = make_user(Role.FULFILLMENT)
        actions.claim_case(case_id=case.pk, by=farah, now=LATER)
        actions.decide(case_id=case.pk, kind="open_trace", by=farah, now=LATER)
        assert FollowUp.objects.count() == 1


@pytest.mark.django_db
class TestEndings:
    def test_a_recovered_case_is_closed_with_one_word(self):
        case, sam = make_case(state=CaseState.RECOVERED), make_user()
        actions.confirm_recovered(case_id=case.pk, worth_it=True, by=sam, now=NOW)
        assert_whole(case)
        assert (case.state, case.outcome, case.closed_by, case.worth_it) == ("closed", "confirmed_recovered", sam, True)
        assert history(case) == ["closed"]

    def test_confirming_twice_is_refused_the_second_time(self):
        case, sam = make_case(state=CaseState.RECOVERED), make_user(first_name="Sam", last_name="R")
        actions.confirm_recovered(case_id=case.pk, by=sam, now=NOW)
        with refused(actions.CaseClosed, "closed by Sam R"):
            actions.confirm_recovered(case_id=case.pk, by=sam, now=NOW)

    def test_a_case_still_in_trouble_cannot_be_confirmed(self):
        case = make_case()
        with refused(actions.NotNow):
            actions.confirm_recovered(case_id=case.pk, by=make_user(), now=NOW)

    def test_another_teams_or_anothers_recovered_case_is_refused(self):
        case = make_case(state=CaseState.RECOVERED, claimed_by=make_user())
        with refused(actions.NotYourTeam):
            actions.confirm_recovered(case_id=case.pk, by=make_user(Role.FINANCE), now=NOW)
        with refused(actions.ClaimedByOther):
            actions.confirm_recovered(case_id=case.pk, by=make_user(), now=NOW)

    def test_work_that_is_done_is_closed_with_a_sentence(self):
        case = held(farah := make_user(Role.FULFILLMENT), owner_team=Team.FULFILLMENT)
        actions.close_case(case_id=case.pk, reason=" sent again ", worth_it=True, by=farah, now=NOW)
        assert_whole(case)
        assert (case.state, case.outcome, case.worth_it) == ("closed", "decided", True)
        assert case.history.get(kind="closed").data["reason"] == "sent again"

    def test_closing_needs_the_claim_and_a_sentence(self):
        farah = make_user(Role.FULFILLMENT)
        free, mine = make_case(), held(farah)
        with refused(actions.NotClaimed):
            actions.close_case(case_id=free.pk, reason="done", by=farah, now=NOW)
        with refused(actions.NoteMissing):
            actions.close_case(case_id=mine.pk, reason=" ", by=farah, now=NOW)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("order", [make_order, lambda: None], ids=["with an order", "without an order"])
    def test_a_person_deciding_twice_at_once_decides_once(self, order):
        case = held(sam := make_user(), shipment=make_shipment(order=order()))
        act = lambda: actions.decide(case_id=case.pk, kind="message_customer", by=sam, now=NOW)  # noqa: E731
        results = at_once(act, act, act)
        assert [type(each) for each in results].count(Decision) == 1
        assert [type(each) for each in results].count(actions.DecisionRefused) == 2
        assert Decision.objects.count() == 1
        assert_whole(case)

    def test_two_parcels_of_one_order_are_not_both_refunded_at_once(self):
        order, finn = make_order(), make_user(Role.FINANCE)
        cases = [held(finn, shipment=make_shipment(order=order)) for _ in range(2)]
        acts = [
            lambda case=case: actions.decide(case_id=case.pk, kind="refund", **MONEY, by=finn, now=NOW)
            for case in cases
        ]
        results = at_once(*acts)
        assert {type(each) for each in results} == {Decision, actions.AlreadyCompensated}
        assert Decision.objects.count() == 1

    def test_a_take_over_and_a_decision_leave_one_of_them_refused(self):
        sam, sue = make_user(), make_user()
        case = held(sam, headline=FindingKind.LOST)
        decided, _ = at_once(
            lambda: actions.decide(case_id=case.pk, kind=DecisionKind.KEEP_WAITING, by=sam, now=NOW),
            lambda: actions.take_over_case(case_id=case.pk, by=sue, now=NOW),
        )
        assert Decision.objects.count() == isinstance(decided, Decision)
        assert_whole(case)
