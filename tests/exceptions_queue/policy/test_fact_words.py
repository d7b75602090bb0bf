"""The facts of a judgement in words, and every fact a judgement keeps has a name."""

from __future__ import annotations

import pytest

from exceptions_queue.policy.assess import _FACTS
from exceptions_queue.policy.fact_words import _NAMES, told_facts


def test_facts_are_told_in_their_order_and_in_words():
    facts = {
        "state": "in_transit",
        "carrier": "dhl_express",
        "last_physical_at": "2026-03-01T10:30:00+00:00",
        "attempts": 0,
        "feed_silent": True,
        "reason": "customs_hold",
        "delay_risk": 0.7,
        "event_date": "soon",
    }
    assert [f"{fact.name}: {fact.words}" for fact in told_facts(facts)] == [
        "Carrier: DHL Express",
        "State: In transit",
        "Reason: Held by customs",
        "Last physical scan: Sun 1 Mar 10:30 UTC",
        "Needed for an event on: soon",
        "The carrier's feed is silent: yes",
        "Delay risk: 0.7",
    ]


def test_a_promised_date_is_told_without_an_hour():
    facts = {"promised_at": "2026-03-04T00:00:00+00:00", "estimated_at": "2026-03-05T18:00:00+00:00"}
    assert [each.words for each in told_facts(facts)] == ["Wed 4 Mar", "Thu 5 Mar 18:00 UTC"]


def test_the_odds_are_told_with_their_cell_and_sample():
    cell = {"cell": ["ups", "ups ground", "in_transit"], "parcels": 120, "percent": 72, "table": 7}
    (fact,) = told_facts({"risk": cell | {"silent_days": 3.0, "days_left": 1.25, "learned_at": "2026-03-01T00:00Z"}})
    assert fact == (
        "Odds of being late",
        "72 % of 120 parcels needed longer than the 30 hours then left "
        "(UPS ground; in transit, silent for 3 days); learned on Sun 1 Mar, table 7",
    )


def test_the_odds_of_parcels_promised_alike_say_so():
    cell = {"cell": ["", "", "in_transit"], "due_alike": True, "parcels": 31, "percent": 50, "table": 7}
    (fact,) = told_facts({"risk": cell | {"silent_days": 9.0, "days_left": 5.0}})
    assert fact.words == (
        "50 % of 31 parcels needed longer than the 5 days then left "
        "(any carrier; in transit, silent for 9 days, due about as soon); table 7"
    )


@pytest.mark.parametrize(
    ("state", "silent", "words"),
    [
        ("label_created", 0.5, "12 hours without a first scan"),
        ("label_created", 0.0, "just announced"),
        ("in_transit", 0.0, "just in transit"),
        ("unknown", 1.0, "with a status nobody knows, silent for 24 hours"),
    ],
)
def test_the_odds_say_how_long_the_parcels_had_been_there(state, silent, words):
    cell = {"cell": ["usps", "", state], "parcels": 40, "percent": 60, "table": 7}
    (fact,) = told_facts({"risk": cell | {"silent_days": silent, "days_left": 2.29}})
    assert fact.words == f"60 % of 40 parcels needed longer than the 2.3 days then left (USPS; {words}); table 7"


def test_a_service_is_told_as_people_call_it():
    assert told_facts({"carrier": "fedex", "service": "FEDEX_GROUND"})[1] == ("Service", "Ground")
    assert told_facts({"carrier": "usps", "service": "GroundAdvantage"})[1] == ("Service", "Ground Advantage")


def test_a_value_is_told_with_its_currency():
    assert told_facts({"value": "1203.5", "currency": "USD"}) == (("Order value", "USD 1,203.50"),)
    assert told_facts({"value": None, "currency": "USD"}) == ()


@pytest.mark.parametrize("kept", ["12,50", "NaN", True])
def test_a_value_that_is_no_amount_is_told_as_it_was_kept(kept):
    assert told_facts({"value": kept, "currency": "EUR"})[0].words == f"EUR {kept}"


def test_the_last_state_with_a_meaning_is_told_only_where_it_is_another():
    assert [each.name for each in told_facts({"state": "delayed", "last_known_state": "delayed"})] == ["State"]
    told = told_facts({"state": "unknown", "last_known_state": "in_transit"})
    assert [each.words for each in told] == ["Unknown", "In transit"]


def test_what_is_not_so_says_nothing():
    assert told_facts({"attempts": 0, "feed_silent": False, "tier": "", "value": None}) == ()


def test_every_fact_a_judgement_keeps_has_a_name():
    assert set(_FACTS) <= set(_NAMES)
