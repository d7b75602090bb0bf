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
     "Stalled: operating days without a physical scan while customs hold it 12, was 10."),
    (put("detectors/stalled/days/ground", 4), "Stalled, ground: operating days without a physical scan 4, was 3."),
    (put("detectors/lost/on", False), "Lost is switched off."),
    (put("detectors/lost/team", "finance"), "Lost: team finance, was support."),
    (put("detectors/lost/exceptions", [{"carrier": "dpd", "presumed_days": 14}]),
     "Added to lost, DPD: For DPD parcels: 14 days without a physical scan after which it is presumed lost."),
    (put("score/tiers/vip", 20), "Customer tier vip: points 20, was 15."),
    (put("score/case", 25), "Levels: points for a case 25, was 20."),
    (lambda data: data["score"]["tiers"].pop("silver"),
     "Taken out of customer tier silver: A customer of tier silver adds 5 points."),
    (put("approvals/limits/USD/finance", None), "Limits in USD: limit of finance no limit, was 500."),
    (put("approvals/goods", True),
     "Limits for goods: goods sent again count as much as their order is worth, was need no second person."),
    (put("claim_windows/0/closes/days", 45), "USPS, lost parcels: days until it closes 45, was 60."),
    (lambda data: data["calendars"]["carriers"]["default"]["holidays"].append("2026-12-24"),
     "Calendar of other carriers: holidays now with 2026-12-24."),
    (put("messages/findings/lost", "none"), "Messages about problems: lost nothing, was a draft that a person reads first."),
    (put("states/delayed", "informational"), "Classes of states: Delayed for the record, was something for us."),
    (put("scope/carriers", ["ups"]), "Scope: carriers ups, was all."),
    (put("workload/minutes/finance", 12), "Minutes a case: minutes for finance 12, was 10."),
    (lambda data: data["decisions"].insert(0, data["decisions"].pop(3)),
     "Tried earlier: For stalled, suggest open a carrier trace: The carrier knows best where a silent parcel is: "
     "ask it before the customer asks us."),
    (put("detectors/lost/source/presumed_days", "Our contract."),
     "detectors.lost.source.presumed_days: “Our contract.”, was “" +
     DEFAULT_POLICY["detectors"]["lost"]["source"]["presumed_days"] + "”."),
    (put("calendars/carriers/default/source", "Ours."),
     "calendars.carriers.default.source: “Ours.”, was “" + DEFAULT_POLICY["calendars"]["carriers"]["default"]["source"] + "”."),
    (put("name", "Mine"), "Name: name of this policy Mine, was Waypost default."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), TOLD, ids=[line[1][:60] for line in TOLD])
def test_one_change_is_one_sentence(change: Callable[[dict[str, Any]], Any], sentence: str):
    assert told(change) == [sentence]


def test_equal_documents_have_no_difference():
    assert differences(DEFAULT_POLICY, copy.deepcopy(DEFAULT_POLICY)) == ()


def test_a_difference_names_its_part_and_sentence():
    data = copy.deepcopy(DEFAULT_POLICY)
    data["detectors"]["stalled"]["days"]["ground"] = 4
    (found,) = differences(DEFAULT_POLICY, data)
    assert (found.part, found.key) == ("rules", "stalled::ground")


def test_a_new_detector_is_told():
    data = copy.deepcopy(DEFAULT_POLICY)
    del data["detectors"]["lost"]
    (added, *_) = differences(data, DEFAULT_POLICY)
    assert added.sentence.startswith("Added to lost: Open “lost” for support when")


def test_an_older_document_differs_only_in_what_its_format_did_not_know():
    assert {each.part for each in differences(format_1(), DEFAULT_POLICY)} <= {"answers", "reach", ""}
