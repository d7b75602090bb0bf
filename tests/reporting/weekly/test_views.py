"""The weekly review's page: the figures, their rows and files, who comes in, and few queries."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.models import MessageState, Problem
from exceptions_queue import actions
from exceptions_queue.models import CaseOutcome
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import CaseState, Role
from reporting.metrics import Period
from reporting.weekly.moves import week_before
from reporting.weekly.queries import fired_in, moved
from tests.factories import (
    NOW,
    make_case,
    make_conversation,
    make_event,
    make_message,
    make_policy,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
WEEK = week_before(NOW.date())


@pytest.fixture
def manager(client):
    make_policy()
    client.force_login(make_user(Role.MANAGER))
    with time_machine.travel(NOW, tick=False):
        yield client


def closed(days_ago=2, **values):
    """Save a case that was opened a day before it was closed."""
    at = NOW - days_ago * DAY
    given = {"state": CaseState.CLOSED, "closed_at": at, "outcome": CaseOutcome.DECIDED, "opened_at": at - DAY}
    return make_case(**given | values)


def page(client, address="/reviews/week/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer


def lines(client, address):
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def a_fortnight():
    """Save what two weeks brought."""
    make_policy()
    asked = make_case(opened_at=NOW - 3 * DAY)
    make_conversation(shipment=asked.shipment, opened_at=NOW - 4 * DAY)
    later = closed(2)
    make_conversation(shipment=later.shipment, opened_at=NOW - DAY)
    closed(2, outcome=CaseOutcome.SELF_HEALED)
    closed(9)
    make_case(opened_at=NOW - 20 * DAY)
    make_case(opened_at=NOW)
    make_message(state=MessageState.FAILED, problem=Problem.UNREADABLE, processed_at=NOW, received_at=NOW - 2 * DAY)
    make_shipment(unjudged_reason="No promise is known.")
    make_event(mapped=False, raw_code="??", received_at=NOW - 9 * DAY)


def test_the_two_weeks_are_counted_apart():
    a_fortnight()
    now, then, unjudged = moved(WEEK, WEEK.before())
    assert (now.opened, now.closed, now.healed, now.still_open, now.oldest) == (3, 2, 1, 2, WEEK.end - NOW + 20 * DAY)
    assert (now.linked, now.asked_first, now.found_first, now.failed, now.unmapped) == (3, 1, 2, 1, 0)
    assert (then.opened, then.closed, then.healed, then.still_open) == (1, 1, 0, 1)
    assert (then.failed, then.unmapped, unjudged) == (0, 1, 1)


def test_each_rule_is_counted_over_the_week_and_four_weeks():
    make_policy()
    closed(2, worth_it=True)
    closed(2, worth_it=False, outcome=CaseOutcome.SELF_HEALED)
    closed(9)
    closed(20, headline=FindingKind.LOST)
    closed(60, headline=FindingKind.DAMAGED)
    rules = {fired.kind: fired for fired in fired_in(WEEK, WEEK.before())}
    stalled = rules[FindingKind.STALLED]
    assert (stalled.is_on, stalled.hits, stalled.hits_before, stalled.cases) == (True, 2, 1, 3)
    assert (stalled.answered, stalled.worth, stalled.closed, stalled.healed) == (2, 1, 3, 1)
    assert (rules[FindingKind.LOST].hits, rules[FindingKind.LOST].cases) == (0, 1)
    assert (rules[FindingKind.DAMAGED].cases, rules[FindingKind.DAMAGED].last_at) == (0, NOW - 61 * DAY)
    assert rules[FindingKind.CUSTOMS_HOLD].last_at is None


def test_an_empty_installation_reads_honestly(manager):
    said = page(manager).content.decode()
    for words in ("No rule stands out", "none with an order", "Never fired", "None today.", "None was drawn"):
        assert words in said


@pytest.mark.parametrize(
    ("slug", "now", "then"),
    [("opened", 3, 1), ("closed", 2, 1), ("healed", 1, 0), ("still-open", 2, 1), ("found-first", 2, 1)],
)
def test_every_figure_opens_as_many_rows_as_it_says(manager, slug, now, then):
    a_fortnight()
    line = next(each for each in page(manager).context["lines"] if each["line"].about.slug == slug)
    counted = [len(page(manager, line[name]).context["lines"]) for name in ("now_url", "then_url")]
    assert counted == [now, then]
    assert len(lines(manager, line["now_url"].replace("/?", ".csv?"))) == now + 1


def test_failed_and_unmapped_updates_open_the_scorecards_rows(manager):
    a_fortnight()
    found = {each["line"].about.slug: each for each in page(manager).context["lines"]}
    assert len(page(manager, found["failed"]["now_url"]).context["lines"]) == 1
    assert len(page(manager, found["unmapped"]["now_url"]).context["lines"]) == 0
    assert len(page(manager, found["unmapped"]["then_url"]).context["lines"]) == 1


@pytest.mark.parametrize(
    ("slug", "rows"),
    [("hits", 3), ("all", 5), ("answered", 0), ("worth", 0), ("closed", 3), ("healed", 1), ("asked-first", 1)],
)
def test_every_figure_of_a_rule_opens_its_rows(manager, slug, rows):
    a_fortnight()
    address = f"/reviews/week/rules/stalled/{slug}"
    assert len(page(manager, f"{address}/").context["lines"]) == rows
    assert len(lines(manager, f"{address}.csv")) == rows + 1


def test_what_each_rule_did_is_a_file_too(manager):
    a_fortnight()
    head, *rows = lines(manager, "/reviews/week/rules.csv")
    assert head[:4] == ["Rule", "In the policy", "Cases in the week", "Cases the week before"]
    assert next(row for row in rows if row[0] == "Stalled")[:5] == ["Stalled", "on", "3", "1", "5"]


def test_a_rule_that_stands_out_is_named(manager):
    for _ in range(6):
        closed(3, worth_it=False)
    said = page(manager).content.decode()
    assert "Only 0 of 6 were worth a case" in said
    assert '<span class="tag">small sample</span>' in said


def test_earlier_weeks_are_a_link_away(manager):
    assert "?until=2026-02-25" in page(manager).content.decode()
    earlier = page(manager, "/reviews/week/?until=2026-02-25")
    assert earlier.context["asked"].week == Period((NOW - 14 * DAY).date(), (NOW - 8 * DAY).date())
    assert 'rel="next"' in earlier.content.decode()


@pytest.mark.parametrize("until", ["yesterday", "1804-01-01"])
def test_a_date_that_cannot_be_shows_the_last_week_and_says_so(manager, until):
    answer = page(manager, f"/reviews/week/?until={until}")
    assert answer.context["asked"].week == WEEK
    assert "errorlist" in answer.content.decode()


def test_the_reviews_of_the_week_are_linked(manager):
    case = make_case(opened_at=NOW - 5 * DAY)
    review = actions.draw_review(days=14, seed=1, by=make_user(Role.OPERATIONS), now=NOW - 2 * DAY)
    assert case.reviews.count() == 1
    assert f"/reviews/{review.pk}/" in page(manager).content.decode()


def test_what_is_not_there_is_not_found(manager):
    for address in ("nonsense/", "nonsense.csv", "rules/nonsense/hits/", "rules/stalled/nonsense/"):
        assert manager.get(f"/reviews/week/{address}").status_code == 404


@pytest.mark.parametrize(
    "address", ["", "opened/", "opened.csv", "rules.csv", "rules/lost/hits/", "rules/lost/hits.csv"]
)
def test_others_do_not_come_in(client, address):
    client.force_login(make_user(Role.SUPPORT))
    assert client.get(f"/reviews/week/{address}").status_code == 403


def test_the_page_asks_the_same_few_queries_whatever_it_shows(manager):
    counts = []
    page(manager)
    for _ in range(2):
        a_fortnight()
        with CaptureQueriesContext(connection) as queries:
            page(manager)
        counts.append(len(queries))
    assert counts == [12, 12]


def test_a_rule_that_first_fired_after_the_week_is_told_apart_from_one_that_never_did(manager):
    make_case(headline=FindingKind.STALLED, opened_at=WEEK.end + timedelta(hours=1))
    told = {each.kind: each for each in fired_in(WEEK, WEEK.before())}
    assert told[FindingKind.STALLED].last_at is None
    assert told[FindingKind.STALLED].fires_later
    assert not told[FindingKind.LOST].fires_later


def test_the_rows_of_a_figure_are_narrowed_ordered_and_sent_as_shown(manager):
    a_fortnight()
    address = "/reviews/week/rules/stalled/all/"
    newest = page(manager, address).context["page"].rows
    assert [row.pk for row in page(manager, f"{address}?sort=oldest").context["page"].rows] == [
        row.pk for row in sorted(newest, key=lambda row: (row.opened_at, row.pk))
    ]
    assert page(manager, address).context["query"].startswith("until=")
    one = newest[0].shipment.tracking_number
    found = page(manager, f"{address}?text={one}")
    assert [row.shipment.tracking_number for row in found.context["page"].rows] == [one]
    assert f"text={one}" in found.context["csv"]
    assert len(lines(manager, found.context["csv"])) == 2
    assert "No case fits these filters" in page(manager, f"{address}?text=nobody").content.decode()
