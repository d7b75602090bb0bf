"""What watching the feeds writes: incidents, history, silent carriers; and what people do about them."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from carriers.models import Account, FeedCarrier, FeedEvent, FeedIncident
from carriers.watch import NotOpen, Watched, add_note, mark_seen, set_silence, watch_feeds
from shipments.models import CarrierSilence, Shipment
from shipments.silence import wake_shipments
from tests.factories import NOW, make_account, make_message, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def feed(
    hours: float = 5, *, after: int | None = 60, carriers: tuple[str, ...] = ("ups",), **fields: object
) -> Account:
    account = make_account(silent_after_minutes=after, last_message_at=NOW - HOUR * hours, **fields)
    for carrier in carriers:
        FeedCarrier.objects.create(account=account, carrier=carrier, last_heard_at=account.last_message_at)
    return account


def lines() -> list[tuple[str, str]]:
    return list(FeedEvent.objects.order_by("id").values_list("kind", "text"))


def test_a_silent_feed_is_one_incident_however_often_one_looks():
    account = feed()
    assert watch_feeds(now=NOW) == Watched(1, 0, ("ups",))
    assert watch_feeds(now=NOW + HOUR) == Watched(0, 0, ("ups",))
    incident = FeedIncident.objects.get()
    assert (incident.account, incident.opened_at, incident.last_heard_at) == (account, NOW, NOW - 5 * HOUR)
    assert lines() == [("opened", incident.sentence)]
    assert CarrierSilence.objects.get().since == NOW - 5 * HOUR


def test_it_ends_when_the_feed_speaks():
    account = feed()
    watch_feeds(now=NOW)
    Account.objects.filter(pk=account.pk).update(last_message_at=NOW + HOUR)
    assert watch_feeds(now=NOW + HOUR) == Watched(0, 1, ())
    incident = FeedIncident.objects.get()
    assert (incident.closed_at, incident.heard_at) == (NOW + HOUR, NOW + HOUR)
    assert incident.ending.startswith("Heard again")
    assert [kind for kind, _ in lines()] == ["opened", "closed"]
    assert CarrierSilence.objects.get().ended_at == NOW + HOUR


def test_a_second_silence_is_a_second_incident():
    account = feed()
    watch_feeds(now=NOW)
    Account.objects.filter(pk=account.pk).update(last_message_at=NOW)
    watch_feeds(now=NOW)
    assert watch_feeds(now=NOW + 2 * HOUR).opened == 1
    assert FeedIncident.objects.filter(closed_at=None).count() == 1
    assert CarrierSilence.objects.get().ended_at is None


def test_a_feed_nobody_watches_is_no_incident_and_its_carriers_are_heard():
    feed(after=None)
    assert watch_feeds(now=NOW) == Watched()
    assert not CarrierSilence.objects.exists()


def test_a_message_that_nobody_read_yet_was_heard():
    account = feed()
    make_message(account=account, received_at=NOW - HOUR / 2)
    assert watch_feeds(now=NOW) == Watched()


def test_a_carrier_another_feed_tells_of_is_not_silent():
    feed()
    feed(0)
    assert watch_feeds(now=NOW) == Watched(1, 0, ())


def test_switching_the_account_off_ends_its_incident():
    account = feed()
    watch_feeds(now=NOW)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert watch_feeds(now=NOW) == Watched(0, 1, ())
    assert FeedIncident.objects.get().heard_at is None


def test_only_one_looks_at_a_time():
    feed()
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [0x57415902])
        assert watch_feeds(now=NOW) == Watched()
        # Closing alone would let go of it only when the server notices.
        other.execute("SELECT pg_advisory_unlock(%s)", [0x57415902])
        other.connection.close()
    assert watch_feeds(now=NOW).opened == 1


def test_the_database_keeps_one_open_incident_a_feed():
    account = feed()
    watch_feeds(now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        FeedIncident.objects.create(account=account, opened_at=NOW, last_heard_at=NOW, sentence="Again.")


@pytest.mark.parametrize("statement", ["UPDATE {0} SET text = ''", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_the_database_refuses_to_change_history(statement):
    feed()
    watch_feeds(now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("carriers_feedevent"))


def test_looking_takes_as_many_statements_for_any_number_of_feeds(django_assert_max_num_queries):
    for _ in range(30):
        feed()
    with django_assert_max_num_queries(10):
        watch_feeds(now=NOW)


def test_shipments_of_a_carrier_heard_again_are_due_in_batches():
    later = NOW + 24 * HOUR
    parcels = [make_shipment(review_due_at=later) for _ in range(5)]
    ended = make_shipment(review_due_at=None)
    other = make_shipment(carrier="usps", review_due_at=later)
    overdue = make_shipment(review_due_at=NOW - HOUR)
    CarrierSilence.objects.create(carrier="ups", since=NOW - 5 * HOUR, ended_at=NOW)
    CarrierSilence.objects.create(carrier="usps", since=NOW - 5 * HOUR)
    batches = 0
    while wake_shipments(now=NOW, limit=2):
        batches += 1
    due = dict(Shipment.objects.values_list("pk", "review_due_at"))
    assert batches == 4
    assert {due[each.pk] for each in parcels} == {NOW}
    assert (due[ended.pk], due[other.pk], due[overdue.pk]) == (None, later, NOW - HOUR)
    assert list(CarrierSilence.objects.values_list("carrier", flat=True)) == ["usps"]


def test_the_allowed_silence_is_set_once_and_written_down():
    account, person = feed(), make_user("operations")
    assert set_silence(account_id=account.pk, hours=8, by=person, now=NOW)
    assert not set_silence(account_id=account.pk, hours=8, by=person, now=NOW)
    account.refresh_from_db()
    assert account.silent_after_minutes == 480
    assert lines() == [("watched", "An incident after 8 hours of silence; before, after 1 hour of silence.")]


def test_the_watch_can_be_taken_off():
    account = feed()
    assert set_silence(account_id=account.pk, hours=None, by=make_user("operations"), now=NOW)
    account.refresh_from_db()
    assert account.silent_after_minutes is None


def test_one_person_sees_to_an_incident():
    feed()
    watch_feeds(now=NOW)
    incident, first, second = FeedIncident.objects.get(), make_user("operations"), make_user("operations")
    assert mark_seen(incident_id=incident.pk, by=first, now=NOW)
    assert not mark_seen(incident_id=incident.pk, by=second, now=NOW)
    incident.refresh_from_db()
    assert (incident.seen_by, incident.seen_at) == (first, NOW)
    assert [kind for kind, _ in lines()] == ["opened", "seen"]


def test_an_ended_incident_is_not_seen_to_but_may_be_written_about():
    account = feed()
    watch_feeds(now=NOW)
    Account.objects.filter(pk=account.pk).update(last_message_at=NOW)
    watch_feeds(now=NOW)
    incident, person = FeedIncident.objects.get(), make_user("operations")
    with pytest.raises(NotOpen):
        mark_seen(incident_id=incident.pk, by=person, now=NOW)
    assert FeedIncident.objects.get().seen_by is None
    add_note(incident_id=incident.pk, text="Their webhook had been switched off.", by=person, now=NOW)
    assert lines()[-1] == ("note", "Their webhook had been switched off.")
