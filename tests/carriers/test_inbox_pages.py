"""The pages of failed, quarantined and all messages, one message, and replays."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.inbox import drain, quarantine
from carriers.models import CodeMapping, Dismissal, InboundMessage, MessageState, Problem, ReplayRun
from shipments.keyset import page_of
from shipments.models import Shipment
from tests.carriers.test_inbox import event
from tests.factories import NOW, make_account, make_event, make_message, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LISTS = ["/inbox/", "/inbox/messages/", "/inbox/quarantined/", "/inbox/unmatched/", "/inbox/replays/"]


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client) -> Client:
    client.force_login(make_user("operations", first_name="Olga", last_name="Petrov"))
    return client


def failed(body: bytes = b"not json", **overrides) -> InboundMessage:
    values = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "problem_detail": "No.", "attempts": 1}
    return make_message(body=body, processed_at=NOW, **values | overrides)


def page(client: Client, address: str, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, address: str, **query) -> list[int]:
    return [row.pk for row in client.get(address, query).context["page"].rows]


@pytest.mark.parametrize("address", LISTS)
def test_strangers_sign_in_and_everybody_signed_in_may_look(address, client):
    assert "login" in client.get(address).headers["Location"]
    client.force_login(make_user("support"))
    assert "Inbox" in page(client, address)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/inbox/replay/?all=1"),
        ("post", "/inbox/replay/?all=1"),
        ("post", "/inbox/quarantined/1/dismiss/"),
        ("post", "/inbox/dismissals/1/undo/"),
        ("post", "/inbox/unmatched/attach/"),
        ("post", "/inbox/unmatched/correct/"),
        ("post", "/inbox/unmatched/read-again/"),
        ("post", "/inbox/unmatched/done/1/undo/"),
    ],
)
def test_only_operations_acts(method, address, client):
    client.force_login(make_user("support", "manager"))
    failed()
    assert getattr(client, method)(address).status_code == 403
    assert not ReplayRun.objects.exists()


@pytest.mark.parametrize(
    "address", ["/inbox/unmatched/attach/", "/inbox/quarantined/1/dismiss/", "/inbox/dismissals/1/undo/"]
)
def test_acts_are_not_done_by_following_a_link(address, owner):
    assert owner.get(address).status_code == 405


def test_failed_messages_are_counted_by_problem_and_narrowed(owner):
    easypost = make_account(source="easypost")
    one = failed(b'{"number": "1ZNEEDLE"}', received_at=NOW - timedelta(days=2))
    two = failed(account=easypost, problem=Problem.FEED_TROUBLE, problem_detail="Too many requests.")
    make_message()
    assert shown(owner, "/inbox/") == [two.pk, one.pk]
    assert shown(owner, "/inbox/", sort="oldest") == [one.pk, two.pk]
    assert shown(owner, "/inbox/", q="1zneedle") == []
    assert shown(owner, "/inbox/", q="1ZNEEDLE") == [one.pk]
    assert shown(owner, "/inbox/", q="too many") == [two.pk]
    assert shown(owner, "/inbox/", q=f"#{one.pk}") == [one.pk]
    assert shown(owner, "/inbox/", problem="feed_trouble") == [two.pk]
    assert shown(owner, "/inbox/", source="easypost") == [two.pk]
    assert shown(owner, "/inbox/", account=easypost.pk) == [two.pk]
    assert shown(owner, "/inbox/", since="2026-03-03") == [two.pk]
    assert shown(owner, "/inbox/", until="2026-03-02") == [one.pk]
    problems = owner.get("/inbox/", {"problem": "feed_trouble"}).context["problems"]
    assert [(each["label"], each["count"], each["current"]) for each in problems] == [
        ("The carrier answered with an error", 1, True),
        ("Nothing in it could be read", 1, False),
    ]


def test_a_long_list_is_paged_by_place(owner):
    ids = [failed(received_at=NOW - timedelta(minutes=n % 7)).pk for n in range(60)]
    first = owner.get("/inbox/").context["page"]
    second = owner.get("/inbox/", {"after": first.next}).context["page"]
    assert sorted([row.pk for row in first.rows] + [row.pk for row in second.rows]) == sorted(ids)
    assert len(second.rows) == 10
    assert shown(owner, "/inbox/", before=second.previous) == [row.pk for row in first.rows]
    assert shown(owner, "/inbox/", after="broken") == [row.pk for row in first.rows]


def test_a_message_is_found_by_number_where_it_was_asked_for_or_told_first(owner):
    asked = make_message(subject_number="1Z9", subject_carrier="ups")
    told = make_message()
    make_event(make_shipment(tracking_number="1Z9"), message_id=told.pk)
    make_message()
    assert shown(owner, "/inbox/messages/", q="1z 9") == [told.pk, asked.pk]


def test_the_list_names_the_numbers_a_read_message_is_about(owner):
    asked = make_message(subject_number="1Z9", subject_carrier="ups")
    one, repeat = make_message(body=event("ONE")), make_message(body=event("ONE", location="Köln"))
    large = make_message(body=event("ONE", raw_description="x" * 40_000))
    drain(now=NOW)
    broken = failed()
    rows = {row.pk: row.numbers for row in owner.get("/inbox/messages/").context["page"].rows}
    assert rows == {asked.pk: ["1Z9"], one.pk: ["ONE"], repeat.pk: ["ONE"], large.pk: None, broken.pk: []}
    assert "in the body" in page(owner, "/inbox/messages/")


def test_a_message_shows_its_body_escaped_beside_what_it_says(owner):
    message = make_message(body=event(raw_description="<script>alert(1)</script>"))
    drain(now=NOW)
    told = page(owner, f"/inbox/{message.pk}/")
    assert "<script>alert" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert f"/shipments/{Shipment.objects.get().pk}/" in told
    assert "read from this message" in told


def test_an_event_that_would_be_read_otherwise_today_shows_both_readings(owner):
    body = (
        b'{"tracking_code": "E1", "carrier": "UPS", "status": "sideways",'
        b' "tracking_details": [{"status": "sideways", "datetime": "2026-03-03T10:00:00Z"}]}'
    )
    message = make_message(account=make_account(source="easypost"), body=body)
    drain(now=NOW)
    (told,) = owner.get(f"/inbox/{message.pk}/").context["told"].events
    assert (told.was, told.mark.label, told.stored) == (None, "Unknown", "read from this message")
    CodeMapping.objects.create(system="easypost", code="sideways", state="delayed")
    (told,) = owner.get(f"/inbox/{message.pk}/").context["told"].events
    assert (told.was.label, told.mark.label) == ("Unknown", "Delayed")


def test_an_event_told_before_names_the_message_that_told_it_first(owner):
    first, again = make_message(body=event()), make_message(body=event(location="Köln"))
    drain(now=NOW)
    (told,) = owner.get(f"/inbox/{again.pk}/").context["told"].events
    assert (told.stored, told.first_message) == ("told before", first.pk)


def test_an_unauthentic_message_is_shown_and_never_read(owner):
    quarantine(account=make_account(), body=event(), why="No signature.", problem=Problem.NOT_AUTHENTIC, now=NOW)
    told = page(owner, f"/inbox/{InboundMessage.objects.get().pk}/")
    assert "never read and never will be" in told
    assert "Replay" not in told


def test_the_exact_bytes_are_handed_out_as_a_file(owner):
    message = make_message(body=b"<html>\xff\x00")
    answer = owner.get(f"/inbox/{message.pk}/raw/")
    assert answer.content == b"<html>\xff\x00"
    assert answer["Content-Disposition"] == f'attachment; filename="message-{message.pk}"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")


def test_a_replay_is_previewed_then_run_and_its_page_tells_what_came_of_it(owner):
    mended, same = failed(event()), failed()
    chosen = {"message": [mended.pk, same.pk, "nonsense"]}
    seen = page(owner, "/inbox/replay/", **chosen)
    assert "1 of 2 could be read now" in seen
    assert InboundMessage.objects.filter(state=MessageState.FAILED).count() == 2
    answer = owner.post(f"/inbox/replay/?message={mended.pk}&message={same.pk}", {"reason": "The reader learnt it."})
    run = ReplayRun.objects.get()
    assert answer.headers["Location"] == f"/inbox/replays/{run.pk}/"
    assert (run.how, run.reason, run.by.first_name) == ("page", "The reader learnt it.", "Olga")
    waiting = page(owner, f"/inbox/replays/{run.pk}/")
    assert 'hx-trigger="every 2s"' in waiting
    drain(now=NOW)
    part = owner.get(f"/inbox/replays/{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "All 2 were read again: 1 can be read now, 1 failed as before." in part
    assert "every 2s" not in part
    assert "<html" not in part
    assert len(shown(owner, f"/inbox/replays/{run.pk}/", outcome="same")) == 1
    assert "The reader learnt it." in page(owner, "/inbox/replays/")
    assert "Olga Petrov" in page(owner, f"/inbox/{same.pk}/")


def test_a_run_asks_again_while_a_row_that_it_shows_waits(owner, monkeypatch):
    message = failed(event())
    owner.post(f"/inbox/replay/?message={message.pk}", {"reason": ""})

    def read_meanwhile(*given):
        rows = page_of(*given)
        drain(now=NOW)
        return rows

    monkeypatch.setattr("carriers.inbox_pages.replays.page_of", read_meanwhile)
    text = page(owner, f"/inbox/replays/{ReplayRun.objects.get().pk}/")
    assert "Waiting to be read" in text
    assert 'hx-trigger="every 2s"' in text


def test_all_of_a_filter_are_replayed_and_nothing_else(owner):
    failed()
    feed = failed(problem=Problem.FEED_TROUBLE)
    owner.post("/inbox/replay/?all=1&problem=feed_trouble")
    assert list(InboundMessage.objects.filter(state=MessageState.RECEIVED)) == [feed]


def test_a_replay_of_nothing_is_refused_with_a_sentence(owner):
    make_message()
    answer = owner.get("/inbox/replay/", {"message": InboundMessage.objects.get().pk}, follow=True)
    assert "Nothing was chosen that failed" in answer.content.decode()


def test_quarantined_accounts_are_counted_dismissed_and_brought_back(owner):
    account = make_account(source="events", name="shop")
    for hours in (5, 1):
        quarantine(
            account=account,
            body=b"%d" % hours,
            why="No signature.",
            problem=Problem.NOT_AUTHENTIC,
            now=NOW - timedelta(hours=hours),
        )
    (row,) = owner.get("/inbox/quarantined/").context["accounts"]
    assert (row.total, row.unexplained, row.why, row.understood) == (2, 2, "No signature.", None)
    assert row.first_at == NOW - timedelta(hours=5)
    answer = owner.post(f"/inbox/quarantined/{account.pk}/dismiss/", {"reason": " "}, follow=True)
    assert "Say in a sentence" in answer.content.decode()
    owner.post(f"/inbox/quarantined/{account.pk}/dismiss/", {"reason": "A test call."})
    (row,) = owner.get("/inbox/quarantined/").context["accounts"]
    assert (row.unexplained, row.understood.reason) == (0, "A test call.")
    owner.post(f"/inbox/dismissals/{Dismissal.objects.get().pk}/undo/")
    (row,) = owner.get("/inbox/quarantined/").context["accounts"]
    assert (row.unexplained, row.understood) == (2, None)
    assert len(shown(owner, "/inbox/quarantined/")) == 2


def test_the_rail_counts_failed_messages_for_operations(owner):
    failed()
    assert '<span class="count">1</span><span class="sr"> failed' in page(owner, "/")


def test_nobody_else_waits_for_that_count(client):
    client.force_login(make_user("support"))
    failed()
    with CaptureQueriesContext(connection) as found:
        page(client, "/shipments/")
    assert not [query for query in found if "carriers_inboundmessage" in query["sql"]]


def fill(count: int) -> None:
    for n in range(count):
        failed(event(f"F{n}"))
        quarantine(account=make_account(), body=b"%d" % n, why="No.", problem=Problem.NOT_AUTHENTIC, now=NOW)
        make_event(make_shipment(order=None), message_id=make_message().pk)


@pytest.mark.parametrize(
    "address",
    ["/inbox/", "/inbox/messages/", "/inbox/quarantined/", "/inbox/unmatched/", "/inbox/replay/?all=1", "/inbox/{run}"],
)
def test_a_page_takes_at_most_twelve_queries_whatever_it_lists(address, owner):
    fill(2)

    def queries() -> int:
        if address == "/inbox/{run}":
            owner.post("/inbox/replay/?all=1")
            path = f"/inbox/replays/{ReplayRun.objects.latest('pk').pk}/"
        else:
            path = address
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            assert owner.get(path).status_code == 200
        return len(found)

    queries()  # the code table is loaded once a process
    few = queries()
    fill(25)
    assert queries() == few <= 12


def test_one_message_takes_at_most_twelve_queries(owner):
    message = make_message(body=event())
    drain(now=NOW)
    with CaptureQueriesContext(connection) as found:
        owner.get(f"/inbox/{message.pk}/")
    assert len(found) <= 12
