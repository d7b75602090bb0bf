"""Outside the scope and in shadow: judged like everything else, observed and not opened, promoted by one act."""

import copy
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.models import Case, CaseEvent, Observation, PolicyEvent, PolicyVersion
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import CaseState, Role
from exceptions_queue.triage import sweep_policy, triage_due
from exceptions_queue.triage.promote import ObservationGone, open_observed_case
from shipments.facts import State
from shipments.models import Shipment
from tests.factories import NOW, make_case, make_order, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


DELIVERED = {"state": State.DELIVERED, "last_known_state": State.DELIVERED, "delivered_at": NOW}


@pytest.fixture
def owner():
    make_policy()
    return make_user(Role.OPERATIONS)


def document(scope=None, **figures):
    data = copy.deepcopy(DEFAULT_POLICY)
    data["scope"] |= scope or {}
    data["detectors"]["stalled"] |= figures
    return data


def put_in_force(owner, data):
    draft = actions.start_draft(by=owner, now=NOW)
    PolicyVersion.objects.filter(pk=draft.pk).update(document=data)
    over = PolicyVersion.objects.published().number
    return actions.publish(number=draft.number, over=over, note="A test.", by=owner, now=NOW)


def put_in_shadow(owner, data):
    draft = actions.start_draft(by=owner, now=NOW)
    PolicyVersion.objects.filter(pk=draft.pk).update(document=data)
    return actions.start_shadow(number=draft.number, by=owner, now=NOW)


def attempted(carrier="ups", storefront="main", **overrides):
    order = make_order(storefront=storefront)
    values = {"carrier": carrier, "order": order, "state": State.ATTEMPTED, "review_due_at": NOW}
    return make_shipment(**values | overrides)


def silent(days, **overrides):
    """Save a parcel scanned last so many days ago and promised in three days."""
    last = NOW - timedelta(days=days)
    values = {"last_physical_at": last, "last_event_at": last, "review_due_at": NOW}
    return make_shipment(promised_at=NOW + timedelta(days=3), **values | overrides)


def judge(now=NOW):
    Shipment.objects.update(review_due_at=now)
    while triage_due(now=now).judged:
        pass


def test_outside_the_scope_a_case_is_observed_and_not_opened(owner):
    policy = put_in_force(owner, document({"carriers": ["ups"], "storefronts": ["main"]}))
    inside, other_carrier, other_shop = attempted(), attempted("fedex"), attempted(storefront="outlet")
    judge()
    assert [case.shipment_id for case in Case.objects.all()] == [inside.pk]
    seen = Observation.objects.open().order_by("shipment_id")
    assert [each.shipment_id for each in seen] == [other_carrier.pk, other_shop.pk]
    first = seen[0]
    assert (first.mode, first.policy_id, first.findings, first.level) == ("outside", policy.pk, ["attempted"], "case")
    assert (first.team, first.first_at, first.last_at) == ("support", NOW, NOW)
    assert "tried to deliver" in first.summary


def test_only_the_queues_in_scope_get_cases(owner):
    put_in_force(owner, document({"teams": ["fulfillment"]}))
    attempted()
    moving = silent(8)
    judge()
    assert [case.shipment_id for case in Case.objects.all()] == [moving.pk]
    assert Observation.objects.get().team == "support"


def test_an_observation_follows_its_parcel_and_is_cleared_with_it(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    parcel = attempted("fedex")
    judge()
    later = NOW + timedelta(hours=1)
    Shipment.objects.filter(pk=parcel.pk).update(attempts=3)
    judge(later)
    seen = Observation.objects.get()
    assert (seen.first_at, seen.last_at, seen.cleared_at) == (NOW, later, None)
    assert "3 times" in seen.summary
    healed = later + timedelta(hours=1)
    Shipment.objects.filter(pk=parcel.pk).update(**DELIVERED)
    judge(healed)
    assert Observation.objects.get().cleared_at == healed
    assert Case.objects.count() == 0


def test_judging_again_observes_nothing_twice(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    attempted("fedex")
    judge()
    before = Observation.objects.values().get()
    judge()
    assert Observation.objects.values().get() == before


def test_a_case_that_is_open_goes_on_when_the_scope_becomes_narrower(owner):
    attempted("fedex")
    judge()
    case = Case.objects.get()
    put_in_force(owner, document({"carriers": ["ups"]}))
    Shipment.objects.update(attempts=3)
    judge(NOW + timedelta(hours=1))
    case.refresh_from_db()
    assert "3 times" in case.summary
    assert Observation.objects.count() == 0


def test_a_wider_scope_opens_what_was_observed(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    parcel = attempted("fedex")
    judge()
    put_in_force(owner, document({"carriers": ["ups", "fedex"]}))
    judge(NOW + timedelta(minutes=1))
    assert Case.objects.get().shipment_id == parcel.pk
    assert Observation.objects.get().cleared_at == NOW + timedelta(minutes=1)


def test_a_draft_in_shadow_sees_what_it_would_open_and_opens_nothing(owner):
    shadow = put_in_shadow(owner, document(days={"default": 9}))
    both, quiet_only = attempted(), silent(5)
    judge()
    assert {case.shipment_id for case in Case.objects.all()} == {both.pk, quiet_only.pk}
    seen = Observation.objects.get()
    assert (seen.shipment_id, seen.mode, seen.policy_id, seen.level) == (both.pk, "shadow", shadow.pk, "case")
    assert {case.policy.number for case in Case.objects.all()} == {1}


def test_a_stricter_draft_sees_what_live_does_not_open_yet(owner):
    put_in_shadow(owner, document(days={"default": 1}))
    parcel = silent(2)
    judge()
    assert Case.objects.count() == 0
    assert Observation.objects.get().shipment_id == parcel.pk


def test_a_parcel_is_looked_at_again_when_the_draft_would_have_news(owner):
    parcel = silent(1)
    judge()
    parcel.refresh_from_db()
    live = parcel.review_due_at
    put_in_shadow(owner, document(days={"default": 2}))
    judge()
    parcel.refresh_from_db()
    assert NOW < parcel.review_due_at < live


def test_a_draft_that_cannot_judge_does_not_disturb_the_live_policy(owner, monkeypatch):
    from exceptions_queue.triage import judge as judging

    shadow = put_in_shadow(owner, document(days={"default": 9}))
    policy = judging._parsed(shadow.pk, shadow.shadow_at)
    assess = judging.assess

    def stumbling(situation, asked, *rest):
        if asked is policy:
            raise ZeroDivisionError
        return assess(situation, asked, *rest)

    monkeypatch.setattr(judging, "assess", stumbling)
    attempted()
    judge()
    assert Case.objects.count() == 1
    assert Observation.objects.count() == 0
    assert Shipment.objects.get().unjudged_reason == ""


def test_a_shadow_costs_the_same_few_statements_for_any_number_of_parcels(owner):
    def statements(parcels):
        for _ in range(parcels):
            attempted("fedex")
        with CaptureQueriesContext(connection) as queries:
            triage_due(now=NOW)
        return len(queries)

    judge()
    bare = statements(3)
    put_in_force(owner, document({"carriers": ["ups"]}))
    put_in_shadow(owner, document(days={"default": 9}))
    judge()
    few = statements(3)
    assert statements(40) == few
    assert few <= bare + 2


def test_an_observed_case_is_opened_by_one_act(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    attempted("fedex")
    judge()
    seen = Observation.objects.get()
    later = NOW + timedelta(days=1)
    case = open_observed_case(observation_id=seen.pk, by=owner, now=later)
    assert (case.headline, case.state, case.owner_team) == ("attempted", CaseState.OPEN, "support")
    assert case.due_at > later, "the clock starts with the case, not with the observation"
    assert [(line.kind, line.by) for line in CaseEvent.objects.order_by("id")] == [("opened", None), ("note", owner)]
    assert PolicyEvent.objects.filter(kind="opened").get().data == {"case": case.pk, "shipment": seen.shipment_id}
    assert Observation.objects.open().count() == 0
    judge(later + timedelta(minutes=1))
    assert Case.objects.active().count() == 1


def test_what_healed_meanwhile_is_not_opened(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    parcel = attempted("fedex")
    judge()
    seen = Observation.objects.get()
    Shipment.objects.filter(pk=parcel.pk).update(**DELIVERED)
    with pytest.raises(ObservationGone, match="Nothing is wrong"):
        open_observed_case(observation_id=seen.pk, by=owner, now=NOW)
    Observation.objects.update(cleared_at=NOW)
    with pytest.raises(ObservationGone, match="not observed any more"):
        open_observed_case(observation_id=seen.pk, by=owner, now=NOW)
    assert (Case.objects.count(), PolicyEvent.objects.filter(kind="opened").count()) == (0, 0)


def test_an_agent_does_not_open_observed_cases(owner):
    put_in_force(owner, document({"carriers": ["ups"]}))
    attempted("fedex")
    judge()
    with pytest.raises(actions.NoRole):
        open_observed_case(observation_id=Observation.objects.get().pk, by=make_user(Role.SUPPORT), now=NOW)
    assert Case.objects.count() == 0


def test_a_new_policy_looks_at_every_open_parcel_slice_by_slice(owner):
    later = NOW + timedelta(days=5)
    running = [make_shipment(review_due_at=later) for _ in range(3)]
    ended = make_shipment(state=State.DELIVERED, review_due_at=None)
    with_case = make_case(shipment=make_shipment(state=State.DELIVERED, review_due_at=None)).shipment
    put_in_force(owner, document(days={"default": 2}))
    looked_at = []
    while found := sweep_policy(now=NOW, limit=2):
        looked_at.append(found)
    assert looked_at == [2, 2, 1]
    assert PolicyVersion.objects.published().sweep_after is None
    due = set(Shipment.objects.filter(review_due_at=NOW).values_list("pk", flat=True))
    assert due == {*(each.pk for each in running), with_case.pk}
    ended.refresh_from_db()
    assert ended.review_due_at is None


def test_a_new_policy_looks_at_ended_parcels_of_which_silence_can_still_be_news(owner):
    goods = {"state": State.RETURNED, "last_known_state": State.RETURNED, "state_since": NOW - timedelta(days=2)}
    make_shipment(**goods, direction="return", review_due_at=NOW)
    judge()
    assert not Case.objects.exists()
    data = document()
    data["detectors"]["refund_overdue"]["days"] = 1
    put_in_force(owner, data)
    while sweep_policy(now=NOW):
        pass
    triage_due(now=NOW)
    assert Case.objects.get().headline == "refund_overdue"


def test_what_is_due_already_keeps_its_place(owner):
    overdue = make_shipment(review_due_at=NOW - timedelta(hours=2))
    put_in_force(owner, document(days={"default": 2}))
    sweep_policy(now=NOW)
    overdue.refresh_from_db()
    assert overdue.review_due_at == NOW - timedelta(hours=2)
    assert sweep_policy(now=NOW) == 0
