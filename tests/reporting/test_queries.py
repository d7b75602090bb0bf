from datetime import date, timedelta

import pytest

from carriers.models import MessageState, Problem, Replay
from exceptions_queue.policy.situation import FindingKind, Team
from reporting.metrics import DayOfUpdates, OpenedCase, Period
from reporting.queries import Narrowing, days_of_updates, failed_messages, opened_cases, unmapped_scans
from shipments.facts import Reason, State
from tests.factories import (
    NOW,
    make_case,
    make_conversation,
    make_event,
    make_message,
    make_order,
    make_reading,
    make_shipment,
)

pytestmark = pytest.mark.django_db
TODAY = Period(NOW.date(), NOW.date())
HOUR = timedelta(hours=1)
ALL = Narrowing()


def _attempted(**overrides):
    shipment = make_shipment(state=State.ATTEMPTED, **overrides)
    return make_case(shipment=shipment, headline=FindingKind.ATTEMPTED, opened_at=NOW)


def test_case_rests_on_the_newest_fitting_scan_before_it():
    case = _attempted()
    for hours, state in ((9, State.ATTEMPTED), (3, State.ATTEMPTED), (2, State.IN_TRANSIT), (-1, State.ATTEMPTED)):
        make_event(case.shipment, state=state, occurred_at=NOW - hours * HOUR)
    make_event(case.shipment, state=State.ATTEMPTED, occurred_at=NOW - HOUR, received_at=NOW + HOUR)
    assert opened_cases([TODAY], ALL) == [OpenedCase(NOW, True, None, NOW - 3 * HOUR)]


def test_reason_is_what_an_address_finding_rests_on():
    case = make_case(headline=FindingKind.ADDRESS_ISSUE, opened_at=NOW)
    make_event(case.shipment, state=State.DELAYED, reason=Reason.ADDRESS_ISSUE, occurred_at=NOW - HOUR)
    assert opened_cases([TODAY], ALL)[0].scan_at == NOW - HOUR


def test_case_found_in_silence_rests_on_no_scan():
    case = make_case(headline=FindingKind.STALLED, opened_at=NOW)
    make_event(case.shipment)
    assert opened_cases([TODAY], ALL)[0].scan_at is None


def test_first_conversation_on_the_order_says_when_the_customer_asked():
    case = _attempted()
    for hours in (1, 5, 3):
        make_conversation(shipment=case.shipment, opened_at=NOW - hours * HOUR)
    make_conversation(opened_at=NOW - 9 * HOUR)
    assert opened_cases([TODAY], ALL)[0].asked_at == NOW - 5 * HOUR


def test_case_without_order_is_not_linked():
    _attempted(order=None)
    make_conversation(opened_at=NOW)
    assert opened_cases([TODAY], ALL) == [OpenedCase(NOW, linked=False)]


@pytest.mark.parametrize(
    "narrowing, kept",
    [
        (ALL, 2),
        (Narrowing(carrier="fedex"), 1),
        (Narrowing(storefront="outlet"), 1),
        (Narrowing(team=Team.SUPPORT), 2),
        (Narrowing(team=Team.FINANCE), 0),
    ],
)
def test_narrowing_keeps_what_it_names(narrowing, kept):
    _attempted(carrier="fedex")
    _attempted(order=make_order(storefront="outlet"))
    assert len(opened_cases([TODAY], narrowing)) == kept


def test_case_belongs_to_the_team_it_was_first_routed_to():
    case = _attempted()
    case.owner_team = Team.FINANCE
    case.save()
    assert len(opened_cases([TODAY], Narrowing(team=Team.SUPPORT))) == 1


def test_cases_outside_the_periods_are_left_out():
    make_case(opened_at=TODAY.start - timedelta(seconds=1))
    make_case(opened_at=TODAY.end)
    assert opened_cases([TODAY], ALL) == []
    assert len(opened_cases([TODAY, TODAY.before()], ALL)) == 1


def test_days_count_messages_failures_scans_and_replays():
    failed = {"state": MessageState.FAILED, "problem": Problem.UNREADABLE, "processed_at": NOW}
    make_message(state=MessageState.DONE, processed_at=NOW, events=7)
    message = make_message(**failed)
    make_message(received_at=NOW - timedelta(days=1), **failed)
    make_event(received_at=NOW, mapped=False)
    make_event(received_at=NOW)
    for _ in range(2):
        Replay.objects.create(message=message, at=NOW, problem_before=Problem.UNREADABLE)
    assert days_of_updates([TODAY], ALL) == [
        DayOfUpdates(NOW.date(), messages=2, failed=1, scans=7, unmapped=1, replayed=1, recovered=0)
    ]
    assert [each.day for each in days_of_updates([TODAY, TODAY.before()], ALL)] == [date(2026, 3, 3), date(2026, 3, 4)]
    assert [each.pk for each in failed_messages([TODAY])] == [message.pk]


def test_unmapped_scans_know_their_carrier():
    scan = make_event(make_shipment(carrier="fedex"), received_at=NOW, mapped=False)
    make_event(received_at=NOW, mapped=False)
    assert list(unmapped_scans([TODAY], Narrowing(carrier="fedex"))) == [scan]


def test_a_scan_explained_since_is_unmapped_no_more_until_that_is_taken_back():
    scan = make_event(received_at=NOW, mapped=False)
    make_reading(scan)
    assert not unmapped_scans([TODAY], ALL).exists()
    make_reading(scan, state=State.UNKNOWN, mapped=False)
    assert list(unmapped_scans([TODAY], ALL)) == [scan]


def test_a_scan_whose_code_lost_its_meaning_is_unmapped():
    scan = make_event(received_at=NOW)
    make_reading(scan, state=State.UNKNOWN, mapped=False)
    assert list(unmapped_scans([TODAY], ALL)) == [scan]


def test_a_case_rests_on_what_a_scan_means_now():
    case = _attempted()
    make_reading(make_event(case.shipment, state=State.UNKNOWN, occurred_at=NOW - HOUR), state=State.ATTEMPTED)
    make_reading(make_event(case.shipment, state=State.ATTEMPTED, occurred_at=NOW - HOUR / 2), state=State.IN_TRANSIT)
    assert opened_cases([TODAY], ALL)[0].scan_at == NOW - HOUR
