"""Meanings drafted, published, carried into history and taken back; refused, nothing is written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection

from carriers.accounts import ensure_account
from carriers.codebook import drafts, publishing, rereading
from carriers.codebook.drafts import Drafted, Meant, NotInVocabulary, NotOperations, draft_codes, drop_drafts
from carriers.codebook.preview import look_ahead
from carriers.codebook.publishing import publish, undo
from carriers.codebook.rereading import Step, reread_history
from carriers.codebook.seeding import seed_mappings
from carriers.codes import text_key
from carriers.inbox import NewMessage, drain, receive_many
from carriers.models import CodeChange, CodeDraft, CodeMapping, CodePublication, HeardCode, Rereading
from exceptions_queue.models import Case
from exceptions_queue.triage import triage_due
from shipments import rereading as events
from shipments.models import EventReading, Shipment, TrackingEvent
from tests.factories import make_policy, make_user

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
DELIVERED = Meant("delivered")
WATCHED = (CodeDraft, CodePublication, CodeChange, CodeMapping, Rereading, EventReading)


def activity(kind: str, code: str, hours: float, words: str = "Some words") -> dict:
    at = NOW - timedelta(hours=hours)
    status = {"type": kind, "code": code, "description": words}
    return {"status": status, "gmtDate": f"{at:%Y%m%d}", "gmtTime": f"{at:%H:%M:%S}", "location": {}}


def ups(number: str, *activities: dict) -> bytes:
    package = {"trackingNumber": number, "activity": list(activities)}
    return json.dumps({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}).encode()


def hear(*bodies: bytes) -> None:
    account = ensure_account(source="ups", name="shop")
    receive_many(messages=[NewMessage(account.pk, "ups", NOW, body) for body in bodies], now=NOW)
    while drain(now=NOW).taken:
        pass


def told(number: str, *, hours: float = 2, words: str = "Handed to the receiver") -> bytes:
    """Return a parcel that moved, and then told something nobody knows."""
    return ups(number, activity("I", "DP", hours + 48), activity("X", "QQ", hours, words))


@pytest.fixture
def ada():
    return make_user("operations", first_name="Ada", last_name="Marsh")


def drafted(by, meant: Meant | None = DELIVERED, *codes: tuple[str, str]) -> str:
    """Draft a meaning and return the fingerprint its preview has."""
    draft_codes(codes=codes or [("ups", "X:QQ")], meant=meant, by=by, now=NOW)
    return drafts.fingerprint(CodeDraft.objects.filter(by=by))


def published(by, meant: Meant | None = DELIVERED, *codes: tuple[str, str]) -> CodePublication:
    return publish(by=by, note="The carrier told us.", seen=drafted(by, meant, *codes), now=NOW)


def carry() -> list[Step]:
    steps = []
    while (step := reread_history(now=NOW)).publication:
        steps.append(step)
    return steps


def state_of(number: str) -> str:
    return Shipment.objects.get(tracking_number=number).state


@contextmanager
def refused(error: type[Exception], says: str) -> Iterator[None]:
    def everything():
        return [list(model.objects.order_by("pk").values()) for model in WATCHED]

    before = everything()
    with pytest.raises(error, match=says) as caught:
        yield
    assert caught.type is error
    assert everything() == before


class TestHearing:
    def test_each_spelling_is_counted_once_an_event_and_says_who_answers(self):
        hear(told("1Z1"), told("1Z2"), told("1Z1"))
        unknown = HeardCode.objects.get(code="X:QQ")
        known = HeardCode.objects.get(code="I:DP")
        assert (unknown.system, unknown.hits, unknown.answered_by) == ("ups", 2, "")
        assert (known.hits, known.answered_by) == (2, "I:DP")
        assert TrackingEvent.objects.filter(heard_as=unknown.pk, mapped=False).count() == 2

    def test_hits_add_up_over_batches(self):
        hear(told("1Z1"))
        hear(told("1Z2"), told("1Z3", words="Other words"))
        assert HeardCode.objects.get(code="X:QQ").hits == 3

    def test_a_scan_without_a_code_is_heard_by_its_words(self):
        nameless = {**activity("", "", 2, "Handed over. "), "status": {"description": "Handed  over."}}
        hear(ups("1Z1", nameless))
        assert HeardCode.objects.get().code == text_key("handed over")


class TestDraft:
    def test_it_is_kept_with_the_row_it_was_written_against(self, ada):
        assert draft_codes(codes=[("ups", "I:DP")], meant=DELIVERED, by=ada, now=NOW) == Drafted(1, 0)
        draft = CodeDraft.objects.get()
        assert (draft.state, draft.before["state"], draft.description) == (
            "delivered",
            "in_transit",
            draft.before["description"],
        )

    def test_written_again_it_is_replaced(self, ada):
        drafted(ada)
        drafted(ada, Meant("lost", "lost"))
        assert CodeDraft.objects.get().state == "lost"

    def test_a_meaning_the_code_has_already_leaves_the_draft(self, ada):
        present = CodeMapping.objects.get(system="ups", code="I:DP")
        drafted(ada, DELIVERED, ("ups", "I:DP"))
        same = Meant(present.state, present.reason, present.physical, present.action_required)
        assert draft_codes(codes=[("ups", "I:DP")], meant=same, by=ada, now=NOW) == Drafted(0, 1)
        assert not CodeDraft.objects.exists()

    def test_drafts_of_two_people_stand_side_by_side_and_each_drops_only_their_own(self, ada):
        bea = make_user("operations")
        drafted(ada)
        drafted(bea)
        assert drop_drafts(ids=list(CodeDraft.objects.values_list("pk", flat=True)), by=ada) == 1
        assert CodeDraft.objects.get().by == bea

    @pytest.mark.parametrize(
        ("codes", "meant", "says"),
        [
            ([("ups", "X:QQ")], Meant("flying"), "state and a reason"),
            ([("ups", "X:QQ")], Meant("lost", "mood"), "state and a reason"),
            ([("ups", " ")], DELIVERED, "its system and its name"),
        ],
    )
    def test_words_outside_the_vocabulary_are_refused(self, ada, codes, meant, says):
        with refused(NotInVocabulary, says):
            draft_codes(codes=codes, meant=meant, by=ada, now=NOW)

    @pytest.mark.parametrize("role", ["support", "manager", None])
    def test_others_may_not_draft_publish_undo_or_drop(self, ada, role):
        published(ada)
        stranger = make_user(role)
        for act in (
            lambda: draft_codes(codes=[("ups", "X:QQ")], meant=DELIVERED, by=stranger, now=NOW),
            lambda: drop_drafts(ids=None, by=stranger),
            lambda: publish(by=stranger, note="Why", seen="", now=NOW),
            lambda: undo(number=1, by=stranger, now=NOW),
        ):
            with refused(NotOperations, "decided by operations"):
                act()


class TestPublish:
    def test_new_scans_are_read_by_it_at_once(self, ada):
        publication = published(ada)
        hear(told("1Z1"))
        row = CodeMapping.objects.get(system="ups", code="X:QQ")
        assert (publication.number, publication.by, publication.note) == (1, ada, "The carrier told us.")
        assert (row.state, row.publication_id, row.source) == ("delivered", 1, "publication 1 by Ada Marsh")
        assert state_of("1Z1") == "delivered"
        assert not CodeDraft.objects.exists()

    def test_history_follows_in_the_background_and_shipments_are_due_again(self, ada):
        hear(told("1Z1"), told("1Z2"))
        published(ada)
        assert state_of("1Z1") == "unknown"
        assert carry() == [Step(1, 2, 2, 2)]
        assert {state_of("1Z1"), state_of("1Z2")} == {"delivered"}
        assert Shipment.objects.filter(review_due_at=NOW, unmapped_code="").count() == 2
        work = Rereading.objects.get()
        assert (work.events_expected, work.events_seen, work.events_changed, work.finished_at) == (2, 2, 2, NOW)

    def test_the_events_keep_what_they_first_said_beside_what_they_mean_now(self, ada):
        hear(told("1Z1"))
        published(ada)
        carry()
        event = TrackingEvent.objects.get(raw_code="X:QQ")
        (now,) = TrackingEvent.objects.filter(pk=event.pk).read_now()
        assert (event.state, event.mapped) == ("unknown", False)
        assert (now.state, now.mapped, now.told_state, now.corrected.publication) == ("delivered", True, "unknown", 1)
        assert not TrackingEvent.objects.unmapped_now().exists()

    def test_a_late_scan_is_folded_over_what_events_mean_now(self, ada):
        hear(told("1Z1"))
        published(ada)
        carry()
        hear(ups("1Z1", activity("I", "DP", 30)))
        assert state_of("1Z1") == "delivered"

    def test_a_general_row_answers_for_codes_without_a_row_of_their_own(self, ada):
        hear(ups("1Z1", {**activity("X", "QQ", 2), "status": {"type": "X", "code": "QQ", "statusCode": "999"}}))
        published(ada, DELIVERED, ("ups", "SD:999"))
        carry()
        assert state_of("1Z1") == "delivered"
        assert HeardCode.objects.get(code="X:QQ").answered_by == "SD:999"

    def test_a_scan_without_code_is_mapped_by_its_words(self, ada):
        hear(ups("1Z1", {**activity("", "", 2), "status": {"description": "Handed over"}}))
        published(ada, DELIVERED, ("ups", text_key("Handed over")))
        carry()
        assert state_of("1Z1") == "delivered"

    def test_a_code_can_lose_its_meaning(self, ada):
        hear(ups("1Z1", activity("I", "DP", 2)))
        published(ada, None, ("ups", "I:DP"))
        carry()
        shipment = Shipment.objects.get()
        assert (shipment.state, shipment.unmapped_code, shipment.last_physical_at) == ("unknown", "I:DP", None)
        assert TrackingEvent.objects.unmapped_now().count() == 1

    def test_without_a_reason_it_is_refused(self, ada):
        seen = drafted(ada)
        with refused(publishing.WhyMissing, "Say why"):
            publish(by=ada, note="  ", seen=seen, now=NOW)

    def test_without_a_draft_it_is_refused(self, ada):
        with refused(publishing.NothingDrafted, "changes nothing"):
            publish(by=ada, note="Why", seen="", now=NOW)

    def test_a_draft_that_changed_since_its_preview_is_refused(self, ada):
        seen = drafted(ada)
        drafted(ada, Meant("lost", "lost"))
        with refused(publishing.DraftMoved, "changed since you looked"):
            publish(by=ada, note="Why", seen=seen, now=NOW)

    def test_a_code_somebody_published_meanwhile_is_refused(self, ada):
        bea = make_user("operations")
        seen = drafted(ada)
        published(bea, Meant("lost", "lost"))
        with refused(publishing.ChangedMeanwhile, "ups X:QQ was changed in publication 1"):
            publish(by=ada, note="Why", seen=seen, now=NOW)

    def test_of_two_who_publish_the_same_code_at_once_one_is_refused(self, ada):
        people = [ada, make_user("operations")]
        seen = [drafted(person) for person in people]
        start, outcomes = Barrier(2), []

        def act(person, fingerprint):
            try:
                start.wait()
                outcomes.append(publish(by=person, note="Why", seen=fingerprint, now=NOW).number)
            except publishing.ChangedMeanwhile:
                outcomes.append("refused")
            finally:
                connection.close()

        threads = [Thread(target=act, args=pair) for pair in zip(people, seen, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, outcomes)) == ["1", "refused"]
        assert CodePublication.objects.count() == Rereading.objects.count() == 1

    @pytest.mark.parametrize("table", ["carriers_codepublication", "carriers_codechange", "shipments_eventreading"])
    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_the_database_refuses_to_lose_what_was_published(self, ada, table, statement):
        hear(told("1Z1"))
        published(ada)
        carry()
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement.format(table))


class TestUndo:
    def test_table_history_and_shipments_come_back(self, ada):
        hear(told("1Z1"))
        published(ada)
        carry()
        taken_back = undo(number=1, by=ada, now=NOW)
        carry()
        assert (taken_back.number, taken_back.undoes_id) == (2, 1)
        assert not CodeMapping.objects.filter(system="ups", code="X:QQ").exists()
        assert Shipment.objects.filter(state="unknown", unmapped_code="X:QQ", review_due_at=NOW).count() == 1
        assert HeardCode.objects.get(code="X:QQ").answered_by == ""
        assert list(EventReading.objects.order_by("pk").values_list("state", "mapped", "publication")) == [
            ("delivered", True, 1),
            ("unknown", False, 2),
        ]

    def test_a_shipped_row_comes_back_with_its_source(self, ada):
        before = CodeMapping.objects.filter(system="ups", code="I:DP").values().get()
        published(ada, DELIVERED, ("ups", "I:DP"))
        changed = CodeMapping.objects.get(system="ups", code="I:DP")
        assert (changed.confidence, changed.source, changed.publication_id) == ("people", before["source"], 1)
        undo(number=1, by=ada, now=NOW)
        after = CodeMapping.objects.filter(system="ups", code="I:DP").values().get()
        assert {**after, "updated_at": 0} == {**before, "updated_at": 0}

    def test_before_history_was_read_it_leaves_no_reading_behind(self, ada):
        hear(told("1Z1"))
        published(ada)
        undo(number=1, by=ada, now=NOW)
        assert [step.events for step in carry()] == [0, 0]
        assert not EventReading.objects.exists()

    def test_an_undo_can_be_undone(self, ada):
        hear(told("1Z1"))
        published(ada)
        undo(number=1, by=ada, now=NOW)
        undo(number=2, by=ada, now=NOW)
        carry()
        assert state_of("1Z1") == "delivered"

    def test_a_second_undo_is_refused(self, ada):
        published(ada)
        undo(number=1, by=ada, now=NOW)
        with refused(publishing.AlreadyUndone, "already taken back by publication 2"):
            undo(number=1, by=ada, now=NOW)

    def test_a_number_nobody_published_is_refused(self, ada):
        with refused(publishing.NoSuchPublication, "no publication 7"):
            undo(number=7, by=ada, now=NOW)

    def test_what_was_changed_again_since_is_refused(self, ada):
        published(ada)
        published(ada, Meant("lost", "lost"))
        with refused(publishing.ChangedMeanwhile, "changed in publication 2 meanwhile. Undo that publication first"):
            undo(number=1, by=ada, now=NOW)


class TestRereading:
    def test_it_goes_on_where_a_killed_step_left_it(self, ada, monkeypatch):
        hear(*(told(f"1Z{n}") for n in range(5)))
        published(ada)
        assert reread_history(now=NOW, limit=2).parcels == 2
        whole = events.reread

        def killed(*args, **kwargs):
            whole(*args, **kwargs)
            raise KeyboardInterrupt

        monkeypatch.setattr(events, "reread", killed)
        with pytest.raises(KeyboardInterrupt):
            reread_history(now=NOW, limit=2)
        monkeypatch.undo()
        assert EventReading.objects.count() == 2
        assert [step.parcels for step in carry()] == [3]
        work = Rereading.objects.get()
        assert (work.parcels_read, work.events_changed, work.parcels_moved) == (5, 5, 5)

    def test_done_once_more_it_changes_nothing(self, ada):
        hear(told("1Z1"))
        published(ada)
        carry()
        Rereading.objects.update(cursor=0, finished_at=None)
        assert carry() == [Step(1, 1, 0, 0)]
        assert EventReading.objects.count() == 1

    def test_what_a_later_publication_changed_again_is_left_to_it(self, ada):
        hear(told("1Z1"))
        published(ada)
        published(ada, Meant("lost", "lost"))
        carry()
        assert list(EventReading.objects.values_list("state", "publication")) == [("lost", 2)]

    def test_two_workers_never_do_the_same_parcels(self, ada):
        hear(*(told(f"1Z{n}") for n in range(12)))
        published(ada)
        start, failures = Barrier(3), []

        def work():
            try:
                start.wait()
                while Rereading.objects.filter(finished_at=None).exists():
                    reread_history(now=NOW, limit=2)
            except Exception as problem:
                failures.append(problem)
            finally:
                connection.close()

        threads = [Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert EventReading.objects.count() == Rereading.objects.get().parcels_read == 12

    def test_a_batch_needs_the_same_few_queries_however_large_it_is(self, ada, django_assert_max_num_queries):
        hear(*(told(f"1Z{n}") for n in range(40)))
        published(ada)
        with django_assert_max_num_queries(14):
            reread_history(now=NOW)

    def test_the_case_of_an_unknown_code_clears_and_comes_back_with_the_undo(self, ada):
        make_policy()
        hear(told("1Z1", hours=72))
        triage_due(now=NOW)
        assert Case.objects.get().headline == "unknown_status"
        published(ada)
        carry()
        triage_due(now=NOW)
        assert not Case.objects.exclude(state__in=["closed", "recovered"]).exists()
        undo(number=1, by=ada, now=NOW)
        carry()
        triage_due(now=NOW)
        assert Case.objects.filter(state="open", headline="unknown_status").count() == 1


class TestPreview:
    def test_it_says_which_parcels_would_stand_where_and_writes_nothing(self, ada):
        make_policy()
        hear(told("1Z1", hours=72), told("1Z2"), ups("1Z3", activity("X", "QQ", 48), activity("I", "DP", 2)))
        triage_due(now=NOW)
        drafted(ada)
        found = look_ahead(drafts.drafted_changes(CodeDraft.objects.all()))
        assert (found.events, found.parcels, found.capped, found.moving) == (3, 3, False, 2)
        assert (found.cases, found.moved[0].shipment.open_cases[0].headline) == (1, "unknown_status")
        assert [(each.shipment.tracking_number, each.then.state) for each in found.moved] == [
            ("1Z1", "delivered"),
            ("1Z2", "delivered"),
        ]
        assert {state_of("1Z1"), EventReading.objects.count()} == {"unknown", 0}

    def test_it_foresees_what_publishing_does(self, ada):
        hear(*(told(f"1Z{n}") for n in range(3)), ups("1Z9", activity("X", "QQ", 48), activity("I", "DP", 2)))
        drafted(ada, Meant("returning", "refused"))
        found = look_ahead(drafts.drafted_changes(CodeDraft.objects.all()))
        foreseen = {each.shipment.tracking_number: each.then.state for each in found.moved}
        published(ada, Meant("returning", "refused"))
        carry()
        assert foreseen == {number: state_of(number) for number in foreseen}
        assert Rereading.objects.get().parcels_moved >= len(foreseen) == found.moving

    def test_a_code_nobody_heard_changes_no_history(self, ada):
        drafted(ada)
        assert look_ahead(drafts.drafted_changes(CodeDraft.objects.all())).events == 0
        assert publish(by=ada, note="Why", seen=drafted(ada), now=NOW).rereading.finished_at == NOW
        assert carry() == []


class TestSeeding:
    def test_a_row_people_took_out_does_not_come_back(self, ada):
        published(ada, None, ("ups", "I:DP"))
        seed_mappings()
        assert not CodeMapping.objects.filter(system="ups", code="I:DP").exists()

    def test_a_newly_shipped_row_repairs_what_was_heard_before(self, ada):
        CodeMapping.objects.filter(system="ups", code__in=["D:12", "I:DP"]).delete()
        hear(ups("1Z1", activity("I", "DP", 2)))
        assert state_of("1Z1") == "unknown"
        seed_mappings()
        carry()
        publication = CodePublication.objects.get()
        assert (publication.by, [each.code for each in publication.changes.all()]) == (None, ["I:DP"])
        assert CodeMapping.objects.filter(system="ups", code="D:12", seeded=True).exists()
        assert state_of("1Z1") == "in_transit"


def test_steps_stand_still_while_a_simulation_plays(ada, monkeypatch):
    hear(told("1Z1"))
    published(ada)
    monkeypatch.setattr(rereading, "may_read", lambda: False)
    assert reread_history(now=NOW) == Step()
