# ruff: noqa: E501
"""Two documents told apart in words: every change has its sentence, and only changes have one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.diff import differences
from tests.exceptions_queue.policy.test_upgrades import format_1


def told(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    data = copy.deepcopy(DEFAULT_POLICY)
    change(data)
    return [each.sentence for each in differences(DEFAULT_POLICY, data)]


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        *above, last = path.split("/")
        place: Any = data
        for name in above:
            place = place[int(name) if isinstance(place, list) else name]
        place[int(last) if isinstance(place, list) else last] = value

    return change


TOLD = [
    (put("detectors/stalled/customs_days", 12),
     "Stalled: 12 operating days without a physical scan while customs hold it, was 10."),
    (put("detectors/stalled/days/ground", 4), "Stalled, ground: 4 operating days without a physical scan, was 3."),
    (put("detectors/lost/on", False), "Lost is switched off."),
    (put("detectors/lost/team", "finance"), "Lost: team finance, was support."),
    (put("detectors/lost/exceptions", [{"carrier": "dpd", "presumed_days": 14}]),
     "Lost, DPD: added “For DPD parcels: 14 days without a physical scan after which it is presumed lost.”"),
    (put("detectors/stalled/days/express", 2), "Stalled, express: 2 operating days without a physical scan, was 1."),
    (put("score/tiers/vip", 20), "Customer tier vip: 20 points, was 15."),
    (put("score/case", 25), "Levels: 25 points for a case, was 20."),
    (lambda data: data["score"]["tiers"].pop("silver"),
     "Customer tier silver: taken out “A customer of tier silver adds 5 points.”"),
    (put("score/worth/EUR", 1.2), "Currency EUR: 1 EUR counts as 1.2 USD, was 1.1."),
    (put("approvals/limits/USD/finance", None), "Limits in USD: finance without limit, was 500."),
    (put("approvals/limits/USD/operations", 20), "Limits in USD: operations up to 20, was 0."),
    (put("approvals/goods", True),
     "Limits for goods: goods sent again count as much as their order is worth."),
    (put("claim_windows/0/closes/days", 45), "Claims for lost parcels of USPS: 45 days until it closes, was 60."),
    (put("claim_windows/0/closes/after", "promised"),
     "Claims for lost parcels of USPS: it closes so long after it was promised, was shipped."),
    (put("claim_windows/0/verify", "Read in our contract."),
     "Claims for lost parcels of USPS: how sure it is “Read in our contract.”, was “Verify with your contract.”."),
    (lambda data: data["calendars"]["carriers"]["default"]["holidays"].append("2026-12-24"),
     "Calendar of other carriers: holidays now with 2026-12-24."),
    (lambda data: data["calendars"]["carriers"]["default"]["days"].append("sat"),
     "Calendar of other carriers: days of the week now with Saturday."),
    (lambda data: data["calendars"]["teams"]["finance"]["hours"].pop("fri"),
     "Hours of finance: no hours on Friday, was 09:00-12:00, 13:00-17:00."),
    (put("calendars/carriers/default/peak/factor", 2),
     "Calendar of other carriers: every limit 2 times as long in the peak, was 1.7."),
    (put("messages/hold/open_conversation", False),
     "Messages held back: while a conversation about it is open, a message is not held."),
    (put("messages/hold/news_days", 1),
     "Messages held back: 1 day after which news is too old to send, was 7."),
    (put("messages/findings/lost", "none"), "Messages about problems: of “lost” a customer hears nothing, was a draft that a person reads first."),
    (put("states/delayed", "informational"), "Classes of states: “delayed” is for the record, was something for us."),
    (put("scope/carriers", ["ups"]), "Scope: carriers UPS, was all."),
    (put("scope/carriers", ["DHL", "ups"]), "Scope: carriers DHL, UPS, was all."),
    (put("scope/teams", ["support"]), "Scope: queues support, was all."),
    (put("workload/minutes/finance", 12), "Minutes a case: 12 minutes for finance, was 10."),
    (lambda data: data["decisions"].insert(0, data["decisions"].pop(3)),
     "Usual decision for stalled: tried earlier, “For stalled, suggest open a carrier trace: The carrier knows best "
     "where a silent parcel is: ask it before the customer asks us.”"),
    (put("detectors/lost/source/presumed_days", "Our contract."),
     "Lost: where it comes from is now “Our contract.”, was “" +
     DEFAULT_POLICY["detectors"]["lost"]["source"]["presumed_days"] + "”."),
    (put("calendars/carriers/default/source", "Ours."),
     "Calendar of other carriers: where it comes from is now “Ours.”, was “" + DEFAULT_POLICY["calendars"]["carriers"]["default"]["source"] + "”."),
    (put("name", "Mine"), "Name: name of this policy Mine, was “Waypost default”."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), TOLD, ids=[line[1][:60] for line in TOLD])
def test_one_change_is_one_sentence(change: Callable[[dict[str, Any]], Any], sentence: str):
    assert told(change) == [sentence]


def test_a_figure_of_an_exception_that_is_left_empty_is_as_for_every_other_parcel():
    fewer, more = copy.deepcopy(DEFAULT_POLICY), copy.deepcopy(DEFAULT_POLICY)
    fewer["detectors"]["held_for_pickup"]["exceptions"] = [{"carrier": "dpd", "hold_days": 9}]
    more["detectors"]["held_for_pickup"]["exceptions"] = [{"carrier": "dpd", "hold_days": 9, "remind_days": 1}]
    reminded = "Waiting to be collected, DPD: {}, was {}."
    label, others = "days after which the customer is reminded to collect it", "as for every other parcel"
    (came,), (went,) = differences(fewer, more), differences(more, fewer)
    assert came.sentence == reminded.format(f"1 {label.replace('days', 'day', 1)}", others)
    assert went.sentence == reminded.format(f"{label} {others}", "1")


def test_equal_documents_have_no_difference():
    assert differences(DEFAULT_POLICY, copy.deepcopy(DEFAULT_POLICY)) == ()


def test_a_difference_names_its_part_and_sentence():
    data = copy.deepcopy(DEFAULT_POLICY)
    data["detectors"]["stalled"]["days"]["ground"] = 4
    (found,) = differences(DEFAULT_POLICY, data)
    assert (found.part, found.key) == ("rules", "stalled::ground")


def test_a_new_detector_is_told_without_its_sources():
    data = copy.deepcopy(DEFAULT_POLICY)
    del data["detectors"]["lost"]
    found = [each.sentence for each in differences(data, DEFAULT_POLICY)]
    assert found[0].startswith("Lost: added “Open “lost” for support when")
    assert all(sentence.startswith("Lost, international: added") for sentence in found[1:])


@pytest.mark.parametrize("name", ["incidents"])
def test_what_is_taken_out_takes_its_sources_along(name: str):
    data = copy.deepcopy(DEFAULT_POLICY)
    del data[name]
    assert len(differences(DEFAULT_POLICY, data)) == 1


def test_a_window_that_never_opens_leaves_no_trace_of_its_place():
    data = copy.deepcopy(DEFAULT_POLICY)
    row = next(row for row in data["claim_windows"] if row["opens"] is None)
    data["claim_windows"].remove(row)
    (found,) = differences(DEFAULT_POLICY, data)
    assert found.sentence.startswith(f"Claims for {row['kind']} parcels of Royal Mail: taken out")


def test_an_older_document_differs_only_in_what_its_format_did_not_know():
    assert {each.part for each in differences(format_1(), DEFAULT_POLICY)} <= {"answers", "reach", ""}
