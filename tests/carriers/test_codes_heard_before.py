"""An upgrade counts the codes of scans that came before spellings were counted."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from carriers.codebook.drafts import Meant, draft_codes, fingerprint
from carriers.codebook.publishing import publish
from carriers.codebook.rereading import reread_history
from carriers.codes import text_key
from carriers.models import CodeDraft, HeardCode
from shipments.models import TrackingEvent
from tests.factories import NOW, make_account, make_event, make_message, make_user

pytestmark = pytest.mark.django_db(transaction=True)
upgrade = import_module("carriers.migrations.0006_codes_heard_before")


def count_heard() -> None:
    with transaction.atomic():
        upgrade.count_heard(None, SimpleNamespace(connection=connection))


def old(**overrides) -> TrackingEvent:
    values = {"state": "unknown", "mapped": False, "physical": False, "raw_code": "X:QQ", "heard_as": None}
    return make_event(**values | overrides)


def test_scans_of_the_table_are_counted_and_those_in_our_own_words_are_not():
    old()
    old(raw_code="X:QQ:7")
    old(raw_code="I:DP", mapped=True, state="in_transit")
    old(raw_code="", raw_description="Left with the cat.")
    own = old(mapped=True, message_id=make_message(account=make_account(source="events")).pk)
    count_heard()
    assert set(HeardCode.objects.values_list("code", "hits", "answered_by")) == {
        ("X:QQ", 1, ""),
        ("X:QQ:7", 1, ""),
        ("I:DP", 1, "I:DP"),
        (text_key("left with the cat"), 1, ""),
    }
    assert HeardCode.objects.get(code="X:QQ:7").keys == ["X:QQ:7", "X:QQ", "X"]
    assert TrackingEvent.objects.get(pk=own.pk).heard_as is None


def test_done_again_it_counts_nothing_twice():
    old()
    count_heard()
    count_heard()
    assert HeardCode.objects.get().hits == 1


def test_events_are_append_only_again_afterwards():
    scan = old()
    count_heard()
    with pytest.raises(DatabaseError, match="append-only"):
        TrackingEvent.objects.filter(pk=scan.pk).update(state="lost")


def test_a_meaning_given_later_reaches_them():
    ada, scan = make_user("operations"), old()
    count_heard()
    draft_codes(codes=[("ups", "X:QQ")], meant=Meant("delivered"), by=ada, now=NOW)
    publish(by=ada, note="Why", seen=fingerprint(CodeDraft.objects.all()), now=NOW)
    assert reread_history(now=NOW).events == 1
    assert TrackingEvent.objects.filter(pk=scan.pk).read_now()[0].state == "delivered"
