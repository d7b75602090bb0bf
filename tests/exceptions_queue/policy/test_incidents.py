"""When many cases are one matter: by carrier, place and trouble, within a short time."""

from datetime import timedelta
from itertools import count
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exceptions_queue.policy.default import default_policy
from exceptions_queue.policy.incidents import IncidentRule, Key, Sighting, offers, plain_place, title, trouble_of
from exceptions_queue.policy.situation import FindingKind
from tests.exceptions_queue.policy.situations import NOW

RULE = IncidentRule(least_cases=3, within_hours=24, source=MappingProxyType({}))
HOUR = timedelta(hours=1)
_ids = count(1)


def seen(**overrides) -> Sighting:
    values = {
        "case_id": next(_ids),
        "carrier": "ups",
        "location": "Louisville, KY, US",
        "headline": FindingKind.STALLED,
        "reason": "",
        "opened_at": NOW - HOUR,
    }
    return Sighting(**values | overrides)


def test_enough_cases_of_one_place_are_offered_as_one():
    cases = [seen(opened_at=NOW - each * HOUR) for each in (1, 3, 2)]
    (offer,) = offers(cases, {}, RULE, NOW)
    assert offer.key == Key("ups", "louisville ky us", "stalled")
    assert offer.cases == (cases[1].case_id, cases[2].case_id, cases[0].case_id)
    assert (offer.since, offer.incident_id) == (NOW - 3 * HOUR, None)


@pytest.mark.parametrize(
    "odd_one",
    [
        {"carrier": "fedex"},
        {"location": "Chicago, IL, US"},
        {"location": ""},
        {"headline": FindingKind.LOST},
        {"reason": "weather"},
        {"opened_at": NOW - 24 * HOUR},
        {"opened_at": NOW + HOUR},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_a_case_that_differs_does_not_count(odd_one):
    assert offers([seen(), seen(), seen(**odd_one)], {}, RULE, NOW) == ()


def test_a_single_case_joins_an_incident_that_runs():
    running = {Key("ups", "louisville ky us", "stalled"): 7}
    (offer,) = offers([seen()], running, RULE, NOW)
    assert (offer.incident_id, len(offer.cases)) == (7, 1)


def test_the_largest_comes_first():
    cases = [*(seen() for _ in range(3)), *(seen(location="Memphis, TN") for _ in range(4))]
    assert [len(offer.cases) for offer in offers(cases, {}, RULE, NOW)] == [4, 3]


@given(st.lists(st.builds(seen, carrier=st.sampled_from(["ups", "usps"]), location=st.sampled_from(["A", "a ", "B"]))))
def test_each_case_is_in_one_incident_at_most_and_none_is_too_small(cases):
    found = offers(cases, {}, RULE, NOW)
    members = [case for offer in found for case in offer.cases]
    assert len(members) == len(set(members))
    assert all(len(offer.cases) >= RULE.least_cases for offer in found)
    assert found == offers(list(reversed(cases)), {}, RULE, NOW)


@pytest.mark.parametrize(
    ("headline", "reason", "trouble"),
    [
        (FindingKind.STALLED, "", "stalled"),
        (FindingKind.PROMISE_AT_RISK, "weather", "weather"),
        (FindingKind.CUSTOMS_HOLD, "customs_hold", "customs_hold"),
        (FindingKind.ATTEMPTED, "recipient_unavailable", "attempted"),
    ],
)
def test_the_carriers_reason_is_the_trouble_where_it_concerns_a_place(headline, reason, trouble):
    assert trouble_of(headline, reason) == trouble


@pytest.mark.parametrize("written", ["LOUISVILLE,KY US", "Louisville, KY, US", " louisville  ky / us"])
def test_one_place_is_written_in_many_ways(written):
    assert plain_place(written) == "louisville ky us"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("stalled", "UPS, Louisville, KY, US: stalled"),
        ("weather", "UPS, Louisville, KY, US: the weather held it up"),
        ("other", "UPS, Louisville, KY, US: other"),
    ],
)
def test_an_incident_is_named_in_words(trouble, words):
    assert title("ups", "Louisville, KY, US", trouble) == words


def test_the_default_policy_has_a_rule():
    assert default_policy().incidents.least_cases == 10
    assert default_policy().incidents.within == timedelta(hours=24)
