"""Versions of the policy: each verb's success, each refusal with nothing written, two people at once, the guards."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from exceptions_queue import actions
from exceptions_queue.models import Observation, PolicyEvent, PolicyState, PolicyVersion
from exceptions_queue.policy.clauses import clause_of, input_name, normal
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import at_once
from tests.factories import NOW, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    make_policy()
    return make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (PolicyVersion, PolicyEvent, Observation)]


@contextmanager
def refused(error, says=""):
    before = everything()
    with pytest.raises(error, match=says or None):
        yield
    assert everything() == before


def told(version):
    return list(PolicyEvent.objects.filter(version=version).order_by("id").values_list("kind", flat=True))


def observe(version, **overrides):
    values = {
        "shipment": make_shipment(),
        "policy": version,
        "mode": "shadow",
        "findings": ["stalled"],
        "level": "case",
        "score": 30,
        "team": "fulfillment",
        "summary": "Silent.",
        "first_at": NOW,
        "last_at": NOW,
    }
    return Observation.objects.create(**values | overrides)


def test_a_draft_begins_from_the_version_in_force(owner):
    draft = actions.start_draft(by=owner, now=NOW)
    assert (draft.number, draft.state, draft.base.number, draft.created_by) == (2, "draft", 1, owner)
    assert draft.document == DEFAULT_POLICY
    assert told(draft) == ["started"]


def test_a_draft_of_an_older_format_is_written_in_todays(owner):
    older = {name: value for name, value in DEFAULT_POLICY.items() if name not in ("messages", "scope")}
    make_policy(number=7, state="retired", document={**older, "format": 1})
    draft = actions.start_draft(from_number=7, by=owner, now=NOW)
    assert draft.document["format"] == DEFAULT_POLICY["format"]
    assert draft.document["scope"] == {"carriers": [], "storefronts": [], "teams": []}


def test_only_one_draft_is_worked_on(owner):
    actions.start_draft(by=owner, now=NOW)
    with refused(actions.DraftRuns, "Version 2 is already being worked on"):
        actions.start_draft(by=owner, now=NOW)
    actions.start_shadow(number=2, by=owner, now=NOW)
    with refused(actions.DraftRuns):
        actions.start_draft(by=owner, now=NOW)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MANAGER, None])
def test_only_the_operations_owner_touches_the_policy(owner, role):
    draft = actions.start_draft(by=owner, now=NOW)
    other = make_user(role)
    for act in (actions.start_shadow, actions.stop_shadow, actions.discard_draft):
        with refused(actions.NoRole, "edited by the operations owner"):
            act(number=draft.number, by=other, now=NOW)
    for act in (actions.publish, actions.publish_again):
        with refused(actions.NoRole):
            act(number=draft.number, over=1, note="Because.", by=other, now=NOW)
    with refused(actions.NoRole):
        actions.start_draft(by=other, now=NOW)


def test_publishing_brings_a_draft_into_force_and_retires_the_one_before(owner):
    actions.start_draft(by=owner, now=NOW)
    fresh = actions.publish(number=2, over=1, note=" Fewer false alarms. ", by=owner, now=NOW)
    assert (fresh.state, fresh.note, fresh.published_at, fresh.published_by) == (
        "published", "Fewer false alarms.", NOW, owner,
    )  # fmt: skip
    assert fresh.sweep_after == 0
    assert PolicyVersion.objects.get(number=1).state == "retired"
    assert told(fresh) == ["started", "published"]
    assert told(PolicyVersion.objects.get(number=1)) == ["retired"]


def test_publishing_needs_a_reason(owner):
    actions.start_draft(by=owner, now=NOW)
    with refused(actions.WhyMissing, "Say why"):
        actions.publish(number=2, over=1, note="  ", by=owner, now=NOW)


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (1, actions.NotADraft, "Version 1 is in force"),
        (9, actions.VersionGone, "There is no version 9"),
    ],
)
def test_what_is_no_draft_is_not_published(owner, number, error, says):
    for act in (actions.start_shadow, actions.stop_shadow, actions.discard_draft):
        with refused(error, says):
            act(number=number, by=owner, now=NOW)
    with refused(error, says):
        actions.publish(number=number, over=1, note="Why not.", by=owner, now=NOW)


def test_a_draft_is_not_published_over_a_version_the_person_has_not_seen(owner):
    actions.start_draft(by=owner, now=NOW)
    actions.publish(number=2, over=1, note="One.", by=owner, now=NOW)
    actions.start_draft(by=owner, now=NOW)
    with refused(actions.PublishedMeanwhile, "Version 2 was published meanwhile by Olga Petrov"):
        actions.publish(number=3, over=1, note="Two.", by=owner, now=NOW)


def test_two_people_publish_at_once_and_one_is_told(owner):
    actions.start_draft(by=owner, now=NOW)
    other = make_user(Role.OPERATIONS)
    results = at_once(
        lambda: actions.publish(number=2, over=1, note="Mine.", by=owner, now=NOW),
        lambda: actions.publish(number=2, over=1, note="Yours.", by=other, now=NOW),
    )
    assert sorted(type(each).__name__ for each in results) == ["NotADraft", "PolicyVersion"]
    assert PolicyVersion.objects.filter(state="published").count() == 1
    assert PolicyEvent.objects.filter(kind="published").count() == 1


def test_rolling_back_publishes_the_old_document_under_a_new_number(owner):
    draft = actions.start_draft(by=owner, now=NOW)
    PolicyVersion.objects.filter(pk=draft.pk).update(document={**DEFAULT_POLICY, "name": "Another"})
    actions.publish(number=2, over=1, note="Try.", by=owner, now=NOW)
    back = actions.publish_again(number=1, over=2, note="Too many cases.", by=owner, now=NOW)
    assert (back.number, back.state, back.base.number, back.document["name"]) == (3, "published", 1, "Waypost default")
    assert back.note == "Rolled back to 1: Too many cases."
    assert PolicyEvent.objects.get(version=back).data == {"over": 2, "note": back.note, "again": 1}
    assert PolicyVersion.objects.get(number=2).state == "retired"


def test_only_a_retired_version_is_published_again(owner):
    actions.start_draft(by=owner, now=NOW)
    for number, says in ((1, "in force"), (2, "still a draft")):
        with refused(actions.NotADraft, says):
            actions.publish_again(number=number, over=1, note="Back.", by=owner, now=NOW)


def test_a_shadow_can_be_started_and_stopped_and_what_it_saw_is_cleared(owner):
    draft = actions.start_draft(by=owner, now=NOW)
    shadow = actions.start_shadow(number=2, by=owner, now=NOW)
    assert (shadow.state, shadow.shadow_at, shadow.sweep_after) == ("shadow", NOW, 0)
    seen = observe(draft)
    stopped = actions.stop_shadow(number=2, by=owner, now=NOW)
    seen.refresh_from_db()
    assert (stopped.state, stopped.sweep_after, seen.cleared_at) == ("draft", None, NOW)
    assert told(draft) == ["started", "shadow_started", "shadow_stopped"]


def test_a_discarded_draft_keeps_its_number_and_can_be_taken_up_again(owner):
    actions.start_draft(by=owner, now=NOW)
    assert actions.discard_draft(number=2, by=owner, now=NOW).state == "discarded"
    with refused(actions.NotADraft, "was discarded"):
        actions.publish(number=2, over=1, note="Still.", by=owner, now=NOW)
    again = actions.start_draft(from_number=2, by=owner, now=NOW)
    assert (again.number, again.base.number) == (3, 2)


def test_publishing_everywhere_clears_what_was_observed_outside_the_scope(owner):
    first = PolicyVersion.objects.get(number=1)
    outside = observe(first, mode="outside")
    actions.start_draft(by=owner, now=NOW)
    actions.publish(number=2, over=1, note="Everywhere.", by=owner, now=NOW)
    outside.refresh_from_db()
    assert outside.cleared_at == NOW


def test_a_document_that_cannot_be_read_is_not_published(owner):
    draft = actions.start_draft(by=owner, now=NOW)
    PolicyVersion.objects.filter(pk=draft.pk).update(document={**DEFAULT_POLICY, "name": ""})
    with refused(actions.CannotBeRead, "Version 2 cannot be used: name: '' is not a text"):
        actions.publish(number=2, over=1, note="Why not.", by=owner, now=NOW)
    with refused(actions.CannotBeRead):
        actions.start_shadow(number=2, by=owner, now=NOW)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("shadow", {"document": {}}),
        ("shadow", {"state": PolicyState.RETIRED, "published_at": NOW}),
        ("published", {"document": {}}),
        ("published", {"note": "Other words"}),
        ("published", {"state": PolicyState.DRAFT, "published_at": None}),
        ("retired", {"published_by_id": 1}),
        ("retired", {"state": PolicyState.SHADOW, "published_at": None}),
        ("discarded", {"document": {}}),
        ("discarded", {"state": PolicyState.DRAFT}),
    ],
)
def test_the_database_keeps_a_version_as_it_was(owner, state, change):
    live = {"published_at": None} if state in ("shadow", "discarded") else {}
    if state == "published":
        version = PolicyVersion.objects.get(number=1)
    else:
        version = make_policy(number=5, state=state, shadow_at=NOW, **live)
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(**change)


@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_the_policys_history(owner, statement):
    actions.start_draft(by=owner, now=NOW)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement.format("exceptions_queue_policyevent"))
    assert PolicyEvent.objects.count() == 1


def stalled(number=2):
    return clause_of(normal(PolicyVersion.objects.get(number=number).document), "rules", "stalled")


def change(by, *, number=2, key="stalled", was=None, verb="save", part="rules", **values):
    data = normal(PolicyVersion.objects.get(number=number).document)
    found = clause_of(data, part, key) or stalled(number)
    given = {input_name(field.path): field.typed for field in found.fields}
    for name, value in values.items():
        given[next(each for each in given if each.endswith(f"/{name}"))] = value
    mark = found.was if was is None else was
    return actions.change_draft(
        number=number, part=part, key=key, was=mark, verb=verb, given=given, by=by, now=NOW
    )  # fmt: skip


def test_one_sentence_of_a_draft_is_changed_and_told(owner):
    actions.start_draft(by=owner, now=NOW)
    changed = change(owner, days="4")
    assert [each.sentence for each in changed] == ["Stalled: 4 operating days without a physical scan, was 5."]
    assert PolicyVersion.objects.get(number=2).document["detectors"]["stalled"]["days"] == 4
    assert PolicyVersion.objects.get(number=1).document == DEFAULT_POLICY
    edit = PolicyEvent.objects.get(kind="edited")
    assert (edit.by, edit.data) == (owner, {"changes": [changed[0].sentence]})


def test_saving_the_same_writes_nothing(owner):
    actions.start_draft(by=owner, now=NOW)
    before = everything()
    assert change(owner) == ()
    assert everything() == before


def test_a_sentence_somebody_else_changed_is_shown_first(owner):
    actions.start_draft(by=owner, now=NOW)
    mark = stalled().was
    change(owner, days="4")
    with refused(actions.ChangedMeanwhile, "Somebody changed this sentence meanwhile"):
        change(owner, was=mark, days="5")


def test_what_cannot_be_typed_is_refused_by_its_place(owner):
    actions.start_draft(by=owner, now=NOW)
    with refused(PolicyError, r"detectors\.stalled\.days: 'many' is not a number"):
        change(owner, days="many")


@pytest.mark.parametrize(
    ("verb", "key"), [("remove", "stalled::ground"), ("switch", "stalled"), ("up", "stalled::ground")]
)
def test_a_sentence_is_taken_out_moved_and_switched(owner, verb, key):
    actions.start_draft(by=owner, now=NOW)
    changed = change(owner, verb=verb, key=key)
    assert len(changed) == 1
    assert PolicyEvent.objects.filter(kind="edited").count() == 1


def test_a_published_or_shadowed_document_is_not_edited(owner):
    actions.start_draft(by=owner, now=NOW)
    with refused(actions.NotADraft, "Version 1 is in force"):
        change(owner, number=1, days="4")
    actions.start_shadow(number=2, by=owner, now=NOW)
    with refused(actions.NotADraft, "stop the shadow first"):
        change(owner, days="4")


def test_a_sentence_that_is_gone_is_not_changed(owner):
    actions.start_draft(by=owner, now=NOW)
    with refused(actions.SentenceGone):
        change(owner, key="stalled:nobody:")


def test_a_detector_the_draft_lacks_is_added_as_shipped(owner):
    draft = actions.start_draft(by=owner, now=NOW)
    lacking = {**DEFAULT_POLICY, "detectors": {**DEFAULT_POLICY["detectors"]}}
    del lacking["detectors"]["lost"]
    PolicyVersion.objects.filter(pk=draft.pk).update(document=lacking)
    changed = actions.look_for(number=2, kind="lost", by=owner, now=NOW)
    assert changed[0].sentence.startswith("Lost: added")
    with refused(actions.SentenceGone):
        actions.look_for(number=2, kind="boredom", by=owner, now=NOW)


def test_the_scope_becomes_wider_in_a_draft_of_its_own(owner):
    narrow = {**DEFAULT_POLICY, "scope": {"carriers": ["ups"], "storefronts": [], "teams": []}}
    make_policy(number=2, state="draft", document=narrow)
    actions.publish(number=2, over=1, note="First week.", by=owner, now=NOW)
    draft, changed = actions.widen_scope(carrier="fedex", storefront="main", by=owner, now=NOW)
    assert draft.document["scope"] == {"carriers": ["ups", "fedex"], "storefronts": [], "teams": []}
    assert [each.sentence for each in changed] == ["Scope: carriers now with FedEx."]
    with refused(actions.NothingWider, "version 3"):
        actions.widen_scope(carrier="fedex", by=owner, now=NOW)
    assert PolicyVersion.objects.published().document["scope"]["carriers"] == ["ups"]


def test_the_scope_is_not_widened_by_an_agent(owner):
    with refused(actions.NoRole):
        actions.widen_scope(carrier="fedex", by=make_user(Role.SUPPORT), now=NOW)
