"""A replay opens, clears and counts what the same assessment would have, with nothing from the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from exceptions_queue.backtest.parcels import Parcel, Talk
from exceptions_queue.backtest.replay import Replayed, replay
from exceptions_queue.backtest.tables import LearnedTables
from exceptions_queue.backtest.tally import tally
from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.risk import LearnedRisk
from shipments.facts import State
from tests.exceptions_queue.backtest.histories import BEGINS, day, parcel, sparse, told

POLICY = default_policy()
UNTIL = day(70)


def nothing_learned(_: datetime) -> LearnedRisk | None:
    return None


def played(*parcels: Parcel) -> list[Replayed]:
    return replay(parcels, POLICY, nothing_learned, UNTIL)


def found(replayed: Replayed) -> list[tuple[str, datetime, datetime | None]]:
    return [(each.kind.value, each.opened_at, each.cleared_at) for each in replayed.findings]


def test_a_failed_delivery_is_opened_when_it_is_heard_of_and_clears_with_the_delivery():
    events = told("1", (State.IN_TRANSIT, 1), (State.ATTEMPTED, 2), (State.DELIVERED, 3), heard_after=0.1)
    (one,) = played(parcel(events=events))
    assert found(one) == [("attempted", day(2.1), day(3.1))]
    assert [(case.opened_at, case.team) for case in one.cases] == [(day(2.1), "support")]
    assert one.healed == 1


def test_silence_is_found_when_it_becomes_news():
    (one,) = played(parcel(events=told("1", (State.IN_TRANSIT, 2))))
    kinds = {kind: opened for kind, opened, _ in found(one)}
    assert kinds["stalled"] == day(7)  # three operating days and a weekend
    assert kinds["promise_missed"] == day(10.5)


def test_a_late_told_scan_changes_nothing_before_it_was_told():
    events = (*told("1", (State.IN_TRANSIT, 2)), *told("1", (State.IN_TRANSIT, 6), heard_after=3))
    (one,) = played(parcel(events=events))
    assert found(one)[0] == ("stalled", day(7), day(9))


def test_scans_told_out_of_order_are_folded_in_the_carriers_time():
    events = (*told("1", (State.DELIVERED, 4)), *told("1", (State.ATTEMPTED, 3), heard_after=2))
    (one,) = played(parcel(events=events))
    assert found(one) == []


def test_a_conversation_counts_from_when_it_was_opened():
    events = told("1", (State.IN_TRANSIT, 4), (State.ATTEMPTED, 5), (State.ATTEMPTED, 6))
    quiet = parcel(events=events)
    asked = replace(quiet, talks=(Talk(day(4.5), None, True),))
    later = replace(quiet, talks=(Talk(day(5.5), None, True),))
    scores = [played(one)[0].findings[0].score for one in (quiet, asked, later)]
    assert scores[1] > scores[0] == scores[2]


MISSED = told("1", (State.IN_TRANSIT, 1), (State.DELIVERED, 2))


@pytest.mark.parametrize(
    ("talks", "cleared_at"),
    [
        ((Talk(day(2.5), None, True),), None),
        ((Talk(day(2.5), day(3), True),), day(9.5)),
        ((Talk(day(2.5), day(20), True),), day(23)),
        ((Talk(day(2.5), day(3), True), Talk(day(4), None, True)), None),
        ((Talk(day(2.5), day(3), True), Talk(day(4), day(20), True)), day(23)),
    ],
    ids=["still open", "over at once", "over after the wait", "asked again", "asked again and over"],
)
def test_a_missed_parcel_clears_when_asking_back_brings_no_word(talks, cleared_at):
    (one,) = played(parcel(events=MISSED, talks=talks))
    assert found(one) == [("delivered_not_received", day(2.5), cleared_at)]


@pytest.mark.parametrize(
    ("talk", "missed"),
    [
        (Talk(day(2.5), None, True, about=1), ["P1"]),
        (Talk(day(3.5), None, True, about=1), ["P1"]),
        (Talk(day(3.5), None, True, about=2), ["P2"]),
        (Talk(day(2.5), None, True), []),
        (Talk(day(3.5), None, True), ["P2"]),
    ],
    ids=["the first, at once", "the first", "the second", "the order, too early", "the order"],
)
def test_a_question_about_one_parcel_of_an_order_is_that_parcels_and_one_about_the_order_the_last_ones(talk, missed):
    second = told("2", (State.IN_TRANSIT, 1), (State.DELIVERED, 3))
    pair = [parcel(1, events=MISSED, talks=(talk,)), parcel(2, order_id="O1", events=second, talks=(talk,))]
    assert [each.parcel.tracking_number for each in played(*pair) if found(each)] == missed


def test_a_question_about_an_order_whose_parcels_came_together_is_found_once():
    talk = Talk(day(2.5), None, True)
    pair = [parcel(number, order_id="O1", events=MISSED, talks=(talk,)) for number in (1, 2)]
    assert [each.parcel.id for each in played(*pair) if found(each)] == [2]


def test_a_question_about_a_parcel_without_an_order_is_heard_and_weighs_nothing():
    talk = Talk(day(2.5), None, True, about=1)
    (alone,) = played(parcel(order_id="", events=MISSED, talks=(talk,)))
    (of_order,) = played(parcel(events=MISSED, talks=(talk,)))
    assert found(alone) == found(of_order) != []
    assert alone.findings[0].score < of_order.findings[0].score


def test_a_customers_earlier_cases_count_for_the_next_parcel_only():
    first = parcel(1, customer=7, events=told("1", (State.ATTEMPTED, 2)))
    second = parcel(2, customer=7, events=told("2", (State.ATTEMPTED, 3)))
    together, alone = played(first, second), played(second)
    assert together[0].findings[0].score == played(first)[0].findings[0].score
    assert together[1].findings[0].score > alone[0].findings[0].score


def test_parcels_judged_together_do_not_see_each_others_new_case():
    pair = [parcel(number, customer=7, events=told(str(number), (State.ATTEMPTED, 2))) for number in (1, 2)]
    first, second = played(*pair)
    assert first.findings[0].score == second.findings[0].score


def messages(replayed: Replayed) -> list[tuple[str, datetime, str | None]]:
    return [(each.news.about.value, each.at, each.held and each.held.value) for each in replayed.messages]


HANDED_IN_AND_DELIVERED = told("1", (State.PICKED_UP, 1), (State.IN_TRANSIT, 2), (State.DELIVERED, 4))


def test_a_customer_hears_of_the_states_the_policy_tells():
    (one,) = played(parcel(events=HANDED_IN_AND_DELIVERED))
    assert messages(one) == [("picked_up", day(1), None), ("delivered", day(4), None)]


def test_a_parcel_without_an_order_has_nobody_to_tell():
    (one,) = played(parcel(events=HANDED_IN_AND_DELIVERED, order_id=""))
    assert messages(one) == []


@pytest.mark.parametrize(
    ("talk", "held"),
    [
        (Talk(day(3), None, True), "conversation_open"),
        (Talk(day(3), day(3.9), True), None),
        (Talk(day(3), day(3.9), True, day(3.5)), "agent_answered_recently"),
        (Talk(day(1.5), day(1.9), True, day(1.8)), None),
        (Talk(day(4.5), None, True), None),
    ],
    ids=["open", "closed unanswered", "answered today", "answered long ago", "opened later"],
)
def test_a_message_is_held_by_the_conversations_as_they_were_then(talk: Talk, held: str | None):
    (one,) = played(parcel(events=HANDED_IN_AND_DELIVERED, talks=(talk,)))
    assert messages(one)[1] == ("delivered", day(4), held)


def test_a_message_is_held_when_the_customer_just_heard_of_another_parcel():
    parcels = [
        parcel(number, customer=7, events=told(str(number), (State.PICKED_UP, 1), (State.DELIVERED, delivered)))
        for number, delivered in ((1, 4), (2, 4.5))
    ]
    first, second = played(*parcels)
    assert messages(first) == [("picked_up", day(1), None), ("delivered", day(4), None)]
    assert messages(second) == [
        ("picked_up", day(1), "heard_from_us_recently"),
        ("delivered", day(4.5), "heard_from_us_recently"),
    ]


def test_what_a_person_must_read_holds_what_would_go_by_itself():
    events = told("1", (State.PICKED_UP, 1), (State.DAMAGED, 3), (State.DELIVERED, 5))
    (one,) = played(parcel(events=events))
    assert messages(one)[1:] == [("damaged", day(3), None), ("delivered", day(5), "case_under_review")]
    assert one.messages[1].is_draft


def test_news_heard_of_too_late_is_held():
    (one,) = played(parcel(events=told("1", (State.PICKED_UP, 1), heard_after=8)))
    assert messages(one)[0] == ("picked_up", day(9), "old_news")


def test_nothing_is_judged_after_the_end():
    (one,) = replay([parcel(events=told("1", (State.IN_TRANSIT, 2)))], POLICY, nothing_learned, day(6))
    assert found(one) == []


def test_a_parcel_known_only_after_the_end_is_left_alone():
    (one,) = replay([parcel(first_seen_at=day(8))], POLICY, nothing_learned, day(6))
    assert (one.findings, one.cases) == ([], [])


def test_an_estimate_after_the_promise_is_known_when_it_was_told():
    estimate = replace_promise(told("1", (State.IN_TRANSIT, 3)), day(14))
    (one,) = played(parcel(events=(*told("1", (State.IN_TRANSIT, 2)), *estimate)))
    assert found(one)[0][:2] == ("promise_at_risk", day(3))


def replace_promise(events, promised_at):
    return tuple(each._replace(scan=each.scan._replace(promised_at=promised_at)) for each in events)


def test_replaying_again_gives_the_same():
    history = sparse(60, seed=3, days=20)
    tables = [LearnedTables([], begins_at=BEGINS).at] * 2
    first, second = ([replay([one], POLICY, at, day(90)) for one in history] for at in tables)
    assert [found(each) for (each,) in first] == [found(each) for (each,) in second]


def test_the_default_policy_is_good_on_a_two_scan_history():
    """Learning only from what was finished at each moment; a false alarm for two right ones, and days ahead."""
    history = sparse(1600, seed=5, days=240)
    judged = [one for one in history if one.placed_at >= day(130)]
    lessons = [taught for one in history if (taught := one.lesson())]
    tables = LearnedTables(lessons, begins_at=day(130))
    until = day(310)
    total = tally((each for one in judged for each in replay([one], POLICY, tables.at, until)), until)
    leads = sorted(int(tenths) for tenths in total.leads.elements())
    assert total.flagged_late / total.flagged >= 0.55
    assert total.flagged_late / total.late >= 0.9
    assert total.flagged / total.parcels <= 0.15
    assert leads[len(leads) // 2] >= 40


@pytest.mark.parametrize(("carrier", "late"), [("ups", True), ("canadapost", False)])
def test_a_promised_date_ends_where_the_carrier_is(carrier: str, late: bool):
    one = parcel(carrier=carrier, promised_at=day(10), events=told("1", (State.DELIVERED, 11 + 1 / 12)))
    (replayed,) = replay([one], POLICY, nothing_learned, UNTIL)
    assert replayed.fate(UNTIL).late is late
