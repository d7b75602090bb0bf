"""The facts of a judgement in words, and every fact a judgement keeps has a name."""

from __future__ import annotations

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
    (fact,) = told_facts({"risk": cell | {"silent_days": 3.0, "days_left": 1.25, "learned_at": "2026-03-01"}})
    assert fact == (
        "Odds of being late",
        "72 % of 120 parcels (lane: UPS ground; in transit; silent for 3 days, with 1.25 days left), from table 7",
    )


def test_the_odds_of_parcels_promised_alike_say_so():
    cell = {"cell": ["", "", "in_transit"], "due_alike": True, "parcels": 31, "percent": 50, "table": 7}
    (fact,) = told_facts({"risk": cell | {"silent_days": 9.0, "days_left": 5.0}})
    assert fact[1].startswith("50 % of 31 parcels (lane: any; in transit; due about as soon; silent for 9 days")


def test_what_is_not_so_says_nothing():
    assert told_facts({"attempts": 0, "feed_silent": False, "tier": "", "value": None}) == ()


def test_every_fact_a_judgement_keeps_has_a_name():
    assert set(_FACTS) <= set(_NAMES)
