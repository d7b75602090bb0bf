# ruff: noqa: E501
"""Clauses: every part of a document is a sentence with fields; typing into them gives the document that was meant."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest

from exceptions_queue.policy.clauses import (
    PARTS,
    Clause,
    adders_of,
    clause_of,
    clauses_of,
    edited,
    moved,
    normal,
    removed,
    switched,
)
from exceptions_queue.policy.clauses.parts import FieldKind, Path, input_name
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.diff import differences
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import FindingKind, Severity

DOCUMENT = normal(DEFAULT_POLICY)
EVERY = [(part.slug, clause.key) for part in PARTS for clause in clauses_of(DOCUMENT, part.slug)]


def clause(slug: str, key: str, data: dict[str, Any] = DOCUMENT) -> Clause:
    found = clause_of(data, slug, key)
    assert found is not None
    return found


def typed(slug: str, key: str, data: dict[str, Any] = DOCUMENT, **values: str) -> dict[str, Any]:
    """Return the document after typing into the fields whose places end so."""
    found = clause(slug, key, data)
    given = {field.path: field.typed for field in found.fields}
    for name, value in values.items():
        place = next(field.path for field in found.fields if input_name(field.path).endswith(name.replace("__", "/")))
        given[place] = value
    return edited(data, found, given)


def test_a_normal_document_judges_as_the_one_it_was():
    data = copy.deepcopy(DEFAULT_POLICY)
    data["detectors"]["stalled"]["exceptions"] = [{"carrier": "dpd", "days": 6}]
    data["detectors"]["stalled"]["carriers"] = {
        "ups": {"days": {"ground": 9, "default": 8}, "due_within_days": 4},
        "dpd": {"days": 2},
    }
    before, after = parse_policy(data), parse_policy(normal(data))
    for kind, rule in before.detectors.items():
        for name, threshold in rule.figures.items():
            for carrier in ("ups", "dpd", "usps", "fedex", ""):
                for service in ("ground", "express", "economy", "international", "expedited", "default"):
                    assert after.detectors[kind].figures[name].at(carrier, service) == threshold.at(carrier, service)


def test_normal_is_normal_already():
    assert normal(DOCUMENT) == DOCUMENT
    assert differences(DEFAULT_POLICY, DOCUMENT) == ()


@pytest.mark.parametrize(("slug", "key"), EVERY)
def test_saving_a_sentence_as_it_stands_changes_nothing(slug: str, key: str):
    assert differences(DOCUMENT, typed(slug, key)) == ()


@pytest.mark.parametrize(("slug", "key"), EVERY)
def test_every_sentence_reads_as_one_and_its_fields_have_names(slug: str, key: str):
    found = clause(slug, key)
    assert found.text[0].isupper() or found.text[0].isdigit() or found.text[0] == "-"
    assert "\x00" not in found.text
    assert all(field.label for field in found.fields)
    assert len({field.path for field in found.fields}) == len(found.fields)


def test_keys_are_unique_and_every_leaf_of_the_document_stands_in_a_sentence():
    keys = [key for _, key in EVERY]
    assert len(set(keys)) == len(keys)
    clauses = [each for part in PARTS for each in clauses_of(DOCUMENT, part.slug)]
    told = {field.path for each in clauses for field in each.fields} | {each.switch for each in clauses if each.switch}
    untold = [path for path, value in leaves(DOCUMENT, (), told) if "source" not in path and value is not None]
    assert untold == [("format",)]


def leaves(value: Any, path: Path, told: set[Path]) -> Iterator[tuple[Path, Any]]:
    """Yield the places under a value that no field of a sentence holds."""
    if path not in told and isinstance(value, dict | list):
        for step, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(below, (*path, step), told)
    elif path not in told:
        yield path, value


def test_a_peak_is_taken_out_by_its_first_day_and_written_again():
    without = typed("clocks", "carrier:usps", peak__from="")
    assert parse_policy(without).calendars.carriers["usps"].peak is None
    assert "every limit" not in clause("clocks", "carrier:usps", without).text
    again = typed("clocks", "carrier:usps", without, peak__from="12-01", peak__to="12-24", factor="2")
    peak = parse_policy(again).calendars.carriers["usps"].peak
    assert (peak.first, peak.last, peak.factor) == ((12, 1), (12, 24), 2)
    assert [each.sentence for each in differences(DOCUMENT, without)] == [
        "Calendar of USPS: no first day of the peak, was 11-15.",
        "Calendar of USPS: no last day of the peak, was 01-15.",
        "Calendar of USPS: no longer limits in the peak, was 1.7.",
    ]


def test_a_calendar_of_one_lane_is_added_with_a_cutoff_of_its_own():
    after = typed("clocks", "carrier:new", name="ups/ground", cutoff="12:30", countries="US")
    assert clause("clocks", "carrier:ups/ground", after).text.startswith(
        "Parcels of UPS ground move on Monday, Tuesday,"
    )
    ground = parse_policy(after).calendars.operating_days("ups", "ground")
    assert (ground.cutoff, date(2026, 7, 3) in ground.holidays) == (time(12, 30), True)


def test_a_severity_counts_what_its_sentence_says():
    after = typed("score", "severities", critical="70")
    assert parse_policy(after).score.severities[Severity.CRITICAL] == 70
    assert [each.sentence for each in differences(DOCUMENT, after)] == [
        "Severity: 70 points for critical severity, was 40."
    ]


def test_the_hours_of_a_team_name_their_time_zone_in_plain_words():
    assert "; Friday 08:00-18:00; times in UTC" in clause("clocks", "team:operations").text
    assert " in the time zone Europe/London; not on" in clause("clocks", "carrier:royalmail").text


def test_mass_incidents_are_taken_out_and_offered_again():
    without = removed(DOCUMENT, clause("answers", "incidents"))
    assert parse_policy(without).incidents is None
    after = typed("answers", "incidents:new", without, least_cases="5", within_hours="12")
    assert parse_policy(after).incidents.least_cases == 5
    assert [each.part for each in differences(without, after)] == ["answers"]


def test_a_figure_is_typed_into_its_sentence():
    after = typed("rules", "stalled", days="4", due_within_days=" 6 ", team="support")
    rule = parse_policy(after).detectors[FindingKind.STALLED]
    assert (rule.figures["days"].default, rule.figures["due_within_days"].default, rule.team) == (4, 6, "support")
    assert clause("rules", "stalled", after).text.startswith(
        "Open “stalled” for support when a parcel shows no physical scan for 4 operating days (10 while customs hold it) "
        "and is due within 6 days"
    )
    assert normal(DEFAULT_POLICY) == DOCUMENT


WRONG = [
    ("rules", "stalled", {"days": "three"}, "detectors.stalled.days: 'three' is not a number; write a number such as 3"),
    ("rules", "stalled", {"days": ""}, "detectors.stalled.days: nothing is written; write a number such as 3"),
    ("rules", "stalled", {"days": "0"}, "detectors.stalled.days: 0 is too small; write 1 days or more"),
    ("rules", "stalled", {"days": "2.5"}, "detectors.stalled.days: 2.5 is not a whole number; write whole days"),
    ("rules", "stalled", {"days": "nan"}, "detectors.stalled.days: 'nan' is not a number"),
    ("rules", "stalled", {"team": "sales"}, "detectors.stalled.team: 'sales' is not known here; write one of"),
    ("rules", "attempted", {"raised": "low"}, "detectors.attempted.raised: it is milder than 'severity'"),
    ("rules", "attempted:usps:", {"carrier": ""}, "detectors.attempted.exceptions[2]: it excepts every parcel"),
    ("rules", "attempted:usps:", {"hold_days": ""}, "detectors.attempted.exceptions[2]: it changes no figure"),
    ("score", "levels", {"watch": "30"}, "score.watch: it is more than 'case'"),
    ("money", "approvals:USD", {"finance": "much"}, "approvals.limits.USD.finance: 'much' is not a number; write a number or"),
    ("clocks", "carrier:default", {"zone": "Mars"}, "calendars.carriers.default.zone: 'Mars' is not a time zone"),
    ("clocks", "carrier:default", {"holidays": "25.12."}, "calendars.carriers.default.holidays[1]: '25.12.' is not a date"),
    ("rules", "stalled", {"days": "999999999999"}, "detectors.stalled.days: 999999999999 is too large; write 3650 days or less"),
    ("rules", "stalled", {"allowed_hours": "1e9"}, "detectors.stalled.allowed_hours: 1000000000 is too large; write 10000 hours"),
    ("score", "age:10", {"days": "1e9"}, "score.age[1].days: 1000000000 is too large; write 3650 days or less"),
    ("score", "order_value:100", {"amount": "999999999999"}, "score.order_value[1].amount: 999999999999 is too large; write 1000000000 USD or less"),
    ("score", "order_value:100", {"amount": "500", "points": "3"}, "score.order_value[1].points: 3 is too small; write 5 points"),
    ("score", "order_value:100", {"amount": "1000"}, "score.order_value[1].amount: there is a step of 1000 already; change that"),
    ("score", "promise:-1", {"days": "7"}, "score.promise[1].points: 3 is too small; write 20 points or more"),
    ("score", "promise:5", {"days": "-3"}, "score.promise[5]: the step of -1 does not fit beside it (3 is too small); change this"),
    ("score", "order_value:100", {"points": "1e400"}, "score.order_value[1].points: 1e400 is too large; write a number such as 3"),
    ("score", "order_value:100", {"points": "-9999999999999"}, "score.order_value[1].points: -9999999999999 is too small; write a"),
    ("clocks", "carrier:default", {"peak__from": "15 Nov"}, "calendars.carriers.default.peak.from: '15 Nov' is not a day of the year"),
    ("clocks", "carrier:default", {"peak__to": ""}, "calendars.carriers.default.peak: 'to' is missing"),
    ("clocks", "carrier:default", {"factor": "0.5"}, "calendars.carriers.default.peak.factor: 0.5 would shorten the time"),
    ("clocks", "carrier:default", {"cutoff": "5 pm"}, "calendars.carriers.default.cutoff: '5 pm' is not a time of day"),
    ("clocks", "carrier:usps", {"countries": "Atlantis"}, "calendars.carriers.usps.countries[1]: the holidays of 'Atlantis'"),
    ("score", "severities", {"high": "15"}, "score.severities.high: 15 is too small; write 20 points or more"),
    ("answers", "incidents", {"least_cases": "1"}, "incidents.least_cases: 1 is too small; write 2 cases or more"),
    ("reach", "scope", {"teams": "sales"}, "scope.teams[1]: 'sales' is not known here"),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "key", "values", "message"), WRONG, ids=[line[3] for line in WRONG])
def test_what_cannot_be_is_refused_at_its_place(slug: str, key: str, values: dict[str, str], message: str):
    with pytest.raises(PolicyError) as refused:
        typed(slug, key, **values)
    assert str(refused.value).startswith(message)


def test_a_figure_the_document_leaves_unwritten_reads_as_it_counts():
    data = copy.deepcopy(DOCUMENT)
    del data["detectors"]["promise_at_risk"]["case_percent"]
    field = next(each for each in clause("rules", "promise_at_risk", data).fields if each.path[-1] == "case_percent")
    assert field.typed == "100"
    assert differences(data, typed("rules", "promise_at_risk", data)) == ()


def test_an_exception_is_added_moved_and_taken_out_again():
    after = typed("rules", "stalled:new", carrier="ups", service="ground", exceptions__5__days="9")
    assert clause("rules", "stalled:ups:ground", after).text == (
        "For UPS ground parcels: 9 operating days without a physical scan."
    )
    rule = parse_policy(after).detectors[FindingKind.STALLED]
    assert rule.figures["days"].at("ups", "ground") == 9
    assert moved(after, clause("rules", "stalled:ups:ground", after), -1) == after
    last = after
    for _ in range(5):
        last = moved(last, clause("rules", "stalled:ups:ground", last), 1)
    assert parse_policy(last).detectors[FindingKind.STALLED].figures["days"].at("ups", "ground") == 3
    assert removed(last, clause("rules", "stalled:ups:ground", last)) == DOCUMENT


def test_an_exception_is_added_before_those_for_more_parcels():
    carrier = typed("rules", "stalled:new", carrier="ups", exceptions__5__days="8")
    both = typed("rules", "stalled:new", carrier, carrier="ups", service="ground", exceptions__6__days="9")
    whole = typed("rules", "stalled:new", both, carrier="usps", exceptions__7__days="7")
    keys = [each.key for each in clauses_of(whole, "rules") if each.under == "stalled"]
    assert keys[:4] == ["stalled:ups:ground", "stalled:ups:", "stalled:usps:", "stalled::international"]


def test_no_rule_asks_for_what_only_the_console_asks_for():
    action = next(field for field in clause("rules", "stalled").fields if field.path[-1] == "next_action")
    assert not {"approve", "confirm_recovered"} & {value for value, _ in action.choices}


def test_a_worse_step_is_added_and_taken_out_by_its_days():
    after = typed("rules", "stalled", steps__1__after_days="5", steps__1__severity="critical")
    assert after["detectors"]["stalled"]["steps"][1] == {"after_days": 5, "severity": "critical"}
    assert typed("rules", "stalled", after, steps__1__after_days="") == DOCUMENT
    assert typed("rules", "stalled", after, steps__0__after_days="")["detectors"]["stalled"]["steps"] == [
        {"after_days": 5, "severity": "critical"}
    ]


def test_a_step_whose_days_are_left_empty_is_not_there():
    assert typed("rules", "attempted", steps__0__severity="critical") == DOCUMENT


def test_the_last_exception_leaves_nothing_behind():
    data = removed(DOCUMENT, clause("rules", "lost::international"))
    assert [each.key for each in differences(DOCUMENT, data)] == ["lost::international"]


def test_a_rule_is_switched_off_and_on():
    off = switched(DOCUMENT, clause("rules", "lost"))
    assert not clause("rules", "lost", off).is_on
    assert switched(off, clause("rules", "lost", off)) == DOCUMENT


def test_a_tier_gets_points_by_its_name():
    after = _new_tier("Diamond", "30")
    assert parse_policy(after).score.tiers["diamond"] == 30
    assert removed(after, clause("score", "tiers:Diamond", after)) == DOCUMENT


def _new_tier(name: str, points: str) -> dict[str, Any]:
    found = clause("score", "tiers:new")
    asked, worth = found.fields
    return edited(DOCUMENT, found, {asked.path: name, worth.path: points})


def test_something_new_needs_a_name():
    with pytest.raises(PolicyError, match=r"it has no name; write one"):
        _new_tier(" ", "30")


def test_steps_stand_in_their_own_order():
    found = clause("score", "order_value:new")
    amount, points = found.fields
    after = edited(DOCUMENT, found, {amount.path: "500", points.path: "7"})
    assert [row["amount"] for row in after["score"]["order_value"]] == [100, 250, 500, 1000]


def test_a_limit_can_be_taken_away_and_set():
    after = typed("money", "approvals:USD", finance="No limit", manager="1000")
    assert (
        after["approvals"]["limits"]["USD"] | {"finance": None, "manager": 1000} == after["approvals"]["limits"]["USD"]
    )


def test_goods_count_once_somebody_says_so():
    assert "goods" not in DOCUMENT["approvals"]
    assert not parse_policy(DOCUMENT).approvals.goods
    after = typed("money", "approvals:goods", goods="yes")
    assert parse_policy(after).approvals.goods
    assert "count as much as their order is worth" in clause("money", "approvals:goods", after).text
    assert differences(DOCUMENT, typed("money", "approvals:goods", after, goods="no")) == ()


def test_a_claim_window_without_an_opening_says_nothing_of_it():
    after = typed("money", "claim:usps:lost", opens__days="")
    assert after["claim_windows"][0]["opens"] is None
    assert "opens" not in clause("money", "claim:usps:lost", after).text
    again = typed("money", "claim:usps:lost", after, opens__days="15", opens__after="shipped")
    assert again == DOCUMENT


def test_conditions_of_the_decision_table_come_and_go():
    after = typed("answers", "decision:lost", value_from="500", tiers="vip, gold", compensated="no")
    assert after["decisions"][11]["when"] == {"compensated": False, "value_from": 500, "tiers": ["vip", "gold"]}
    key = next(each.key for each in clauses_of(after, "answers") if "worth 500 USD" in each.text)
    back = typed("answers", key, after, value_from="", tiers="", compensated="")
    assert differences(DOCUMENT, back) == ()


def test_a_list_left_empty_is_everything():
    narrow = typed("reach", "scope", carriers="ups, fedex")
    assert narrow["scope"]["carriers"] == ["ups", "fedex"]
    assert typed("reach", "scope", narrow, carriers="") == DOCUMENT


def test_what_is_needed_cannot_be_taken_out():
    found = clause("clocks", "carrier:default")
    with pytest.raises(PolicyError, match="'default' is missing"):
        removed(DOCUMENT, found)


def test_every_adder_asks_for_something():
    for part in PARTS:
        for each in adders_of(DOCUMENT, part.slug):
            assert each.is_new
            assert each.fields
            assert clause_of(DOCUMENT, part.slug, each.key) == each
    kinds = {field.kind for slug, key in EVERY for field in clause(slug, key).fields}
    assert FieldKind.NEW_NAME not in kinds


def test_the_days_of_a_score_step_read_as_words():
    texts = [clause.text for clause in clauses_of(DEFAULT_POLICY, "score") if clause.key.startswith("promise:")]
    assert [text.split(", or later,")[0] for text in texts] == [
        "1 day before the promise",
        "The end of the promise",
        "1 day past the promise",
        "2 days past the promise",
        "5 days past the promise",
    ]


def test_one_of_something_reads_in_the_singular():
    assert clause("rules", "stalled::express").text == "For express parcels: 1 operating day without a physical scan."
    assert "after 1 day high, after 2 days critical" in clause("rules", "promise_missed").text


def test_what_is_held_back_and_who_decides_read_as_words():
    assert clause("answers", "messages:hold").text.startswith(
        "While a conversation about it is open, a message is held; while somebody works on the case"
    )
    assert "finance up to 500, operations nothing, a manager without limit may decide" in (
        clause("money", "approvals:USD").text
    )


def test_a_second_exception_that_would_never_count_is_refused_and_one_with_another_figure_is_not():
    after = typed("rules", "stalled:new", carrier="dpd", days="4")
    with pytest.raises(
        PolicyError, match=r"exceptions\[\d\].carrier: these parcels have an exception with this figure"
    ):
        typed("rules", "stalled:new", after, carrier="dpd", days="9")
    with pytest.raises(PolicyError, match="change that one, or take it out first"):
        typed("rules", "stalled:dpd:", typed("rules", "stalled:new", after, carrier="gls", days="9"), carrier="gls")
    more = typed("rules", "stalled:new", after, carrier="dpd", customs_days="9")
    assert parse_policy(more).detectors[FindingKind.STALLED].figures["customs_days"].at("dpd", "ground") == 9
    assert typed("rules", "stalled:dpd:", after, days="5")


def test_something_new_that_says_nothing_is_refused():
    with pytest.raises(PolicyError, match="nothing is written; fill the sentence, then add it"):
        typed("rules", "stalled:new")
