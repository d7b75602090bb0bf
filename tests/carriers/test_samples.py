"""Every direct source has a sample of every state and of every reason that it can say."""

import json

import pytest

from carriers.sources.reading import FeedTrouble, Unreadable
from shipments.facts import Reason, State
from tests.carriers.samples import DIRECT, body, events, names

CANNOT_SAY = {
    (
        "fedex",
        "state",
        State.RETURNED,
    ): "a returned parcel is plainly delivered (DL) after RS; the timeline says returned",
    ("usps", "state", State.DAMAGED): "no code and no event text of it is known",
    ("dhl_express", "state", State.RETURNING): "RT comes when the parcel is back; nothing is told before",
    ("dhl_express", "state", State.CANCELLED): "a shipment without a pickup is told by no checkpoint",
    ("fedex", "reason", Reason.CARRIER_CAPACITY): "no exception code and no kind of delay is about room",
    ("usps", "reason", Reason.DAMAGED): "no code and no event text of it is known",
    ("usps", "reason", Reason.PAYMENT_DUE): "postage due is no tracking event",
    ("usps", "reason", Reason.SECURITY): "no code and no event text of it is known",
    ("usps", "reason", Reason.CARRIER_CAPACITY): "“processing exception” does not say which",
    ("dhl_express", "reason", Reason.WEATHER): "no checkpoint is about the weather; remarks are only words",
    ("dhl_express", "reason", Reason.CARRIER_CAPACITY): "no checkpoint is about room",
    **{(source, "reason", Reason.NO_FIRST_SCAN): "silence is the policy's to find" for source in DIRECT},
}
"""What a source never says, each with why."""


def said(source):
    """Return every state and every reason in a source's samples."""
    found = set()
    for name in names(source):
        try:
            told = events(source, name)
        except (FeedTrouble, Unreadable):
            continue
        found |= {("state", event.state) for event in told if event.mapped}
        found |= {("reason", event.reason) for event in told if event.reason}
    return found


SAID = {source: said(source) for source in DIRECT}
WORDS = [("state", state) for state in State] + [("reason", reason) for reason in Reason]


@pytest.mark.parametrize("source", DIRECT)
@pytest.mark.parametrize(("kind", "word"), WORDS)
def test_each_state_and_reason_has_a_sample_or_is_never_said(source, kind, word):
    assert ((kind, word) in SAID[source]) != ((source, kind, word) in CANNOT_SAY)


@pytest.mark.parametrize(("source", "name"), [(source, name) for source in DIRECT for name in names(source)])
def test_sample_says_that_it_is_synthetic(source, name):
    document = json.loads(body(source, name))
    assert isinstance(document, list) or document["_synthetic"] is True
