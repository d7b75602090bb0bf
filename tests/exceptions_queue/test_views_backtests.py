"""The pages of backtests: asked by the owner, read by all, every figure with its rows, few queries."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.backtest import jobs, pruning
from exceptions_queue.backtest.figures import LISTINGS, Listing
from exceptions_queue.backtest_rows import Which, rows_of
from exceptions_queue.models import Backtest, BacktestFinding, PolicyVersion, Trial
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import Role
from shipments.facts import State
from shipments.models import Order
from tests.exceptions_queue.backtest.test_jobs import nothing_remembered  # noqa: F401
from tests.factories import NOW, make_case, make_conversation, make_event, make_order, make_policy, make_shipment
from tests.factories import make_user as make_person

pytestmark = pytest.mark.django_db(transaction=True)

PLACED = NOW - timedelta(days=20)


@pytest.fixture(autouse=True)
def _at_now():
    make_policy()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    person = make_person(Role.OPERATIONS, first_name="Olga", last_name="Petrov")
    client.force_login(person)
    return person


def make_draft() -> PolicyVersion:
    """Save a draft that looks for no failed delivery, and for damage for another team."""
    detectors = DEFAULT_POLICY["detectors"]
    changed = {
        "attempted": detectors["attempted"] | {"on": False},
        "damaged": detectors["damaged"] | {"team": "finance"},
    }
    document = DEFAULT_POLICY | {"detectors": detectors | changed}
    return make_policy(state="draft", document=document, base=make_policy())


def make_past(state: State, *, promised: int = 6, delivered: int | None = None, **fields: Any):
    """Save a parcel that came to a state on its third day; days count from when it was placed."""
    promise = PLACED + timedelta(days=promised)
    order = make_order(placed_at=PLACED, promised_at=promise)
    parcel = make_shipment(order=order, promised_at=promise, first_seen_at=PLACED, **fields)
    for each, day in ((State.IN_TRANSIT, 1), (state, 2), (State.DELIVERED, delivered)):
        if day is not None:
            at = PLACED + timedelta(days=day)
            make_event(parcel, state=each, occurred_at=at, received_at=at)
    return parcel


def make_month() -> dict[str, Any]:
    """Save parcels of several fates, and return them by name."""
    made = {
        "tried": make_past(State.ATTEMPTED, delivered=3),
        "damaged": make_past(State.DAMAGED, delivered=4, carrier="fedex"),
        "late": make_past(State.IN_TRANSIT, delivered=9),
        "lost": make_past(State.IN_TRANSIT),
        "fine": make_past(State.IN_TRANSIT, delivered=4),
    }
    make_conversation(shipment=made["late"], opened_at=PLACED + timedelta(days=8))
    return made


def ask(client, **values: Any):
    first, last = (PLACED - timedelta(days=2)).date(), (PLACED + timedelta(days=2)).date()
    number = (PolicyVersion.objects.working() or make_policy()).number
    given = {"number": number, "first": first, "last": last, "minutes": ""} | values
    return client.post("/policy/backtests/ask/", given)


def work() -> None:
    """Do what the workers do until nothing waits."""
    while row := jobs.take_backtest(now=NOW):
        while row.finished_at is None:
            row = jobs.work_on(row, now=NOW)


def text(response) -> str:
    plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(plain.replace("&#x27;", "'").split())


def test_the_question_is_asked_and_answered_side_by_side(client, owner):
    made, draft = make_month(), make_draft()
    response = ask(client)
    trial = Trial.objects.get()
    assert response.url == f"/policy/backtests/{trial.pk}/"
    assert (trial.tried.state, trial.beside.state, trial.requested_by) == ("waiting", "waiting", owner)
    work()
    said = text(client.get(response.url))
    assert f"Draft {draft.number} beside version 1" in said
    assert "Draft 2 would have opened 1 case fewer than version 1, and found as many late parcels in time." in said
    assert "5 parcels placed in the period, 5 with a promise, 2 of them late." in said
    assert "Delivery attempted is switched off." in said
    only = text(client.get(f"{response.url}rows/cases/?which=only_beside"))
    assert made["tried"].tracking_number in only
    assert made["damaged"].tracking_number not in only
    assert "1 parcel " in only


def test_every_figure_says_as_many_as_its_rows(client, owner):
    trial = tried(client)
    for row, which in ((trial.tried, Which.TRIED), (trial.beside, Which.BESIDE)):
        told = row.results
        count = {each: rows_of(trial, each, which).count() for each in Listing}
        assert sum(each.cases for each in rows_of(trial, Listing.CASES, which)) == told["cases"] > 0
        assert (count[Listing.LATE], count[Listing.MISSED]) == (told["late"], told["found_late"])
        assert (count[Listing.WARNED], count[Listing.ASKED]) == (told["flagged"], told["asked"])
        assert count[Listing.RIGHT] == told["late"] - told["found_late"]
        assert sum(each.sent for each in rows_of(trial, Listing.SENT, which)) == told["messages_sent"]
        assert sum(each.held for each in rows_of(trial, Listing.HELD, which)) == told["messages_held"]


def test_the_sides_of_a_list_add_up(client, owner):
    trial = tried(client)
    for each in Listing:
        count = {which: rows_of(trial, each, which).count() for which in Which}
        assert count[Which.TRIED] == count[Which.ONLY_TRIED] + count[Which.BOTH]
        assert count[Which.BESIDE] == count[Which.ONLY_BESIDE] + count[Which.BOTH]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("which=beside", {"tried", "damaged", "late", "lost"}),
        ("which=beside&finding=damaged", {"damaged"}),
        ("which=beside&carrier=fedex", {"damaged"}),
        ("which=beside&late=yes", {"late", "lost"}),
        ("which=beside&late=no", {"tried", "damaged"}),
        ("which=tried&team=finance", {"damaged"}),
        ("which=beside&team=finance", set()),
        (f"which=tried&team=finance&opened_to={PLACED.date()}", set()),
        (f"which=tried&team=finance&opened_from={(PLACED + timedelta(days=2)).date()}", {"damaged"}),
        ("which=only_tried", set()),
    ],
)
def test_rows_are_narrowed(client, owner, query: str, found: set[str]):
    made = make_month()
    make_draft()
    ask(client)
    work()
    said = text(client.get(f"/policy/backtests/{Trial.objects.get().pk}/rows/cases/?{query}"))
    assert {name for name, parcel in made.items() if parcel.tracking_number in said} == found


def test_a_row_opens_its_parcel_and_its_real_case(client, owner):
    made = make_month()
    make_draft()
    case = make_case(shipment=made["damaged"])
    ask(client)
    work()
    response = client.get(f"/policy/backtests/{Trial.objects.get().pk}/rows/cases/?finding=damaged")
    page = response.content.decode()
    assert f'href="/shipments/{made["damaged"].pk}/"' in page
    assert f'href="/queue/{case.pk}/"' in page


@pytest.mark.parametrize("address", ["rows/nothing/", "rows/cases/extra/"])
def test_a_list_that_is_not_there_is_not_found(client, owner, address: str):
    ask(client)
    assert client.get(f"/policy/backtests/{Trial.objects.get().pk}/{address}").status_code == 404


def test_an_unfinished_one_shows_how_far_it_is_and_asks_again(client, owner):
    make_month()
    make_draft()
    address = ask(client).url
    page = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert f'hx-get="{address}"' in page
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        assert "Waiting for a worker since" in text(client.get(address))
    row = jobs.take_backtest(now=NOW)
    jobs.work_on(row, now=NOW)
    assert "5 of 10 parcels judged" in text(client.get(address))
    work()
    assert "hx-trigger" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_one_that_comes_after_others_says_so(client, owner):
    make_month()
    make_draft()
    ask(client)
    address = ask(client, minutes=20).url
    jobs.take_backtest(now=NOW)
    assert "2 other backtests come first." in text(client.get(address))


def test_a_failed_one_says_why_and_is_asked_again(client, owner, monkeypatch):
    make_month()
    make_draft()
    address = ask(client).url

    def refuse(*_: Any) -> None:
        raise ValueError("no such day")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "replay", refuse)
        jobs.work_on(jobs.take_backtest(now=NOW), now=NOW)
    said = text(client.get(address))
    assert "It stopped." in said
    assert "ValueError: no such day" in said
    again = ask(client)
    assert again.url != address
    work()
    assert "Figures" in text(client.get(again.url))


def test_cancelling_stops_it_and_says_who(client, owner):
    make_draft()
    address = ask(client).url
    said = text(client.post(f"{address}cancel/", follow=True))
    assert "Cancelled just now by Olga Petrov." in said
    assert "is over already" in text(client.post(f"{address}cancel/", follow=True))
    assert client.post("/policy/backtests/999/cancel/").status_code == 404


def test_a_changed_draft_makes_its_figures_old(client, owner):
    make_month()
    draft = make_draft()
    address = ask(client).url
    work()
    assert "was changed since" not in text(client.get(address))
    PolicyVersion.objects.filter(pk=draft.pk).update(document=draft.document | {"name": "Changed"})
    said = text(client.get(address))
    assert "Draft 2 was changed since; these figures are of what it said before." in said
    assert "Run it again" in said
    assert "was changed since" in text(client.get("/policy/draft/"))


def test_figures_beside_a_version_no_longer_in_force_say_so(client, owner):
    make_month()
    draft = make_draft()
    address = ask(client).url
    work()
    actions.publish(number=draft.number, over=1, note="Enough.", by=owner, now=NOW)
    assert "is in force now" not in text(client.get(address))
    other = actions.publish_again(number=1, over=draft.number, note="Not enough.", by=owner, now=NOW)
    assert f"Version {other.number} is in force now" in text(client.get(address))


def test_the_draft_shows_what_history_said_of_it(client, owner):
    make_month()
    make_draft()
    assert "Try on stored history" in text(client.get("/policy/draft/"))
    address = ask(client).url
    work()
    page = client.get("/policy/draft/")
    assert f'href="{address}"' in page.content.decode()
    assert "Late parcels found" in text(page)


def test_the_version_in_force_is_tried_alone_where_there_is_no_draft(client, owner):
    make_month()
    address = ask(client).url
    work()
    said = text(client.get(address))
    assert "Version 1 would have opened 4 cases, and found 2 of 2 late parcels in time." in said
    assert "Difference" not in said
    assert "4 parcels" in text(client.get(f"{address}rows/cases/?which=only_beside"))


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"last": "2020-01-01"}, 422, "This is before the first day."),
        ({"first": "2020-01-01"}, 422, "At most 366 days"),
        ({"first": "soon"}, 422, "Enter a valid date."),
        ({"minutes": "0"}, 422, "greater than or equal to 1"),
        ({"number": "99"}, 409, "There is no version 99"),
        ({"number": "1x"}, 422, "names no version of the policy"),
    ],
)
def test_a_question_that_cannot_be_is_refused_in_words(client, owner, values, status: int, says: str):
    make_month()
    make_draft()
    response = ask(client, **values)
    assert (response.status_code, Trial.objects.count(), Backtest.objects.count()) == (status, 0, 0)
    assert says in text(response)


def test_the_period_is_the_last_whole_days_that_are_stored(client, owner):
    made = make_month()
    page = client.get("/policy/backtests/").content.decode()
    assert page.count(f'value="{PLACED:%Y-%m-%d}"') == 2
    Order.objects.filter(pk=made["fine"].order_id).update(placed_at=NOW - timedelta(hours=1))
    cache.clear()
    page = client.get("/policy/backtests/").content.decode()
    assert f'value="{PLACED:%Y-%m-%d}"' in page
    assert f'value="{NOW - timedelta(days=1):%Y-%m-%d}"' in page


def test_nothing_stored_says_what_to_do_first(client, owner):
    assert "Nothing is stored yet" in text(client.get("/policy/backtests/"))


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("state=done", 1), ("state=waiting", 1), ("version=2", 1), ("version=1", 2), ("version=9", 0)],
)
def test_the_list_is_narrowed_by_state_and_version(client, owner, query: str, found: int):
    make_month()
    ask(client)
    work()
    make_draft()
    ask(client, minutes=20)
    response = client.get(f"/policy/backtests/?{query}")
    assert response.content.decode().count("<tr data-row>") == found


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MANAGER])
def test_others_read_and_do_not_ask(client, owner, role):
    make_month()
    make_draft()
    address = ask(client).url
    client.force_login(make_person(role))
    assert "Try on stored history" not in text(client.get("/policy/backtests/"))
    assert "Cancel" not in text(client.get(address))
    assert ask(client).status_code == 403
    assert client.post(f"{address}cancel/").status_code == 403
    assert Trial.objects.with_state().get().state == "waiting"


def test_a_stranger_sees_nothing(client):
    trial = actions.ask_trial(
        number=1, begins_at=PLACED, ends_at=NOW, minutes_a_case=None, by=make_person(Role.OPERATIONS), now=NOW
    )
    client.force_login(make_person(None))
    for address in ("", f"{trial.pk}/", f"{trial.pk}/rows/cases/"):
        assert client.get(f"/policy/backtests/{address}").status_code == 403


def test_the_number_of_queries_is_small_and_does_not_grow(client, owner):
    make_month()
    make_draft()
    addresses = ["/policy/backtests/", "/policy/draft/", *_of_trial(ask(client).url)]
    work()
    few = [queries(client, each) for each in addresses]
    for day in range(3, 6):
        make_past(State.DAMAGED, delivered=day)
        make_past(State.IN_TRANSIT, delivered=day + 8)
        ask(client, minutes=day)
    Backtest.objects.exclude(state="done").update(state="waiting")
    work()
    latest = Trial.objects.latest("requested_at", "pk")
    more = ["/policy/backtests/", "/policy/draft/", *_of_trial(f"/policy/backtests/{latest.pk}/")]
    many = [queries(client, each) for each in more]
    assert max(few) <= 12
    assert many == few
    assert BacktestFinding.objects.filter(backtest=latest.tried_id).count() > 5


def _of_trial(address: str) -> list[str]:
    return [address, *(f"{address}rows/{each}/?which=only_beside" for each in (Listing.CASES, Listing.LATE))]


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_every_list_can_be_read(client, owner):
    make_month()
    make_draft()
    address = ask(client).url
    work()
    for each, (label, _) in LISTINGS.items():
        assert label in text(client.get(f"{address}rows/{each.value}/?sort=oldest"))


def tried(client) -> Trial:
    """Ask what a draft would have done with a month, as a person does, and have it answered."""
    make_month()
    make_draft()
    ask(client)
    work()
    return Trial.objects.get()


def let_go() -> None:
    """Do what the worker does to an old backtest whose version nobody works on any more."""
    PolicyVersion.objects.filter(state="draft").update(state="discarded")
    Trial.objects.update(requested_at=NOW - timedelta(days=100))
    Backtest.objects.update(finished_at=NOW - timedelta(days=100))
    while pruning.prune(kept=timedelta(days=90), now=NOW):
        pass


def test_a_backtest_whose_parcels_were_let_go_keeps_its_figures_and_opens_nothing(client, owner):
    make_month()
    make_draft()
    ask(client)
    work()
    address = f"/policy/backtests/{Trial.objects.get().pk}/"
    before = text(client.get(address))
    let_go()
    response = client.get(address)
    said = text(response)
    day = f"{NOW:%-d %b %Y}"
    assert f"The parcels behind these figures were let go on {day}; the figures stay. Run it again to see them." in said
    assert "/rows/" not in response.content.decode()
    numbers = re.compile(r"(\d+) (Only|Both)|(\d+) (parcels placed in the period)|(\d+ %)")
    assert numbers.findall(said) == numbers.findall(before) != []


def test_the_list_behind_a_figure_that_was_let_go_says_so(client, owner):
    trial = tried(client)
    let_go()
    response = client.get(f"/policy/backtests/{trial.pk}/rows/cases/?which=both&team=support")
    said = text(response)
    assert f"They were let go on {NOW:%-d %b %Y}; the figures stay." in said
    assert f'href="/policy/backtests/{trial.pk}/"' in response.content.decode()


def test_who_may_not_ask_is_not_told_to_run_it_again(client, owner):
    trial = tried(client)
    let_go()
    client.force_login(make_person(Role.SUPPORT))
    said = text(client.get(f"/policy/backtests/{trial.pk}/"))
    assert "were let go on" in said
    assert "Run it again" not in said


def test_the_list_says_how_long_parcels_are_kept(client, owner, settings):
    settings.WAYPOST_BACKTEST_DAYS = 45
    make_draft()
    ask(client)
    assert "The parcels behind them are kept for 45 days after" in text(client.get("/policy/backtests/"))
