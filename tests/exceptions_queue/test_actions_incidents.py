"""Incidents: offered from cases, joined, taken apart and over; one act for all their cases, and its undo."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.actions import mass
from exceptions_queue.mass_acts import UNDO_WINDOW
from exceptions_queue.models import (
    Case,
    Decision,
    FollowUp,
    Incident,
    IncidentAct,
    IncidentMember,
    IncidentStep,
    PolicyVersion,
)
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import assert_whole, history
from tests.factories import NOW, make_case, make_event, make_order, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + UNDO_WINDOW
HOUR = timedelta(hours=1)


def stuck(number: int = 10, *, location: str = "Louisville, KY, US", **overrides) -> list[Case]:
    """Save cases of parcels that were all scanned at one place last."""
    cases = [make_case(opened_at=NOW - HOUR, **overrides) for _ in range(number)]
    for case in cases:
        make_event(case.shipment, location="Chicago, IL, US", occurred_at=NOW - timedelta(days=4))
        make_event(case.shipment, location=location, occurred_at=NOW - timedelta(days=3))
    return cases


@pytest.fixture
def incident() -> Incident:
    stuck()
    actions.offer_incidents(now=NOW)
    return Incident.objects.get()


@pytest.fixture
def lead():
    return make_user(Role.MANAGER)


def work(now=NOW) -> None:
    while actions.work_on_acts(now=now):
        pass


def order(incident: Incident, kind: str, by, now=NOW, **more) -> IncidentAct:
    return actions.order_act(incident_id=incident.pk, kind=kind, by=by, now=now, **more)


def outcomes(act: IncidentAct) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in act.steps.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


class TestOfferIncidents:
    def test_many_cases_of_one_place_become_one_incident(self):
        stuck(12)
        assert actions.offer_incidents(now=NOW) == (1, 12, 0)
        incident = Incident.objects.get()
        assert str(incident) == "UPS, Louisville, KY, US: stalled"
        assert incident.members.count() == 12

    def test_too_few_stay_alone(self):
        stuck(9)
        assert actions.offer_incidents(now=NOW) == (0, 0, 0)
        assert not Incident.objects.exists()

    def test_another_pass_changes_nothing(self, incident):
        before = list(IncidentMember.objects.values())
        assert actions.offer_incidents(now=NOW) == (0, 0, 0)
        assert list(IncidentMember.objects.values()) == before

    def test_a_case_opened_later_joins(self, incident):
        stuck(1)
        later = NOW + HOUR
        assert actions.offer_incidents(now=later) == (0, 1, 0)
        incident.refresh_from_db()
        assert (incident.members.count(), incident.joined_at) == (11, later)

    def test_it_is_over_when_its_last_case_is_closed(self, incident):
        Case.objects.update(state="closed", closed_at=NOW, outcome="self_healed")
        assert actions.offer_incidents(now=NOW + HOUR) == (0, 0, 1)
        incident.refresh_from_db()
        assert (incident.closed_at, incident.closed_by) == (NOW + HOUR, None)

    def test_a_policy_from_before_incidents_offers_none(self):
        document = {name: value for name, value in DEFAULT_POLICY.items() if name != "incidents"}
        make_policy()
        PolicyVersion.objects.update(state="retired")
        make_policy(document=document)
        stuck()
        assert actions.offer_incidents(now=NOW) == (0, 0, 0)

    def test_it_needs_the_same_statements_for_one_and_for_many(self):
        def statements(number: int, location: str) -> int:
            stuck(number, location=location)
            with CaptureQueriesContext(connection) as caught:
                assert actions.offer_incidents(now=NOW).joined == number
            return len(caught)

        statements(10, "A")
        assert statements(10, "B") == statements(40, "C")

    def test_the_database_refuses_a_case_in_two_incidents(self, incident):
        member = incident.members.first()
        with pytest.raises(DatabaseError):
            IncidentMember.objects.create(incident=incident, case=member.case, joined_at=NOW)


class TestDismissIncident:
    def test_its_cases_go_their_own_way_and_are_not_put_together_again(self, incident, lead):
        actions.dismiss_incident(incident_id=incident.pk, by=lead, now=NOW)
        incident.refresh_from_db()
        assert (incident.closed_at, incident.closed_by) == (NOW, lead)
        assert actions.offer_incidents(now=NOW + HOUR) == (0, 0, 0)

    def test_a_support_agent_may_not(self, incident):
        with pytest.raises(actions.NoRole):
            actions.dismiss_incident(incident_id=incident.pk, by=make_user(Role.SUPPORT), now=NOW)
        incident.refresh_from_db()
        assert incident.closed_at is None

    def test_one_that_is_over_is_refused(self, incident, lead):
        actions.dismiss_incident(incident_id=incident.pk, by=lead, now=NOW)
        with pytest.raises(actions.IncidentOver):
            actions.dismiss_incident(incident_id=incident.pk, by=lead, now=NOW)

    def test_not_while_something_is_done_to_its_cases(self, incident, lead):
        order(incident, "note", lead, note="Hub closed by snow.")
        with pytest.raises(actions.Refused, match="right now"):
            actions.dismiss_incident(incident_id=incident.pk, by=lead, now=NOW)


class TestOrderAct:
    def test_all_open_cases_wait_at_once(self, incident, lead):
        act = order(incident, "keep_waiting", lead, until=NOW + timedelta(days=2))
        work()
        act.refresh_from_db()
        assert (outcomes(act), act.finished_at) == ({"done": 10}, NOW)
        for case in Case.objects.all():
            assert case.state == "waiting"
            assert history(case) == ["claimed", "decided", "waiting"]
            assert_whole(case)
        assert Decision.objects.filter(kind="keep_waiting", by=lead).count() == 10

    def test_what_a_cases_own_rules_refuse_is_skipped_with_its_reason(self, incident, lead):
        held, recovered, closed = Case.objects.order_by("pk")[:3]
        other = make_user(Role.SUPPORT)
        actions.claim_case(case_id=held.pk, by=other, now=NOW)
        Case.objects.filter(pk=recovered.pk).update(state="recovered")
        act = order(incident, "keep_waiting", lead, until=NOW + timedelta(days=2))
        actions.claim_case(case_id=closed.pk, by=lead, now=NOW)
        actions.close_case(case_id=closed.pk, reason="Done.", by=lead, now=NOW)
        work()
        assert outcomes(act) == {"done": 7, "skipped": 3}
        why = dict(act.steps.exclude(why="").values_list("case_id", "why"))
        assert "works on the case" in why[held.pk]
        assert "recovered" in why[recovered.pk]
        assert "closed" in why[closed.pk]
        held.refresh_from_db()
        assert (held.state, held.claimed_by) == ("open", other)
        recovered.refresh_from_db()
        assert recovered.claimed_by is None

    def test_a_case_the_person_held_before_stays_in_their_hands_when_it_is_skipped(self, incident, lead):
        mine = Case.objects.order_by("pk").first()
        actions.claim_case(case_id=mine.pk, by=lead, now=NOW)
        Case.objects.filter(pk=mine.pk).update(state="recovered")
        order(incident, "keep_waiting", lead, until=NOW + timedelta(days=2))
        work()
        mine.refresh_from_db()
        assert mine.claimed_by == lead

    def test_another_teams_cases_are_skipped(self, incident):
        Case.objects.filter(pk=Case.objects.first().pk).update(owner_team="finance")
        act = order(incident, "keep_waiting", make_user(Role.SUPPORT), until=NOW + timedelta(days=2))
        work()
        assert outcomes(act) == {"done": 9, "skipped": 1}

    def test_a_refund_takes_each_orders_own_value(self, incident, lead):
        first, without = Case.objects.order_by("pk")[:2]
        first.shipment.order.value = Decimal("12.50")
        first.shipment.order.save()
        without.shipment.order.value, without.shipment.order.currency = None, ""
        without.shipment.order.save()
        act = order(incident, "refund", lead)
        work()
        assert not Decision.objects.exists()  # it can still be undone
        work(LATER)
        assert outcomes(act) == {"done": 9, "skipped": 1}
        amounts = Decision.objects.filter(kind="refund").values_list("case_id", "amount", "currency")
        assert (first.pk, Decimal("12.50"), "USD") in amounts
        assert act.steps.get(case=without).why == "The value of its order is not known."

    def test_two_parcels_of_one_order_are_not_refunded_twice(self, lead):
        order_of_two = make_order()
        for case in stuck(10):
            case.shipment.order = order_of_two
            case.shipment.save()
        actions.offer_incidents(now=NOW)
        act = order(Incident.objects.get(), "refund", lead)
        work(LATER)
        assert outcomes(act) == {"done": 1, "skipped": 9}

    def test_a_hand_over_and_a_note_reach_every_case(self, incident, lead):
        order(incident, "note", lead, note="Hub closed by snow.")
        work()
        order(incident, "hand_over", lead, to_team="fulfillment", note="Ask UPS about the hub.")
        work(LATER)
        assert set(Case.objects.values_list("owner_team", flat=True)) == {"fulfillment"}
        assert {"note", "handed_over"} <= set(history(Case.objects.first()))

    @pytest.mark.parametrize(
        ("kind", "more", "refusal"),
        [
            ("message_customer", {}, actions.NoteMissing),
            ("keep_waiting", {}, actions.TimeIsPast),
            ("keep_waiting", {"until": NOW}, actions.TimeIsPast),
            ("hand_over", {"note": "x", "to_team": "nobody"}, actions.Refused),
        ],
    )
    def test_what_it_needs_is_asked_for_and_nothing_is_written(self, incident, lead, kind, more, refusal):
        with pytest.raises(refusal):
            order(incident, kind, lead, **more)
        assert not IncidentAct.objects.exists()
        assert not IncidentStep.objects.exists()

    def test_a_role_that_may_not_decide_it_is_refused(self, incident):
        with pytest.raises(actions.NoRole):
            order(incident, "message_customer", make_user(Role.OPERATIONS), note="Sorry.")
        with pytest.raises(actions.NoRole):
            order(incident, "note", make_user(None), note="Sorry.")
        assert not IncidentAct.objects.exists()

    def test_two_acts_do_not_run_at_once(self, incident, lead):
        order(incident, "note", lead, note="One.")
        with pytest.raises(actions.ActRuns):
            order(incident, "note", lead, note="Two.")
        assert IncidentAct.objects.count() == 1

    def test_an_incident_without_an_open_case_takes_none(self, incident, lead):
        Case.objects.update(state="closed", closed_at=NOW, outcome="self_healed")
        with pytest.raises(actions.Refused, match="None of its cases"):
            order(incident, "note", lead, note="Late.")
        assert not IncidentAct.objects.exists()


class TestUndoAct:
    def test_what_has_not_begun_leaves_nothing_behind(self, incident, lead):
        act = order(incident, "refund", lead)
        actions.undo_act(act_id=act.pk, by=lead, now=LATER - timedelta(seconds=1))
        work(LATER)
        act.refresh_from_db()
        assert (outcomes(act), act.finished_at is not None) == ({"undone": 10}, True)
        assert not Decision.objects.exists()
        assert all(history(case) == [] for case in Case.objects.all())

    def test_money_is_not_undone_once_it_has_begun(self, incident, lead):
        act = order(incident, "refund", lead)
        work(LATER)
        with pytest.raises(actions.NotUndoable):
            actions.undo_act(act_id=act.pk, by=lead, now=LATER)
        assert outcomes(act) == {"done": 10}

    def test_a_wait_is_taken_back_where_the_case_still_waits(self, incident, lead):
        act = order(incident, "keep_waiting", lead, until=NOW + timedelta(days=2))
        work()
        moved_on = Case.objects.order_by("pk").first()
        actions.wake_case(case_id=moved_on.pk, by=lead, now=NOW + HOUR)
        actions.undo_act(act_id=act.pk, by=lead, now=NOW + 2 * HOUR)
        work(NOW + 2 * HOUR)
        act.refresh_from_db()
        assert outcomes(act) == {"undone": 9, "kept": 1}
        assert act.steps.get(case=moved_on).why == "Somebody has worked on it since."
        assert set(Case.objects.values_list("state", flat=True)) == {"open"}
        for case in Case.objects.all():
            assert_whole(case)

    def test_it_is_undone_once(self, incident, lead):
        act = order(incident, "refund", lead)
        actions.undo_act(act_id=act.pk, by=lead, now=NOW)
        with pytest.raises(actions.NotUndoable):
            actions.undo_act(act_id=act.pk, by=lead, now=NOW)

    def test_who_may_not_decide_it_may_not_undo_it(self, incident, lead):
        act = order(incident, "replacement", lead)
        with pytest.raises(actions.NoRole):
            actions.undo_act(act_id=act.pk, by=make_user(Role.OPERATIONS), now=NOW)
        act.refresh_from_db()
        assert act.undone_at is None


class TestWorkers:
    def test_a_worker_that_died_after_its_action_leaves_one_decision(self, incident, lead, monkeypatch):
        act = order(incident, "open_trace", lead)

        def die(**_):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr(mass, "_finish", die)
            with pytest.raises(KeyboardInterrupt):
                actions.work_on_acts(now=LATER)
        assert Decision.objects.count() == 1
        work(LATER + mass.LEASE)
        assert outcomes(act) == {"done": 10}
        assert Decision.objects.count() == FollowUp.objects.count() == 10

    def test_steps_of_a_worker_at_work_are_left_to_it(self, incident, lead):
        order(incident, "note", lead, note="Hub closed.")
        assert len(mass._take_steps(now=NOW, limit=4)) == 4
        assert len(mass._take_steps(now=NOW, limit=99)) == 6
        assert mass._take_steps(now=NOW + mass.LEASE - timedelta(seconds=1), limit=99) == []
        assert len(mass._take_steps(now=NOW + mass.LEASE, limit=99)) == 10


def test_the_order_of_a_parcel_does_not_matter_for_its_place():
    parcel = make_shipment()
    make_event(parcel, location="", occurred_at=NOW)
    make_event(parcel, location="Memphis, TN", occurred_at=NOW - HOUR)
    make_case(shipment=parcel, opened_at=NOW - HOUR)
    stuck(9, location="Memphis, TN")
    assert actions.offer_incidents(now=NOW).joined == 10
